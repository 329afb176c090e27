import { expect, test } from 'vitest'
import { parse } from './parser.ts'
import { foldTree, walkTree } from './walk.ts'

const treeOf = (text: string) => parse(text).program.statements[0]!.value

test('visits each node before its operands, left to right', () => {
  const text = "f(a+b, k=c)*A'[i,1:d,e+2] - sum[i: g<h](-l)"
  const names: string[] = []
  walkTree(treeOf(text), (node) => {
    names.push(node.kind === 'name' ? node.name : node.kind === 'number' ? node.text : node.kind)
  })
  expect(names.join(' ')).toBe(
    'binary binary call binary a b c index transpose A 1 d binary e 2 binder binary g h unary l',
  )
})

test('skips the operands of a node whose visit gives false', () => {
  let visits = 0
  walkTree(treeOf('f(a+b) + c'), (node) => {
    visits++
    return node.kind !== 'call'
  })
  expect(visits).toBe(3)
})

test('folds from below', () => {
  const sum = foldTree<number>(treeOf('1 + f(2, 3 - -4)*x'), (node, values) =>
    values.reduce((total, value) => total + value, node.kind === 'number' ? node.value : 0),
  )
  expect(sum).toBe(10)
})

test('neither is bounded by the stack', () => {
  const depth = (text: string) =>
    foldTree<number>(treeOf(text), (_, values) => values.reduce((most, value) => Math.max(most, value), 0) + 1)
  expect(depth(`x${"'".repeat(300_000)}`)).toBe(300_001)
  expect(depth(`x${'+x'.repeat(300_000)}`)).toBe(300_001)
  let nodes = 0
  walkTree(treeOf(`${'-'.repeat(300_000)}x`), () => nodes++)
  expect(nodes).toBe(300_001)
})
