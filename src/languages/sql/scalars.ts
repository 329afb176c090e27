/**
 * Expressions of entries as columns. A database has no local variables, so a number that is needed twice becomes a column
 * of an inner SELECT: cells know in which SELECT, from the inside, they can be used.
 */
import { elementwiseFunction } from '../../functions/index.ts'
import { plan } from '../../plan/plan.ts'
import type { Expression, Leaf, ValueId } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { Rational } from '../../tensor/rational.ts'
import { comparisonOperators } from '../shared/arrays/dialect.ts'
import { definitionProgram } from '../shared/defined.ts'
import { literal } from '../shared/numbers.ts'
import { asScalar, atom, Level, quotient, type SignedText, signedSum, type Text, within } from '../shared/text.ts'
import { elementwiseName } from './names.ts'

/** A number: its text, and the SELECT in which the text can stand; 0 for those that can stand in any. */
export interface Cell {
  readonly text: Text
  readonly stage: number
  /** Whether it is worth writing more than once. */
  readonly isShort: boolean
  /** Whether a database computes with it in double precision, and not as an integer or a decimal. */
  readonly isDouble: boolean
}

export const INFINITE = "CAST('Infinity' AS DOUBLE PRECISION)"
export const UNDEFINED = "CAST('NaN' AS DOUBLE PRECISION)"

/** What an expression is made of: entries of values, sizes, and positions along labels. */
export interface Environment {
  readonly leaf: (leaf: Leaf) => Cell
  readonly size: (dimension: Dimension) => Cell
  readonly conditions: (mask: Expression & { kind: 'mask' }) => Cell
}

/** The columns of nested SELECTs; the innermost is stage 1. */
export class Scalars {
  /** Column k of stage s: `columns[s - 1][k]`. */
  readonly columns: { readonly name: string; readonly text: string }[][] = []
  readonly #known = new Map<string, Cell>()
  #count = 0

  number(value: Rational): Cell {
    const text = literal(value)
    const isSmall = /^\d{1,9}$/.test(text)
    const spelt = text === '1e400' ? INFINITE : isSmall || /e/.test(text) ? text : `${text}e0`
    const isNegative = value.sign < 0
    return {
      text: asScalar(isNegative ? { text: `-${spelt}`, level: Level.compare } : atom(spelt)),
      stage: 0,
      isShort: true,
      isDouble: false,
    }
  }

  /** The cell as a text that may be written more than once. */
  named(cell: Cell): Cell {
    if (cell.isShort || cell.stage === 0) return cell
    return this.#column(cell)
  }

  /** A text made of cells, in the SELECT where all of them can stand. */
  make(cells: readonly Cell[], text: (...texts: readonly Text[]) => Text, isDouble = true): Cell {
    const stage = Math.max(0, ...cells.map((cell) => cell.stage))
    const ready = cells.map((cell) => this.#raised(cell, stage))
    return { text: text(...ready.map((cell) => cell.text)), stage, isShort: false, isDouble }
  }

  /** The cells as texts of one SELECT. */
  together(cells: readonly Cell[]): Cell[] {
    const stage = Math.max(1, ...cells.map((cell) => cell.stage))
    return cells.map((cell) => this.#raised(cell, stage))
  }

  #raised(cell: Cell, stage: number): Cell {
    if (cell.stage === 0 || cell.stage === stage) return cell
    return { ...this.#column(cell), stage }
  }

  #column(cell: Cell): Cell {
    const key = `${cell.stage} ${cell.text.text}`
    const known = this.#known.get(key)
    if (known) return known
    // A column of an inner SELECT goes by its name in every outer one.
    const isColumn = /^a\d+$/.test(cell.text.text)
    const name = isColumn ? cell.text.text : `a${++this.#count}`
    const made: Cell = {
      text: asScalar(atom(name)),
      stage: cell.stage + 1,
      isShort: true,
      isDouble: cell.isDouble,
    }
    if (!isColumn) {
      while (this.columns.length < cell.stage) this.columns.push([])
      this.columns[cell.stage - 1]?.push({ name, text: cell.text.text })
    }
    this.#known.set(key, made)
    return made
  }

  // Expressions.

  expression(expression: Expression, environment: Environment): Cell {
    switch (expression.kind) {
      case 'leaf':
        return environment.leaf(expression)
      case 'number':
        return this.number(expression.value)
      case 'size':
        return environment.size(expression.dimension)
      case 'product':
        return this.product(
          expression.factors.map(({ base, exponent }) => ({ base: this.expression(base, environment), exponent })),
        )
      case 'sum':
        return this.sum(
          expression.terms.map(({ coefficient, term }) => ({ coefficient, term: this.expression(term, environment) })),
        )
      case 'mask': {
        const body = this.expression(expression.body, environment)
        const condition = environment.conditions(expression)
        return this.make(
          [condition, body],
          (c, t) => atom(`CASE WHEN ${text(c)} THEN ${text(t)} ELSE 0 END`),
          body.isDouble,
        )
      }
      case 'call':
        return this.#call(expression, environment)
    }
  }

  #call({ name, args }: Expression & { kind: 'call' }, environment: Environment): Cell {
    const [condition] = args
    if (name === 'where' && condition) {
      const [truth, a, b] = [
        this.#truth(condition, environment),
        ...args.slice(1).map((arg) => this.expression(arg, environment)),
      ]
      if (truth && a && b) {
        return this.make(
          [truth, a, b],
          (c, t, f) => atom(`CASE WHEN ${text(c)} THEN ${text(t)} ELSE ${text(f)} END`),
          a.isDouble || b.isDouble,
        )
      }
    }
    const truth = this.#comparison({ kind: 'call', name, args }, environment)
    if (truth) return this.make([truth], (c) => atom(`CASE WHEN ${text(c)} THEN 1e0 ELSE 0e0 END`), false)
    return this.apply(
      name,
      args.map((arg) => this.expression(arg, environment)),
    )
  }

  #truth(expression: Expression, environment: Environment): Cell {
    const comparison = this.#comparison(expression, environment)
    if (comparison) return comparison
    return this.make([this.expression(expression, environment)], (c) => compared(c, '<>', atom('0')), false)
  }

  #comparison(expression: Expression, environment: Environment): Cell | undefined {
    if (expression.kind !== 'call') return undefined
    const operator = comparisonOperators.get(expression.name)
    const [a, b] = expression.args
    if (!operator || !a || !b) return undefined
    const cells = [this.expression(a, environment), this.expression(b, environment)]
    return this.make(cells, (x, y) => compared(x, operator, y), false)
  }

  /** A function of the table: by the name that databases have, or by its definition. */
  apply(name: string, args: readonly Cell[]): Cell {
    const spelling = elementwiseName(name)
    if (spelling) return spelling(this, ...args.map((arg) => this.double(arg)))
    // Throws for a name that is no function, so that no other text comes to stand here.
    const { request } = definitionProgram(elementwiseFunction(name).name, false)
    const { steps, outputs } = plan(request.outputs.map((output) => output.result))
    const cells = new Map<ValueId, Cell>()
    const environment: Environment = {
      leaf: ({ value }) => cells.get(value) as Cell,
      size: () => this.number(Rational.ONE),
      conditions: () => this.number(Rational.ONE),
    }
    for (const [value, step] of steps.entries()) {
      if (step.kind === 'input') {
        const at = request.variables.findIndex((variable) => variable.name === step.name)
        cells.set(value, args[at] as Cell)
      } else if (step.kind === 'map') cells.set(value, this.expression(step.expression, environment))
      else throw new RangeError(`the definition of ${name} is not elementwise`)
    }
    const [output] = outputs
    return cells.get(output?.kind === 'dense' ? output.value : -1) as Cell
  }

  /** The cell in double precision, whatever a column holds. */
  double(cell: Cell): Cell {
    return cell.isDouble || cell.stage === 0 ? cell : this.make([cell], cast)
  }

  product(factors: readonly { readonly base: Cell; readonly exponent: Rational }[]): Cell {
    const above: Cell[] = []
    const below: Cell[] = []
    for (const { base, exponent } of factors) {
      const power = this.power(base, exponent.absolute())
      ;(exponent.sign < 0 ? below : above).push(power)
    }
    // Division of two integers would drop the fraction.
    const isWhole = !above.some((cell) => cell.isDouble)
    const one = this.number(Rational.ONE)
    const head = above.length > 0 ? above : [isWhole && below.length > 0 ? { ...one, text: atom('1e0') } : one]
    const dividend = this.make(
      head,
      (...texts) => quotient(texts, []),
      head.some((cell) => cell.isDouble),
    )
    return below.reduce((top, divisor) => this.divide(top, divisor), head.length === 1 ? (head[0] as Cell) : dividend)
  }

  /** The quotient, infinite or not a number where the divisor is 0: databases differ there, and PostgreSQL raises an error. */
  divide(dividend: Cell, divisor: Cell): Cell {
    const isDouble = dividend.isDouble || divisor.isDouble
    const top = isDouble ? dividend : this.make([dividend], cast)
    if (divisor.stage === 0 && divisor.text.text === '0') {
      return this.make([top], (x) => quotient([x, atom(INFINITE)], []))
    }
    if (divisor.stage === 0 || /^(CAST\(sizes\.|sqrt\(\d)/.test(divisor.text.text)) {
      return this.make([top, divisor], (x, y) => quotient([x], [y]))
    }
    return this.make([this.named(top), this.named(divisor)], (x, y) =>
      atom(
        `CASE WHEN ${text(y)} <> 0 THEN ${quotient([x], [y]).text} ELSE ${within(x, Level.multiply)} * ${INFINITE} END`,
      ),
    )
  }

  power(base: Cell, exponent: Rational): Cell {
    if (exponent.isOne) return base
    if (exponent.equals(Rational.TWO) && base.isShort) {
      return this.make([base, base], (x, y) => quotient([x, y], []), base.isDouble)
    }
    const exact = this.number(exponent)
    if (exponent.denominator === 1n) {
      return this.make([base], (x) => atom(`power(${text(x)}, ${exact.text.text})`), base.isDouble)
    }
    const short = this.named(this.double(base))
    const isRoot = exponent.equals(Rational.HALF)
    const root = (x: Text) => (isRoot ? `sqrt(${text(x)})` : `power(${text(x)}, ${exact.text.text})`)
    if (short.stage === 0 && !short.text.text.startsWith('-')) return this.make([short], (x) => atom(root(x)))
    return this.make([short], (x) => atom(`CASE WHEN ${text(x)} >= 0 THEN ${root(x)} ELSE ${UNDEFINED} END`))
  }

  scaled(magnitude: Rational, cell: Cell): Cell {
    if (magnitude.isOne) return cell
    if (cell.stage === 0 && cell.text.text === '1') return this.number(magnitude)
    if (magnitude.numerator === 1n && !magnitude.toDecimal() && cell.isDouble) {
      return this.divide(cell, this.number(magnitude.invert()))
    }
    return this.make([this.number(magnitude), cell], (c, x) => quotient([c, x], []), cell.isDouble)
  }

  sum(terms: readonly { readonly coefficient: Rational; readonly term: Cell }[]): Cell {
    const cells = terms.map(({ coefficient, term }) => this.scaled(coefficient.absolute(), term))
    return this.make(
      cells,
      (...texts) =>
        added(texts.map((one, k) => ({ negative: (terms[k]?.coefficient.sign ?? 0) < 0, text: plain(one) }))),
      cells.some((cell) => cell.isDouble),
    )
  }
}

/** A sum; of very many terms one in brackets, since databases bound the depth of an expression. */
export function added(terms: readonly SignedText[]): Text {
  const MOST = 100
  if (terms.length <= MOST) return plain(signedSum(terms))
  const groups: SignedText[] = []
  for (let at = 0; at < terms.length; at += MOST) {
    groups.push({ negative: false, text: atom(`(${signedSum(terms.slice(at, at + MOST)).text})`) })
  }
  return added(groups)
}

/** A text that begins with a minus stands in brackets behind another one: two of them begin a comment. */
function plain(text: Text): Text {
  return text.text.startsWith('-') ? { ...text, level: Level.compare } : text
}

export function text(piece: Text): string {
  return piece.text
}

export function compared(a: Text, operator: string, b: Text): Text {
  return { text: `${within(a, Level.add)} ${operator} ${within(b, Level.add)}`, level: Level.compare }
}

export function cast(piece: Text): Text {
  return atom(`CAST(${piece.text} AS DOUBLE PRECISION)`)
}
