// Runs MATLAB programs in GNU Octave, all in one process, and holds their results to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { type Answer, conformance, type Run } from './conformance.ts'
import { find, runMain } from './toolchain.ts'

const octave = find({
  name: 'matlab',
  variable: 'EINCALC_OCTAVE',
  candidates: ['octave-cli', 'octave'],
  probe: ['--version'],
})
const folder = mkdtempSync(join(tmpdir(), 'eincalc-matlab-'))
let runs = 0

afterAll(() => rmSync(folder, { recursive: true }))

function directory(): string {
  const own = join(folder, `${++runs}`)
  mkdirSync(own)
  return own
}

/** An array of Octave, from entries in row-major order. */
function array(shape: readonly number[], data: readonly number[]): string {
  const numbers = `[${data.map((t) => (Number.isNaN(t) ? 'NaN' : String(t).replace('Infinity', 'Inf'))).join(' ')}]`
  if (shape.length < 2) return `${numbers}'`
  return `permute(reshape(${numbers}, [${[...shape].reverse().join(' ')}]), ${shape.length}:-1:1)`
}

function runAll(list: readonly Run[]): Answer[] {
  const own = directory()
  const lines = ['warning("off", "all");', 'format long;']
  for (const [k, run] of list.entries()) {
    mkdirSync(join(own, `p${k}`))
    writeFileSync(join(own, `p${k}`, 'evaluate.m'), run.code)
    const args = [...run.arguments.map(({ shape, data }) => array(shape, data)), ...run.sizes.map(({ value }) => value)]
    lines.push(
      `addpath("${join(own, `p${k}`)}");`,
      'try',
      `  r = cell(1, ${run.outputs.length});`,
      `  [r{:}] = evaluate(${args.join(', ')});`,
      ...run.outputs.flatMap(({ shape }, at) => {
        const padded = shape.length === 0 ? [1, 1] : shape.length === 1 ? [...shape, 1] : shape
        return [
          `  printf("output %s %d", mat2str(size(r{${at + 1}}, 1:${padded.length})), ndims(r{${at + 1}}));`,
          `  x = permute(r{${at + 1}}, ${padded.length}:-1:1); x = x(:); x(imag(x) ~= 0) = NaN;`,
          '  printf(" %.17g", real(x)); printf("\\n");',
        ]
      }),
      'catch problem',
      '  printf("error %s\\n", strrep(problem.message, "\\n", " "));',
      'end',
      `printf("end\\n"); rmpath("${join(own, `p${k}`)}"); clear evaluate;`,
    )
  }
  writeFileSync(join(own, 'run_all.m'), lines.join('\n'))
  const { status, stdout, stderr } = spawnSync(octave as string, ['--no-gui', '--quiet', join(own, 'run_all.m')], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`${stderr.slice(0, 3000)}${stdout.slice(-300)}`)
  const answers: Answer[] = []
  let outputs: { shape: readonly number[]; data: string[] }[] = []
  let error: string | undefined
  for (const line of stdout.split('\n')) {
    if (line === 'end') {
      answers.push(error === undefined ? { outputs } : { error })
      outputs = []
      error = undefined
    } else if (line.startsWith('error ')) error = line.slice(6)
    else if (line.startsWith('output ')) {
      const [, , shape = '', , numbers = ''] =
        /^(output) (\[(.*?)\]|\S+) \d+ ?(.*)$/.exec(line)?.map((x) => x ?? '') ?? []
      const wanted = list[answers.length]?.outputs[outputs.length]?.shape ?? []
      const sizes = shape.replace(/[[\]]/g, '').split(' ').map(Number)
      outputs.push({ shape: sizes.slice(0, wanted.length), data: numbers === '' ? [] : numbers.split(' ') })
    }
  }
  return answers
}

describe.skipIf(octave === null)('matlab', () => {
  conformance(findLanguage('matlab')!, {
    run: runAll,
    main: (code) => {
      const own = directory()
      writeFileSync(join(own, 'evaluate.m'), code)
      return runMain(octave as string, ['--no-gui', '--quiet', '--eval', 'evaluate();'], own)
    },
  })
})
