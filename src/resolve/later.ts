/** Names that belong to the language but that this version does not have yet: they are refused as such, and reserved. */

const later: ReadonlySet<string> = new Set([
  ...['prod', 'logsoftmax', 'cumsum', 'pinv', 'sylvester', 'cholesky', 'expm', 'logm', 'sqrtm', 'dexpm', 'dlogm'],
  ...['commutation', 'tril', 'triu', 'cross', 'grad', 'jacobian', 'hessian', 'derivative', 'jvp', 'vjp', 'hvp'],
  ...['diaghessian', 'laplacian'],
])

export function isLaterName(name: string): boolean {
  return later.has(name)
}
