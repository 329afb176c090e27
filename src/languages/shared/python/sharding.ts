/** What a program adds that splits its work over devices along one dimension: the sample index, say. */
import { EincalcError } from '../../../errors.ts'
import type { Dimension } from '../../../tensor/dimension.ts'
import type { NamedOutput, Parameter, PreparedProgram } from '../program.ts'

export interface Sharding {
  /** Functions before the main one. */
  readonly helpers: readonly string[]
  /** Lines within it, behind the checks of its arguments. */
  readonly lines: readonly string[]
  /** A result laid out over the devices. */
  readonly returned: (output: NamedOutput, text: string) => string
  /** Functions behind it. */
  readonly after: readonly string[]
  /** The number of devices in the program, of which the split size is a multiple. */
  readonly devices: string
}

/** The position of the axis that has the size, or −1. */
export function splitAxis(axes: readonly Dimension[], dimension: string): number {
  return axes.findIndex((axis) => axis.name === dimension)
}

/** The parameters that have an axis of the size. Throws `BadRequest` where none has. */
export function splitParameters({ parameters }: PreparedProgram, dimension: string): Parameter[] {
  const split = parameters.filter(({ axes }) => splitAxis(axes, dimension) >= 0)
  if (split.length > 0) return split
  const names = [...new Set(parameters.flatMap(({ axes }) => axes.flatMap(({ name }) => name ?? [])))]
  throw new EincalcError({
    code: 'BadRequest',
    message: `no variable has an axis of size ${dimension} to split`,
    ...(names.length > 0 && { hint: `Sizes: ${names.join(', ')}.` }),
  })
}
