/** Pointing at a part in formula, input, drawing or program tints the same part in all of them. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { expression, open, shows, tab, withPage } from './page.ts'

withPage()

const LOGISTIC = `#e=${encodeURIComponent('sum(log(exp(-y.*(X*w)) + vector(1)))')}&by=w`
const inInput = (page: Page) => page.locator('.cm-content .tone-pointed').allTextContents()
const inProgram = async (page: Page) =>
  (await page.locator('.code-line.pointed').allTextContents()).map((line) => line.trim())
const inDrawing = (page: Page) => page.locator('.drawing .item.pointed text').allTextContents()
const inFormula = (page: Page) => page.locator('.fitted .formula .pointed').count()

async function openGraph(page: Page) {
  await tab(page, 'Diagram').click()
  await page.getByRole('button', { name: 'Expression graph' }).click()
  await page.locator('.drawing .item').first().waitFor()
}

test('a part of the formula: input, lines of the program, node of the graph', async () => {
  const { page, complaints } = await open(`${LOGISTIC}&tab=code`)
  await page.locator('.code-line').first().waitFor()
  await page.locator('.fitted .formula').getByText('σ').hover()
  await expect.poll(() => inProgram(page)).toEqual(['gradient_w = -(X.T @ (y * _sigmoid(-t1)))'])
  expect(await inInput(page)).toEqual([])
  // A variable: the lines that read it. Its transpose is the same node.
  await page.locator('.fitted .formula').getByText('⊤').first().hover()
  await expect.poll(() => inInput(page)).toEqual(['X'])
  expect(await inProgram(page)).toEqual(['t1 = (X @ w) * y', 'gradient_w = -(X.T @ (y * _sigmoid(-t1)))'])
  await openGraph(page)
  await page.locator('.fitted .formula').getByText('⊙').first().hover()
  await expect.poll(() => inDrawing(page)).toEqual(['−'])
  expect(complaints).toEqual([])
})

test('a line of the program and a node of the graph: formula and input', async () => {
  const { page } = await open(`${LOGISTIC}&tab=code`)
  await page.locator('.code-line').first().hover()
  await expect.poll(() => inInput(page)).toEqual(['-y.*(X*w)'])
  expect(await inFormula(page)).toBeGreaterThan(3)
  await page.mouse.move(1, 1)
  await expect.poll(() => inInput(page)).toEqual([])
  await openGraph(page)
  await page.locator('.drawing [data-key="y"]').hover()
  await expect.poll(() => inInput(page)).toEqual(['y'])
})

test('the input: program and formula', async () => {
  const { page } = await open(`${LOGISTIC}&tab=code`)
  await page.locator('.code-line').first().waitFor()
  await page.locator('.cm-content .tone-by').hover()
  await expect.poll(() => inProgram(page)).toEqual(['t1 = (X @ w) * y'])
})

test('a click pins, Esc frees', async () => {
  const { page } = await open(`${LOGISTIC}&tab=code`)
  await page.locator('.code-line').first().click()
  await page.mouse.move(1, 1)
  await page.waitForTimeout(100)
  expect(await inInput(page)).toEqual(['-y.*(X*w)'])
  await openGraph(page)
  await expect.poll(() => inDrawing(page)).toEqual(['−'])
  await page.keyboard.press('Escape')
  await expect.poll(() => inInput(page)).toEqual([])
})

describe('by the keyboard', () => {
  test('formula, drawing and program', async () => {
    const { page } = await open(`${LOGISTIC}&tab=code`)
    await page.locator('.code-line').first().waitFor()
    const spoken = () => page.locator('[data-spoken]').getAttribute('data-spoken')
    await expect.poll(spoken, { timeout: 10_000 }).toContain('Gradient')
    await page.getByRole('region', { name: 'Program' }).focus()
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => inProgram(page)).toEqual(['t1 = (X @ w) * y'])
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => inInput(page)).toEqual(['sum(log(exp(-y.*(X*w)) + vector(1)))'])
    await openGraph(page)
    await page.locator('.drawing .scroll').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => inDrawing(page)).toHaveLength(1)
    expect(await spoken()).not.toContain('Gradient')
    await page.getByRole('group', { name: 'Formula' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await tab(page, 'Code').click()
    await expect.poll(() => inProgram(page)).toHaveLength(2)
  })
})

test.each([
  ['TypeScript, self-contained', /t\d+/],
  ['MATLAB, also GNU Octave', /A' \* x/],
  ['Julia, standard library only', /A' \* x/],
  ['ONNX, a model file', /MatMul \(A_checked, /],
  ['C++ with Eigen 3, a header', /A\.transpose\(\) \* x/],
])('in %s', async (language, line) => {
  const { page } = await open("#e=x'*A*x&by=x&tab=code")
  await shows(page, "(A + A')*x")
  await page.getByLabel('Language').selectOption(language)
  await expect.poll(() => page.locator('.code-line').filter({ hasText: line }).count()).toBeGreaterThan(0)
  await page.locator('.fitted .formula').getByText('A').first().hover()
  await expect.poll(() => inProgram(page)).not.toEqual([])
  await expression(page).fill('sum(exp(x))')
  await shows(page, 'exp(x)')
})
