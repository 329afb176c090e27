/** `eincalc serve`: the web page from files beside the command, to this computer unless told otherwise. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Arguments, single } from './arguments.ts'
import { EXIT, type Streams, UsageError, writeLine } from './streams.ts'

const DEFAULT_PORT = 8173
/** Ports tried after the usual one where it is taken. */
const PORTS_TRIED = 20

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

/** The page loads nothing from elsewhere and runs no script but its own; threads and shared memory need the isolation. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Serves until interrupted. The first line of stdout is the address. */
export async function serveCommand(args: Arguments, streams: Streams): Promise<number> {
  if (args.positionals.length > 0)
    throw new UsageError(`serve takes no expression, but ${args.positionals[0]} is given`)
  const root = fileURLToPath(new URL('../../web/dist', import.meta.url))
  if (!(await isFile(join(root, 'index.html')))) {
    throw new UsageError('the page is not built', 'Run npm run build in the checkout first.')
  }
  const host = single(args, 'host') ?? '127.0.0.1'
  const wanted = portOf(single(args, 'port'))
  const server = createServer((request, response) => void respond(root, request, response))
  const port = await listen(server, host, wanted)
  const name = host.includes(':') ? `[${host}]` : host
  await writeLine(streams.stdout, `http://${name}:${port}/`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  server.closeAllConnections()
  server.close()
  return EXIT.done
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = text === '' ? Number.NaN : Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new UsageError(`--port is a whole number up to 65535, not ${text || 'empty'}`)
}

/** Listens on the port asked for, or on the first that is free from the usual one on. Returns the port. */
async function listen(
  server: ReturnType<typeof createServer>,
  host: string,
  wanted: number | undefined,
): Promise<number> {
  for (let tried = 0; ; tried++) {
    const port = wanted ?? DEFAULT_PORT + tried
    const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve)
      server.listen(port, host, () => {
        server.off('error', resolve)
        resolve(undefined)
      })
    })
    if (!problem) {
      const address = server.address()
      return typeof address === 'object' && address ? address.port : port
    }
    const isTaken = problem.code === 'EADDRINUSE'
    if (isTaken && wanted === undefined && tried < PORTS_TRIED) continue
    throw new UsageError(
      isTaken ? `port ${port} is in use` : `cannot listen on ${host}:${port}: ${problem.message}`,
      'Choose another with --port; 0 takes any that is free.',
    )
  }
}

async function respond(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = (status: number, text: string) => {
    response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(text)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return answer(405, 'Only GET and HEAD.')
  }
  const path = fileOf(root, request.url ?? '/')
  const size = path === undefined ? undefined : await sizeOf(path)
  if (path === undefined || size === undefined) return answer(404, 'Not found.')
  // Files under assets/ bear a hash of their content in their names.
  const isFixed = path.startsWith(join(root, 'assets') + sep)
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
    'Content-Length': size,
    'Cache-Control': isFixed ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response)
}

/** The file below the root that an address names; undefined for one that leads elsewhere. */
function fileOf(root: string, url: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(url.replace(/[?#].*$/s, ''))
  } catch {
    return undefined
  }
  if (name.includes('\0')) return undefined
  const path = normalize(join(root, name.endsWith('/') ? `${name}index.html` : name))
  return path.startsWith(root + sep) ? path : undefined
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch {
    return undefined
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined
}
