// The programs that are kept as files in every language, and that check themselves when they are run.
import { derive, emitProgram, type Precision, parse } from '../../src/index.ts'
import { findLanguage } from '../../src/languages/index.ts'

export interface Golden {
  readonly file: string
  readonly text: string
  readonly vars: Readonly<Record<string, string>>
  readonly wrt: readonly (readonly string[])[]
  readonly compressed?: boolean
}

export const goldens: readonly Golden[] = [
  {
    file: 'logistic',
    text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
    vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
    wrt: [['w'], ['w', 'w']],
  },
  {
    file: 'factorization',
    text: "norm2(T - U*V')^2",
    vars: { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    wrt: [['U'], ['U', 'U'], ['U', 'V']],
    compressed: true,
  },
  {
    file: 'gaussian',
    text: "(log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2",
    vars: { S: 'psd(n)', x: 'vector(n)', mu: 'vector(n)' },
    wrt: [['mu'], ['S'], ['mu', 'mu']],
  },
]

/** Databases and ONNX have no determinants and no cores: these take the places. */
const relational: readonly Golden[] = [
  {
    file: 'logistic',
    text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
    vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
    wrt: [['w']],
  },
  {
    file: 'factorization',
    text: "norm2(T - U*V')^2",
    vars: { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    wrt: [['U'], ['V']],
  },
  {
    file: 'ridge-product',
    text: "grad(norm2(X*w - y)^2 + c*norm2(w)^2, w)'*p",
    vars: { X: 'matrix(m,n)', y: 'vector(m)', c: 'scalar', w: 'vector(n)', p: 'vector(n)' },
    wrt: [['w']],
  },
]

/** The programs that are kept in this language. */
export function goldensOf(language: string): readonly Golden[] {
  return language.startsWith('sql') || language === 'onnx' ? relational : goldens
}

export function goldenProgram(
  language: string,
  { text, vars, wrt, compressed = false }: Golden,
  precision: Precision = 'float64',
): string {
  const expression = parse(text, { vars })
  const derivatives = wrt.map((names) => derive(expression, { wrt: names }))
  const dims = new Map(Object.entries({ n: 3, k: 2 }))
  const able = findLanguage(language)?.capabilities
  const options = {
    compressed: compressed && able?.compressed === true,
    precision,
    ...(language === 'sql-samples' && { dims }),
  }
  return emitProgram(language, expression, derivatives, options).code
}
