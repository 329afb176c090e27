/** Links of every version, phone and keyboard, colours, motion, what the policy refuses. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { by, check, expression, open, problem, region, shown, shows, tab, withPage } from './page.ts'

withPage()

describe('links', () => {
  /** Links that were given out; each must open as it did. A new version of the form adds its samples. */
  test.each([
    ['v1', "#e=x'*A*x&v=1", "(A + A')*x"],
    ['v1, by', '#e=log(det(X))&by=X&v=1', "inv(X)'"],
    ['v1, declared', "#e=x'*A*x&by=x&var=A%3Asymmetric(n)&v=1", '2*A*x'],
    ['v1, order 3', '#e=sum(x.%5E4)&by=x&tab=hessian&order=3&v=1', 'D[i,j,k] = 24*x[i]*eye(n)[i,j]*eye(n)[i,k]'],
    ['v1, deflated', '#z=S7WtUNdy1KpQK7M1BAA', "(A + A')*x"],
    ['without a version', '#e=a%5E2', '2*a'],
  ])('%s', async (_version, fragment, text) => {
    const { page } = await open(fragment)
    await shows(page, text)
  })

  test('a long text is deflated and comes back', async () => {
    const { page } = await open()
    const long = Array.from({ length: 200 }, (_, k) => `sin(a${k})`).join(' + ')
    await expression(page).fill(long)
    await expect.poll(() => page.url()).toContain('#z=')
    await page.reload()
    await expect.poll(() => expression(page).textContent()).toBe(long)
  })
})

test('the first example is selected: typing replaces it', async () => {
  const { page } = await open()
  await page.keyboard.type('log(det(X))')
  await shows(page, "inv(X)'")
})

test('the keyboard alone', async () => {
  const { page } = await open("#e=x'*A*x")
  const press = (key: string) => page.keyboard.press(key)
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent)
  await press('Tab')
  expect(await focused()).toContain('To the result')
  await press('/')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('x*x')
  await press('Escape')
  await press('Escape')
  await press('/')
  await press('Control+Enter')
  await expect.poll(() => problem(page).textContent()).toContain('both columns')
  await press('Alt+Enter')
  await shows(page, '2*x')
  await press('Control+Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('stage')
  await press('Alt+3')
  await shows(page, '2*eye(n)')
  await tab(page, 'Hessian').focus()
  await press('ArrowLeft')
  await shows(page, '2*x')
  await press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await press('Escape')
  await page.getByRole('group', { name: 'Formula' }).focus()
  await press('ArrowDown')
  await press('ArrowRight')
  await expect.poll(() => page.locator('[data-spoken]').getAttribute('data-spoken')).toBe('x')
  await press('Control+c')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('2 x')
  // Tab leads out of everything: from the start to the end of the page in a bounded number of presses.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  const seen = new Set<string>()
  for (let k = 0; k < 60; k++) {
    await press('Tab')
    seen.add((await focused()) ?? '')
  }
  expect([...seen].some((name) => name.startsWith('Copy NumPy'))).toBe(true)
})

test('names are completed, and functions explain themselves', async () => {
  const { page } = await open()
  await expression(page).fill('')
  await expression(page).pressSequentially('softp')
  const list = page.getByRole('listbox')
  await expect.poll(() => list.textContent()).toContain('softplus(t)')
  // A list that has just opened takes no key, so that nobody accepts what was not seen.
  await page.waitForTimeout(150)
  await page.keyboard.press('Tab')
  await expect.poll(() => expression(page).textContent()).toBe('softplus(')
  await page.keyboard.type('a)')
  await shows(page, 'sigmoid(a)')
  await page.locator('.cm-content .tone-function').hover()
  await expect.poll(() => page.locator('.documentation').textContent()).toContain('log(1 + exp(t))')
})

test('light, dark, or as the system has it, kept for the next visit', async () => {
  const { page } = await open()
  const canvas = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await canvas()
  await page.getByRole('button', { name: 'Colours: system' }).click()
  await page.getByRole('button', { name: 'Colours: light' }).click()
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor()
  expect(await canvas()).not.toBe(light)
  await page.reload()
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor()
  expect(await canvas()).not.toBe(light)
})

test('with reduced motion nothing moves', async () => {
  const { page } = await open('', { reducedMotion: 'reduce' })
  await page.getByRole('button', { name: /^A matrix/ }).click()
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  const bar = await page.evaluate(() => {
    const element = document.createElement('div')
    element.className = 'bar'
    document.querySelector('.stage')?.append(element)
    return getComputedStyle(element).animationName
  })
  expect(bar).toBe('none')
})

test('the policy lets nothing in, and memory can be shared', async () => {
  const { page } = await open()
  const outcome = await page.evaluate(async () => {
    const refused: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective))
    await fetch('https://example.com/').catch(() => refused.push('fetch'))
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
    await new Promise((resolve) => setTimeout(resolve, 100))
    return { refused, ran: 'ran' in window, isolated: crossOriginIsolated }
  })
  expect(outcome).toEqual({
    refused: expect.arrayContaining(['connect-src', 'fetch', 'script-src-elem']),
    ran: false,
    isolated: true,
  })
})

test('scripts and styles before the first checked result take less than 250 kB, gzipped', async () => {
  const { page, context } = await open('', { serviceWorkers: 'block' })
  const other = await context.newPage()
  const files: Promise<{ url: string; start: number; size: number }>[] = []
  other.on('response', (response) => {
    if (!/\.(?:js|css)$/.test(new URL(response.url()).pathname)) return
    const { startTime } = response.request().timing()
    const sized = async () => ({
      url: response.url(),
      start: startTime,
      size: gzipSync(await response.body(), { level: 9 }).length,
    })
    files.push(sized())
  })
  await other.goto(page.url())
  await expect.poll(() => check(other).textContent()).toMatch(/^checked/)
  const checked = await other.evaluate(
    () => performance.timeOrigin + (performance.getEntriesByName('checked')[0]?.startTime ?? 0),
  )
  const before = (await Promise.all(files)).filter(({ start }) => start < checked)
  const sizes = new Map(before.map(({ url, size }) => [url, size]))
  expect(sizes.size).toBeGreaterThan(3)
  expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000)
})

test('the result is spoken after a pause', async () => {
  const { page } = await open("#e=x'*A*x")
  await expect
    .poll(() => page.locator('[data-spoken]').getAttribute('data-spoken'), { timeout: 5000 })
    .toBe('Gradient by x: open, A plus A transpose, close, times x')
})

describe('small windows', () => {
  test('a phone: everything is reached, nothing but formulas and code scrolls sideways', async () => {
    const { page } = await open("#e=norm2(T-U*V')%5E2&by=U", {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await shows(page, "2*(U*V' - T)*V")
    await expect.poll(() => check(page).textContent()).toMatch(/^checked/)
    for (const name of ['Function', 'Hessian', 'Steps', 'Cost', 'Diagram', 'Code', 'Derivative']) {
      await tab(page, name).click()
      await page.waitForTimeout(250)
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, name).toBeLessThanOrEqual(0)
    }
    await page.getByLabel('Menu').click()
    await page.getByRole('button', { name: 'Reference' }).click()
    await page.getByRole('dialog', { name: 'Reference' }).waitFor()
  })

  test('while a phone types, what can wait gives its place to the formula, and symbols stand at hand', async () => {
    const { page } = await open("#e=norm2(T-U*V')%5E2&by=U", {
      viewport: { width: 390, height: 500 },
      hasTouch: true,
      isMobile: true,
    })
    await shows(page, "2*(U*V' - T)*V")
    expect(await by(page).isVisible()).toBe(true)
    await page.locator('.cm-content').tap()
    await expect.poll(() => by(page).isVisible()).toBe(false)
    expect(await page.getByRole('group', { name: 'Variables' }).isVisible()).toBe(false)
    const symbols = page.getByRole('group', { name: 'Symbols' })
    const box = await page.locator('.fitted .formula').boundingBox()
    const bar = await symbols.boundingBox()
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(bar?.y ?? 0)
    await page.keyboard.press('Control+End')
    await page.keyboard.type('+x')
    await symbols.getByRole('button', { name: 'transpose' }).tap()
    await page.keyboard.type('*x')
    await shows(page, "2*(U*V' - T)*V")
    expect(await expression(page).textContent()).toBe("norm2(T-U*V')^2+x'*x")
    await page.getByRole('tab', { name: 'Derivative', exact: true }).tap()
    await expect.poll(() => by(page).isVisible()).toBe(true)
  })

  test.each([320, 640])('%i px wide, as at 400 % and 200 % zoom', async (width) => {
    const { page } = await open("#e=norm2(T-U*V')%5E2&by=U&tab=hessian", { viewport: { width, height: 500 } })
    await expect.poll(() => shown(page)).not.toBe('')
    await by(page).selectOption('V')
    await expect.poll(() => region(page).textContent()).toContain('Hessian by V')
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow).toBeLessThanOrEqual(0)
  })
})
