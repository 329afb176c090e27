/** Rust with the crate ndarray: arrays of one to six axes of its own types, beyond that of any number. */
import { EincalcError } from '../../errors.ts'
import { Rational } from '../../tensor/rational.ts'
import { repeated } from '../shared/dimensions.ts'
import type { LoopDialect, Place, SliceCall, Statements } from '../shared/loops/dialect.ts'
import { literal } from '../shared/numbers.ts'
import type { Precision } from '../shared/program.ts'
import { atom, call, Level, negative, type Text, within } from '../shared/text.ts'
import { elementwiseName, generalName, receiver } from './names.ts'

export const rustWhole = { power: repeated, over: '/' }

const MOST_TYPED = 6

/** The type of a value with so many axes. */
export function typeOf(rank: number): string {
  if (rank === 0) return 'f64'
  return rank <= MOST_TYPED ? `Array${rank}<f64>` : 'ArrayD<f64>'
}

/** The shape as ndarray takes it. */
export function shapeText(sizes: readonly string[]): string {
  if (sizes.length > MOST_TYPED) return `IxDyn(&[${sizes.join(', ')}])`
  return sizes.length === 1 ? (sizes[0] ?? '') : `(${sizes.join(', ')})`
}

function newArray(rank: number): string {
  return rank <= MOST_TYPED ? `Array${rank}::<f64>` : 'ArrayD::<f64>'
}

function elementText(name: string, indices: readonly string[]): string {
  if (indices.length === 0) return name
  if (indices.length > MOST_TYPED) return `${name}[IxDyn(&[${indices.join(', ')}])]`
  return indices.length === 1 ? `${name}[${indices[0]}]` : `${name}[[${indices.join(', ')}]]`
}

/** A reference to the array of a place; parameters are references. */
function borrowed({ name, isInput }: Place): string {
  return isInput ? name : `&${name}`
}

/** Statements on float64; the emitter turns them to float32, which holds other numbers only. */
export function rustDialect(precision: Precision): LoopDialect {
  return { ...dialect, number: (value) => number(value, precision) }
}

const dialect: Omit<LoopDialect, 'number'> = {
  contiguous: 'last',
  whole: rustWhole,
  size: (text) => ({ text: `${within(text, Level.atom)} as f64`, level: Level.add }),
  power: (base, exponent) => {
    if (exponent.equals(Rational.HALF)) return call(`${receiver(base)}.sqrt`)
    if (exponent.denominator === 1n) return call(`${receiver(base)}.powi`, exponent.key)
    return call(`${receiver(base)}.powf`, exponent.toDecimal() ?? `${exponent.numerator}.0 / ${exponent.denominator}.0`)
  },
  compare: (operator, a, b) => {
    return { text: `${within(a, Level.add)} ${operator} ${within(b, Level.add)}`, level: Level.compare }
  },
  and: (parts) => ({ text: parts.map((part) => part.text).join(' && '), level: Level.compare }),
  select: (condition, a, b) => ({
    text: `if ${condition.text} { ${a.text} } else { ${b.text} }`,
    level: Level.compare,
  }),

  element: (place, indices) =>
    atom(
      elementText(
        place.name,
        indices.map(({ text }) => text),
      ),
    ),
  constant: (name, value) => [`let ${name}: f64 = ${value};`],
  zeros,
  accumulator: (name) => [`let mut ${name}: f64 = 0.0;`],
  assign: (target, operator, value) => [`${target} ${operator} ${value};`],
  loop,
  reshaped: (target, source) => {
    const entries = source.shape.length === 0 ? `vec![${source.name}]` : `${source.name}.iter().copied().collect()`
    if (target.shape.length === 0) {
      return [`let ${target.name} = ${source.shape.length === 0 ? source.name : `${source.name}.sum()`};`]
    }
    const made = `${newArray(target.shape.length).replace('::<f64>', '')}::from_shape_vec`
    return [`let ${target.name} = ${made}(${shapeText(target.shape)}, ${entries}).unwrap();`]
  },

  elementwise: elementwiseName,
  general,
  solve: (target, matrix, right) => {
    const rank = right.shape.length
    const size = matrix.shape[0] ?? ''
    const owned = `${right.name}.iter().copied().collect()`
    const columns = rank === 1 ? '1' : `${right.name}.len() / ${size}`
    const flat = rank === 2 ? borrowed(right) : `&Array2::from_shape_vec((${size}, ${columns}), ${owned}).unwrap()`
    const solution = `solved(${borrowed(matrix)}, ${flat})`
    if (rank === 2) return { lines: [`let ${target.name} = ${solution};`], helpers: ['solved'] }
    const made = `${newArray(rank).replace('::<f64>', '')}::from_shape_vec`
    const entries = `${solution}.iter().copied().collect()`
    const lines = [`let ${target.name} = ${made}(${shapeText(target.shape)}, ${entries}).unwrap();`]
    return { lines, helpers: ['solved'] }
  },
  matrixProduct: (target, left, isLeftTransposed, right, isRightTransposed) => {
    const a = isLeftTransposed ? `${left.name}.t()` : left.name
    const b = isRightTransposed ? `&${right.name}.t()` : borrowed(right)
    return { lines: [`let ${target.name} = ${a}.dot(${b});`] }
  },
  defined: (name) => name,
}

function zeros(place: Place): string[] {
  if (place.shape.length === 0) return [`let mut ${place.name}: f64 = 0.0;`]
  return [`let mut ${place.name} = ${newArray(place.shape.length)}::zeros(${shapeText(place.shape)});`]
}

function loop(index: string, size: string, body: readonly string[]): string[] {
  return [`for ${index} in 0..${size} {`, ...body.map((line) => `    ${line}`), '}']
}

const LARGEST_SINGLE = 3.4028234663852886e38

function number(value: Rational, precision: Precision): Text {
  const text = numberText(value, precision)
  return value.sign < 0 ? negative(atom(text)) : atom(text)
}

function numberText(value: Rational, precision: Precision): string {
  const text = literal(value)
  const isInfinite = text === '1e400' || (precision === 'float32' && Number(text) > LARGEST_SINGLE)
  if (isInfinite) return 'f64::INFINITY'
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** A function of slices: without batch axes a call, otherwise loops over views. */
function general({ name, target, args, batch, result, indexName }: SliceCall): Statements {
  const known = generalName(name)
  if (!known) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `rust has no ${name}`,
      hint: '`eincalc languages` lists others.',
    })
  }
  const { helper, takes } = known
  const isDirectional = name === 'dexpm' || name === 'dlogm'
  const called = (slices: readonly string[]) => {
    const [first = '', ...rest] = slices
    return `${helper}(${isDirectional ? [first, `&[${rest.join(', ')}]`].join(', ') : slices.join(', ')})`
  }
  if (batch.length === 0) {
    const spelt = args.map(({ place, own }) =>
      takes === 'arrays'
        ? borrowed(place)
        : own.length === 0
          ? `&[${place.name}]`
          : `&${place.name}.iter().copied().collect::<Vec<f64>>()`,
    )
    return { lines: [`let ${target.name} = ${called(spelt)};`], helpers: [helper] }
  }
  const outer = batch.map((_, k) => indexName(k))
  const view = (own: readonly string[]) => `s![${[...outer, ...own.map(() => '..')].join(', ')}]`
  const slices = args.map((_, k) => `slice${k === 0 ? '' : k + 1}`)
  const value = called(slices.map((slice) => `&${slice}`))
  const body = [
    ...args.map(({ place, own }, k) => {
      const entries = own.length === 0 ? elementText(place.name, outer) : `${place.name}.slice(${view(own)})`
      if (takes === 'arrays') return `let ${slices[k]} = ${entries}.to_owned();`
      return own.length === 0
        ? `let ${slices[k]} = [${entries}];`
        : `let ${slices[k]} = ${entries}.iter().copied().collect::<Vec<f64>>();`
    }),
    result.length === 0
      ? `${elementText(target.name, outer)} = ${value};`
      : `${target.name}.slice_mut(${view(result)}).assign(&${value});`,
  ]
  const loops = outer.reduceRight((lines: readonly string[], index, k) => loop(index, batch[k] ?? '', lines), body)
  return { lines: [...zeros(target), ...loops], helpers: [helper] }
}
