/** Python with NumPy. */
import type { Emitter, Precision } from '../shared/program.ts'
import { emitPython } from '../shared/python/emit.ts'
import type { PythonLibrary } from '../shared/python/library.ts'
import { numpyDialect } from './dialect.ts'
import { helpers } from './names.ts'

const dtype = (precision: Precision) => (precision === 'float32' ? 'np.float32' : 'float')

const numpy: PythonLibrary = {
  dialect: numpyDialect,
  helpers,
  noun: 'array',
  imports: (code) => {
    const standard = ['math', 'sys'].filter((name) => new RegExp(`\\b${name}\\.`).test(code))
    return [...standard.map((name) => `import ${name}`), ...(standard.length > 0 ? [''] : []), 'import numpy as np']
  },
  decorators: (_keywords, excludes) => {
    return excludes ? ['@np.errstate(divide="ignore", invalid="ignore", over="ignore")'] : []
  },
  converted: (name, precision) => `np.asarray(${name}, dtype=${dtype(precision)})`,
  shapeShown: (name) => `${name}.shape`,
  copied: (name) => `${name}.copy()`,
  applied: (value, p, count) => `np.tensordot(${value}, ${p}, axes=${count})`,
  einsum: (subscripts, operands, optimize) => {
    return `np.einsum(${[subscripts, ...operands, ...(optimize ? ['optimize=True'] : [])].join(', ')})`
  },
  asNumpy: (result) => result,
  main: [],
}

export const emitNumpy: Emitter = (request) => emitPython(numpy, request)
