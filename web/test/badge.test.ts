/** The badge where the check fails: no derivative is wrong, so wrong ones are put in the place of right ones. */
import { expect, test, vi } from 'vitest'
import type { CheckResult } from '../../src/index.ts'
import { parsed } from '../src/worker/calculate.ts'
import { checkData } from '../src/worker/check.ts'
import type { Question } from '../src/worker/protocol.ts'
import { check, open, withPage } from './page.ts'

const found = vi.hoisted(() => ({ result: {} as unknown }))
vi.mock('../../src/index.ts', async (original) => ({
  ...(await original<object>()),
  checkOf: () => found.result,
}))

withPage()

const question: Question = {
  kind: 'check',
  id: 1,
  text: "x'*A*x",
  vars: {},
  by: ['x'],
  view: 'derivative',
  first: 'whole',
  second: '2',
  layout: 'mixed',
  symmetric: 'unconstrained',
  shares: true,
  mode: 'auto',
  dims: {},
  form: '',
  language: 'numpy',
}
const right: CheckResult = { ok: true, maxRelError: 3e-9, points: 5, outside: 0, kinks: 0, seed: 7 } as CheckResult

test.each<[Partial<CheckResult>, object]>([
  [{}, { state: 'ok', text: 'checked, relative error 3e-9, 5 points, seed 7' }],
  [{ kinks: 2 }, { state: 'ok', witness: '2 entries at kinks left out' }],
  [
    { ok: false, outside: 5 },
    { state: 'outside', text: 'not checked: 5 points outside the domain, seed 7' },
  ],
  [
    {
      ok: false,
      maxRelError: 0.4,
      points: 2,
      witness: { entry: [0], derivative: 1.5, difference: 2.5 } as CheckResult['witness'] & object,
    },
    {
      state: 'failed',
      text: 'check failed at point 2, relative error 0.4, seed 7',
      witness: 'By x, entry [1]: the formula gives 1.5, differences give 2.5.',
    },
  ],
])('%j', (changed, expected) => {
  found.result = { ...right, ...changed }
  expect(checkData(question, parsed(question.text, {}, question.by))).toMatchObject(expected)
})

test('red, in words too, with the witness', async () => {
  const failed = { state: 'failed', text: 'check failed at point 2, relative error 0.4, seed 7', witness: 'entry [1]' }
  const { page } = await open("#e=x'*x", { serviceWorkers: 'block' })
  await page.context().route(/assets\/check-[^/]*\.js$/, (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: `export const checkData = () => (${JSON.stringify(failed)})`,
    }),
  )
  await page.reload()
  await expect.poll(() => check(page).textContent(), { timeout: 10_000 }).toBe(failed.text)
  await page.getByText('Show point').click()
  expect(await page.getByText('entry [1]').isVisible()).toBe(true)
  const red = await check(page).evaluate((element) => getComputedStyle(element).color)
  expect(red).toBe('rgb(180, 35, 26)')
})
