// Data that do not fit in the memory allowed: sums over the samples in blocks give what all data at once give.
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeNpy } from '../src/api/npy.ts'
import { readNpz, writeNpz } from '../src/cli/npz.ts'
import { parse } from '../src/index.ts'
import { planSamples } from '../src/plan/samples.ts'
import { eincalc } from './command.ts'

let folder: string
const at = (name: string) => join(folder, name)

/** Samples, and numbers of each. */
const [m, n] = [9001, 5]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eincalc-'))
  let state = 1
  const random = (length: number) =>
    Float64Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return state / 2 ** 30 - 1
    })
  const X = random(m * n)
  const y = random(m).map(Math.sign)
  const transposed = Float64Array.from({ length: m * n }, (_, k) => X[(k % m) * n + Math.floor(k / m)] as number)
  writeFileSync(at('X.npy'), writeNpy({ shape: [m, n], data: X }))
  writeFileSync(at('F.npy'), fortran(writeNpy({ shape: [m, n], data: transposed })))
  writeFileSync(at('X.npz'), writeNpz(new Map([['X', { shape: [m, n], data: X }]])))
  writeFileSync(at('y.npy'), writeNpy({ shape: [m], data: y }))
  writeFileSync(at('w.npy'), writeNpy({ shape: [n], data: random(n) }))
  const column = (data: Float64Array, name: string) => ({ name, data, type: 'DOUBLE' as const })
  const columns = Array.from({ length: n }, (_, j) => column(transposed.slice(j * m, (j + 1) * m), `x${j}`))
  const table = { columnData: [...columns, column(y, 'y')] }
  writeFileSync(at('table.parquet'), new Uint8Array(parquetWriteBuffer({ ...table, rowGroupSize: 1000 })))
  writeFileSync(at('together.parquet'), new Uint8Array(parquetWriteBuffer(table)))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The entries are the same bytes, said to lie column by column. */
function fortran(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1').replace("'fortran_order': False", "'fortran_order': True ")
  return Buffer.from(text, 'latin1')
}

const VARIABLES = 'X:matrix(m,n), y:vector(m), w:vector(n)'
const files = { X: 'X.npy', y: 'y.npy', w: 'w.npy' }

/** The value and the derivative by w that the command makes of the files with so much memory. */
async function results(text: string, order: number, memory: string, data: Readonly<Record<string, string>> = files) {
  const given = Object.entries(data).map(([name, file]) => `${name}=${at(file)}`)
  const numbers = ['--data', given.join(','), '--out', at('out.npz'), '--memory', memory, '--var', VARIABLES]
  const { code, stderr } = await eincalc([text, '--wrt', 'w', '--order', String(order), ...numbers])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('# wrote') })
  const bytes = readFileSync(at('out.npz'))
  const by = Array.from({ length: order }, () => 'w').join('_')
  return ['value', `derivative_${by}`].map((name) => readNpz(bytes, '', name))
}

describe('in blocks as at once', () => {
  test.each<[text: string, order: number]>([
    ['sum(log(exp(-y.*(X*w)) + vector(1)))', 1],
    ['sum(log(exp(-y.*(X*w)) + vector(1))) + 0.1*norm2(w)^2', 2],
    ['norm2(X*w - y)', 1],
    ['norm2(X*w - y)', 2],
    ['norm2(X*w - y)^2/sum(y.^2)', 1],
    ['mean(X*w)', 1],
    // The mean is needed before what is left can be summed.
    ['sum(exp((X*w - mean(X*w)*vector(1))/4))', 1],
    ["w'*inv(X'*X)*w", 1],
    ["logdet(X'*diag(exp(X*w))*X)", 1],
    ['sum[i,j](X[i,j]*w[j])*sum[i](y[i]*y[i]) + sum(w)', 1],
    ['sum(sum(X))*sum(w)', 1],
    ["X'*y + w", 1],
    ['sum[i](sigmoid(sum[j](X[i,j]*w[j])))/m^2', 1],
  ])('%s, order %i', async (text, order) => {
    const whole = await results(text, order, '1GB')
    for (const [k, { shape, data }] of (await results(text, order, '150kB')).entries()) {
      const expected = whole[k] as (typeof whole)[number]
      expect(shape).toEqual(expected.shape)
      const scale = expected.data.reduce((most, entry) => Math.max(most, Math.abs(entry)), 1e-3)
      const wrong = data.findIndex((entry, i) => !(Math.abs(entry - (expected.data[i] as number)) <= 1e-11 * scale))
      expect(wrong, `${data[wrong]} is not ${expected.data[wrong]}`).toBe(-1)
    }
  })

  test.each<[what: string, data: Readonly<Record<string, string>>]>([
    ['columns that lie together', { ...files, X: 'F.npy' }],
    ['columns of a table', { ...files, X: 'table.parquet:x0,x1,x2,x3,x4', y: 'table.parquet:y' }],
  ])('%s', async (_, data) => {
    const text = 'sum(log(exp(-y.*(X*w)) + vector(1)))'
    const [, expected] = await results(text, 1, '1GB')
    const [, found] = await results(text, 1, '150kB', data)
    for (const [k, entry] of (expected?.data ?? []).entries()) expect(found?.data[k]).toBeCloseTo(entry, 9)
  })
})

describe('refused with the reason', () => {
  test.each<[text: string, reason: string]>([
    ['X*w', 'a result has an entry for each sample'],
    ["sum(sum(exp(X*X')))", 'pairs of samples are looked at'],
    ['max(X*w)', 'max takes all samples at once'],
    ['softmax(X*w)*1', 'softmax takes all samples at once'],
    ['X[3,:]*w', 'some samples are told from others by their number'],
  ])('%s: %s', async (text, reason) => {
    const data = Object.entries(files).map(([name, file]) => `${name}=${at(file)}`)
    const { code, stderr } = await eincalc([text, '--memory', '150kB', '--var', VARIABLES, '--data', data.join(',')])
    expect(code).toBe(3)
    expect(stderr).toContain(
      `LimitExceeded: this is no sum over m, so that its data cannot be read in parts: ${reason}`,
    )
  })
  test.each<[what: string, args: string[], message: string | RegExp]>([
    ['an archive', ['--data', 'X=X.npz'], 'the data take 360 kB, the limit is 150 kB'],
    [
      'large groups of rows',
      ['--data', 'X=together.parquet:x0,x1,x2,x3,x4'],
      /keeps \d+ rows together, which do not fit/,
    ],
    ['a check', ['--data', 'X=X.npy', '--wrt', 'X', '--check'], '--check needs all data at once'],
    ['no size', ['--data', 'X=X.npy', '--memory', 'much'], '--memory is a number of bytes such as 500MB or 2GiB'],
  ])('%s', async (_, args, message) => {
    const [option, file = ''] = args
    const own = [option as string, file.replace('=', `=${folder}/`), ...args.slice(2)]
    const memory = args.includes('--memory') ? [] : ['--memory', '150kB']
    const { code, stderr } = await eincalc(['max(sum(X, 1))', '--var', 'X:matrix(m,n)', ...memory, ...own])
    expect(stderr).toMatch(message)
    expect(code).toBe(args.includes('--memory') ? 2 : 3)
  })
  test('what fits is read at once where blocks do not do', async () => {
    const data = Object.entries(files).map(([name, file]) => `${name}=${at(file)}`)
    const args = ['max(X*w)', '--var', VARIABLES, '--data', data.join(',')]
    const { code, stdout } = await eincalc([...args, '--memory', '1MB'])
    expect(code).toBe(0)
    expect(stdout).toBe((await eincalc(args)).stdout)
  })
})

test('a file many times larger than the memory allowed is never in memory', { timeout: 60_000 }, () => {
  const [rows, columns] = [800_000, 40]
  const header = writeNpy({ shape: [rows, columns], data: new Float64Array() })
  const file = openSync(at('large.npy'), 'w')
  writeSync(file, header)
  // A hole: zeros that take no room on the disk.
  ftruncateSync(file, header.length + 8 * rows * columns)
  closeSync(file)
  const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
  const told = "data:text/javascript,process.on('exit',()=>console.error('most',process.resourceUsage().maxRSS))"
  const text = 'sum(exp(X*w))'
  const data = ['--data', `X=${at('large.npy')},w=${JSON.stringify(Array.from({ length: columns }, () => 1))}`]
  const args = [text, '--wrt', 'w', '--var', 'X:matrix(m,n), w:vector(n)', ...data, '--memory', '20MB']
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', told, command, ...args], { encoding: 'utf8' })
  expect(stdout).toContain('# value\n800000\n')
  const most = Number(/most (\d+)/.exec(stderr)?.[1]) / 1024
  expect(most).toBeGreaterThan(0)
  // The file has 244 MiB; Node with an engine takes some 100.
  expect(most).toBeLessThan(190)
})

test.each(['1GB', '150kB'])('entries that are no finite numbers are told, with %s', async (memory) => {
  const data = Float64Array.from({ length: m * n }, (_, k) => (k === 42_001 ? Number.NaN : 1))
  writeFileSync(at('holes.npy'), writeNpy({ shape: [m, n], data }))
  const args = ['--data', `X=${at('holes.npy')},w=[1,2,3,4,"Infinity"]`, '--var', VARIABLES, '--memory', memory]
  const { code, stdout, stderr } = await eincalc([
    'sum(X) + sum(w)',
    ...args.map((arg) => arg.replace(', y:vector(m)', '')),
  ])
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('# value\nNaN\n') })
  expect(stderr.split('\n').sort()).toEqual(['', '# X[8401,2] is NaN', '# w[5] is Infinity'])
})

test('sums that do not need each other take one pass', () => {
  const passes = (text: string) => {
    const e = parse(text, { vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' } })
    return planSamples(e.graph, [e.working], 'm').passes.map((sums) => sums.length)
  }
  expect(passes('sum(exp(X*w)) + norm2(w)')).toEqual([1])
  expect(passes('sum(exp(X*w))/sum(y.^2)')).toEqual([2])
  expect(passes('mean(X*w)')).toEqual([2])
  expect(passes('sum(exp(X*w - sum(y)*vector(1)))')).toEqual([1, 1])
  expect(passes('norm2(w)')).toEqual([])
})
