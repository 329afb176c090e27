#!/usr/bin/env node
/** The command `eincalc`. */
import process from 'node:process'
import { run } from './run.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that stops reading, such as `head`, is no failure.
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`eincalc: cannot write: ${error.message}\n`, () => process.exit(1))
})

process.exitCode = await run(process.argv.slice(2), process)
