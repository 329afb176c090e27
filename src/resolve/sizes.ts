/** Sizes as the user writes them, `m*n`, `n*(n+1)/2`, read as dimensions. */
import { EincalcError, type Problem } from '../errors.ts'
import type { SyntaxNode } from '../syntax/tree.ts'
import { foldTree, walkTree } from '../syntax/walk.ts'
import { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'

/** Bounds on polynomials: sizes in use are far below. */
const maxTerms = 100
const maxPower = 16

/** Reads a size. Throws TypeMismatch for what is no polynomial, ShapeMismatch for a number that is no size. */
export function readSize(node: SyntaxNode): Dimension {
  const size = foldTree<Dimension>(node, (part, values) => {
    const result = combine(part, values)
    const power = Math.max(0, ...result.terms.map(({ powers }) => powers.reduce((sum, [, power]) => sum + power, 0)))
    if (result.terms.length > maxTerms || power > maxPower) {
      throw problem(part, `a size may have ${maxTerms} terms of power ${maxPower} at most`, 'LimitExceeded')
    }
    return result
  })
  const [first] = size.terms
  const isNumber = first === undefined || (size.terms.length === 1 && first.powers.length === 0)
  const isWhole = first?.coefficient.isInteger === true && first.coefficient.sign > 0
  if (isNumber && !isWhole) {
    throw problem(node, `${size} is no size`, 'ShapeMismatch', 'a size is a whole number from 1 on, or a name')
  }
  if (size.value !== undefined && size.value > Number.MAX_SAFE_INTEGER) {
    throw problem(node, 'the size is out of range', 'ShapeMismatch')
  }
  return size
}

/** The names in sizes. */
export function namesOf(node: SyntaxNode): string[] {
  const names: string[] = []
  walkTree(node, (part) => {
    if (part.kind === 'name') names.push(part.name)
  })
  return names
}

function combine(node: SyntaxNode, values: readonly Dimension[]): Dimension {
  const [left = Dimension.ZERO, right = Dimension.ZERO] = values
  if (node.kind === 'name') return Dimension.symbol(node.name)
  if (node.kind === 'number' && Number.isSafeInteger(node.value)) return Dimension.constant(node.value)
  if (node.kind === 'unary') return node.operator === '-' ? left.scale(Rational.MINUS_ONE) : left
  if (node.kind === 'binary') {
    switch (node.operator) {
      case '+':
        return left.add(right)
      case '-':
        return left.subtract(right)
      case '*':
        if (left.terms.length * right.terms.length > maxTerms ** 2) break
        return left.multiply(right)
      case '/': {
        const divisor = numberOf(right)
        if (divisor !== undefined && !divisor.isZero) return left.scale(divisor.invert())
        break
      }
      case '^':
        if (right.value !== undefined && Number.isInteger(right.value) && right.value > 0 && right.value <= maxPower) {
          if (left.terms.length <= maxPower) return left.power(right.value)
        }
    }
  }
  throw problem(node, 'this is no size', 'TypeMismatch', 'sizes are built of whole numbers, names and `+ - * / ^`')
}

function numberOf(dimension: Dimension): Rational | undefined {
  const [only] = dimension.terms
  if (only === undefined) return Rational.ZERO
  return dimension.terms.length === 1 && only.powers.length === 0 ? only.coefficient : undefined
}

function problem(node: SyntaxNode, message: string, code: Problem['code'], hint?: string): EincalcError {
  return new EincalcError({ code, message, span: node.span, ...(hint === undefined ? {} : { hint }) })
}
