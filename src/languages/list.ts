/** The languages that programs are emitted in, without their emitters. Adding one adds its folder, its line here and in `index.ts`. */

export interface LanguageDescription {
  /** The name by which `--format` and `want` ask for it. */
  readonly name: string
  readonly title: string
  /** The extension of its files, without a dot. */
  readonly extension: string
  readonly capabilities: {
    /** Whether it returns compressed derivatives as their cores. */
    readonly compressed: boolean
    /** Whether its programs check themselves when they are run. */
    readonly selfCheck: boolean
    /** Whether it computes in single precision on demand. */
    readonly float32: boolean
    /** Whether it has determinants, inverses and other functions of whole matrices. */
    readonly linearAlgebra: boolean
    /** Whether its programs can be split over devices along a dimension. */
    readonly shard: boolean
    /** Whether the tests of this project run its programs in the language itself. */
    readonly executed: boolean
    /** Whether one index, that of samples, is apart: all other sizes are to be known. */
    readonly samples: boolean
  }
}

const ALL = { compressed: true, selfCheck: true, float32: true, linearAlgebra: true }

export const descriptions = {
  numpy: describe('Python with NumPy', 'py', ALL),
  jax: describe('Python with JAX', 'py', { ...ALL, shard: true }),
  pytorch: describe('Python with PyTorch', 'py', ALL),
  typescript: describe('TypeScript, self-contained', 'ts', ALL),
  julia: describe('Julia, standard library only', 'jl', { ...ALL, executed: false }),
  matlab: describe('MATLAB, also GNU Octave', 'm', ALL),
  cpp: describe('C++ with Eigen 3, a header', 'hpp', ALL),
  rust: describe('Rust with ndarray', 'rs', ALL),
  r: describe('R', 'R', { compressed: true, selfCheck: true, linearAlgebra: true }),
  onnx: describe('ONNX, a model file', 'onnx', { float32: true }),
  sql: describe('SQL for DuckDB and PostgreSQL, tables of rows (i, j, value)', 'sql', {}),
  'sql-samples': describe('SQL for DuckDB and PostgreSQL, a row for each sample', 'sql', { samples: true }),
} as const satisfies Readonly<Record<string, Omit<LanguageDescription, 'name'>>>

export type LanguageName = keyof typeof descriptions

function describe(title: string, extension: string, own: Partial<LanguageDescription['capabilities']>) {
  const none = {
    compressed: false,
    selfCheck: false,
    float32: false,
    linearAlgebra: false,
    shard: false,
    samples: false,
    executed: true,
  }
  return { title, extension, capabilities: { ...none, ...own } }
}

export const languageNames = Object.keys(descriptions) as readonly LanguageName[]
