// Pictures of the page's main states, into web/screenshots/: `node scripts/screenshots.mjs`, after `npm run build`.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { launch, serve } from '../web/browser.mjs'

const folder = new URL('../web/screenshots/', import.meta.url)
const logistic = `#e=${encodeURIComponent('sum(log(exp(-y.*(X*w)) + vector(1)))')}&by=w`
const factorization = `#e=${encodeURIComponent("norm2(T - U*V')^2")}&by=U`
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** Each with the fragment it opens, what is done then, and how the browser is set. */
const states = [
  { name: 'light', fragment: logistic },
  { name: 'dark', fragment: logistic, options: { colorScheme: 'dark' } },
  { name: 'phone', fragment: logistic, options: phone },
  {
    name: 'error',
    fragment: "#e=x'*A*x",
    act: (page) => page.getByRole('textbox', { name: 'Expression' }).fill('x*x + a'),
  },
  { name: 'hessian', fragment: `${factorization}&tab=hessian` },
  {
    name: 'code',
    fragment: `${logistic}&tab=code`,
    act: (page) => page.locator('.code-line').nth(0).click(),
  },
  {
    name: 'numbers',
    fragment: `${factorization}`,
    act: async (page) => {
      await page.getByText('Try with numbers').click()
      await page.getByRole('button', { name: 'Random values' }).click()
      await page.locator('#value-U').and(page.locator(':not(:placeholder-shown)')).waitFor()
      await page.getByRole('button', { name: 'Evaluate' }).click()
      await page.getByRole('img', { name: /Hessian by U, heat map/ }).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'clash',
    fragment: `#e=${encodeURIComponent('norm2(A*x - y)^2')}&by=x&var=${encodeURIComponent('A:matrix(m,n);x:vector(n);y:vector(m)')}`,
    act: (page) => page.getByRole('textbox', { name: 'Expression' }).fill("norm2(A*x - y)^2 + y'*x"),
  },
  { name: 'steps', fragment: `${factorization}&tab=steps` },
  { name: 'diagram', fragment: `${logistic}&tab=diagram`, act: (page) => page.getByText('Expression graph').click() },
  { name: 'cost', fragment: `${factorization}&tab=cost`, options: { colorScheme: 'dark' } },
  { name: 'first-visit', fragment: '' },
]

const server = await serve()
const browser = await launch()
try {
  await mkdir(folder, { recursive: true })
  for (const { name, fragment, options = {}, act } of states) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
      serviceWorkers: 'block',
      ...options,
    })
    const page = await context.newPage()
    await page.goto(server.url + fragment)
    await page.locator('.editor-host .cm-content').waitFor()
    await page.locator('.check.ok').waitFor()
    await act?.(page)
    await page.waitForTimeout(1000)
    await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)) })
    await context.close()
    process.stdout.write(`web/screenshots/${name}.png\n`)
  }
} finally {
  await browser.close()
  await server.stop()
}
