import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { progressOn } from './progress.ts'

function written(isTTY: boolean, times: readonly number[]): string {
  const stderr = Object.assign(new PassThrough(), { isTTY })
  const clock = [0, ...times.flatMap((time) => [time, time])]
  const progress = progressOn({ stderr }, () => clock.shift() ?? 1e9)
  for (const [k] of times.entries()) progress.tell((k + 1) / times.length)
  progress.end()
  return stderr.read()?.toString() ?? ''
}

test('nothing is shown of what is done at once', () => expect(written(true, [100, 200])).toBe(''))
test('nothing is shown where stderr is no terminal', () => expect(written(false, [1000, 2000])).toBe(''))
test('the bar grows and goes', () => {
  const half = `\r[${'#'.repeat(15)}${' '.repeat(15)}] 50%`
  const whole = `\r[${'#'.repeat(30)}] 100%`
  expect(written(true, [600, 900])).toBe(`${half}${whole}\r${' '.repeat(37)}\r`)
})
