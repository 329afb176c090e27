/**
 * Numbers of derivatives at a point, loaded when the page is given numbers. In the worker's bundle this file stands in the
 * place of `src/api/at.ts` (vite.config.ts).
 */
type At = typeof import('../../../src/api/at.ts')

let loaded: At | undefined

export const derivativeAt: At['derivativeAt'] = (...given) => {
  if (!loaded) throw new Error('loadAt was not awaited')
  return loaded.derivativeAt(...given)
}

export const compileAt: At['compileAt'] = async (...given) => (await load()).compileAt(...given)

export async function loadAt(): Promise<void> {
  await load()
}

async function load(): Promise<At> {
  loaded ??= await import('../../../src/api/at.ts')
  return loaded
}
