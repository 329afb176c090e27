// Programs that split their work over devices: on 8 devices of one process, and over 2 processes, they give the answer of one.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { derive, emitProgram } from '../../src/index.ts'
import { find } from './toolchain.ts'

const python = find({
  name: 'jax',
  variable: 'EINCALC_JAX_PYTHON',
  candidates: ['python3'],
  probe: ['-c', 'import jax'],
})

const cases = [
  {
    name: 'logistic',
    text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
    vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
    wrt: 'w',
    shapes: { X: [16, 3], y: [16], w: [3] },
  },
  {
    name: 'factorization',
    text: "norm2(T-U*V')^2",
    vars: { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    wrt: 'V',
    shapes: { T: [8, 5], U: [8, 2], V: [5, 2] },
  },
  {
    name: 'softmax regression',
    text: 'sum(logsumexp(X*W, 2)) - sum(Y.*(X*W))',
    vars: { X: 'matrix(m,n)', W: 'matrix(n,k)', Y: 'matrix(m,k)' },
    wrt: 'W',
    shapes: { X: [24, 3], W: [3, 4], Y: [24, 4] },
  },
] as const

const folder = mkdtempSync(join(tmpdir(), 'eincalc-shard-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Prints the results at fixed inputs, and over how many devices and processes. */
const script = `
import importlib.util, json, sys
import numpy as np
import jax
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
path, shapes, port, rank = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
if port != "0":
    jax.distributed.initialize("localhost:" + port, 2, rank)
spec = importlib.util.spec_from_file_location("emitted", path)
emitted = importlib.util.module_from_spec(spec)
spec.loader.exec_module(emitted)
rng = np.random.default_rng(7)
args = [rng.uniform(-1, 1, shape) for shape in shapes.values()]
args = emitted.place_evaluate(*args) if hasattr(emitted, "place_evaluate") else args
results = [np.asarray(result).ravel().tolist() for result in emitted.evaluate(*args)]
print(json.dumps({"devices": jax.device_count(), "processes": jax.process_count(), "results": results}))
`

interface Answer {
  readonly devices: number
  readonly processes: number
  readonly results: readonly (readonly number[])[]
}

function program({ text, vars, wrt }: (typeof cases)[number], shard?: string): string {
  const d = derive(text, { vars, wrt })
  const path = join(folder, `p${Math.random()}.py`)
  const options = shard === undefined ? {} : { shard }
  writeFileSync(path, emitProgram('jax', d.expression, [d, d.derive(wrt)], options).code)
  return path
}

function argumentsOf(path: string, shapes: object, port = 0, rank = 0): string[] {
  return ['-c', script, path, JSON.stringify(shapes), String(port), String(rank)]
}

function runAlone(path: string, shapes: object, flags = ''): Answer {
  const env = { ...process.env, XLA_FLAGS: flags }
  const { stdout, stderr } = spawnSync(python as string, argumentsOf(path, shapes), { encoding: 'utf8', env })
  if (!stdout) throw new Error(stderr)
  return JSON.parse(stdout) as Answer
}

function runBeside(path: string, shapes: object, port: number, rank: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(python as string, argumentsOf(path, shapes, port, rank))
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('close', () => {
      const line = out.split('\n').find((each) => each.startsWith('{'))
      if (line === undefined) reject(new Error(err))
      else resolve(JSON.parse(line) as Answer)
    })
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function expectAlike(found: Answer, expected: Answer): void {
  for (const [k, result] of expected.results.entries()) {
    for (const [at, entry] of result.entries()) expect(found.results[k]?.[at]).toBeCloseTo(entry, 11)
  }
}

describe.skipIf(python === null)('programs split over devices', () => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', { timeout: 180_000 }, async (_, each) => {
    const expected = runAlone(program(each), each.shapes)
    const path = program(each, 'm')
    const devices = runAlone(path, each.shapes, '--xla_force_host_platform_device_count=8')
    expect(devices.devices).toBe(8)
    expectAlike(devices, expected)
    const port = await freePort()
    const processes = await Promise.all([0, 1].map((rank) => runBeside(path, each.shapes, port, rank)))
    for (const found of processes) {
      expect(found.processes).toBe(2)
      expectAlike(found, expected)
    }
  })
})

test('what cannot be split is refused', () => {
  const d = derive("x'*A*x", { wrt: 'x' })
  const emit = (language: string, shard: string) => () => emitProgram(language, d.expression, [d], { shard })
  expect(emit('jax', 'q')).toThrow('no variable has an axis of size q to split')
  expect(emit('numpy', 'n')).toThrow('programs in numpy do not split over devices')
})

test('splitting constrains arguments and results', () => {
  const d = derive('A*x', { wrt: 'x', vars: { A: 'matrix(m,n)', x: 'vector(n)' } })
  const { code } = emitProgram('jax', d.expression, [d], { shard: 'm' })
  expect(code).toContain('    A = _split(A, 0)\n')
  expect(code).toContain('m must be a multiple of the number of devices')
  expect(code).toMatch(/return _split\(\w+, 0\), _split\(\w+, 0\)\n/)
})
