/** Python with PyTorch: tensors stay on the device of the arguments, and the program can be differentiated and compiled. */
import type { Emitter } from '../shared/program.ts'
import { emitPython } from '../shared/python/emit.ts'
import type { PythonLibrary } from '../shared/python/library.ts'
import { torchDialect, torchType } from './dialect.ts'
import { helpers } from './names.ts'

const pytorch: PythonLibrary = {
  dialect: torchDialect,
  helpers,
  noun: 'tensor',
  imports: (code) => {
    const standard = /\bsys\./.test(code) ? ['import sys', ''] : []
    const libraries = [
      ...(/\bnp\./.test(code) ? ['import numpy as np'] : []),
      'import torch',
      ...(/\bF\./.test(code) ? ['import torch.nn.functional as F'] : []),
    ]
    return [...standard, ...libraries]
  },
  decorators: () => [],
  converted: (name, precision) => `torch.as_tensor(${name}, dtype=${torchType(precision)})`,
  shapeShown: (name) => `tuple(${name}.shape)`,
  copied: (name) => `${name}.clone()`,
  applied: (value, p, count) => `torch.tensordot(${value}, ${p}, dims=${count})`,
  einsum: (subscripts, operands) => `torch.einsum(${[subscripts, ...operands].join(', ')})`,
  asNumpy: (result) => `np.asarray(${result})`,
  main: [],
}

export const emitPytorch: Emitter = (request) => emitPython(pytorch, request)
