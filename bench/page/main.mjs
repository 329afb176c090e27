// From a keystroke to the painted result, in Chromium, over the examples; beside an empty text field whose handler does
// nothing, typed into in the same page at the same time. The case `first load` has no times: its size says how many bytes of
// scripts and styles, gzipped, come before the first checked result, and with what follows when the page is idle.
import { gzipSync } from 'node:zlib'
import { derive } from '../../dist/index.js'
import { examples } from '../../examples/index.mjs'
import { launch, serve } from '../../web/browser.mjs'
import { makeRow } from '../harness.mjs'

/** Expressions that people type, beside the examples. */
const short = [
  { title: 'quadratic form', text: "x'*A*x", variables: {}, wrt: ['x'] },
  { title: 'logistic regression', text: 'sum(log(exp(-y.*(X*w)) + vector(1)))', variables: {}, wrt: ['w'] },
  { title: 'factorization', text: "norm2(T-U*V')^2", variables: {}, wrt: ['U'] },
  { title: 'log det', text: 'log(det(X))', variables: {}, wrt: ['X'] },
]

export async function run({ quick }) {
  const server = await serve()
  const browser = await launch()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' })
    const load = await firstLoad(page, server.url)
    await page.evaluate(prepare)
    const cases = quick ? [...short, ...examples.slice(0, 6)] : [...short, ...examples]
    const all = { ours: [], theirs: [] }
    const rows = []
    for (const { title, text, variables, wrt } of cases) {
      await open(page, { text, variables, by: wrt[0] })
      const expected = derive(text, { wrt: wrt[0], vars: variables }).toString()
      const agree = (await shown(page)) === expected
      const times = { ours: [], theirs: [] }
      for (let sample = 0; sample < (quick ? 5 : 9); sample++) {
        times.theirs.push(await keystroke(page, 'baseline'))
        times.ours.push(await keystroke(page, 'expression'))
      }
      all.ours.push(...times.ours)
      all.theirs.push(...times.theirs)
      rows.push(row(title, times, 0.5, agree))
    }
    return [
      ...rows,
      row('all, median', all, 0.5, null),
      row('all, 95th percentile', all, 0.95, null),
      makeRow({ case: 'first load, gzipped kB', size: load, engine: 'chromium', ours: null, agree: null }),
    ]
  } finally {
    await browser.close()
    await server.stop()
  }
}

function row(name, times, share, agree) {
  const [ours, theirs] = [quantile(times.ours, share), quantile(times.theirs, share)]
  return makeRow({ case: name, engine: 'chromium', ours, peer: 'empty handler', theirs, agree })
}

function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

/** Loads the page; the kB of scripts and styles asked for before the result was checked, and until the page is idle. */
async function firstLoad(page, url) {
  const files = []
  const note = (response) => {
    if (!/\.(js|css)$/.test(new URL(response.url()).pathname)) return
    const start = response.request().timing().startTime
    files.push(
      response.body().then((body) => ({ url: response.url(), start, size: gzipSync(body, { level: 9 }).length })),
    )
  }
  page.on('response', note)
  await page.goto(url)
  await page.locator('.editor-host .cm-content').waitFor()
  await page.waitForTimeout(1500)
  const checked = await page.evaluate(
    () => performance.timeOrigin + performance.getEntriesByName('checked')[0].startTime,
  )
  page.off('response', note)
  const known = await Promise.all(files)
  return { before: kilobytes(known.filter(({ start }) => start < checked)), idle: kilobytes(known) }
}

/** A file that two workers ask for counts once. */
function kilobytes(files) {
  const sizes = new Map(files.map(({ url, size }) => [url, size]))
  return Math.round([...sizes.values()].reduce((sum, size) => sum + size, 0) / 1000)
}

/** The state of a case, all but the last letter of which stays while it is typed. */
async function open(page, { text, variables, by }) {
  const declared = Object.entries(variables).map(([name, type]) => `${name}:${type}`)
  const fields = [`e=${encodeURIComponent(text)}`, `by=${encodeURIComponent(by)}`]
  if (declared.length > 0) fields.push(`var=${encodeURIComponent(declared.join(';'))}`)
  await page.evaluate((fragment) => {
    location.hash = fragment
  }, fields.join('&'))
  await page.locator('.check:not(.checking):not(.none)').waitFor()
  await page.waitForTimeout(150)
  await page.getByRole('textbox', { name: 'Expression' }).focus()
  await page.keyboard.press('Control+End')
}

const shown = (page) => page.locator('[data-text]').first().getAttribute('data-text')

/** Between keystrokes, in milliseconds: a quick typist's. */
const PAUSE = 200

/** Seconds from a real keystroke, a space that changes nothing of the meaning, to the frame that shows its result. */
async function keystroke(page, where) {
  if (where === 'baseline') await page.locator('#baseline').focus()
  else await page.getByRole('textbox', { name: 'Expression' }).focus()
  await page.evaluate((place) => window.watch(place), where)
  await page.keyboard.press('Space')
  const milliseconds = await page.evaluate(() => window.painted)
  await page.keyboard.press('Backspace')
  await page.waitForTimeout(PAUSE)
  return milliseconds / 1000
}

/** In the page: a field whose handler does nothing, and a stopwatch from the next keystroke to the painted result. */
function prepare() {
  const area = document.createElement('textarea')
  area.id = 'baseline'
  area.setAttribute('aria-label', 'Baseline')
  area.addEventListener('input', () => performance.mark('results'))
  document.body.append(area)
  window.watch = () => {
    window.painted = new Promise((resolve) => {
      let start
      window.addEventListener('keydown', () => (start = performance.now()), { capture: true, once: true })
      // The page marks the moment that a result arrives; it is painted by the end of the next frame.
      const observer = new PerformanceObserver(() => {
        if (start === undefined) return
        observer.disconnect()
        requestAnimationFrame(() => {
          const channel = new MessageChannel()
          channel.port1.onmessage = () => resolve(performance.now() - start)
          channel.port2.postMessage(null)
        })
      })
      observer.observe({ entryTypes: ['mark'] })
    })
  }
}
