/** Which shapes of arguments a function checks, in which order, and which argument tells which size. */
import type { Dimension } from '../../tensor/dimension.ts'
import type { Parameter } from './program.ts'

/** The size of one axis that must hold. */
export interface SizeTest {
  readonly position: number
  readonly size: Dimension
}

/** A name read from an axis of size a·name + b. */
export interface SizeRead {
  readonly position: number
  readonly name: string
  readonly axis: Dimension
}

/** The checks of one argument, in order: its number of axes and the sizes known before, what it tells, the rest. */
export interface ParameterCheck {
  readonly parameter: Parameter
  readonly early: readonly SizeTest[]
  /** Whether `early` is all there is to be known: the whole shape. */
  readonly whole: boolean
  readonly reads: readonly SizeRead[]
  readonly late: readonly SizeTest[]
}

export interface ArgumentChecks {
  readonly checks: readonly ParameterCheck[]
  /** Names of sizes that no argument tells: parameters of their own. */
  readonly untold: readonly string[]
}

/**
 * Each size is read from the first argument that tells it, and every other axis is checked against it. Sizes that nothing
 * needs are not read; `used` are those that statements need.
 */
export function planChecks(parameters: readonly Parameter[], used: ReadonlySet<string>): ArgumentChecks {
  const solvable = new Set<string>()
  for (const { axes } of parameters) {
    for (const axis of axes) {
      const name = unknownOf(axis)
      if (name !== undefined) solvable.add(name)
    }
  }
  const needed = new Set(used)
  const counts = new Map<string, number>()
  for (const { axes } of parameters) {
    for (const axis of axes) for (const name of axis.names) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const axis of axes) if (axis.name === undefined) for (const name of axis.names) needed.add(name)
  }
  for (const [name, count] of counts) if (count > 1) needed.add(name)
  const untold = [...needed].filter((name) => !solvable.has(name))
  const known = new Set(untold)
  return { checks: parameters.map((parameter) => checkOf(parameter, known, needed)), untold }
}

/** The name that a size a·n + b tells; undefined for polynomials in several names or of higher degree. */
function unknownOf(axis: Dimension): string | undefined {
  const [name] = axis.names
  const linear = axis.names.length === 1 && axis.terms.every((term) => term.powers.every(([, power]) => power === 1))
  return linear ? name : undefined
}

function checkOf(parameter: Parameter, known: Set<string>, needed: ReadonlySet<string>): ParameterCheck {
  const { axes } = parameter
  const reads: SizeRead[] = []
  const found = new Set<string>()
  for (const [position, axis] of axes.entries()) {
    const name = unknownOf(axis)
    if (name === undefined || known.has(name) || found.has(name) || !needed.has(name)) continue
    found.add(name)
    reads.push({ position, name, axis })
  }
  // Axes that neither tell a size nor have one that is known stay unchecked.
  const isFree = (axis: Dimension) => axis.names.some((name) => !known.has(name) && !found.has(name))
  const wasKnown = (axis: Dimension) => axis.names.every((name) => known.has(name))
  const early = axes.flatMap((size, position) => (wasKnown(size) ? [{ position, size }] : []))
  if (early.length === axes.length) return { parameter, early, whole: true, reads: [], late: [] }
  const late = axes.flatMap((size, position) => {
    const told = size.name !== undefined && reads.some((read) => read.position === position)
    return told || wasKnown(size) || isFree(size) ? [] : [{ position, size }]
  })
  for (const name of found) known.add(name)
  return { parameter, early, whole: false, reads, late }
}

/** The text of the name's value from the text of its axis' size a·name + b; `over` divides whole numbers. */
export function solvedText({ axis, name }: SizeRead, size: string, over: string): string {
  const a = axis.terms.find((term) => term.powers.some(([own]) => own === name))?.coefficient
  if (axis.name !== undefined || !a) return size
  const b = axis.terms.find((term) => term.powers.length === 0)?.coefficient
  const shift = b && b.denominator === 1n ? b.negate() : undefined
  const shifted = shift ? `${size} ${shift.sign < 0 ? '-' : '+'} ${shift.absolute().key}` : size
  const factor = a.invert()
  if (factor.isOne) return shifted
  const inner = shift ? `(${shifted})` : shifted
  const times = factor.numerator === 1n ? inner : `${factor.numerator} * ${inner}`
  return factor.denominator === 1n ? times : `${times} ${over} ${factor.denominator}`
}
