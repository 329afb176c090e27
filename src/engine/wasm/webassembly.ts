/** The part of WebAssembly's interface that is used, as the library is compiled without the types of Node or the DOM. */

export interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

export type Exports = Readonly<Record<string, (...args: number[]) => number>>

/** A compiled module. */
export interface Module {
  readonly isModule?: never
}

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => Module
  readonly Instance: new (module: Module, imports: object) => { readonly exports: Exports }
  readonly Memory: new (size: { initial: number; maximum?: number; shared?: boolean }) => Memory
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>
}

export const PAGE = 65536
export const MOST_PAGES = 65536

/** Whether there is WebAssembly here at all. */
export function isAvailable(): boolean {
  return typeof WebAssembly === 'object'
}

export const validate = (bytes: Uint8Array<ArrayBuffer>): boolean => WebAssembly.validate(bytes)
export const compileModule = (bytes: Uint8Array<ArrayBuffer>): Module => new WebAssembly.Module(bytes)

/** Memory of so many pages, which threads can have in common where it is `shared`. */
export function createMemory(pages: number, shared = false): Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: shared ? pages : MOST_PAGES, shared })
}

export function instantiate(module: Module, memory: Memory, functions: object = {}): Exports {
  return new WebAssembly.Instance(module, { env: { ...functions, memory } }).exports
}
