/** Python with JAX: a function under `jit`, in the precision that JAX is set to. */
import type { Emitter } from '../shared/program.ts'
import { emitPython } from '../shared/python/emit.ts'
import type { PythonLibrary } from '../shared/python/library.ts'
import { jaxDialect, jaxType } from './dialect.ts'
import { helpers } from './names.ts'
import { jaxSharding } from './sharding.ts'

const jax: PythonLibrary = {
  dialect: jaxDialect,
  helpers,
  noun: 'array',
  imports: (code) => {
    const standard = [
      ...(/\bsys\./.test(code) ? ['import sys'] : []),
      ...(/\bpartial\(/.test(code) ? ['from functools import partial'] : []),
    ]
    const libraries = [
      'import jax',
      ...(/\bjnp\./.test(code) ? ['import jax.numpy as jnp'] : []),
      ...(/\bnp\./.test(code) ? ['import numpy as np'] : []),
      ...(/\bNamedSharding\(/.test(code) ? ['from jax.sharding import Mesh, NamedSharding, PartitionSpec'] : []),
    ]
    return [...standard, ...(standard.length > 0 ? [''] : []), ...libraries]
  },
  decorators: (keywords) => {
    if (keywords.length === 0) return ['@jax.jit']
    const names = keywords.map((name) => `"${name}"`)
    return [`@partial(jax.jit, static_argnames=${names.length === 1 ? names[0] : `(${names.join(', ')})`})`]
  },
  converted: (name, precision) => `jnp.asarray(${name}, dtype=${jaxType(precision)})`,
  shapeShown: (name) => `${name}.shape`,
  copied: (name) => name,
  applied: (value, p, count) => `jnp.tensordot(${value}, ${p}, axes=${count})`,
  einsum: (subscripts, operands) => `jnp.einsum(${[subscripts, ...operands].join(', ')})`,
  asNumpy: (result) => `np.asarray(${result})`,
  sharding: jaxSharding,
  main: ['    jax.config.update("jax_enable_x64", True)'],
}

export const emitJax: Emitter = (request) => emitPython(jax, request)
