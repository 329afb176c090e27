// One measurement in a process of its own: `node one.mjs KIND COUNT` prints seconds, and the gradient at x = 0.5 of scalars.
import { performance } from 'node:perf_hooks'
import { compile, derive } from '../../dist/index.js'
import { chain, kinds } from './chains.mjs'

const [name, count] = process.argv.slice(2)
const kind = kinds[name]
const expression = chain(kind, Number(count))
const start = performance.now()
// From the expression as it was written: simplify, differentiate, simplify, find the structure of the result.
const derivative = derive(expression(), { wrt: kind.wrt ?? 'x' })
const seconds = (performance.now() - start) / 1000
const value = kind.sympy ? (await compile({ derivative }))({ x: 0.5 }).derivative.data[0] : null
process.stdout.write(JSON.stringify({ seconds, value }))
