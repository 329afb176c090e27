/** The page in one minute: what must work for anything else to matter. The other files of this folder go further. */
import { expect, test } from 'vitest'
import { by, check, expression, findings, open, problem, region, serve, shown, shows, tab, withPage } from './page.ts'

withPage()

test('a derivative follows the text, is checked, and is copied', async () => {
  const { page, complaints } = await open()
  await shows(page, "(A + A')*x")
  await expression(page).fill('sum(log(exp(-y.*(X*w)) + vector(1)))')
  await by(page).selectOption('w')
  await shows(page, "-X'*(y.*sigmoid(-y.*(X*w)))")
  await expect.poll(() => check(page).textContent()).toMatch(/^checked, relative error \S+, 5 points, seed 7$/)
  await page.getByRole('button', { name: 'Copy Text' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("-X'*(y.*sigmoid(-y.*(X*w)))")
  expect(complaints).toEqual([])
})

test('the tabs show function, Hessian, steps, cost and code', async () => {
  const { page, complaints } = await open("#e=norm2(T-U*V')%5E2&by=U")
  await shows(page, "2*(U*V' - T)*V")
  await tab(page, 'Function').click()
  await shows(page, "norm2(T - U*V')^2")
  expect(await region(page).count()).toBe(0)
  await tab(page, 'Hessian').click()
  await shows(page, 'H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]')
  expect(await page.getByText('8 MB as it is kept').count()).toBe(1)
  await tab(page, 'Steps').click()
  await expect.poll(() => page.locator('.steps li').count()).toBeGreaterThan(3)
  await tab(page, 'Cost').click()
  await expect.poll(() => page.locator('.costs tbody tr').count()).toBe(3)
  await tab(page, 'Code').click()
  await expect.poll(() => page.locator('.program').textContent()).toContain('def evaluate(T, U, V):')
  expect(complaints).toEqual([])
})

test('an error shows its place and its fix mends it', async () => {
  const { page, complaints } = await open('#e=A*x%2By&v=1')
  await expression(page).fill('x*x + a')
  await expect.poll(() => problem(page).textContent()).toContain('x and x are both columns')
  expect(await page.locator('.cm-lintRange-error').textContent()).toBe('x*x')
  await page.getByRole('button', { name: /^Inner product/ }).click()
  await shows(page, '2*x')
  expect(await problem(page).textContent()).toBe('')
  expect(complaints).toEqual([])
})

test('a link opens the same page', async () => {
  const { page } = await open()
  await expression(page).fill('log(det(X))')
  await shows(page, "inv(X)'")
  await tab(page, 'Hessian').click()
  const text = await page.locator('[data-text]').first().getAttribute('data-text')
  await page.getByRole('button', { name: 'Copy link' }).click()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toContain('#e=log(det(X))')
  const other = await open(new URL(link).hash)
  await expect.poll(() => shown(other.page)).not.toBe('')
  await expect.poll(() => tab(other.page, 'Hessian').getAttribute('aria-selected')).toBe('true')
  await shows(other.page, (await shown(page)) || (text ?? ''))
})

test('a dropped file is read', async () => {
  const { page } = await open("#e=x'*x&by=x")
  await page.getByText('Try with numbers').click()
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.items.add(new File(['3,4'], 'x.csv', { type: 'text/csv' }))
    return data
  })
  await page.locator('fieldset.value').dispatchEvent('drop', { dataTransfer: transfer })
  await expect.poll(() => page.locator('#value-x').inputValue()).toBe('3,4')
  await page.getByRole('button', { name: 'Evaluate' }).click()
  await expect.poll(() => page.getByRole('region', { name: 'Value' }).textContent()).toContain('25')
  // Several at once go to the variables of their names.
  await expression(page).fill("x'*A*x")
  const several = await page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.items.add(new File(['1,0\n0,2'], 'A.csv', { type: 'text/csv' }))
    data.items.add(new File(['1,3'], 'x.csv', { type: 'text/csv' }))
    return data
  })
  await page.locator('#value-A').waitFor()
  await page.locator('fieldset.value').first().dispatchEvent('drop', { dataTransfer: several })
  await expect.poll(() => page.locator('#value-x').inputValue()).toBe('1,3')
  await page.getByRole('button', { name: 'Evaluate' }).click()
  await expect.poll(() => page.getByRole('region', { name: 'Value' }).textContent()).toContain('19')
})

test('without its server the page opens again and computes', async () => {
  const own = await serve()
  const { page } = await open('#e=log(det(X))&by=X', {}, own.url)
  await expect.poll(() => page.getByText('Ready offline').count(), { timeout: 20_000 }).toBe(1)
  await own.stop()
  await page.reload()
  await shows(page, "inv(X)'")
  await tab(page, 'Code').click()
  await expect.poll(() => page.locator('.program').textContent()).toContain('def evaluate(X):')
  await page.getByRole('button', { name: 'Examples' }).click()
  await page
    .getByRole('button', { name: /^Matrix factorization/ })
    .first()
    .waitFor()
})

test('by the keyboard alone: an expression, its problem, its fix, the result, the Hessian', async () => {
  const { page } = await open()
  await page.keyboard.type('x*x')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => problem(page).textContent()).toContain('both columns')
  await page.keyboard.press('Alt+Enter')
  await shows(page, '2*x')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('stage')
  await page.keyboard.press('Alt+3')
  await shows(page, '2*eye(n)')
})

test.each(['light', 'dark'] as const)('axe finds nothing, on a phone, %s', async (colorScheme) => {
  const { page } = await open("#e=norm2(T-U*V')%5E2&by=U", {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    colorScheme,
  })
  await shows(page, "2*(U*V' - T)*V")
  await expect.poll(() => check(page).textContent()).toMatch(/^checked/)
  expect(await findings(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})
