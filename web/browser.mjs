// The built page in a real browser: for its tests, its benchmark and its screenshots.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts `eincalc serve` on a free port. */
export async function serve() {
  const child = spawn(process.execPath, [command, 'serve', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  /** @type {string} */
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`eincalc serve ended with ${code}`)))
    child.stdout.once('data', (data) => resolve(data.toString().split('\n')[0]))
  })
  return {
    url,
    /** @returns {Promise<void>} */
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

/** Starts the browser: `EINCALC_CHROMIUM`, or where systems keep it. */
export function launch() {
  const path = process.env.EINCALC_CHROMIUM ?? places.find((place) => existsSync(place))
  if (path === undefined) throw new Error('no Chromium is found: install one, or name it in EINCALC_CHROMIUM')
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'] })
}
