/**
 * The order of contractions and its cost, which a gradient needs neither to be derived nor to be shown. In the worker's
 * bundle this file stands in the place of `src/plan/plan.ts` (vite.config.ts).
 */
type PlanFunction = typeof import('../../../src/plan/plan.ts').plan

let loaded: PlanFunction | undefined

export const plan: PlanFunction = (...given) => {
  if (!loaded) throw new Error('loadPlan was not awaited')
  return loaded(...given)
}

export async function loadPlan(): Promise<void> {
  loaded ??= (await import('../../../src/plan/plan.ts')).plan
}
