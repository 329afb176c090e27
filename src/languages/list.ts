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
  }
}

export const descriptions = {
  numpy: describe('Python with NumPy', 'py', true, true),
  jax: describe('Python with JAX', 'py', true, true),
  pytorch: describe('Python with PyTorch', 'py', true, true),
  typescript: describe('TypeScript, self-contained', 'ts', true, true),
  matlab: describe('MATLAB, also GNU Octave', 'm', true, true),
  cpp: describe('C++ with Eigen 3, a header', 'hpp', true, true),
  sql: describe('SQL for DuckDB and PostgreSQL, tables of rows (i, j, value)', 'sql', false, false),
} as const satisfies Readonly<Record<string, Omit<LanguageDescription, 'name'>>>

export type LanguageName = keyof typeof descriptions

function describe(title: string, extension: string, compressed: boolean, selfCheck: boolean) {
  return { title, extension, capabilities: { compressed, selfCheck } }
}

export const languageNames = Object.keys(descriptions) as readonly LanguageName[]
