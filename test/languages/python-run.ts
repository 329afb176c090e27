// Runs programs of the Python languages, all in one process.
import { spawnSync } from 'node:child_process'
import type { Answer, Run } from './conformance.ts'

const runner = `
import json, os, sys, warnings
warnings.simplefilter('ignore')
import numpy as np
request = json.load(sys.stdin)
exec(request['setup'])
answers = []
for program in request['runs']:
    try:
        scope = {'__name__': 'program'}
        exec(compile(program['code'], 'program', 'exec'), scope)
        arguments = {a['identifier']: np.array(a['data'], dtype=float).reshape(a['shape']) for a in program['arguments']}
        sizes = {size['identifier']: size['value'] for size in program['sizes']}
        results = scope['evaluate'](**arguments, **sizes)
        results = results if isinstance(results, tuple) else (results,)
        outputs = []
        for result in results:
            array = np.asarray(result, dtype=float)
            outputs.append({'shape': array.shape, 'data': [repr(float(v)) for v in array.ravel()]})
        answers.append({'outputs': outputs})
    except Exception as error:
        answers.append({'error': f'{type(error).__name__}: {error}'})
print(json.dumps(answers))
`

/** `setup` is run first, e.g. to choose 64 bits. */
export function runPythonPrograms(python: string, setup: string, runs: readonly Run[]): Answer[] {
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', runner], {
    input: JSON.stringify({ setup, runs: runs.map((run) => ({ ...run, arguments: run.arguments })) }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(error?.message ?? stderr)
  return JSON.parse(stdout) as Answer[]
}
