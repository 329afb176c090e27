// Runs the suite where it is loaded, a page or a process, and returns what does not hold. Bundled by scripts/conformance.mjs.
import { checks, engineNames, type SuiteOptions, turn } from './suite.ts'

export interface SuiteResult {
  readonly engines: readonly string[]
  readonly passed: number
  readonly failures: readonly string[]
}

export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const failures: string[] = []
  const all = checks(options)
  for (const { name, run } of all) {
    await turn()
    try {
      const failure = await run()
      if (failure !== undefined) failures.push(`${name}: ${failure}`)
    } catch (error) {
      failures.push(`${name}: ${(error as Error).stack}`)
    }
  }
  return { engines: engineNames, passed: all.length - failures.length, failures }
}
