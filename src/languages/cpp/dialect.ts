/** C++ with Eigen 3: vectors and matrices of `Eigen/Dense`, tensors of order 3 and more of its Tensor module. */
import { Rational } from '../../tensor/rational.ts'
import { repeated } from '../shared/dimensions.ts'
import type { LoopDialect, Place, SliceCall, Statements } from '../shared/loops/dialect.ts'
import { literal } from '../shared/numbers.ts'
import type { Precision } from '../shared/program.ts'
import { atom, call, Level, negative, quotient, within } from '../shared/text.ts'
import { elementwiseName, generalName } from './names.ts'
import { statement } from './text.ts'

export const cppWhole = { power: repeated, over: '/' }

export function scalarType(precision: Precision): string {
  return precision === 'float32' ? 'float' : 'double'
}

/** The type of a value with so many axes. */
export function typeOf(rank: number, precision: Precision): string {
  const suffix = precision === 'float32' ? 'f' : 'd'
  if (rank === 0) return scalarType(precision)
  if (rank === 1) return `Eigen::VectorX${suffix}`
  if (rank === 2) return `Eigen::MatrixX${suffix}`
  return `Eigen::Tensor<${scalarType(precision)}, ${rank}>`
}

export function cppDialect(precision: Precision): LoopDialect {
  const declared = (place: Place) => typeOf(place.shape.length, precision)
  const zeros = (place: Place, isFilled: boolean): string[] => {
    const type = declared(place)
    const sizes = place.shape.join(', ')
    if (place.shape.length === 0) return [`${type} ${place.name} = 0;`]
    if (isFilled) return [`${type} ${place.name}(${sizes});`]
    if (place.shape.length <= 2) return [`${type} ${place.name} = ${type}::Zero(${sizes});`]
    return [`${type} ${place.name}(${sizes});`, `${place.name}.setZero();`]
  }
  const loop = (index: string, size: string, body: readonly string[]) => [
    `for (Eigen::Index ${index} = 0; ${index} < ${size}; ++${index}) {`,
    ...body.map((line) => `  ${line}`),
    '}',
  ]
  const nest = (names: readonly string[], sizes: readonly string[], body: readonly string[]) =>
    names.reduceRight((lines: readonly string[], name, k) => loop(name, sizes[k] ?? '', lines), body)
  return {
    contiguous: 'first',
    whole: cppWhole,
    number: (value) => {
      const text = numberText(value)
      return value.sign < 0 ? negative(atom(text)) : atom(text)
    },
    size: (text) => call('static_cast<double>', text.text),
    power: (base, exponent) => {
      if (exponent.equals(Rational.HALF)) return call('std::sqrt', base.text)
      const isShort = base.level === Level.atom && base.text.length <= 16
      if (isShort && exponent.equals(Rational.TWO)) return quotient([base, base], [])
      const decimal = exponent.toDecimal()
      const power =
        decimal === undefined
          ? `${exponent.numerator}.0 / ${exponent.denominator}`
          : /\./.test(decimal)
            ? decimal
            : `${decimal}.0`
      return call('std::pow', base.text, power)
    },
    compare: (operator, a, b) => {
      return { text: `${within(a, Level.add)} ${operator} ${within(b, Level.add)}`, level: Level.compare }
    },
    and: (parts) => ({ text: parts.map((part) => part.text).join(' && '), level: Level.compare }),
    select: (condition, a, b) => ({ text: `${condition.text} ? ${a.text} : ${b.text}`, level: Level.compare }),

    element: (place, indices) => {
      return indices.length === 0 ? atom(place.name) : call(place.name, ...indices.map(({ text }) => text))
    },
    constant: (name, value) => statement(`const double ${name} = `, value),
    zeros,
    accumulator: (name) => [`double ${name} = 0;`],
    assign: (target, operator, value) => statement(`${target} ${operator} `, value),
    loop,
    reshaped: (target, source, indexName) => {
      const from = source.shape.map((_, k) => indexName(k))
      const to = target.shape.map((_, k) => indexName(k))
      const element = ({ name }: Place, names: readonly string[]) =>
        names.length === 0 ? name : `${name}(${names.join(', ')})`
      return [
        ...zeros(target, true),
        '{',
        '  // Both sides in row-major order.',
        '  std::vector<double> entries;',
        ...nest(from, source.shape, [`entries.push_back(${element(source, from)});`]).map((line) => `  ${line}`),
        '  auto entry = entries.begin();',
        ...nest(to, target.shape, [`${element(target, to)} = *entry++;`]).map((line) => `  ${line}`),
        '}',
      ]
    },

    elementwise: elementwiseName,
    general: (slice) => general(slice, precision, zeros, nest),
    solve: (target, matrix, right) => {
      const type = declared(target)
      const solver = `${matrix.name}.partialPivLu()`
      if (right.shape.length <= 2) {
        return { lines: statement(`const ${type} ${target.name} = `, `${solver}.solve(${right.name})`) }
      }
      const dense = typeOf(2, precision)
      const size = matrix.shape[0] ?? ''
      return {
        lines: [
          ...zeros(target, true),
          `Eigen::Map<${dense}>(${target.name}.data(), ${size}, ${target.name}.size() / ${size}) =`,
          `    ${solver}.solve(Eigen::Map<const ${dense}>(${right.name}.data(), ${size}, ${right.name}.size() / ${size}));`,
        ],
      }
    },
    matrixProduct: (target, left, isLeftTransposed, right, isRightTransposed) => {
      const type = declared(target)
      if (left.shape.length === 1 && right.shape.length === 1) {
        return { lines: statement(`const double ${target.name} = `, `${left.name}.dot(${right.name})`) }
      }
      const turned = ({ name }: Place, isTransposed: boolean) => (isTransposed ? `${name}.transpose()` : name)
      const value = `${turned(left, isLeftTransposed)} * ${turned(right, isRightTransposed)}`
      return { lines: statement(`const ${type} ${target.name} = `, value) }
    },
    defined: (name) => name,
  }
}

function numberText(value: Rational): string {
  const text = literal(value)
  if (text === '1e400') return 'std::numeric_limits<double>::infinity()'
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** A function of slices: without batch axes a call, otherwise loops that copy each slice and its result. */
function general(
  { name, target, args, batch, result, indexName }: SliceCall,
  precision: Precision,
  zeros: (place: Place, isFilled: boolean) => string[],
  nest: (names: readonly string[], sizes: readonly string[], body: readonly string[]) => readonly string[],
): Statements {
  const { text, helpers } = generalName(name)
  const isFlat = (own: readonly string[]) => own.length > 2 || own.length === 0
  if (batch.length === 0 && !args.some(({ own }) => isFlat(own))) {
    const value = text(args.map(({ place }) => place.name))
    return { lines: statement(`const ${typeOf(result.length, precision)} ${target.name} = `, value), helpers }
  }
  const outer = batch.map((_, k) => indexName(k))
  const inner = (count: number) => Array.from({ length: count }, (_, k) => indexName(batch.length + k))
  const element = (one: string, names: readonly string[]) => (names.length === 0 ? one : `${one}(${names.join(', ')})`)
  const slices = args.map((_, k) => `slice${k === 0 ? '' : k + 1}`)
  const body = args.flatMap(({ place, own }, k) => {
    const names = inner(own.length)
    const slice = slices[k] ?? ''
    const source = element(place.name, [...outer, ...names])
    if (isFlat(own)) {
      const count = own.length === 0 ? '1' : own.join(' * ')
      return [
        `${typeOf(1, precision)} ${slice}(${count});`,
        `Eigen::Index at${k} = 0;`,
        ...nest(names, own, [`${slice}(at${k}++) = ${source};`]),
      ]
    }
    return [
      ...zeros({ name: slice, shape: own, isInput: false }, true),
      ...nest([...names].reverse(), [...own].reverse(), [`${element(slice, names)} = ${source};`]),
    ]
  })
  const names = inner(result.length)
  const value = text(slices)
  const one: string[] =
    result.length === 0
      ? statement(`${element(target.name, outer)} = `, value)
      : [
          ...statement(`const ${typeOf(result.length, precision)} one = `, value),
          ...nest([...names].reverse(), [...result].reverse(), [
            `${element(target.name, [...outer, ...names])} = ${element('one', names)};`,
          ]),
        ]
  const all = [...body, ...one]
  const loops = batch.length === 0 ? ['{', ...all.map((line) => `  ${line}`), '}'] : nest(outer, batch, all)
  return { lines: [...zeros(target, true), ...loops], helpers }
}
