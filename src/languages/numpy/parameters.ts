/** The head of an emitted function: conversion of arguments, checks of shapes, names of sizes. */
import type { Dimension } from '../../tensor/dimension.ts'
import type { Facts } from '../../tensor/node.ts'
import { dimensionText } from './dimensions.ts'
import { Level, statement, tuple, within } from './text.ts'

export interface Parameter {
  readonly name: string
  readonly identifier: string
  readonly axes: readonly Dimension[]
  readonly facts: Facts
}

export interface FunctionHead {
  readonly lines: readonly string[]
  /** Dimensions that no argument tells: parameters by keyword. */
  readonly keywords: readonly string[]
  /** The lines of the docstring's parameter section. */
  readonly docs: readonly string[]
}

/**
 * Reads each size from the first argument that tells it, and checks every other axis against it. Sizes that nothing needs
 * get no name. `renamed` receives the keyword parameters whose names had to change.
 */
export function printParameters(
  parameters: readonly Parameter[],
  used: ReadonlySet<string>,
  names: ReadonlyMap<string, string>,
  renamed: Record<string, string>,
): FunctionHead {
  const known = new Set<string>()
  const solvable = new Set<string>()
  for (const { axes } of parameters)
    for (const axis of axes) if (unknownOf(axis) !== undefined) solvable.add(unknownOf(axis) ?? '')
  const needed = new Set(used)
  const counts = new Map<string, number>()
  for (const { axes } of parameters) {
    for (const axis of axes) for (const name of axis.names) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const axis of axes) if (axis.name === undefined) for (const name of axis.names) needed.add(name)
  }
  for (const [name, count] of counts) if (count > 1) needed.add(name)
  const keywords = [...needed].filter((name) => !solvable.has(name))
  for (const name of keywords) {
    known.add(name)
    const identifier = names.get(name) ?? name
    if (identifier !== name) renamed[name] = identifier
  }
  const lines = parameters.map(({ identifier }) => `    ${identifier} = np.asarray(${identifier}, dtype=float)`)
  for (const parameter of parameters) lines.push(...check(parameter, known, needed, names))
  const docs = [
    ...parameters.flatMap((parameter) => [
      `    ${parameter.identifier} : ${shapeDoc(parameter.axes, names)}${factsDoc(parameter.facts)}`,
    ]),
    ...keywords.map((name) => `    ${names.get(name) ?? name} : int`),
  ]
  return { lines, keywords: keywords.map((name) => names.get(name) ?? name), docs }
}

/** The name that a size a·n + b tells; undefined for polynomials in several names or of higher degree. */
function unknownOf(axis: Dimension): string | undefined {
  const [name] = axis.names
  const linear = axis.names.length === 1 && axis.terms.every((term) => term.powers.every(([, power]) => power === 1))
  return linear ? name : undefined
}

function check(
  { identifier, axes }: Parameter,
  known: Set<string>,
  needed: ReadonlySet<string>,
  names: ReadonlyMap<string, string>,
): string[] {
  const rank = axes.length
  const described = shapeText(axes, names)
  const fail = (condition: string) => {
    const kind = rank === 0 ? 'a number' : `of shape ${described}`
    return [
      ...statement('if ', condition, '    ').map((line, k, all) => (k === all.length - 1 ? `${line}:` : line)),
      `        raise ValueError(f"${identifier} must be ${kind}, not {${identifier}.shape}")`,
    ]
  }
  const learns = new Map<number, string>()
  const found = new Set<string>()
  for (const [position, axis] of axes.entries()) {
    const name = unknownOf(axis)
    if (name === undefined || known.has(name) || found.has(name) || !needed.has(name)) continue
    found.add(name)
    learns.set(position, name)
  }
  // Axes that neither tell a size nor have one that is known stay unchecked.
  const isFree = (axis: Dimension) => axis.names.some((name) => !known.has(name) && !found.has(name))
  const lines: string[] = []
  const wasKnown = (axis: Dimension) => axis.names.every((name) => known.has(name))
  const early = axes.flatMap((axis, position) =>
    wasKnown(axis) ? [`${identifier}.shape[${position}] != ${dimensionText(axis, names).text}`] : [],
  )
  if (early.length === rank) {
    const shape = tuple(axes.map((axis) => dimensionText(axis, names).text))
    return fail(`${identifier}.shape != ${rank === 0 ? '()' : shape}`)
  }
  lines.push(...fail([`${identifier}.ndim != ${rank}`, ...early].join(' or ')))
  if (learns.size > 1 && learns.size === rank && axes.every((axis) => axis.name !== undefined)) {
    const targets = axes.map((axis) => names.get(axis.name ?? '') ?? '')
    lines.push(`    ${targets.join(', ')} = ${identifier}.shape`)
  } else {
    for (const [position, name] of learns) {
      const axis = axes[position]
      if (axis) lines.push(`    ${names.get(name)} = ${solved(axis, name, `${identifier}.shape[${position}]`)}`)
    }
  }
  const late = axes.flatMap((axis, position) => {
    const told = learns.has(position) && axis.name !== undefined
    if (told || wasKnown(axis) || isFree(axis)) return []
    return [`${identifier}.shape[${position}] != ${dimensionText(axis, names).text}`]
  })
  if (late.length > 0) lines.push(...fail(late.join(' or ')))
  for (const name of found) known.add(name)
  return lines
}

/** The name's value from a·name + b = size, with a and b rational. */
function solved(axis: Dimension, name: string, size: string): string {
  if (axis.name !== undefined) return size
  const a = axis.terms.find((term) => term.powers.some(([own]) => own === name))?.coefficient
  const b = axis.terms.find((term) => term.powers.length === 0)?.coefficient
  if (!a) return size
  const inverse = a.invert()
  const shift = b?.negate()
  let text = size
  if (shift && shift.denominator === 1n) text = `${size} ${shift.sign < 0 ? '-' : '+'} ${shift.absolute().key}`
  if (inverse.isOne) return text
  const inner = within({ text, level: shift ? Level.add : Level.atom }, Level.multiply)
  const times = inverse.numerator === 1n ? inner : `${inverse.numerator} * ${inner}`
  return inverse.denominator === 1n ? times : `${times} // ${inverse.denominator}`
}

/** What a value is, for a docstring: `float` or `array of shape (m, n)`. */
export function shapeDoc(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  return axes.length === 0 ? 'float' : `array of shape ${shapeText(axes, names)}`
}

/** A shape in the names of the program, so that no other text comes in. */
export function shapeText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  return tuple(axes.map((axis) => dimensionText(axis, names).text))
}

function factsDoc({ structure, sign }: Facts): string {
  const words = [structure === 'psd' ? 'symmetric positive definite' : structure, sign].filter(
    (word) => word !== undefined,
  )
  return words.length > 0 ? `, ${words.join(', ')}` : ''
}
