/** Terms added up where that leaves fewer numbers than keeping them apart. */
import { sizeOf, type Tensor } from '../evaluate/tensor.ts'
import { addTerm, type CompressedTerm, labelled } from './term.ts'

/** Larger cores are not formed from smaller ones. */
const MERGED_LIMIT = 1e7

/**
 * The same tensor in no more numbers than it has written out. Terms whose outputs repeat letters alike become one core where
 * together they hold more numbers than it has, and all terms one core where they hold more than the tensor.
 */
export function merged(terms: readonly CompressedTerm[], shape: readonly number[]): CompressedTerm[] {
  const groups = new Map<string, CompressedTerm[]>()
  for (const term of terms) {
    const output = outputOf(term)
    const form = [...output].map((letter) => output.indexOf(letter)).join()
    groups.set(form, [...(groups.get(form) ?? []), term])
  }
  const result = [...groups.values()].flatMap((group) => {
    const letters = [...new Set(outputOf(group[0]!))]
    const lengths = letters.map((letter) => shape[outputOf(group[0]!).indexOf(letter)]!)
    return isWorthwhile(group, lengths) ? [sumOf(group, letters.join(''), lengths, shape)] : group
  })
  if (result.length < 2 || !isWorthwhile(result, shape)) return result
  const isDistinct = (letters: string) => new Set(letters).size === shape.length
  const letters = result.map(outputOf).find(isDistinct) ?? freshLetters(shape.length)
  return [{ pattern: `${letters}->${letters}`, scale: 1, cores: [writtenOut(result, shape)] }]
}

function outputOf({ pattern }: CompressedTerm): string {
  return pattern.slice(pattern.indexOf('>') + 1)
}

function isWorthwhile(terms: readonly CompressedTerm[], shape: readonly number[]): boolean {
  const size = sizeOf(shape)
  return terms.length > 1 && size <= MERGED_LIMIT && storedNumbers(terms) > size
}

/** The numbers that terms hold, a shared core once. */
export function storedNumbers(terms: readonly CompressedTerm[]): number {
  const cores = new Set(terms.flatMap(({ cores }) => cores.map(({ data }) => data)))
  return [...cores].reduce((sum, { length }) => sum + length, 0)
}

/** Terms of one form of output as a core over the distinct letters of the first. */
function sumOf(
  terms: readonly CompressedTerm[],
  letters: string,
  lengths: readonly number[],
  shape: readonly number[],
): CompressedTerm {
  const data = new Float64Array(sizeOf(lengths))
  for (const term of terms) {
    const read = labelled(term, shape)
    addTerm(data, [...new Set(read.output)], read)
  }
  return { pattern: `${letters}->${outputOf(terms[0]!)}`, scale: 1, cores: [{ shape: lengths, data }] }
}

function writtenOut(terms: readonly CompressedTerm[], shape: readonly number[]): Tensor {
  const data = new Float64Array(sizeOf(shape))
  for (const term of terms) {
    const read = labelled(term, shape)
    addTerm(data, read.output, read)
  }
  return { shape, data }
}

function freshLetters(count: number): string {
  return String.fromCodePoint(...Array.from({ length: count }, (_, k) => (k < 26 ? 0x61 : 0x3b1 - 26) + k))
}
