/**
 * The BLAS of the system, called through koffi where both are there: Node only, and optional. Arrays are views of WebAssembly
 * memory, which are passed without copying.
 */

import type { Numbers } from '../program.ts'

/** koffi, as far as it is used. */
interface Koffi {
  load(path: string): { func(declaration: string): (...args: unknown[]) => unknown }
}

/** C = A·B + beta·C of row-major matrices with leading dimensions. */
export interface Blas {
  /** Which library it is, for people. */
  readonly doc: string
  readonly gemm: (
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    a: Numbers,
    lda: number,
    b: Numbers,
    ldb: number,
    beta: number,
    c: Numbers,
    ldc: number,
  ) => void
  /** The lower triangle of C = alpha·A'·A + beta·C for a row-major A of k rows, or of n rows alpha·A·A' where `transposed`. */
  readonly syrk: (
    transposed: boolean,
    n: number,
    k: number,
    alpha: number,
    a: Numbers,
    lda: number,
    beta: number,
    c: Numbers,
    ldc: number,
  ) => void
  /** Products of fewer multiplications are not worth the call. */
  readonly least: number
  /** Nor are products that add up fewer numbers, which are bound by memory. */
  readonly leastDepth: number
  /** Lets products run on one thread or on all; absent where the library decides by itself. */
  readonly useThreads: ((all: boolean) => void) | undefined
}

/** Where systems have it. The reference implementation, often `libblas`, is slower than WebAssembly and not taken. */
const PLACES = [
  'libopenblas.so.0',
  'libopenblas.so',
  'libmkl_rt.so.2',
  'libblis.so.4',
  '/System/Library/Frameworks/Accelerate.framework/Accelerate',
  'libopenblas.dll',
  'mkl_rt.2.dll',
]

/** A call costs as much as so many multiplications of a kernel in WebAssembly. */
const LEAST = 24 ** 3
const LEAST_DEPTH = 4

/** Values of CBLAS: row-major; not transposed, transposed; the lower triangle. */
const ROW_MAJOR = 101
const PLAIN = 111
const TRANSPOSED = 112
const LOWER = 122

let found: Promise<Blas | string> | undefined

/** The library, or why there is none. It is looked for once. */
export function loadBlas(): Promise<Blas | string> {
  found ??= findBlas()
  return found
}

async function findBlas(): Promise<Blas | string> {
  let koffi: Koffi | undefined
  try {
    // Outside of Node this is a module without anything: see `imports` in package.json.
    const loaded: { readonly default?: unknown } = await import('#koffi')
    koffi = loaded.default as Koffi | undefined
  } catch {
    return 'the package koffi is not installed'
  }
  if (!koffi) return 'native libraries are called from Node only'
  for (const place of PLACES) {
    try {
      return bind(koffi.load(place), place)
    } catch {
      // The next place may have one.
    }
  }
  return 'no OpenBLAS, MKL, BLIS or Accelerate is found; on Debian and Ubuntu: apt-get install libopenblas0'
}

function bind(library: ReturnType<Koffi['load']>, place: string): Blas {
  const product = (letter: string, type: string) =>
    library.func(
      `void cblas_${letter}gemm(int order, int transA, int transB, int m, int n, int k, ${type} alpha, const ${type} *a, int lda, const ${type} *b, int ldb, ${type} beta, ${type} *c, int ldc)`,
    )
  const [dgemm, sgemm] = [product('d', 'double'), product('s', 'float')]
  const square = (letter: string, type: string) =>
    library.func(
      `void cblas_${letter}syrk(int order, int uplo, int trans, int n, int k, ${type} alpha, const ${type} *a, int lda, ${type} beta, ${type} *c, int ldc)`,
    )
  const [dsyrk, ssyrk] = [square('d', 'double'), square('s', 'float')]
  const optional = (declaration: string) => {
    try {
      return library.func(declaration)
    } catch {
      return undefined
    }
  }
  const setThreads = optional('void openblas_set_num_threads(int threads)')
  const getThreads = optional('int openblas_get_num_threads()')
  const most = Number(getThreads?.() ?? 1)
  let current = most
  const useThreads = (all: boolean) => {
    const wanted = all ? most : 1
    if (wanted === current) return
    setThreads?.(wanted)
    current = wanted
  }
  const threads = getThreads ? `, ${most} thread${most === 1 ? '' : 's'}` : ''
  return {
    doc: `${place.split('/').at(-1)}${threads}`,
    least: LEAST,
    leastDepth: LEAST_DEPTH,
    gemm: (transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
      const [left, right] = [transposeA ? TRANSPOSED : PLAIN, transposeB ? TRANSPOSED : PLAIN]
      const gemm = c instanceof Float32Array ? sgemm : dgemm
      gemm(ROW_MAJOR, left, right, m, n, k, 1, a, lda, b, ldb, beta, c, ldc)
    },
    syrk: (transposed, n, k, alpha, a, lda, beta, c, ldc) => {
      const syrk = c instanceof Float32Array ? ssyrk : dsyrk
      syrk(ROW_MAJOR, LOWER, transposed ? PLAIN : TRANSPOSED, n, k, alpha, a, lda, beta, c, ldc)
    },
    useThreads: setThreads && getThreads ? useThreads : undefined,
  }
}
