// Timing and printing for all benchmarks.
//
// A row: { case, size, engine, ours, peer, theirs, ratio, agree } and sometimes growth, ourBytes, theirBytes and answerBytes, with `ours` and `theirs` in seconds (medians),
// `ratio` = theirs / ours, so that above 1 is faster than the peer, and `agree` the comparison of the two answers,
// made before timing. Without the peer `theirs`, `ratio` and `agree` are null. `growth` is `ours` against the row before.
import { performance } from 'node:perf_hooks'

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Times `ours` against `theirs` (functions, or null for a peer that is not here) and returns a row.
 *
 * Answers are compared first by `agree(a, b)`. Then the two run in turn, so that a drift of the machine's speed falls
 * on both; each sample repeats the call until it lasts `minimumSeconds`, so that the clock's resolution does not matter.
 */
export async function compare({ ours, theirs, agree, samples = 7, minimumSeconds = 0.02, ...row }) {
  const [ourAnswer, theirAnswer] = [await ours(), await theirs?.()]
  const agrees = theirs ? agree(ourAnswer, theirAnswer) : null
  const [ourCalls, theirCalls] = [
    await callsFor(ours, minimumSeconds),
    theirs && (await callsFor(theirs, minimumSeconds)),
  ]
  const [ourTimes, theirTimes] = [[], []]
  for (let sample = 0; sample < samples; sample++) {
    ourTimes.push(await secondsPerCall(ours, ourCalls))
    if (theirs) theirTimes.push(await secondsPerCall(theirs, theirCalls))
  }
  return makeRow({ ...row, ours: median(ourTimes), theirs: theirs ? median(theirTimes) : null, agree: agrees })
}

/** A row from times measured elsewhere, such as inside a Python process. */
export function makeRow({ case: name, size = {}, engine, ours, peer, theirs = null, agree }) {
  const ratio = theirs === null || ours === null ? null : theirs / ours
  return { case: name, size, engine, ours, peer, theirs, ratio, agree }
}

async function secondsPerCall(run, calls) {
  const start = performance.now()
  for (let call = 0; call < calls; call++) await run()
  return (performance.now() - start) / 1000 / calls
}

async function callsFor(run, minimumSeconds) {
  return Math.max(1, Math.ceil(minimumSeconds / (await secondsPerCall(run, 1))))
}

/** True where two flat lists of numbers agree to `tolerance`, relative to the largest entry of either. @public */
export function close(a, b, tolerance = 1e-9) {
  if (a.length !== b.length) return false
  let scale = Number.MIN_VALUE
  for (const values of [a, b]) {
    for (const value of values) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value))
  }
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i]) && !(Math.abs(a[i] - b[i]) <= tolerance * scale)) return false
  }
  return true
}

function formatSeconds(seconds) {
  if (seconds === null) return '-'
  const [unit, factor] = seconds < 1e-3 ? ['µs', 1e6] : seconds < 1 ? ['ms', 1e3] : ['s', 1]
  return `${Number((seconds * factor).toPrecision(3))} ${unit}`
}

function formatBytes(bytes) {
  return bytes === undefined || bytes === null ? '-' : `${Number((bytes / 1e6).toPrecision(3))} MB`
}

export function printTable(rows) {
  const hasGrowth = rows.some((row) => row.growth !== undefined)
  const hasMemory = rows.some((row) => row.ourBytes !== undefined)
  const hasAnswer = rows.some((row) => row.answerBytes !== undefined)
  const header = [
    'case',
    'size',
    'engine',
    'ours',
    'peer',
    'theirs',
    'ratio',
    'agree',
    ...(hasGrowth ? ['growth'] : []),
    ...(hasMemory ? ['our memory', 'their memory'] : []),
    ...(hasAnswer ? ['answer'] : []),
  ]
  const cells = rows.map((row) => [
    row.case,
    Object.entries(row.size)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    row.engine,
    formatSeconds(row.ours),
    row.peer ?? '-',
    formatSeconds(row.theirs),
    row.ratio === null ? '-' : row.ratio.toPrecision(3),
    row.agree === null ? '-' : row.agree ? 'yes' : 'NO',
    ...(hasGrowth ? [row.growth?.toPrecision(3) ?? '-'] : []),
    ...(hasMemory ? [formatBytes(row.ourBytes), formatBytes(row.theirBytes)] : []),
    ...(hasAnswer ? [formatBytes(row.answerBytes)] : []),
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column].length)))
  for (const line of [header, ...cells]) {
    process.stdout.write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    )
  }
}
