import process from 'node:process'

/**
 * Milliseconds of processor time that a call took: what other programs do at the same time does not count, so a test can
 * tell work that grows too fast from a machine that is busy. Every test file has a process of its own.
 */
export function cpuTime(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
