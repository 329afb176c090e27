// Checks ONNX models with the checker of ONNX, reads their text with its parser, runs them in ONNX Runtime, and holds their
// results to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { derive, emitProgram, parse } from '../../src/index.ts'
import { findLanguage } from '../../src/languages/index.ts'
import { type Answer, conformance, type Run } from './conformance.ts'
import { goldenProgram, goldensOf } from './goldens.ts'
import { find } from './toolchain.ts'

const python = find({
  name: 'onnx',
  variable: 'EINCALC_ONNX_PYTHON',
  candidates: ['python3'],
  probe: ['-c', 'import onnx, onnxruntime, numpy'],
})

function runAll(list: readonly Run[]): Answer[] {
  const lines = list.map(({ code, bytes, arguments: args, sizes }) => {
    const texts = (data: readonly number[]) => data.map((t) => String(t).replace('Infinity', 'inf'))
    const inputs = Object.fromEntries([
      ...args.map(({ identifier, shape, data }) => [identifier, [shape, texts(data)]] as const),
      ...sizes.map(({ identifier, value }) => [identifier, [[], [String(value)]]] as const),
    ])
    return JSON.stringify({ code, model: Buffer.from(bytes ?? []).toString('base64'), inputs })
  })
  const { status, stdout, stderr } = spawnSync(python as string, [join(import.meta.dirname, 'onnx-run.py')], {
    encoding: 'utf8',
    input: `${lines.join('\n')}\n`,
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr.slice(-3000))
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
}

describe.skipIf(python === null)('onnx', () => {
  conformance(findLanguage('onnx')!, {
    run: runAll,
    lacks: 'adj cholesky det dexpm dlogm expm inv logdet logdetp logm pinv sqrtm sylvester'.split(' '),
  })
  test('models in float32 compute in float32', () => {
    const expression = parse('sum(erf(x)) + norm2(tan(A*x))', { vars: { A: 'matrix(m,n)', x: 'vector(n)' } })
    const { code, bytes } = emitProgram('onnx', expression, [derive(expression, { wrt: ['x'] })], {
      precision: 'float32',
    })
    const args = [
      { identifier: 'A', shape: [2, 3], axes: [], data: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
      { identifier: 'x', shape: [3], axes: [], data: [0.1, 0.2, 0.3] },
    ]
    const [answer] = runAll([{ code, ...(bytes && { bytes }), arguments: args, sizes: [], outputs: [] }])
    expect(answer).toMatchObject({ type: 'float32', outputs: [{ shape: [] }, { shape: [3] }] })
    expect(Number(answer?.outputs?.[0]?.data[0])).toBeCloseTo(1.0239005, 6)
  })
})

test('a model says what it is in the textual form', () => {
  for (const golden of goldensOf('onnx'))
    expect(goldenProgram('onnx', golden)).toMatch(/^# .*\n(?:# \w+: .*\n)+<\n {2}ir_version: 8,\n/)
})
