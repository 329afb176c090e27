/**
 * Emits the plan as LaTeX: an `align` environment in index notation, a line for each temporary, indices from 1. It needs
 * amsmath.
 */
import { EincalcError } from '../../errors.ts'
import { elementwiseFunction } from '../../functions/index.ts'
import { latexName } from '../../notation/index.ts'
import { type Expression, type Leaf, type MaskCondition, type Step, UNIT, type ValueId } from '../../plan/step.ts'
import { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { comparisonOperators } from '../shared/arrays/dialect.ts'
import { range, viewLabels } from '../shared/axes.ts'
import { commentText } from '../shared/identifiers.ts'
import { type Emitter, type PreparedProgram, prepareProgram, valueNames } from '../shared/program.ts'
import { Level, type Text, within } from '../shared/text.ts'
import { traceOf } from '../shared/trace.ts'

const options = {
  title: 'LaTeX',
  reserved: new Set<string>(),
  unicode: false,
  letterFirst: true,
  locals: [],
  fuse: 24,
}

/** The environment. Throws `BadRequest` for cores and float32, which formulas do not have. */
export const emitLatex: Emitter = (request) => {
  const isCompressed = request.outputs.some(({ result }) => result.kind === 'terms' && result.compressed)
  if (isCompressed || request.precision === 'float32') {
    throw new EincalcError({
      code: 'BadRequest',
      message: `align has no ${isCompressed ? 'cores' : 'precision'}`,
      hint: 'It is a formula to be read.',
    })
  }
  const prepared = prepareProgram(request, options)
  const { planned, summary, outputs } = prepared
  const printer = new LatexPrinter(prepared)
  const statements = planned.steps.flatMap((step, value) => {
    return step.kind === 'input' ? [] : [{ lines: [`${printer.step(value, step)} \\\\`], values: [value] }]
  })
  // An output that another value already is.
  const equal = outputs.flatMap(({ identifier, planned: output }) => {
    if (output.kind !== 'dense' || printer.names.get(output.value) === identifier) return []
    const labels = range(output.axes.length)
    return [`${printer.named(identifier, labels)} &= ${printer.leaf({ value: output.value, labels }).text} \\\\`]
  })
  const lines = [...statements.flatMap((statement) => statement.lines), ...equal]
  const last = lines.length - 1
  const body = lines.map((line, k) => `  ${k === last ? line.replace(/ \\\\$/, '') : line}`)
  const code = [`% ${commentText(summary)}`, '\\begin{align*}', ...body, '\\end{align*}', ''].join('\n')
  const shown = statements.map((one) => ({
    ...one,
    lines: one.lines.map((line) => (line === lines[last] ? (body[last] ?? '') : line)),
  }))
  return { code, renamed: { ...prepared.renamed }, sizes: [], trace: traceOf(code, planned, shown) }
}

const OPERATORS: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  det: '\\det',
  logdet: '\\log\\left|\\det\\right|',
  logdetp: '\\log\\det',
  max: '\\max',
  min: '\\min',
})

class LatexPrinter {
  readonly names: Map<ValueId, string>
  readonly #prepared: PreparedProgram

  constructor(prepared: PreparedProgram) {
    this.#prepared = prepared
    this.names = new Map(valueNames(prepared))
    let count = 0
    for (const [value, step] of prepared.planned.steps.entries()) {
      if (step.kind !== 'input' && !this.names.has(value)) {
        this.names.set(value, prepared.identifiers.take(`t${++count}`))
      }
    }
  }

  #letter(label: Label): string {
    return latexName(this.#prepared.indexName(label))
  }

  named(
    name: string,
    labels: readonly Label[],
    shown: (label: Label) => string = (label) => this.#letter(label),
  ): string {
    const symbol = latexName(name)
    // A subscript of its own closes the name.
    const closed = labels.length > 0 && /(?<!\\)_/.test(symbol) ? `{${symbol}}` : symbol
    return labels.length === 0 ? symbol : `${closed}_{${labels.map(shown).join(' ')}}`
  }

  leaf({ value, labels }: Leaf): Text {
    return { text: this.named(this.names.get(value) ?? '', labels), level: Level.atom }
  }

  step(value: ValueId, step: Step): string {
    const target = this.named(this.names.get(value) ?? '', range(step.axes.length))
    return `${target} &= ${this.#right(step)}`
  }

  #right(step: Step): string {
    const rank = step.axes.length
    switch (step.kind) {
      case 'input':
        return ''
      case 'map':
        return this.#summed(range(step.space.length).slice(rank), this.#expression(step.expression))
      case 'contract': {
        const product = [step.left, step.right].map((leaf) => this.leaf(leaf).text).join(' \\, ')
        return this.#summed(range(step.space.length).slice(rank), { text: product, level: Level.multiply })
      }
      case 'call': {
        // Letters of their own for what the function takes whole.
        const moved = (label: Label) => (label < step.batch ? label : label + rank)
        const args = step.args.map(({ value, labels }) => this.leaf({ value, labels: labels.map(moved) }).text)
        const bound = [...new Set(step.args.flatMap(({ labels }) => labels.map(moved)))].filter((l) => l >= step.batch)
        const below = bound.length > 0 ? `_{${bound.map((l) => this.#letter(l)).join(' ')}}` : ''
        const value = `${OPERATORS[step.name] ?? `\\operatorname{${step.name}}`}${below}\\left(${args.join(', ')}\\right)`
        const own = range(rank).slice(step.batch)
        return own.length === 0 ? value : `\\left[${value}\\right]_{${own.map((l) => this.#letter(l)).join(' ')}}`
      }
      case 'solve': {
        const sum = rank
        const matrix = latexName(this.names.get(step.matrix) ?? '')
        const place = step.transposed ? [sum, step.axis] : [step.axis, sum]
        const right = this.leaf({
          value: step.right,
          labels: range(rank).map((axis) => (axis === step.axis ? sum : axis)),
        })
        const inverse = `\\left[${matrix}^{-1}\\right]_{${place.map((l) => this.#letter(l)).join(' ')}}`
        return `\\sum_{${this.#letter(sum)}} ${inverse} \\, ${right.text}`
      }
      case 'select': {
        const labels = range(rank)
        labels.splice(step.axis, 0, -1)
        const at = this.#size(step.index.add(Dimension.ONE))
        return this.named(this.names.get(step.operand) ?? '', labels, (label) => (label < 0 ? at : this.#letter(label)))
      }
      case 'reshape': {
        const indices = range(rank).map((label) => this.#letter(label))
        const reshaped = `\\operatorname{reshape}\\left(${latexName(this.names.get(step.operand) ?? '')}\\right)`
        return indices.length === 0 ? reshaped : `${reshaped}_{${indices.join(' ')}}`
      }
      case 'expand':
        return this.#sum(
          step.terms.map(({ value, axes, coefficient }) => {
            const first = axes.map((axis) => axes.indexOf(axis))
            const deltas = first.flatMap((label, axis) =>
              label === axis ? [] : [`\\delta_{${this.#letter(label)} ${this.#letter(axis)}}`],
            )
            const labels = value === UNIT ? [] : viewLabels({ value, axes, coefficient })
            const factors = [...(value === UNIT ? [] : [this.leaf({ value, labels }).text]), ...deltas]
            return { coefficient, term: { text: factors.join(' \\, ') || '1', level: Level.multiply } }
          }),
        ).text
    }
  }

  #summed(labels: readonly Label[], body: Text): string {
    if (labels.length === 0) return body.text
    return `\\sum_{${labels.map((label) => this.#letter(label)).join(', ')}} ${bracketed(body, Level.multiply)}`
  }

  #size(dimension: Dimension): string {
    const terms = dimension.terms.map(({ coefficient, powers }) => ({
      coefficient,
      term: {
        text:
          powers
            .map(([name, power]) => {
              const symbol = latexName(this.#prepared.dimensions.get(name) ?? name)
              return power === 1 ? symbol : `{${symbol}}^{${power}}`
            })
            .join(' \\, ') || '1',
        level: Level.multiply,
      },
    }))
    return this.#sum(terms).text
  }

  #number(value: Rational): Text {
    const decimal = value.absolute().toDecimal()
    const text = decimal ?? `\\frac{${value.absolute().numerator}}{${value.denominator}}`
    return value.sign < 0 ? { text: `-${text}`, level: Level.add } : { text, level: Level.atom }
  }

  #sum(terms: readonly { readonly coefficient: Rational; readonly term: Text }[]): Text {
    const parts = terms.map(({ coefficient, term }, k) => {
      const magnitude = coefficient.absolute()
      const sign = coefficient.sign < 0 ? (k === 0 ? '-' : ' - ') : k === 0 ? '' : ' + '
      if (term.text === '1') return `${sign}${this.#number(magnitude).text}`
      const scale = magnitude.isOne ? '' : `${this.#number(magnitude).text} \\, `
      return `${sign}${scale}${bracketed(term, Level.multiply)}`
    })
    const single = parts.length === 1 && !parts[0]?.startsWith('-')
    return { text: parts.join('') || '0', level: single ? Level.multiply : Level.add }
  }

  #expression(expression: Expression): Text {
    switch (expression.kind) {
      case 'leaf':
        return this.leaf(expression)
      case 'number':
        return this.#number(expression.value)
      case 'size': {
        const text = this.#size(expression.dimension)
        return { text, level: /^[\w\\{}]+$/.test(text) ? Level.atom : Level.add }
      }
      case 'sum':
        return this.#sum(
          expression.terms.map(({ coefficient, term }) => ({ coefficient, term: this.#expression(term) })),
        )
      case 'product': {
        const power = ({ base, exponent }: (typeof expression.factors)[number]) => {
          const text = this.#expression(base)
          const magnitude = exponent.absolute()
          if (magnitude.isOne) return text
          if (magnitude.equals(Rational.HALF)) return { text: `\\sqrt{${text.text}}`, level: Level.atom }
          const inner = text.level === Level.atom ? `{${text.text}}` : `\\left(${text.text}\\right)`
          return { text: `${inner}^{${this.#number(magnitude).text}}`, level: Level.power }
        }
        const above = expression.factors.filter(({ exponent }) => exponent.sign >= 0).map(power)
        const below = expression.factors.filter(({ exponent }) => exponent.sign < 0).map(power)
        const joined = (list: readonly Text[]) =>
          list.length === 1 ? (list[0]?.text ?? '') : list.map((one) => bracketed(one, Level.multiply)).join(' \\, ')
        if (below.length === 0) {
          const [only] = above
          return above.length === 1 && only ? only : { text: joined(above) || '1', level: Level.multiply }
        }
        return { text: `\\frac{${joined(above) || '1'}}{${joined(below)}}`, level: Level.multiply }
      }
      case 'mask': {
        const conditions = expression.conditions.map((one) => this.#condition(one)).join(', ')
        return {
          text: `[${conditions}] \\, ${bracketed(this.#expression(expression.body), Level.multiply)}`,
          level: Level.multiply,
        }
      }
      case 'call': {
        const args = expression.args.map((arg) => this.#expression(arg).text)
        if (comparisonOperators.has(expression.name) && args.length === 2) {
          const sign = { lt: '<', le: '\\le', gt: '>', ge: '\\ge' }[expression.name]
          return { text: `[${args[0]} ${sign} ${args[1]}]`, level: Level.atom }
        }
        return { text: elementwiseFunction(expression.name).latex(...args), level: Level.multiply }
      }
    }
  }

  /** Counted from 1, in the letters of the line. */
  #condition({ relation, terms, offset }: MaskCondition): string {
    const sides: [string[], string[]] = [[], []]
    let rest = offset
    for (const { label, coefficient } of terms) {
      rest = rest.subtract(coefficient)
      const minus = (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
      const magnitude = minus ? coefficient.scale(Rational.MINUS_ONE) : coefficient
      const size = this.#size(magnitude)
      const scale = magnitude.key === '1' ? '' : /[+-]/.test(size) ? `(${size}) \\, ` : `${size} \\, `
      sides[minus ? 1 : 0].push(`${scale}${this.#letter(label)}`)
    }
    const constant = rest.key === '0' ? '' : this.#size(rest)
    const left = `${sides[0].join(' + ')}${constant === '' ? '' : constant.startsWith('-') ? ` ${constant}` : ` + ${constant}`}`
    return `${left || '0'} ${{ eq: '=', le: '\\le', ne: '\\ne' }[relation]} ${sides[1].join(' + ') || '0'}`
  }
}

function bracketed(text: Text, level: Level): string {
  return text.level >= level
    ? text.text
    : within({ ...text, text: `\\left(${text.text}\\right)`, level: Level.atom }, level)
}
