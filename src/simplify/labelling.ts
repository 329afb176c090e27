/**
 * Canonical labelling of a contraction: two contractions that differ only in the names and order of labels and factors get
 * one and the same labelling. A graph-isomorphism question in general; contractions are small, so colours refined on
 * content hashes settle nearly all of them, and bounded individualisation the rest. Over the budget the given order stays:
 * a merge may then be missed, never made wrongly, since the code is the whole relabelled list of factors.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Factor, Label } from '../tensor/node.ts'

/** The most complete labellings that are tried. */
const LEAF_BUDGET = 64

export interface Labelling {
  /** The labels in canonical order. */
  readonly order: readonly Label[]
  /** A text that is equal for isomorphic contractions. */
  readonly code: string
}

/**
 * Labels 0..dimensions.length-1 in canonical order. `colour(label)` gives what distinguishes labels from the outset (output
 * or summed, or a fixed output position); `exchangeable(factor)` tells two axes of a factor that may be swapped.
 */
export function canonicalLabelling(
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  colour: (label: Label) => string,
  exchangeable: (factor: Factor) => readonly [number, number] | undefined,
): Labelling {
  const names = factors.map((f) => `${f.node.hash}^${f.exponent.key}`)
  const pairs = factors.map(exchangeable)
  /** The values of a factor's axes, those of an exchangeable pair in order. */
  const settledAxes = (factor: number, values: number[]): number[] => {
    const pair = pairs[factor]
    if (!pair) return values
    const [p, q] = pair
    const [a, b] = [values[p] as number, values[q] as number]
    values[p] = Math.min(a, b)
    values[q] = Math.max(a, b)
    return values
  }
  const incidences: { factor: number; position: number }[][] = dimensions.map(() => [])
  for (const [factor, { labels }] of factors.entries()) {
    for (const [position, label] of labels.entries()) incidences[label]?.push({ factor, position })
  }

  const code = (place: readonly number[]): string =>
    factors
      .map((factor, k) => {
        const places = settledAxes(
          k,
          factor.labels.map((label) => place[label] as number),
        )
        return `${names[k]}[${places.join(',')}]`
      })
      .sort()
      .join(';')

  /** Splits colour classes by what their labels are attached to, until nothing changes. */
  const refine = (colours: number[]): number[] => {
    for (let classes = new Set(colours).size; ; ) {
      const signatures = colours.map((own, label) => {
        const around = (incidences[label] ?? []).map(({ factor, position }) => {
          const neighbours = settledAxes(
            factor,
            (factors[factor]?.labels ?? []).map((other) => colours[other] as number),
          )
          const pair = pairs[factor]
          const where = pair && position === pair[1] ? pair[0] : position
          return `${names[factor]}@${where}(${neighbours.join(',')})`
        })
        return `${String(own).padStart(4, '0')}|${around.sort().join(';')}`
      })
      colours = rank(signatures)
      const now = new Set(colours).size
      if (now === classes || now === colours.length) return colours
      classes = now
    }
  }

  let best: Labelling | undefined
  let leaves = 0
  const search = (colours: number[]): void => {
    const tied = smallestTie(colours)
    if (!tied) {
      leaves++
      const order = colours.map((_, label) => label).sort((a, b) => (colours[a] as number) - (colours[b] as number))
      const text = code(colours)
      if (!best || text < best.code) best = { order, code: text }
      return
    }
    for (const label of tied) {
      if (leaves >= LEAF_BUDGET) return
      // The individualised label comes just before the rest of its class.
      search(refine(rank(colours.map((c, other) => `${String(c).padStart(4, '0')}${other === label ? 0 : 1}`))))
    }
  }
  search(refine(rank(dimensions.map((dimension, label) => `${colour(label)}|${dimension.key}`))))
  const result = best as Labelling | undefined
  return result ?? { order: dimensions.map((_, label) => label), code: code(dimensions.map((_, label) => label)) }
}

/** Numbers that order the texts: equal texts get equal numbers, the number of smaller distinct texts. */
function rank(texts: readonly string[]): number[] {
  const places = new Map([...new Set(texts)].sort().map((text, place) => [text, place]))
  return texts.map((text) => places.get(text) as number)
}

/** The members of the smallest class of at least two labels; the first such class at a tie. */
function smallestTie(colours: readonly number[]): number[] | undefined {
  const classes = new Map<number, number[]>()
  for (const [label, c] of colours.entries()) {
    const members = classes.get(c)
    if (members) members.push(label)
    else classes.set(c, [label])
  }
  let best: number[] | undefined
  for (const members of [...classes.entries()].sort(([a], [b]) => a - b).map(([, list]) => list)) {
    if (members.length > 1 && (!best || members.length < best.length)) best = members
  }
  return best
}
