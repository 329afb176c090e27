/** The real page in a real browser: `eincalc serve` and Debian's or the system's Chromium, one of each for a test file. */
import axe from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launch, serve } from '../browser.mjs'

export { serve }

export interface Opened {
  readonly page: Page
  readonly context: BrowserContext
  /** What the console said in warnings and errors, and addresses outside of the server that were asked for. */
  readonly complaints: string[]
}

let server: Awaited<ReturnType<typeof serve>>
let browser: Browser

/** Starts server and browser before a file's tests, and ends them after. */
export function withPage(): void {
  beforeAll(async () => {
    server = await serve()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
}

/** Opens the page with a fragment, and waits until it is there. */
export async function open(fragment = '', options: BrowserContextOptions = {}, url = server.url): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const address = request.url()
    if (!address.startsWith(url) && !/^(?:blob|data):/.test(address)) complaints.push(`a request to ${address}`)
  })
  await page.goto(url + fragment)
  await page.locator('.editor-host .cm-content').waitFor()
  return { page, context, complaints }
}

export const expression = (page: Page) => page.getByRole('textbox', { name: 'Expression' })
export const by = (page: Page) => page.getByRole('combobox', { name: 'Derivative by' })
export const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true })
export const region = (page: Page) => page.getByRole('region', { name: 'Derivative' })
export const problem = (page: Page) => page.getByRole('alert', { name: 'Problem' })
export const check = (page: Page) => page.getByRole('status', { name: 'Check' })

/** The printed form of what the region shows. */
export const shown = async (page: Page) =>
  (await page
    .locator('[data-text]')
    .first()
    .getAttribute('data-text', { timeout: 200 })
    .catch(() => null)) ?? ''

/** Waits until the region shows this printed form. */
export async function shows(page: Page, text: string): Promise<void> {
  await expect.poll(() => shown(page), { timeout: 5000 }).toBe(text)
}

/** What axe finds, one line each. */
export async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
      }
    }
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)
  })
}
