/**
 * Index notation: any node at given labels as a number for each value of them, with explicit sums. It exists always.
 *
 * A label stands for a position counted from 1. Sums over different labels are kept apart, unit tensors stand last.
 */
import { findFunction } from '../functions/index.ts'
import { exclusionOf } from '../simplify/index.ts'
import { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Condition, Contraction, Factor, GeneralCall, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { nameCondition, type PackedAxes, packedAxes } from './conditions.ts'
import type { Display, LabelCondition, Subscript } from './display.ts'
import type { Displays } from './displays.ts'
import { type HalfVectorUnit, halfVectorUnitOf } from './duplication.ts'
import {
  addNumbers,
  multiplyNumbers as multiply,
  plainly,
  type RaisedDisplay,
  splitFactor,
  withoutSign,
} from './index-algebra.ts'
import { labelCondition, tieLabels } from './labels.ts'
import type { NodeTerms } from './node-terms.ts'
import { termDisplay, uprightType } from './term.ts'

/** Readable names of labels, in order of use. */
const LABELS = 'ijklpqrstuvwabcdefgh'

/** Names of enclosing labels that an inner sum avoids, though it might use them again. */
const AVOIDED = 12

interface Task {
  readonly node: Node
  readonly labels: readonly Subscript[]
  readonly scope: readonly string[]
}
interface Plan {
  readonly children: readonly Task[]
  readonly combine: (children: readonly Display[]) => Display
}

export class IndexForms {
  readonly #displays: Displays
  readonly #terms: NodeTerms
  readonly #avoided: ReadonlySet<string>
  readonly #names: ReadonlyMap<Node, string>
  readonly #known = new Map<string, Display>()
  /** The node whose own definition is being written, so that its name does not stand for it. */
  #defined: Node | undefined

  /** Nodes in `names` are written as those names, bound by lines of their own. */
  constructor(
    displays: Displays,
    terms: NodeTerms,
    avoided: ReadonlySet<string>,
    names: ReadonlyMap<Node, string> = new Map(),
  ) {
    this.#displays = displays
    this.#terms = terms
    this.#avoided = avoided
    this.#names = names
  }

  /** The node's elements under readable labels, one for each axis, all of which occur. */
  definition(node: Node, wanted?: readonly string[]): { labels: readonly string[]; display: Display } {
    const labels: string[] = []
    for (const [axis] of node.axes.entries()) labels.push(wanted?.[axis] ?? this.#fresh(labels))
    this.#defined = node
    const display = this.#carry(this.at(node, labels), labels, node.axes)
    this.#defined = undefined
    return { labels, display }
  }

  /** The element of the node at these labels. */
  at(node: Node, labels: readonly Subscript[]): Display {
    const root: Task = { node, labels, scope: labels.filter((label) => typeof label === 'string') }
    const stack: { task: Task; plan: Plan }[] = []
    const enter = (task: Task) => {
      if (!this.#known.has(this.#key(task))) stack.push({ task, plan: this.#plan(task) })
    }
    enter(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { task, plan } = top
      const missing = plan.children.find((child) => !this.#known.has(this.#key(child)))
      if (missing) {
        enter(missing)
        continue
      }
      const children = plan.children.map((child) => this.#known.get(this.#key(child)) as Display)
      this.#known.set(this.#key(task), plan.combine(children))
      stack.pop()
    }
    return this.#known.get(this.#key(root)) as Display
  }

  #key({ node, labels }: Task): string {
    return `${node === this.#defined ? 'own ' : ''}${node.id}[${labels.join(',')}]`
  }

  #plan(task: Task): Plan {
    const { node, labels } = task
    // Labels that the elements depend on are never bound within, however far out they were named.
    const own = labels.filter((label) => typeof label === 'string' && !task.scope.includes(label)) as string[]
    const scope = [...own, ...task.scope]
    const displays = this.#displays
    const name = node === this.#defined ? undefined : this.#names.get(node)
    if (name !== undefined) {
      const named = this.#named(name, labels)
      return done(isInverseNorm(node) ? displays.scaled(Rational.ONE, [], [named]) : named)
    }
    const at = (operandLabels: readonly number[]) => operandLabels.map((label) => labels[label] as Subscript)
    switch (node.kind) {
      case 'variable':
        return done(this.#named(node.name, labels))
      case 'constant':
        return done(displays.scaled(node.value, [], []))
      case 'indicator': {
        const own = node.axes.map((_, axis) => axis)
        const factors = [{ node, labels: own, exponent: Rational.ONE }]
        return this.#planContraction({ factors, dimensions: node.axes, rank: own.length }, labels, scope)
      }
      case 'contraction':
        return this.#planContraction(node, labels, scope)
      case 'sum': {
        const coefficients = node.terms.map((term) => term.coefficient)
        const children = node.terms.map((term) => ({ node: term.node, labels: at(term.labels), scope }))
        return { children, combine: (list) => addNumbers(displays, list, coefficients) }
      }
      case 'map': {
        const unit = halfVectorUnitOf(node)
        if (unit) return done(this.#duplication(unit, labels, scope))
        const children = node.args.map((arg) => ({ node: arg.node, labels: at(arg.labels), scope }))
        return { children, combine: (list) => displays.call(node.name, 'scalar', list) }
      }
      case 'general':
        return this.#planGeneral(node, labels, scope)
    }
  }

  /** D[q,p] where q is the column-major position of row and column. */
  #duplication({ n, axes }: HalfVectorUnit, labels: readonly Subscript[], scope: readonly string[]): Display {
    const displays = this.#displays
    const [row, column, place] = axes.map((axis) => labels[axis] as Subscript) as [Subscript, Subscript, Subscript]
    const position = this.#fresh(scope)
    const square = n.multiply(n)
    const sizes = [square, n, n].map((size) => displays.literal('dimension', [size]))
    const packed = displays.call('reshape', 'tensor', [displays.literal('eye', [square]), ...sizes])
    const factors = [
      displays.element(displays.literal('duplication', [n]), [position, place]),
      displays.element(packed, [position, row, column]),
    ]
    return displays.binder('sum', [position], [], displays.scaled(Rational.ONE, factors, []))
  }

  #named(name: string, labels: readonly Subscript[]): Display {
    const display = this.#displays.name(name, uprightType(labels.length))
    return labels.length === 0 ? display : this.#displays.element(display, labels)
  }

  #planContraction(
    node: Pick<Contraction, 'factors' | 'dimensions' | 'rank'>,
    labels: readonly Subscript[],
    scope: readonly string[],
  ): Plan {
    // Labels that unit tensors make equal form classes, each with at most one name; two names stay a unit tensor.
    const classOf = node.dimensions.map((_, label) => label)
    const names = new Map<number, Subscript>(labels.map((label, position) => [position, label]))
    const conditions: { condition: Condition; labels: readonly number[]; axes: readonly Dimension[] }[] = []
    const units: (() => Display)[] = []
    const packed: { factor: Factor; axes: PackedAxes }[] = []
    const resolve = (label: number): number => classOf[label] as number
    const unit = (label: number, a: Subscript, b: Subscript) => {
      if (a !== b) units.push(() => unitElement(this.#displays, node.dimensions[label] as Dimension, a, b))
    }
    for (const factor of node.factors) {
      if (factor.node.kind !== 'indicator') continue
      for (const condition of factor.node.conditions) {
        const named = nameCondition(condition, factor.node.axes)
        if (named.kind === 'delta') {
          const [a, b] = named.axes.map((axis) => resolve(factor.labels[axis] as number)) as [number, number]
          const [first, second] = [names.get(a), names.get(b)]
          if (first !== undefined && second !== undefined) {
            unit(a, first, second)
            continue
          }
          const name = first ?? second
          for (const [label, target] of classOf.entries()) if (target === b) classOf[label] = a
          if (name !== undefined) names.set(a, name)
        } else if (named.kind === 'select') {
          const label = resolve(factor.labels[named.axis] as number)
          const name = names.get(label)
          if (name === undefined) names.set(label, named.position)
          else unit(label, name, named.position)
        } else {
          const axes = packedAxes(condition, factor.node.axes)
          if (axes) packed.push({ factor, axes })
          else conditions.push({ condition, labels: factor.labels, axes: factor.node.axes })
        }
      }
    }
    const operands = node.factors.filter((factor) => factor.node.kind !== 'indicator')
    const tied = (list: readonly number[]) => list.map(resolve)
    const bound = [...node.dimensions.keys()].filter((label) => resolve(label) === label && !names.has(label))
    const groups = tieLabels(bound, [
      ...operands.map((factor) => tied(factor.labels)),
      ...packed.map(({ factor }) => tied(factor.labels)),
      ...conditions.map((condition) => tied(condition.labels)),
    ])
    // Sums that share no operand may use the same names.
    for (const group of groups) {
      const inner = [...scope]
      for (const label of group) {
        const name = this.#fresh(inner)
        inner.push(name)
        names.set(label, name)
      }
    }
    const nameOf = (label: number) => names.get(resolve(label)) as Subscript
    const groupOf = (list: readonly number[]) => groups.find((group) => tied(list).some((l) => group.includes(l)))
    const namesOf = (group: readonly number[] = []) => group.map((label) => nameOf(label) as string)
    const children = operands.map((factor) => ({
      node: factor.node,
      labels: factor.labels.map(nameOf),
      scope: [...scope, ...namesOf(groupOf(factor.labels))].slice(-AVOIDED),
    }))
    const combine = (list: readonly Display[]): Display => {
      const dimensionsOf = (group: readonly number[] = []) => {
        const known = new Map<string, Dimension>()
        for (const [label, dimension] of node.dimensions.entries()) {
          const name = nameOf(label)
          const here = !bound.includes(resolve(label)) || group.includes(resolve(label))
          if (here && typeof name === 'string') known.set(name, dimension)
        }
        return known
      }
      const parts = new Map(groups.map((group) => [group, newPart(namesOf(group), dimensionsOf(group))]))
      const loose = newPart([], dimensionsOf())
      const partOf = (own: readonly number[]) => parts.get(groupOf(own) ?? []) ?? loose
      for (const [position, factor] of operands.entries()) {
        partOf(factor.labels).factors.push({ display: list[position] as Display, exponent: factor.exponent })
      }
      for (const { factor, axes } of packed) {
        const display = this.#packedUnit(factor, axes, nameOf)
        partOf(factor.labels).factors.push(plainly(display))
      }
      const triangles: Display[] = []
      for (const { condition, labels: own, axes } of conditions) {
        const part = partOf(own)
        const named = nameCondition(condition, axes)
        if (part === loose && named.kind === 'triangle') {
          triangles.push(this.#triangleElement(named.axes.map((axis) => [nameOf(own[axis] as number), axes[axis]])))
        } else part.conditions.push(labelCondition(condition, (axis) => nameOf(own[axis] as number)))
      }
      const deltas = [...triangles, ...units.map((write) => write())]
      return this.#sumOfProducts([...parts.values()], loose, deltas)
    }
    return { children, combine }
  }

  /** triu(ones(m,n))[i,j], or tril(ones(n,m))[j,i], with the labels in their order. */
  #triangleElement(ends: readonly (readonly [Subscript, Dimension | undefined])[]): Display {
    const [first, second] = ends.map(([label]) => label)
    const turned = typeof first === 'string' && typeof second === 'string' && second < first
    const sides = turned ? [...ends].reverse() : ends
    const ones = this.#displays.literal(
      'ones',
      sides.map(([, size]) => size as Dimension),
    )
    const triangle = this.#displays.call(turned ? 'tril' : 'triu', 'matrix', [ones])
    return this.#displays.element(
      triangle,
      sides.map(([label]) => label),
    )
  }

  /** Equal column-major positions: the unit matrix with its axes split, reshape(eye(m*n),m*n,m,n)[p,i,j]. */
  #packedUnit(factor: Factor, { axes, split }: PackedAxes, nameOf: (label: number) => Subscript): Display {
    const displays = this.#displays
    const { node, labels } = factor
    const sizes = axes.map((axis) => node.axes[axis] as Dimension)
    const side = sizes.slice(0, split).reduce((product, size) => product.multiply(size))
    const shown = [displays.literal('eye', [side]), ...sizes.map((size) => displays.literal('dimension', [size]))]
    return displays.element(
      displays.call('reshape', 'tensor', shown),
      axes.map((axis) => nameOf(labels[axis] as number)),
    )
  }

  /** Π of the factors, with a sum for each part; what does not depend on a part's labels stands outside of its sum. */
  #sumOfProducts(parts: readonly Part[], loose: Part, deltas: readonly Display[]): Display {
    const displays = this.#displays
    const outside: RaisedDisplay[] = [...loose.factors]
    for (const { labels, factors, conditions, dimensionOf } of parts) {
      const inside: RaisedDisplay[] = []
      for (const factor of factors.flatMap((factor) => splitFactor(displays, factor))) {
        const depends = factor.display.free.some((label) => labels.includes(label))
        const side = depends || conditions.length > 0 ? inside : outside
        side.push(factor)
      }
      if (conditions.length === 0 && inside.length === 0) {
        for (const label of labels) {
          const size = displays.size(dimensionOf.get(label) as Dimension)
          outside.push(plainly(size))
        }
      } else {
        const sum = this.#bind('sum', labels, conditions, multiply(displays, inside), dimensionOf)
        outside.push(plainly(sum))
      }
    }
    // What says nothing of a label, 1 == n, has to be said of one: i == n, of an i that takes one value.
    const said = loose.conditions.filter(({ terms }) => terms.length > 0)
    const unsaid = loose.conditions.filter(({ terms }) => terms.length === 0)
    const known =
      said.length === 0
        ? outside
        : [plainly(this.#bind('where', [], said, multiply(displays, outside), loose.dimensionOf))]
    if (unsaid.length === 0) return multiply(displays, known, deltas)
    const label = this.#fresh([...loose.dimensionOf.keys()])
    const one = displays.element(displays.literal('ones', [Dimension.ONE]), [label])
    const terms = [{ label, coefficient: Dimension.ONE }]
    const conditions = unsaid.map((condition): LabelCondition => {
      return { ...condition, terms, offset: condition.offset.subtract(Dimension.ONE) }
    })
    const dimensionOf = new Map([...loose.dimensionOf, [label, Dimension.ONE]])
    const single = this.#bind('sum', [label], conditions, multiply(displays, [...known, plainly(one)]), dimensionOf)
    return multiply(displays, [plainly(single)], deltas)
  }

  #bind(
    name: 'sum' | 'where',
    labels: readonly string[],
    conditions: readonly LabelCondition[],
    body: Display,
    dimensionOf: ReadonlyMap<string, Dimension>,
  ): Display {
    const needed = [...new Set([...labels, ...conditions.flatMap((c) => c.terms.map((term) => term.label))])]
    const carried = this.#carry(
      body,
      needed,
      needed.map((label) => dimensionOf.get(label) as Dimension),
    )
    return this.#displays.binder(name, labels, conditions, carried)
  }

  /** Makes every label occur, so that its dimension is known: a missing one is carried by ones(n)[label]. */
  #carry(body: Display, labels: readonly string[], dimensions: readonly Dimension[]): Display {
    const displays = this.#displays
    const missing = labels.flatMap((label, position) =>
      body.free.includes(label)
        ? []
        : [displays.element(displays.literal('ones', [dimensions[position] as Dimension]), [label])],
    )
    if (missing.length === 0) return body
    if (body.kind === 'number' && body.value.isZero) return displays.scaled(Rational.ZERO, missing, [])
    const factors = [body, ...missing].map(plainly)
    return multiply(displays, factors.slice(0, 1), missing)
  }

  #planGeneral(node: GeneralCall, labels: readonly Subscript[], scope: readonly string[]): Plan {
    const displays = this.#displays
    const { batch, name, args } = node
    const [first] = args
    if (!first) return done(displays.call(name, 'scalar', []))
    const whole = args.every(({ node: operand }) => operand.axes.length <= 2)
    const toNumber = name === 'det' || name === 'logdet' || name === 'logdetp'
    const matrixFunction = toNumber || node.axes.length - batch === 2
    if (whole && (matrixFunction || (batch === 0 && name !== 'softmax' && args.length > 1)) && batch === 0) {
      const { coefficient, scalars, body, axes } = this.#terms.term(node)
      if (body) {
        const base = termDisplay(displays, { coefficient, scalars, body, axes })
        return done(displays.element(base, labels))
      }
      return done(termDisplay(displays, this.#terms.term(node)))
    }
    if (!hasBinder(node)) return this.#planSlices(node, labels, scope)
    const excluded = exclusionOf(node)
    // What the function's conditions say of its labels, and the argument without what they exclude.
    const operand = excluded?.body ?? first
    const own = node.axes.length - batch
    const operandOwn = first.node.axes.length - first.labels.filter((label) => label < batch).length
    const conditionsAt = (ownNames: readonly Subscript[]) =>
      (excluded?.masks ?? []).flatMap((mask) =>
        mask.node.kind === 'indicator'
          ? mask.node.conditions.map((condition) =>
              labelCondition(condition, (axis) => position(mask.labels[axis] as number, ownNames)),
            )
          : [],
      )
    const position = (label: number, ownNames: readonly Subscript[]) =>
      label < batch ? (labels[label] as Subscript) : (ownNames[label - batch] as Subscript)
    // Labels that only a condition names get their dimension from the body, too.
    const carriedAt = (body: Display, names: readonly string[], dimensions: readonly Dimension[]) => {
      const sizes = new Map(names.map((label, axis) => [label, dimensions[axis] as Dimension]))
      for (const mask of excluded?.masks ?? []) {
        for (const [axis, label] of mask.labels.entries()) {
          const named = position(label, names)
          if (typeof named === 'string' && !sizes.has(named)) sizes.set(named, mask.node.axes[axis] as Dimension)
        }
      }
      return this.#carry(body, [...sizes.keys()], [...sizes.values()])
    }
    if (own === 0) {
      // A reduction: its own axes are bound.
      const inner = [...scope]
      const bound: string[] = []
      for (let axis = 0; axis < operandOwn; axis++) {
        const fresh = this.#fresh(inner)
        inner.push(fresh)
        bound.push(fresh)
      }
      const child = {
        node: operand.node,
        labels: operand.labels.map((label) => position(label, bound)),
        scope: inner.slice(-AVOIDED),
      }
      const dimensions = bound.map((_, axis) => first.node.axes[first.labels.indexOf(batch + axis)] as Dimension)
      return {
        children: [child],
        combine: ([body]) => {
          const even = name === 'norm2' || isInverseNorm(node)
          const unsigned = even ? withoutSign(displays, body as Display) : (body as Display)
          const carried = carriedAt(unsigned, bound, dimensions)
          const reduced = displays.binder(name === 'rnorm2' ? 'norm2' : name, bound, conditionsAt(bound), carried)
          // The name of an inverse norm stands for the norm, so that its powers read back.
          const isNormNamed = node === this.#defined && this.#names.has(node)
          return name === 'rnorm2' && !isNormNamed ? displays.scaled(Rational.ONE, [], [reduced]) : reduced
        },
      }
    }
    // A function along labels that stay free. A position, or a label used twice, is reached by a unit tensor.
    const inner = [...scope]
    const along: string[] = []
    const deltas: { from: string; to: Subscript; dimension: Dimension }[] = []
    for (let axis = 0; axis < own; axis++) {
      const label = labels[batch + axis] as Subscript
      const repeated = labels.indexOf(label) !== batch + axis
      if (typeof label === 'string' && !repeated) along.push(label)
      else {
        const fresh = this.#fresh(inner)
        inner.push(fresh)
        along.push(fresh)
        deltas.push({ from: fresh, to: label, dimension: node.axes[batch + axis] as Dimension })
      }
    }
    const child = {
      node: operand.node,
      labels: operand.labels.map((label) => position(label, along)),
      scope: inner.slice(-AVOIDED),
    }
    return {
      children: [child],
      combine: ([body]) => {
        const carried = carriedAt(body as Display, along, node.axes.slice(batch))
        const call = displays.binder(name, along, conditionsAt(along), carried, true)
        if (deltas.length === 0) return call
        const units = deltas.map(({ from, to, dimension }) =>
          displays.element(displays.literal('eye', [dimension]), [from, to]),
        )
        const product = multiply(displays, [plainly(call)], units)
        return displays.binder(
          'sum',
          deltas.map(({ from }) => from),
          [],
          product,
        )
      },
    }
  }

  /**
   * A function of whole operands for each index of the batch: those that depend on it are gathered from their elements, as in
   * dexpm(X, matrix[p,q](eye(n)[p,k]*eye(n)[q,l]))[i,j].
   */
  #planSlices(node: GeneralCall, labels: readonly Subscript[], scope: readonly string[]): Plan {
    const displays = this.#displays
    const { batch, name, args } = node
    const children: Task[] = []
    const writers = args.map((argument): ((list: readonly Display[]) => Display) => {
      const { node: operand, labels: placed } = argument
      if (placed.every((label) => label >= batch)) {
        const side = placed[0] === batch + 1 ? 'flipped' : 'plain'
        return () => termDisplay(displays, this.#terms.term(operand), side)
      }
      const inner = [...scope]
      const gathered = identity(placed.filter((label) => label >= batch).length).map(() => {
        const label = this.#fresh(inner)
        inner.push(label)
        return label
      })
      const position = children.length
      children.push({
        node: operand,
        labels: placed.map((label) => (label < batch ? labels[label] : gathered[label - batch]) as Subscript),
        scope: inner.slice(-AVOIDED),
      })
      const sizes = gathered.map((_, axis) => operand.axes[placed.indexOf(batch + axis)] as Dimension)
      return (list) => displays.gathered(gathered, this.#carry(list[position] as Display, gathered, sizes))
    })
    const own = labels.slice(batch)
    const written = name === 'logdetp' ? 'det' : name
    return {
      children,
      combine: (list) => {
        const call = displays.call(
          written,
          uprightType(own.length),
          writers.map((write) => write(list)),
        )
        if (own.length > 0) return displays.element(call, own)
        return name === 'logdetp' ? displays.call('log', 'scalar', [call]) : call
      },
    }
  }

  #fresh(used: readonly string[]): string {
    for (let round = 0; ; round++) {
      for (const letter of LABELS) {
        const name = round === 0 ? letter : `${letter}${round}`
        if (!used.includes(name) && !this.#avoided.has(name)) return name
      }
    }
  }
}

/** Whether the language writes it over labels: `sum[k](...)`, `softmax[k](...)`. */
function hasBinder({ name, args }: GeneralCall): boolean {
  const written = name === 'rnorm2' ? 'norm2' : name
  return args.length === 1 && findFunction(written)?.whole?.binder !== undefined
}

function isInverseNorm(node: Node): boolean {
  return node.kind === 'general' && node.name === 'rnorm2'
}

/** What is summed over labels of its own: factors and conditions that these labels tie together. */
interface Part {
  readonly labels: readonly string[]
  readonly dimensionOf: ReadonlyMap<string, Dimension>
  readonly factors: RaisedDisplay[]
  readonly conditions: LabelCondition[]
}

function newPart(labels: readonly string[], dimensionOf: ReadonlyMap<string, Dimension>): Part {
  return { labels, dimensionOf, factors: [], conditions: [] }
}

/** eye(n)[i,j], the labels in one order, a position last. */
function unitElement(displays: Displays, dimension: Dimension, a: Subscript, b: Subscript): Display {
  if (typeof a === 'number' && typeof b === 'number') return displays.number(0)
  const swapped = typeof a === 'number' || (typeof b === 'string' && b < a)
  return displays.element(displays.literal('eye', [dimension]), swapped ? [b, a] : [a, b])
}

function done(display: Display): Plan {
  return { children: [], combine: () => display }
}
