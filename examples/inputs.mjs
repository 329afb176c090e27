// Numbers for an example: drawn from a seed, as its declarations and contents demand.

/** @typedef {{ shape: number[], data: Float64Array }} Tensor */

/**
 * One value for each variable, row-major, the same from the same seed.
 *
 * @param {import('./example.ts').Example} example
 * @param {{ sizes?: Readonly<Record<string, number>>, seed?: number }} [options] the example's small sizes unless given
 * @returns {Record<string, Tensor>}
 */
export function inputsOf(example, { sizes = example.sizes, seed = 1 } = {}) {
  const uniform = generator(seed)
  return Object.fromEntries(
    Object.entries(example.variables).map(([name, declaration]) => [
      name,
      draw(declaration, example.contents?.[name], sizes, uniform),
    ]),
  )
}

/**
 * @param {string} declaration such as `matrix(n,k)` or `scalar positive`
 * @param {import('./example.ts').Content | undefined} content
 * @param {Readonly<Record<string, number>>} sizes
 * @param {() => number} uniform
 * @returns {Tensor}
 */
function draw(declaration, content, sizes, uniform) {
  const [, kind = '', list, sign] = /^(\w+)(?:\((.*)\))?(?: (\w+))?$/.exec(declaration) ?? []
  const lengths = list === undefined ? [] : list.split(',').map((axis) => sizes[axis] ?? Number(axis))
  const shape = SQUARE.includes(kind) ? [...lengths, ...lengths] : lengths
  const length = shape.reduce((product, size) => product * size, 1)
  const data = Float64Array.from({ length }, () => (sign ? 0.5 + uniform() : 2 * uniform() - 1))
  const [rows = 1, columns = 1] = shape
  const fill = FILL[content ?? kind]
  return { shape, data: fill ? fill(data, rows, columns) : data }
}

const SQUARE = ['symmetric', 'psd', 'diagonal']

/** Random entries made into what is asked for. @type {Record<string, (data: Float64Array, rows: number, columns: number) => Float64Array>} */
const FILL = {
  mask: (data) => data.map((entry) => (entry < 0.5 ? 1 : 0)),
  signs: (data) => data.map(Math.sign),
  'one-hot': (data, _, columns) => {
    const chosen = (/** @type {number} */ row) => Math.floor(((entryOf(data, row * columns) + 1) / 2) * columns)
    return data.map((_, at) => (at % columns === chosen(Math.floor(at / columns)) ? 1 : 0))
  },
  diagonal: (data, n) => data.map((entry, at) => (at % (n + 1) === 0 ? entry : 0)),
  symmetric: (data, n) => data.map((entry, at) => (entry + entryOf(data, (at % n) * n + Math.floor(at / n))) / 2),
  psd: (data, n) =>
    data.map((_, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      let product = i === j ? 0.5 : 0
      for (let k = 0; k < n; k++) product += entryOf(data, i * n + k) * entryOf(data, j * n + k)
      return product
    }),
  orthonormal,
}

/** The columns, each made orthogonal to those before it. @type {(typeof FILL)[string]} */
function orthonormal(data, rows, columns) {
  /** @type {Float64Array[]} */
  const basis = []
  for (let column = 0; column < columns; column++) {
    let rest = Float64Array.from({ length: rows }, (_, row) => entryOf(data, row * columns + column))
    // Twice, so that rounding of the first pass goes too.
    for (const unit of [...basis, ...basis]) {
      const share = dot(rest, unit)
      rest = rest.map((entry, row) => entry - share * entryOf(unit, row))
    }
    basis.push(rest.map((entry) => entry / Math.sqrt(dot(rest, rest))))
  }
  return data.map((_, at) => basis[at % columns]?.[Math.floor(at / columns)] ?? 0)
}

/** @param {Float64Array} a @param {Float64Array} b */
function dot(a, b) {
  return a.reduce((sum, entry, at) => sum + entry * entryOf(b, at), 0)
}

/** @param {Float64Array} data @param {number} at */
function entryOf(data, at) {
  return data[at] ?? 0
}

/** Numbers in [0, 1) from a seed: mulberry32 (T. Ettinger). @param {number} seed */
function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
