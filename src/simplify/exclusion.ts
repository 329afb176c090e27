/**
 * Entries that conditions exclude from `max`, `logsumexp`, `softmax`: the argument is where(mask, x, −∞) with an indicator as
 * mask. Here such arguments are recognised, made of the naive quotients and logarithms of sums, and freed of masks that
 * say nothing more.
 */

import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { ElementwiseMap, Factor, GeneralCall, Label, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'

/** An indicator at labels. */
export interface Mask {
  readonly node: Node
  readonly labels: readonly Label[]
}

/** The indicators whose product a node is; undefined where it is none. */
export function masksOf(node: Node): Mask[] | undefined {
  if (node.kind === 'indicator') return [{ node, labels: identity(node.axes.length) }]
  if (node.kind !== 'contraction' || node.dimensions.length > node.rank || node.factors.length === 0) return undefined
  return node.factors.every((factor) => factor.node.kind === 'indicator' && factor.exponent.isOne)
    ? [...node.factors]
    : undefined
}

/** The masks of where(mask, x, fill), over the axes of the map, if it is one with indicators for a mask. */
export function whereMasks(node: Node): Mask[] | undefined {
  if (node.kind !== 'map' || node.name !== 'where') return undefined
  const [condition] = node.args as readonly [Operand]
  return masksOf(condition.node)?.map(({ node: mask, labels }) => ({
    node: mask,
    labels: labels.map((axis) => condition.labels[axis] as Label),
  }))
}

/** 1 for ∞, −1 for −∞, undefined for others. */
export function signOfInfinity(node: Node): 1 | -1 | undefined {
  if (node.kind === 'map') return node.name === 'infinity' ? 1 : undefined
  const [term, ...more] = node.kind === 'sum' ? node.terms : []
  if (!term || more.length > 0 || !term.coefficient.absolute().isOne) return undefined
  return signOfInfinity(term.node) && (term.coefficient.sign > 0 ? 1 : -1)
}

/** Whether a node is where(c, x, ±∞), which has no text of its own: the function that it is the argument of says it. */
export function isExcluding(node: Node): boolean {
  const fill = node.kind === 'map' && node.name === 'where' ? node.args[2]?.node : undefined
  return fill !== undefined && signOfInfinity(fill) !== undefined
}

/** What stands for excluded entries in the argument of a function: −∞, ∞ or a number. */
const FILLS: Readonly<Record<string, number>> = {
  max: Number.NEGATIVE_INFINITY,
  logsumexp: Number.NEGATIVE_INFINITY,
  softmax: Number.NEGATIVE_INFINITY,
  logsoftmax: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  prod: 1,
}

/** The argument of a call without what its conditions exclude, and the conditions, over the labels of the call. */
export function exclusionOf(call: GeneralCall): { readonly masks: Mask[]; readonly body: Operand } | undefined {
  const fill = Object.hasOwn(FILLS, call.name) ? FILLS[call.name] : undefined
  const [first] = call.args
  const argument = first && unwrapped(first)
  const masks = argument && whereMasks(argument.node)
  if (fill === undefined || !masks) return undefined
  const [, body, other] = (argument.node as ElementwiseMap).args as readonly [Operand, Operand, Operand]
  if (numberIn(other.node) !== fill) return undefined
  const place = (labels: readonly Label[]) => labels.map((axis) => argument.labels[axis] as Label)
  return {
    masks: masks.map((mask) => ({ node: mask.node, labels: place(mask.labels) })),
    body: { node: body.node, labels: place(body.labels) },
  }
}

/** An operand without a mere permutation or broadcast around it, as expressions have before they are simplified. */
function unwrapped(operand: Operand): Operand {
  const { node, labels } = operand
  const [only, ...more] = node.kind === 'contraction' && node.dimensions.length === node.rank ? node.factors : []
  if (!only?.exponent.isOne || more.length > 0) return operand
  return { node: only.node, labels: only.labels.map((axis) => labels[axis] as Label) }
}

function numberIn(node: Node): number | undefined {
  const sign = signOfInfinity(node)
  if (sign) return sign * Number.POSITIVE_INFINITY
  if (node.kind === 'constant') return node.value.toNumber()
  return node.kind === 'contraction' && node.factors.length === 0 && node.dimensions.length === 0 ? 1 : undefined
}

/** What an indicator says of labels, whatever the order of its axes: p ≤ i of (i,p) is p ≤ i of (p,i). */
function sayings({ node, labels }: Mask): string[] {
  if (node.kind !== 'indicator') return []
  return node.conditions.map(({ relation, terms, offset }) => {
    const said = terms
      .map(({ axis, coefficient }) => ({ label: labels[axis] as Label, coefficient }))
      .sort((a, b) => a.label - b.label)
    // Equations have no sign.
    const turned = relation !== 'le' && said[0]?.coefficient.terms[0]?.coefficient.sign === -1
    const key = (value: Dimension) => (turned ? value.scale(Rational.MINUS_ONE) : value).key
    return `${relation} ${said.map(({ label, coefficient }) => `${label}*${key(coefficient)}`).join()} ${key(offset)}`
  })
}

/** Whether every mask is said by indicators among the factors. */
export function holdsIn(factors: readonly Factor[], masks: readonly Mask[]): boolean {
  const known = new Set(factors.flatMap((f) => (f.exponent.sign > 0 ? sayings(f) : [])))
  return masks.every((mask) => sayings(mask).every((saying) => known.has(saying)))
}

/** A factor where(mask, a, b) beside the same mask is a. */
export function chosenBranch(factors: readonly Factor[]): { readonly old: Factor; readonly fresh: Factor } | undefined {
  for (const old of factors) {
    const masks = whereMasks(old.node)?.map((mask) => ({
      node: mask.node,
      labels: mask.labels.map((axis) => old.labels[axis] as Label),
    }))
    if (!masks || !holdsIn(factors, masks)) continue
    const [, body] = (old.node as ElementwiseMap).args as readonly [Operand, Operand]
    const labels = body.labels.map((axis) => old.labels[axis] as Label)
    return { old, fresh: { node: body.node, labels, exponent: old.exponent } }
  }
  return undefined
}

/**
 * A mask that says no more than a softmax beside it, which is 0 at the entries that its own conditions exclude. Only where what
 * the mask keeps from being multiplied there is finite at finite arguments, so that no 0·∞ arises.
 */
export function idleMask(factors: readonly Factor[]): Factor | undefined {
  return factors.find((mask) => {
    if (mask.node.kind !== 'indicator' || mask.labels.length < 2) return false
    const isCovered = factors.some((f) => covers(f, mask, COVER_DEPTH))
    const others = factors.filter((f) => f !== mask && mask.labels.every((label) => f.labels.includes(label)))
    return isCovered && others.every((f) => f.exponent.sign > 0 && isTame(f.node, TAME_DEPTH))
  })
}

const COVER_DEPTH = 4

/** Whether a factor is 0 wherever the mask is: such a softmax, a product with one, a sum of such products. */
function covers({ node, labels, exponent }: Factor, mask: Mask, depth: number): boolean {
  const place = (inner: readonly Label[]) => inner.map((axis) => labels[axis] as Label)
  if (exponent.sign <= 0 || depth === 0) return false
  switch (node.kind) {
    case 'general': {
      const masks = node.name === 'softmax' ? (exclusionOf(node)?.masks ?? []) : []
      return holdsIn(
        masks.map((each) => factorAt(each.node, place(each.labels))),
        [mask],
      )
    }
    case 'contraction':
      // The labels that it sums over are none of the mask's.
      return node.factors.some((factor) => {
        const isOuter = factor.labels.every((label) => label < node.rank)
        return isOuter && covers({ ...factor, labels: place(factor.labels) }, mask, depth - 1)
      })
    case 'sum':
      return node.terms.every((term) => covers(factorAt(term.node, place(term.labels)), mask, depth - 1))
    default:
      return false
  }
}

const TAME_DEPTH = 12

/** Whether a node is finite where variables are: sums and products of bounded functions. */
function isTame(node: Node, depth: number): boolean {
  switch (node.kind) {
    case 'variable':
    case 'constant':
    case 'indicator':
      return true
    case 'general':
      return node.name === 'softmax'
    case 'map':
      return BOUNDED.has(node.name)
    case 'sum':
      return depth > 0 && node.terms.every((term) => isTame(term.node, depth - 1))
    case 'contraction':
      return depth > 0 && node.factors.every((f) => isScalar(f) || (f.exponent.sign > 0 && isTame(f.node, depth - 1)))
  }
}

const BOUNDED = new Set(['tanh', 'sigmoid', 'erf', 'sin', 'cos', 'sign', 'arctan', 'gt', 'ge'])

/** A number that stands before everything, such as 1/sqrt(d), is the same at excluded entries and at others. */
function isScalar({ labels }: Factor): boolean {
  return labels.length === 0
}

/** A node at labels as a factor. */
export function factorAt(node: Node, labels: readonly Label[]): Factor {
  return { node, labels, exponent: Rational.ONE }
}
