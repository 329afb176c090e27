/** Compiled kernels: the module of matrix products, and the modules of passes, each compiled once for all programs. */

import type { Precision } from '../../languages/index.ts'
import { importsOf, type PassFunctions } from '../functions.ts'
import type { Pass } from '../program.ts'
import { Assembler, f32x4, f64x2, type Lanes, v128 } from './assembler.ts'
import { defineGemm, type Tile } from './gemm.ts'
import { VectorMath } from './math.ts'
import { definePass, type Slot, signatureOf } from './pass.ts'
import { compileModule, type Module, validate } from './webassembly.ts'

/** The function of a pass within its module. */
export interface PassKernel {
  readonly module: Module
  readonly name: string
  readonly slots: readonly Slot[]
  /** What the module takes from JavaScript. */
  readonly functions: Readonly<Record<string, (...args: number[]) => number>>
}

/** Forms of passes that are kept compiled; beyond that those go that were not asked for the longest. Each takes some tens of kilobytes. */
const MOST_FORMS = 500

/** Which vector instructions the machine offers: relaxed ones multiply and add at once. */
export type Instructions = 'plain' | 'relaxed'

/** Whether modules with these instructions are valid here. */
export function isSupported(instructions: Instructions): boolean {
  const assembler = new Assembler()
  assembler.define(undefined, [], 'v128', (f) => {
    const zero = f64x2.splat(f64x2.extract(v128.zero, 0))
    f.return(instructions === 'plain' ? f64x2.add(zero, zero) : f64x2.relaxedMadd(zero, zero, zero))
  })
  return validate(assembler.bytes())
}

/** The name of the product of numbers of a precision. */
export function productName({ precision }: Kernels): string {
  return precision === 'float32' ? 'single' : 'double'
}

export class Kernels {
  readonly instructions: Instructions
  readonly precision: Precision
  /** The tile of products that fits the registers. */
  readonly tile: Tile
  /** The same for float64, in which matrices are decomposed. */
  readonly doubleTile: Tile
  /** Whether the modules are for memory that threads have in common. */
  readonly isShared: boolean
  readonly #lanes: Lanes
  readonly #forms = new Map<string, PassKernel>()
  #products: Module | undefined

  #shared: Kernels | undefined

  constructor(instructions: Instructions, precision: Precision = 'float64', isShared = false) {
    this.instructions = instructions
    this.isShared = isShared
    this.precision = precision
    const isSingle = precision === 'float32'
    this.#lanes = isSingle ? f32x4 : f64x2
    this.doubleTile = instructions === 'relaxed' ? { rows: 6, columns: 4 } : { rows: 4, columns: 6 }
    const singleTile = instructions === 'relaxed' ? { rows: 6, columns: 8 } : { rows: 4, columns: 12 }
    this.tile = isSingle ? singleTile : this.doubleTile
  }

  /** The same kernels for memory that threads have in common. */
  get shared(): Kernels {
    if (this.isShared) return this
    this.#shared ??= new Kernels(this.instructions, this.precision, true)
    return this.#shared
  }

  /** The module that exports products: `double` in float64, and `single` in float32 where that is the precision. */
  get products(): Module {
    if (!this.#products) {
      const assembler = new Assembler([], { shared: this.isShared })
      const isRelaxed = this.instructions === 'relaxed'
      defineGemm(assembler, 'double', f64x2, this.doubleTile, isRelaxed)
      if (this.precision === 'float32') defineGemm(assembler, 'single', f32x4, this.tile, isRelaxed)
      this.#products = compileModule(assembler.bytes())
    }
    return this.#products
  }

  /** The functions of these passes, in order. Those that are new are compiled together. */
  passes(passes: readonly Pass[]): PassKernel[] {
    const signatures = passes.map(signatureOf)
    const fresh = new Map<string, Pass>()
    const known = new Map<string, PassKernel>()
    for (const [k, signature] of signatures.entries()) {
      const form = this.#forms.get(signature)
      if (form) {
        known.set(signature, form)
        this.#forms.delete(signature)
        this.#forms.set(signature, form)
      } else fresh.set(signature, passes[k] as Pass)
    }
    if (fresh.size > 0) for (const [signature, form] of this.#compile(fresh)) known.set(signature, form)
    return signatures.map((signature) => known.get(signature) as PassKernel)
  }

  #compile(fresh: ReadonlyMap<string, Pass>): Map<string, PassKernel> {
    const found: PassFunctions = new Map()
    for (const pass of fresh.values()) importsOf(pass.expression, found)
    const imports = [...found].map(([name, { arity }]) => {
      return { name, params: new Array<'f64'>(arity).fill('f64'), result: 'f64' as const }
    })
    const assembler = new Assembler(imports, { shared: this.isShared })
    const math = new VectorMath(assembler)
    const relaxed = this.instructions === 'relaxed'
    const target = { assembler, math, lanes: this.#lanes, relaxed }
    const slots = [...fresh.values()].map((pass, k) => definePass(target, `p${k}`, pass))
    const module = compileModule(assembler.bytes())
    const functions = Object.fromEntries([...found].map(([name, { run }]) => [name, run]))
    const forms = new Map<string, PassKernel>()
    for (const [k, signature] of [...fresh.keys()].entries()) {
      const form = { module, name: `p${k}`, slots: slots[k] ?? [], functions }
      forms.set(signature, form)
      this.#forms.set(signature, form)
    }
    for (const oldest of this.#forms.keys()) {
      if (this.#forms.size <= MOST_FORMS) break
      this.#forms.delete(oldest)
    }
    return forms
  }
}
