/** The expressions of a plan's elementwise steps as passes compute them. */
import { elementwiseFunction, instantiate } from '../../functions/index.ts'
import { plan } from '../../plan/plan.ts'
import type { Expression, Leaf, MaskCondition } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import { isKnownFunction } from '../functions.ts'
import { type PassExpression, withParts } from '../program.ts'

export interface Surroundings {
  /** The position of a leaf among the operands. */
  readonly operand: (leaf: Leaf) => number
  /** The position of a number that depends on sizes. */
  readonly number: (dimension: Dimension) => number
}

/** Functions that have no kernel are replaced by their definitions. */
export function passExpression(expression: Expression, around: Surroundings): PassExpression {
  const recur = (part: Expression) => passExpression(part, around)
  switch (expression.kind) {
    case 'leaf':
      return { kind: 'leaf', operand: around.operand(expression) }
    case 'number':
      return { kind: 'number', value: expression.value.toNumber() }
    case 'size':
      return { kind: 'parameter', index: around.number(expression.dimension) }
    case 'product':
      return {
        kind: 'product',
        factors: expression.factors.map(({ base, exponent }) => ({ base: recur(base), exponent })),
      }
    case 'sum':
      return {
        kind: 'sum',
        terms: expression.terms.map(({ coefficient, term }) => ({
          coefficient: coefficient.toNumber(),
          term: recur(term),
        })),
      }
    case 'call': {
      const args = expression.args.map(recur)
      return isKnownFunction(expression.name)
        ? { kind: 'call', name: expression.name, args }
        : defined(expression.name, args)
    }
    case 'mask':
      return {
        kind: 'mask',
        conditions: expression.conditions.map((condition: MaskCondition) => ({
          relation: condition.relation,
          terms: condition.terms.map(({ label, coefficient }) => ({
            loop: label,
            coefficient: around.number(coefficient),
          })),
          offset: around.number(condition.offset),
        })),
        body: recur(expression.body),
      }
  }
}

/** The definition of a function with these arguments. */
function defined(name: string, args: readonly PassExpression[]): PassExpression {
  const { parameters, definition } = elementwiseFunction(name)
  if (definition === undefined) throw new RangeError(`${name} has neither a kernel nor a definition`)
  const g = new Graph()
  const variables = new Map(parameters.map((parameter) => [parameter, { node: g.variable(parameter, []), labels: [] }]))
  const { steps, outputs } = plan([{ kind: 'dense', node: instantiate(g, definition, variables).node }])
  const values: PassExpression[] = []
  for (const step of steps) {
    if (step.kind === 'input') values.push(args[parameters.indexOf(step.name)] as PassExpression)
    else if (step.kind === 'map') {
      // The operand of a leaf is a step here, whose own expression stands for it.
      const numbered = passExpression(step.expression, {
        operand: ({ value }) => value,
        number: () => {
          throw new RangeError(`the definition of ${name} depends on sizes`)
        },
      })
      values.push(substituted(numbered, values))
    } else throw new RangeError(`the definition of ${name} is not elementwise`)
  }
  const [output] = outputs
  return values[output?.kind === 'dense' ? output.value : 0] as PassExpression
}

function substituted(expression: PassExpression, values: readonly PassExpression[]): PassExpression {
  if (expression.kind === 'leaf') return values[expression.operand] as PassExpression
  return withParts(expression, (part) => substituted(part, values))
}
