/** Hostile input shows text or an error, and never runs. */
import { expect, test } from 'vitest'
import { expression, open, problem, shows, withPage } from './page.ts'

withPage()

/** Markup and scripts where a text, a name or a type is expected. */
const MARKUP = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  'javascript:alert(1)',
]

test.each([
  ...MARKUP.map((text) => [`#e=${encodeURIComponent(text)}`]),
  ...MARKUP.map((text) => [`#e=x&by=${encodeURIComponent(text)}&tab=${encodeURIComponent(text)}`]),
  ...MARKUP.map((text) => [
    `#e=${encodeURIComponent("x'*A*x")}&var=${encodeURIComponent(`A:${text};${text}:matrix(n,n)`)}`,
  ]),
  ['#e=%E0%A4%A'],
  ['#e=__proto__%27*A*__proto__&var=__proto__:vector(n)&by=__proto__'],
  ['#e=constructor%2Bx&by=constructor'],
  ['#z=AAAA'],
  ['#z=%00'],
  ['#e=einsum("%3Cimg src=x onerror=alert(1)%3E",A)'],
  ['#e=%5Chref%7Bjavascript:alert(1)%7D%7Bx%7D'],
])('the link %s', async (fragment) => {
  const { page, complaints } = await open(fragment)
  await page.waitForTimeout(700)
  expect(complaints).toEqual([])
  expect(await page.locator('body img, body script:not([src]), a[href^="javascript"]').count()).toBe(0)
  // The page still works, and declarations that do not read can be dropped.
  await expression(page).fill("z'*z")
  if (fragment.includes('var=')) await page.getByRole('button', { name: 'Drop all declarations' }).click()
  await page.getByRole('combobox', { name: 'Derivative by' }).selectOption('z')
  await shows(page, '2*z')
})

test('a fragment of a million characters, and one that unfolds to more', async () => {
  const { page, complaints } = await open(`#e=${'x'.repeat(1_000_000)}`)
  await page.waitForTimeout(1000)
  await expect.poll(() => problem(page).textContent(), { timeout: 10_000 }).not.toBe('')
  expect(complaints).toEqual([])
  const bomb = await page.evaluate(async () => {
    const zeros = new Blob([new Uint8Array(50_000_000)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
    const bytes = new Uint8Array(await new Response(zeros).arrayBuffer())
    let binary = ''
    for (const byte of bytes) binary += String.fromCharCode(byte)
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  })
  const other = await open(`#z=${bomb}`)
  await shows(other.page, "(A + A')*x")
  expect(other.complaints).toEqual([])
})

test.each([
  ['deep brackets', `${'('.repeat(20_000)}x`],
  ['deep calls', `${'exp('.repeat(3000)}a${')'.repeat(3000)}`],
  ['many transposes', `x${"'".repeat(20_000)}`],
  ['a long sum', Array.from({ length: 5000 }, (_, k) => `x${k}`).join('+')],
  ['control characters', 'x\u0000\u202e+\u2066y'],
])('%s', async (_name, text) => {
  const { page, complaints } = await open()
  await expression(page).fill(text)
  await page.waitForTimeout(1500)
  expect(complaints).toEqual([])
  await expression(page).fill("q'*q")
  await page.getByRole('combobox', { name: 'Derivative by' }).selectOption('q', { timeout: 20_000 })
  await shows(page, '2*q')
})

test('work that takes long can be stopped, and does not keep the next waiting', async () => {
  const { page } = await open()
  await expression(page).fill(
    `${'norm2(A*tanh('.repeat(24)}x${'))'.repeat(24)}`.replace(/norm2\(A\*tanh\(/g, 'tanh(A*('),
  )
  await page.waitForTimeout(100)
  await expression(page).fill("q'*q")
  await page.getByRole('combobox', { name: 'Derivative by' }).selectOption('q', { timeout: 5000 })
  await shows(page, '2*q')
})
