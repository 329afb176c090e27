/** Makes passes: joins loops that all operands walk alike, and orders them so that the innermost runs along memory. */
import {
  type Fill,
  type Operand,
  type Pass,
  type PassCondition,
  type PassExpression,
  type Place,
  partsOf,
  type Reduction,
  withParts,
} from '../program.ts'

/** An index space before its loops are chosen: label p < rank is an axis of the result, the others are summed. */
export interface Space {
  readonly sizes: readonly number[]
  readonly rank: number
  readonly out: Place & { readonly strides: readonly number[] }
  readonly operands: readonly Operand[]
  readonly numbers: readonly number[]
  /** Conditions name labels where a pass names loops. */
  readonly expression: PassExpression
  readonly accumulate: boolean
  /** What summed labels are reduced by; the sum unless given. */
  readonly reduction?: Reduction
  readonly step: number
}

interface Loop {
  readonly size: number
  /** The labels that are joined in it, the outermost first; conditions ask for one alone. */
  readonly labels: readonly number[]
  readonly isSummed: boolean
  readonly out: number
  readonly strides: readonly number[]
}

/** The instructions of a pass over an index space. */
export function passOver(space: Space): (Pass | Fill)[] {
  const asked = new Set<number>()
  conditionsOf(space.expression, (condition) => {
    for (const { loop } of condition.terms) asked.add(loop)
  })
  const loops = join(loopsOf(space), asked)
  const { reduction = 'sum' } = space
  // Only sums are kept in memory, where they begin at 0.
  const summable = reduction === 'sum' ? loops : loops.filter((loop) => loop.isSummed)
  const lane = chooseLane(summable.length > 0 ? summable : loops)
  const others = loops.filter((loop) => loop !== lane)
  const outer = others.filter((loop) => !loop.isSummed)
  const summed = others.filter((loop) => loop.isSummed)
  const ordered = [...outer, ...summed, lane]
  const isInMemory = !lane.isSummed && summed.length > 0
  const loopOf = new Map(ordered.flatMap((loop, at) => loop.labels.map((label) => [label, at] as const)))
  const expression = renamed(space.expression, (label) => loopOf.get(label))
  const points = ordered.reduce((product, { size }) => product * size, 1)
  const { step, numbers } = space
  const pass: Pass = {
    kind: 'pass',
    step,
    operations: points * (operationsOf(expression) + (lane.isSummed || summed.length > 0 ? 1 : 0)),
    sizes: ordered.map(({ size }) => size),
    reduced: lane.isSummed ? outer.length : ordered.length,
    reduction,
    out: { buffer: space.out.buffer, offset: space.out.offset, strides: ordered.map(({ out }) => out) },
    operands: space.operands.map(({ buffer, offset }, k) => {
      return { buffer, offset, strides: ordered.map(({ strides }) => strides[k] as number) }
    }),
    numbers,
    expression,
    accumulate: space.accumulate || isInMemory,
  }
  if (!isInMemory || space.accumulate) return [pass]
  // Sums that are kept in memory begin at 0. The result is dense here: only diagonals are not, and they sum nothing.
  const elements = space.sizes.slice(0, space.rank).reduce((product, size) => product * size, 1)
  const { buffer, offset } = space.out
  return [{ kind: 'fill', step, operations: 0, out: { buffer, offset }, elements }, pass]
}

function loopsOf({ sizes, rank, out, operands }: Space): Loop[] {
  const loops = sizes.flatMap((size, label): Loop[] => {
    const strides = operands.map((operand) => operand.strides[label] ?? 0)
    const isSummed = label >= rank
    return size === 1
      ? []
      : [{ size, labels: [label], isSummed, out: isSummed ? 0 : (out.strides[label] ?? 0), strides }]
  })
  const firstStride = ({ strides }: Loop) => strides.find((stride) => stride !== 0) ?? 0
  return loops.sort(
    (a, b) =>
      Number(a.isSummed) - Number(b.isSummed) || b.out - a.out || (a.isSummed ? firstStride(b) - firstStride(a) : 0),
  )
}

function join(loops: readonly Loop[], asked: ReadonlySet<number>): Loop[] {
  const joined: Loop[] = []
  for (const loop of loops) {
    const last = joined.at(-1)
    const isFree = (one: Loop) => !one.labels.some((label) => asked.has(label))
    const continues = (outer: number, inner: number) => outer === inner * loop.size
    if (
      last &&
      last.isSummed === loop.isSummed &&
      isFree(last) &&
      isFree(loop) &&
      continues(last.out, loop.out) &&
      last.strides.every((stride, k) => continues(stride, loop.strides[k] as number))
    ) {
      joined[joined.length - 1] = { ...loop, size: last.size * loop.size, labels: [...last.labels, ...loop.labels] }
    } else joined.push(loop)
  }
  return joined
}

/** Runs shorter than this do not fill the lanes. */
const SHORT = 4

function chooseLane(loops: readonly Loop[]): Loop {
  let best: Loop = { size: 1, labels: [], isSummed: false, out: 1, strides: loops[0]?.strides.map(() => 0) ?? [] }
  let most = Number.NEGATIVE_INFINITY
  const isReduction = loops.some((loop) => loop.isSummed)
  for (const loop of loops) {
    const walk = (stride: number) => (stride === 1 ? 1 : stride === 0 ? 0.25 : -1)
    // A sum in memory writes its result again and again.
    const result = loop.isSummed ? 0.5 : walk(loop.out) - (isReduction ? 1 : 0)
    const score = loop.strides.reduce((sum, stride) => sum + walk(stride), 2 * result) - (loop.size < SHORT ? 3 : 0)
    if (score > most || (score === most && loop.size > best.size)) [best, most] = [loop, score]
  }
  return best
}

function conditionsOf(expression: PassExpression, visit: (condition: PassCondition) => void): void {
  if (expression.kind === 'mask') expression.conditions.forEach(visit)
  for (const part of partsOf(expression)) conditionsOf(part, visit)
}

/** The expression with loops in its conditions for labels. A label of size 1 has no loop: its index is 0. */
function renamed(expression: PassExpression, loopOf: (label: number) => number | undefined): PassExpression {
  const inner = withParts(expression, (part) => renamed(part, loopOf))
  if (inner.kind !== 'mask') return inner
  const conditions = inner.conditions.map((condition) => ({
    ...condition,
    terms: condition.terms.flatMap(({ loop, coefficient }) => {
      const at = loopOf(loop)
      return at === undefined ? [] : [{ loop: at, coefficient }]
    }),
  }))
  return { ...inner, conditions }
}

/** The operations at one point. */
function operationsOf(expression: PassExpression): number {
  const parts = partsOf(expression)
  const inner = parts.reduce((sum, part) => sum + operationsOf(part), 0)
  if (expression.kind === 'product' || expression.kind === 'sum') return inner + Math.max(0, parts.length - 1)
  return expression.kind === 'call' || expression.kind === 'mask' ? inner + 1 : inner
}
