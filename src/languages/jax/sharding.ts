/** Programs over several devices: arrays with an axis of the split size lie across them, all others whole on each. */
import type { PreparedProgram } from '../shared/program.ts'
import { type Sharding, splitAxis, splitParameters } from '../shared/python/sharding.ts'

const DEVICES = 'jax.device_count()'

const split = `def _split(array, axis):
    """The array with one axis across all devices."""
    names = [None] * array.ndim
    names[axis] = "samples"
    mesh = Mesh(jax.devices(), ("samples",))
    return jax.lax.with_sharding_constraint(array, NamedSharding(mesh, PartitionSpec(*names)))`

const whole = `def _whole(array):
    """The array whole on each device."""
    mesh = Mesh(jax.devices(), ("samples",))
    return jax.lax.with_sharding_constraint(array, NamedSharding(mesh, PartitionSpec()))`

export function jaxSharding(prepared: PreparedProgram, dimension: string): Sharding {
  const { functionName, parameters, outputs } = prepared
  const across = splitParameters(prepared, dimension)
  const [first] = across
  const size = first ? `${first.identifier}.shape[${splitAxis(first.axes, dimension)}]` : ''
  const name = prepared.dimensions.get(dimension) ?? dimension
  const isWhole = outputs.some(
    (output) => output.planned.kind === 'dense' && splitAxis(output.planned.axes, dimension) < 0,
  )
  const placed = parameters.map(({ identifier, axes }) => {
    const at = splitAxis(axes, dimension)
    const names = axes.map((_, axis) => (axis === at ? '"samples"' : 'None'))
    return `        jax.device_put(${identifier}, NamedSharding(mesh, PartitionSpec(${at < 0 ? '' : names.join(', ')}))),`
  })
  const names = parameters.map(({ identifier }) => identifier)
  const place = [
    `def place_${functionName}(${names.join(', ')}):`,
    `    """The arguments of ${functionName} on all devices: axes of size ${name} across them, others whole on each."""`,
    '    mesh = Mesh(jax.devices(), ("samples",))',
    '    return (',
    ...placed,
    '    )',
  ]
  return {
    helpers: [split, ...(isWhole ? [whole] : [])],
    lines: [
      `    if ${size} % ${DEVICES} != 0:`,
      `        raise ValueError(f"${name} must be a multiple of the number of devices, {${DEVICES}}")`,
      ...across.map(
        ({ identifier, axes }) => `    ${identifier} = _split(${identifier}, ${splitAxis(axes, dimension)})`,
      ),
    ],
    returned: ({ planned }, text) => {
      if (planned.kind !== 'dense') return text
      const at = splitAxis(planned.axes, dimension)
      return at < 0 ? `_whole(${text})` : `_split(${text}, ${at})`
    },
    after: [place.join('\n')],
    devices: DEVICES,
  }
}
