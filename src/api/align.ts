/** Value and derivatives as one derivation on paper: what several of them contain stands first, under names of its own. */
import { latexName, print } from '../notation/index.ts'
import { isExcluding } from '../simplify/index.ts'
import { Graph } from '../tensor/graph.ts'
import { type Node, operands } from '../tensor/node.ts'
import { substituteAll } from '../tensor/substitute.ts'
import { postorder, useCounts } from '../tensor/walk.ts'
import type { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'

/** A shared part is named where writing it out takes more than this. */
const WORTH_A_NAME = 8

/** A line of the derivation: the sides of an equation in LaTeX. */
export interface Equation {
  readonly left: string
  readonly right: string
}

/** The named parts in order, then the value, then each derivative. */
export function equations(expression: Expression, derivatives: readonly Derivative[]): Equation[] {
  const roots = [expression.node, ...derivatives.map(({ node }) => node)]
  const order = postorder(roots)
  const uses = useCounts(roots, order)
  const g = new Graph()
  const taken = new Set(order.flatMap((node) => (node.kind === 'variable' ? [node.name] : [])))
  const named = new Map<Node, Node>()
  const lines: Equation[] = []
  const write = (node: Node, row: boolean) => {
    return print(substituteAll(g, node, named), {
      variables: [...expression.variables.keys(), ...taken],
      rows: expression.rowVariables,
      sizes: expression.variableSizes,
      shape: { row },
      name: RESULT,
    })
  }
  const state = (left: string, node: Node, row = false) => {
    for (const line of linesOf(left, write(node, row).latex())) {
      lines.push(line)
      // Names that the printer gave are taken, too.
      const name = /^\{?t_\{?(\d+)/.exec(line.left)?.[1]
      if (name !== undefined) taken.add(`t${name}`)
    }
  }
  for (const node of order) {
    const isShared = (uses.get(node) ?? 0) > 1 && !roots.includes(node) && operands(node).length > 0
    if (!isShared || node.axes.length > 2 || isExcluding(node)) continue
    if (write(node, false).text().replace(/[\s']/g, '').length <= WORTH_A_NAME) continue
    let count = 1
    while (taken.has(`t${count}`)) count++
    const name = `t${count}`
    taken.add(name)
    state(latexName(name), node)
    named.set(node, g.variable(name, node.axes))
  }
  const value = latexName(expression.resolved.name ?? 'f')
  state(value, expression.node, expression.shape.row === true)
  for (const { wrt, node, shape } of derivatives) state(quotient(value, wrt), node, shape.row === true)
  return lines
}

const RESULT = 'D'

/** The lines of printed LaTeX; a result by its elements is `left` with their labels. */
function linesOf(left: string, latex: string): Equation[] {
  const inner = /^\\begin\{aligned\} (.*) \\end\{aligned\}$/s.exec(latex)?.[1]
  const texts = inner?.split(' \\\\ ') ?? [latex]
  return texts.map((text) => {
    const [, name, right] = /^(\S+) &?= (.*)$/s.exec(text) ?? []
    if (name === undefined || right === undefined) return { left, right: text.replace(/^& /, '') }
    const labels = new RegExp(`^${RESULT}_\\{([^{}]*)\\}$`).exec(name)?.[1]
    return { left: labels === undefined ? name : `\\left(${left}\\right)_{${labels}}`, right }
  })
}

/** An `align*` environment. */
export function alignLatex(expression: Expression, derivatives: readonly Derivative[]): string {
  const lines = equations(expression, derivatives).map(({ left, right }) => `  ${left} &= ${right}`)
  return `\\begin{align*}\n${lines.join(' \\\\\n')}\n\\end{align*}`
}

/** ∂²f/∂x∂z; a variable that follows itself has an exponent. */
function quotient(value: string, wrt: readonly string[]): string {
  const power = (times: number) => (times === 1 ? '' : `^{${times}}`)
  const runs: [name: string, times: number][] = []
  for (const name of wrt) {
    const last = runs.at(-1)
    if (last?.[0] === name) last[1]++
    else runs.push([name, 1])
  }
  const below = runs.map(([name, times]) => `\\partial ${latexName(name)}${power(times)}`).join(' \\, ')
  return `\\frac{\\partial${power(wrt.length)} ${value}}{${below}}`
}
