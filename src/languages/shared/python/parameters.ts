/** The head of an emitted function: conversion of arguments, checks of shapes, names of sizes. */
import type { Dimension } from '../../../tensor/dimension.ts'
import { type ParameterCheck, planChecks, solvedText } from '../checks.ts'
import { dimensionText } from '../dimensions.ts'
import { type EmittedProgram, factsText, type PreparedProgram, sizeParameters } from '../program.ts'
import { pythonWhole } from './dialect.ts'
import type { PythonLibrary } from './library.ts'
import { statement, tuple } from './text.ts'

type Names = ReadonlyMap<string, string>

export interface FunctionHead {
  readonly lines: readonly string[]
  /** Dimensions that no argument tells: parameters by keyword. */
  readonly keywords: readonly string[]
  readonly sizes: EmittedProgram['sizes']
  /** The lines of the docstring's parameter section. */
  readonly docs: readonly string[]
}

/** `renamed` of the program receives the keyword parameters whose names had to change. */
export function printParameters(
  library: PythonLibrary,
  prepared: PreparedProgram,
  used: ReadonlySet<string>,
): FunctionHead {
  const { parameters, dimensions: names, precision } = prepared
  const { checks, untold } = planChecks(parameters, used)
  const sizes = sizeParameters(prepared, untold)
  const keywords = sizes.map(({ identifier }) => identifier)
  const lines = parameters.map(({ identifier }) => `    ${identifier} = ${library.converted(identifier, precision)}`)
  for (const check of checks) lines.push(...checkLines(library, check, names))
  const docs = [
    ...parameters.map(({ identifier, axes, facts }) => {
      return `    ${identifier} : ${shapeDoc(library, axes, names)}${factsText(facts)}`
    }),
    ...keywords.map((name) => `    ${name} : int`),
  ]
  return { lines, keywords, sizes, docs }
}

function checkLines(library: PythonLibrary, check: ParameterCheck, names: Names): string[] {
  const { parameter, early, late, reads } = check
  const { identifier, axes } = parameter
  const kind = axes.length === 0 ? 'a number' : `of shape ${shapeText(axes, names)}`
  const fail = (condition: string) => [
    ...statement('if ', condition).map((line, k, all) => (k === all.length - 1 ? `${line}:` : line)),
    `        raise ValueError(f"${identifier} must be ${kind}, not {${library.shapeShown(identifier)}}")`,
  ]
  if (check.whole) return fail(`${identifier}.shape != ${axes.length === 0 ? '()' : shapeText(axes, names)}`)
  const tests = (list: ParameterCheck['early']) =>
    list.map(({ position, size }) => `${identifier}.shape[${position}] != ${sizeText(size, names)}`)
  const lines = fail([`${identifier}.ndim != ${axes.length}`, ...tests(early)].join(' or '))
  if (reads.length > 1 && reads.length === axes.length && axes.every((axis) => axis.name !== undefined)) {
    lines.push(`    ${axes.map((axis) => names.get(axis.name ?? '') ?? '').join(', ')} = ${identifier}.shape`)
  } else {
    for (const read of reads) {
      lines.push(`    ${names.get(read.name)} = ${solvedText(read, `${identifier}.shape[${read.position}]`, '//')}`)
    }
  }
  if (late.length > 0) lines.push(...fail(tests(late).join(' or ')))
  return lines
}

/** A size in the names of the program. */
export function sizeText(dimension: Dimension, names: Names): string {
  return dimensionText(dimension, names, pythonWhole).text
}

/** What a value is, for a docstring: `float` or `array of shape (m, n)`. */
export function shapeDoc({ noun }: PythonLibrary, axes: readonly Dimension[], names: Names): string {
  return axes.length === 0 ? 'float' : `${noun} of shape ${shapeText(axes, names)}`
}

/** A shape in the names of the program, so that no other text comes in. */
export function shapeText(axes: readonly Dimension[], names: Names): string {
  return tuple(axes.map((axis) => sizeText(axis, names)))
}
