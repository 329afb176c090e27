// Runs a plan by plain loops, to hold fused plans to the reference evaluator.
import { elementwiseKernel, generalKernel } from '../src/evaluate/kernels.ts'
import { powerOf } from '../src/evaluate/power.ts'
import type { Tensor } from '../src/evaluate/tensor.ts'
import type { Plan } from '../src/plan/plan.ts'
import { type Expression, type Leaf, type Step, UNIT, type ValueId } from '../src/plan/step.ts'
import type { Dimension } from '../src/tensor/dimension.ts'

/** The dense outputs of a plan. */
export function runPlan(plan: Plan, inputs: ReadonlyMap<string, Tensor>, dims: ReadonlyMap<string, number>): Tensor[] {
  const values: Tensor[] = []
  const sizes = (axes: readonly Dimension[]) => axes.map((axis) => axis.evaluate(dims))
  const at = (value: ValueId, index: readonly number[]): number => {
    const { shape, data } = values[value] as Tensor
    return data[index.reduce((offset, i, axis) => offset * (shape[axis] ?? 0) + i, 0)] as number
  }
  const leafAt = (leaf: Leaf, point: readonly number[]) =>
    at(
      leaf.value,
      leaf.labels.map((label) => point[label] ?? 0),
    )
  for (const step of plan.steps) values.push(runStep(step))
  return plan.outputs.map((output) => {
    if (output.kind !== 'dense') throw new Error('only dense outputs are run')
    return values[output.value] as Tensor
  })

  function runStep(step: Step): Tensor {
    const shape = sizes(step.axes)
    const build = (entry: (point: readonly number[]) => number): Tensor => ({
      shape,
      data: Float64Array.from([...indices(shape)], entry),
    })
    switch (step.kind) {
      case 'input':
        return inputs.get(step.name) as Tensor
      case 'map':
      case 'contract': {
        const summed = sizes(step.space).slice(shape.length)
        const term = (point: readonly number[]) =>
          step.kind === 'map' ? value(step.expression, point) : leafAt(step.left, point) * leafAt(step.right, point)
        return build((point) => {
          if (summed.length === 0) return term(point)
          let sum = 0
          for (const rest of indices(summed)) sum += term([...point, ...rest])
          return sum
        })
      }
      case 'call': {
        const own = shape.slice(step.batch)
        const slices = step.args.map((argument) => sliceOf(argument, step.batch))
        const data: number[] = []
        for (const batch of indices(shape.slice(0, step.batch))) {
          const out = new Float64Array(own.reduce((a, b) => a * b, 1))
          const args = slices.map((slice) => slice.at(batch))
          const hasValue = generalKernel(step.name)?.(
            args,
            slices.map((slice) => slice.sizes),
            out,
          )
          data.push(...(hasValue ? out : out.fill(Number.NaN)))
        }
        return { shape, data: Float64Array.from(data) }
      }
      case 'expand':
        return build((point) => {
          let sum = 0
          for (const { value: source, axes, coefficient } of step.terms) {
            const first = axes.map((axis) => axes.indexOf(axis))
            if (first.some((leader, axis) => point[leader] !== point[axis])) continue
            const index: number[] = []
            for (const [position, axis] of axes.entries()) if (axis >= 0) index[axis] = point[position] ?? 0
            sum += coefficient.toNumber() * (source === UNIT ? 1 : at(source, index))
          }
          return sum
        })
      case 'select': {
        const index = step.index.evaluate(dims)
        return build((point) => at(step.operand, point.toSpliced(step.axis, 0, index)))
      }
      case 'reshape': {
        const { shape: from } = values[step.operand] as Tensor
        const data = Float64Array.from([...indices(step.order.map((axis) => from[axis] ?? 0))], (point) => {
          const index: number[] = []
          for (const [k, axis] of step.order.entries()) index[axis] = point[k] ?? 0
          return at(step.operand, index)
        })
        return { shape, data }
      }
      case 'solve': {
        const matrix = values[step.matrix] as Tensor
        const inverse: Tensor = { shape: matrix.shape, data: new Float64Array(matrix.data.length) }
        generalKernel('inv')?.([matrix.data], [matrix.shape], inverse.data)
        const n = matrix.shape[0] ?? 0
        return build((point) => {
          const i = point[step.axis] ?? 0
          let sum = 0
          for (let j = 0; j < n; j++) {
            const entry = step.transposed ? inverse.data[j * n + i] : inverse.data[i * n + j]
            sum += (entry as number) * at(step.right, point.with(step.axis, j))
          }
          return sum
        })
      }
    }
  }

  /** The part of an argument that a function takes at one index of the batch axes: its own axes in the order of their labels. */
  function sliceOf({ value: source, labels }: Leaf, batch: number) {
    const { shape } = values[source] as Tensor
    const own = labels.flatMap((label, axis) => (label >= batch ? [{ label, axis }] : []))
    own.sort((a, b) => a.label - b.label)
    const sizes = own.map(({ axis }) => shape[axis] ?? 0)
    return {
      sizes,
      at: (point: readonly number[]) =>
        Float64Array.from([...indices(sizes)], (inner) => {
          const place = (label: number) => inner[own.findIndex((axis) => axis.label === label)]
          return at(
            source,
            labels.map((label) => (label < batch ? point[label] : place(label)) ?? 0),
          )
        }),
    }
  }

  function value(expression: Expression, point: readonly number[]): number {
    switch (expression.kind) {
      case 'leaf':
        return leafAt(expression, point)
      case 'number':
        return expression.value.toNumber()
      case 'size':
        return expression.dimension.evaluate(dims)
      case 'product':
        return expression.factors.reduce((p, { base, exponent }) => p * powerOf(exponent)(value(base, point)), 1)
      case 'sum':
        return expression.terms.reduce((s, { coefficient, term }) => s + coefficient.toNumber() * value(term, point), 0)
      case 'call':
        return elementwiseKernel(expression.name)?.(...expression.args.map((arg) => value(arg, point))) ?? Number.NaN
      case 'mask': {
        const holds = expression.conditions.every(({ relation, terms, offset }) => {
          const left = terms.reduce(
            (s, { label, coefficient }) => s + coefficient.evaluate(dims) * (point[label] ?? 0),
            offset.evaluate(dims),
          )
          return { eq: left === 0, le: left <= 0, ne: left !== 0 }[relation]
        })
        return holds ? value(expression.body, point) : 0
      }
    }
  }
}

function* indices(shape: readonly number[]): Generator<number[]> {
  const total = shape.reduce((a, b) => a * b, 1)
  for (let flat = 0; flat < total; flat++) {
    const index: number[] = []
    let rest = flat
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1
      index[axis] = rest % size
      rest = Math.floor(rest / size)
    }
    yield index
  }
}
