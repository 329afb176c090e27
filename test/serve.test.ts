// `eincalc serve`: the address first, headers that isolate the page, no file from elsewhere. Runs the built command.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
let child: ReturnType<typeof spawn>
let url: string

beforeAll(async () => {
  child = spawn(process.execPath, [main, 'serve', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  url = await new Promise((resolve) => child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim())))
})
afterAll(() => {
  child.kill('SIGTERM')
})

test('the first line of stdout is the address', () => {
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
})

test('the page is isolated, and only its own scripts run', async () => {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  const header = (name: string) => response.headers.get(name)
  expect(header('content-type')).toBe('text/html; charset=utf-8')
  expect(header('cross-origin-opener-policy')).toBe('same-origin')
  expect(header('cross-origin-embedder-policy')).toBe('require-corp')
  expect(header('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  expect(header('content-security-policy')).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*/)
  expect(await response.text()).not.toMatch(/<script(?![^>]*src=)|style=|https?:\/\//)
})

test('files with a hash in their names may be kept, others are asked for again', async () => {
  const html = await (await fetch(url)).text()
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1]
  const answer = await fetch(url + script)
  expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(answer.headers.get('cache-control')).toContain('immutable')
  expect((await fetch(url)).headers.get('cache-control')).toBe('no-cache')
})

test.each([
  ['/nothing', 404],
  ['/assets/', 404],
  ['/../package.json', 404],
  ['/..%2fpackage.json', 404],
  ['/%2e%2e/%2e%2e/package.json', 404],
  ['/..%5c..%5cpackage.json', 404],
  ['/%00', 404],
  ['/%E0%A4%A', 404],
  ['/index.html?x=1', 200],
])('%s is answered %i', async (path, status) => {
  expect(await statusOf(`GET ${path} HTTP/1.1`)).toBe(status)
})

test('only reading', async () => {
  expect(await statusOf('POST / HTTP/1.1')).toBe(405)
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
})

/** Sends a request line as it is: `fetch` would tidy its path. */
function statusOf(line: string): Promise<number> {
  const { port, hostname } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${line}\r\nHost: ${hostname}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
    })
    socket.once('data', (data) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1])))
    socket.once('error', reject)
  })
}
