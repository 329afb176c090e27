/**
 * Numbers of derivatives at a point, loaded when the page is given numbers. In the worker's bundle this file stands in the
 * place of `src/api/at.ts` (vite.config.ts).
 */
type DerivativeAt = typeof import('../../../src/api/at.ts').derivativeAt

let loaded: DerivativeAt | undefined

export const derivativeAt: DerivativeAt = (...given) => {
  if (!loaded) throw new Error('loadAt was not awaited')
  return loaded(...given)
}

export async function loadAt(): Promise<void> {
  loaded ??= (await import('../../../src/api/at.ts')).derivativeAt
}
