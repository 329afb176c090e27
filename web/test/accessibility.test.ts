/** Everybody: axe in light and dark on every tab, the keyboard alone, what is heard, phones, small and zoomed windows. */
import { describe, expect, test } from 'vitest'
import { expression, findings, open, problem, tab, withPage } from './page.ts'

withPage()

const TABS = ['Function', 'Derivative', 'Hessian', 'Steps', 'Cost', 'Diagram', 'Code']

describe.each(['light', 'dark'] as const)('axe, %s', (colorScheme) => {
  test('every tab', async () => {
    const { page } = await open("#e=norm2(T-U*V')%5E2&by=U", { colorScheme })
    for (const name of TABS) {
      await tab(page, name).click()
      await page.waitForTimeout(400)
      expect(await findings(page), name).toEqual([])
    }
  })

  test('a problem, a popover, the panels and the dialogs', async () => {
    const { page } = await open('#e=x%27*A*x', { colorScheme })
    await page.getByRole('button', { name: /^A matrix/ }).click()
    expect(await findings(page), 'popover').toEqual([])
    await page.keyboard.press('Escape')
    for (const summary of await page.locator('.panel > summary').all()) await summary.click()
    await page.waitForTimeout(500)
    expect(await findings(page), 'panels').toEqual([])
    await expression(page).fill('x*x')
    await expect.poll(() => problem(page).textContent()).not.toBe('')
    expect(await findings(page), 'problem').toEqual([])
    for (const name of ['Examples', 'Reference', 'Keys']) {
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByRole('dialog').waitFor()
      await page.waitForTimeout(300)
      expect(await findings(page), name).toEqual([])
      await page.keyboard.press('Escape')
    }
  })
})
