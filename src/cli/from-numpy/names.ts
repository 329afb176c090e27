/** Names of NumPy, SciPy, JAX and math, whatever a file calls them. */

/** Modules whose functions are known, and what they all are here: one table. */
const MODULES = new Map([
  ['numpy', 'np'],
  ['jax.numpy', 'np'],
  ['autograd.numpy', 'np'],
  ['math', 'np'],
  ['numpy.linalg', 'np.linalg'],
  ['jax.numpy.linalg', 'np.linalg'],
  ['scipy.linalg', 'np.linalg'],
  ['jax.scipy.linalg', 'np.linalg'],
  ['scipy.special', 'special'],
  ['jax.scipy.special', 'special'],
  ['jax.nn', 'special'],
  ['scipy', 'scipy'],
  ['jax', 'jax'],
  ['jax.scipy', 'scipy'],
])

/** The one name of what a path of names means, such as `np.linalg.det` for `numpy.linalg.det` and `scipy.linalg.det`. */
export function canonical(path: string): string {
  const parts = path.split('.')
  for (let length = parts.length; length > 0; length--) {
    const module = MODULES.get(parts.slice(0, length).join('.'))
    if (module !== undefined) return [module, ...parts.slice(length)].join('.')
  }
  return path
}

/** Other names of the same functions. */
const SYNONYMS = new Map([
  ['absolute', 'abs'],
  ['fabs', 'abs'],
  ['asin', 'arcsin'],
  ['acos', 'arccos'],
  ['atan', 'arctan'],
  ['amax', 'max'],
  ['amin', 'min'],
  ['matrix_transpose', 'transpose'],
  ['true_divide', 'divide'],
  ['pow', 'power'],
  ['expit', 'sigmoid'],
  ['swish', 'silu'],
  ['identity', 'eye'],
  ['float64', 'asarray'],
  ['array', 'asarray'],
  ['ascontiguousarray', 'asarray'],
  ['atleast_1d', 'asarray'],
])

/** The last part of a known function's name; undefined for what is of no known module. */
export function functionName(path: string): string | undefined {
  const name = canonical(path)
  const match = /^(?:np|np\.linalg|special)\.(\w+)$/.exec(name)
  return match?.[1] === undefined ? undefined : (SYNONYMS.get(match[1]) ?? match[1])
}
