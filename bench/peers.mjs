// NumPy, JAX and PyTorch beside us: Python processes hold the same inputs and time themselves, in turn with us.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeRow } from './harness.mjs'

/** A Python process that answers one request a line. */
class Python {
  #process
  #lines
  versions

  static async start(python, script) {
    const made = new Python()
    made.#process = spawn(python, [fileURLToPath(new URL(script, import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    made.#lines = createInterface({ input: made.#process.stdout })[Symbol.asyncIterator]()
    made.versions = await made.ask({ version: true })
    return made
  }

  async ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the Python process has ended')
    return JSON.parse(value)
  }

  stop() {
    this.#process.stdin.end()
  }
}

export class Peers {
  #folder = mkdtempSync(join(tmpdir(), 'eincalc-bench-'))
  #processes = []

  /**
   * EINCALC_PYTHON names a Python with NumPy and JAX, else python3 is tried; EINCALC_TORCH_PYTHON one with PyTorch. What is
   * not there is not compared with.
   */
  static async start() {
    const python = process.env.EINCALC_PYTHON ?? 'python3'
    const peers = new Peers()
    if (spawnSync(python, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0) {
      peers.#processes.push(await Python.start(python, 'peers.py'))
    } else process.stderr.write(`${python} has no NumPy, so neither it nor JAX is compared with\n`)
    const torch = process.env.EINCALC_TORCH_PYTHON
    if (torch !== undefined) peers.#processes.push(await Python.start(torch, 'peers_torch.py'))
    return peers
  }

  get versions() {
    return Object.assign({}, ...this.#processes.map(({ versions }) => versions))
  }

  has(name) {
    return this.versions[name] != null
  }

  /** The answer of a peer to a case of peers.py, and a function that times it. */
  async prepare(peer, name, by, inputs) {
    const python = this.#processes.find(({ versions }) => versions[peer] != null)
    const files = Object.fromEntries(
      Object.entries(inputs).map(([key, { shape, data }]) => {
        const file = join(this.#folder, `${key}.bin`)
        writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        return [key, { shape, file }]
      }),
    )
    const answer = join(this.#folder, 'answer.bin')
    const { first } = await python.ask({ case: name, peer, by, inputs: files, answer })
    const bytes = readFileSync(answer)
    const data = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    return { first, data, sample: async (seconds) => (await python.ask({ seconds })).perCall }
  }

  stop() {
    for (const python of this.#processes) python.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const SAMPLES = 7

/** Milliseconds in which the threads of the one that ran fall asleep: those of BLAS spin for a while after a product. */
const PAUSE = 100

/**
 * Rows for one case: `ours` by engine, each a function that returns all results as one list (else `answer` does), against each
 * peer. Peers and we run in turn, so that a drift of the machine's speed falls on all.
 */
export async function against(
  peers,
  { name, case: peerCase, by, inputs, size, ours, answer, compareWith, close, quick },
) {
  const seconds = quick ? 0.02 : 0.1
  const samples = quick ? 3 : SAMPLES
  const rows = []
  for (const peer of compareWith.filter((each) => peers.has(each))) {
    const theirs = await peers.prepare(peer, peerCase, by, inputs)
    const agree = Object.values(ours).map((run) => close((answer ?? run)(), theirs.data, 1e-9))
    const own = Object.keys(ours).map(() => [])
    const other = []
    for (let sample = 0; sample < samples; sample++) {
      await setTimeout(PAUSE)
      other.push(await theirs.sample(seconds))
      for (const [k, run] of Object.values(ours).entries()) {
        await setTimeout(PAUSE)
        own[k].push(perCall(run, seconds))
      }
    }
    for (const [k, engine] of Object.keys(ours).entries()) {
      const row = { case: name, size, engine, ours: median(own[k]), agree: agree[k] }
      rows.push(makeRow({ ...row, peer: `${peer} ${peers.versions[peer]}`, theirs: median(other) }))
    }
  }
  return rows
}

function perCall(run, seconds) {
  const start = performance.now()
  let calls = 0
  while (calls === 0 || performance.now() - start < 1000 * seconds) {
    run()
    calls++
  }
  return (performance.now() - start) / 1000 / calls
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

/** Numbers from −1 to 1 that are the same in every run. */
export function numbers(...shape) {
  const data = new Float64Array(shape.reduce((product, length) => product * length, 1))
  let state = 12345
  for (let k = 0; k < data.length; k++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    data[k] = state / 2 ** 30 - 1
  }
  return { shape, data }
}

/** A compiled program with its inputs resident, as a function that returns all results as one list. */
export async function program(lib, outputs, engine, fixed, free = {}) {
  const f = await lib.compile(outputs, { engine, maxBytes: 3.5e9 })
  if (engine !== 'auto' && f.engine !== engine) return undefined
  const bound = f.bind(fixed)
  const names = Object.keys(outputs)
  return () => {
    const results = bound(free)
    if (names.length === 1) return results[names[0]].data
    const parts = names.map((name) => results[name].data)
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}

/** The same program on every engine that is there. */
export async function programs(lib, outputs, fixed, free, engines = ['blas', 'wasm']) {
  const made = {}
  for (const engine of engines) {
    const run = await program(lib, outputs, engine, fixed, free)
    if (run) made[engine] = run
  }
  return made
}
