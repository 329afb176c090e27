/**
 * How databases spell the functions table: what DuckDB and PostgreSQL both have and mean the same by. Both raise errors
 * outside of domains, and PostgreSQL where exp leaves the range of numbers: the spellings ask first. Both count NaN above
 * every number. The tables are total over the primitives, so that a new one does not compile without its spelling.
 */
import type { ElementwisePrimitive } from '../../functions/index.ts'
import { atom, Level, quotient, type Text } from '../shared/text.ts'
import { type Cell, INFINITE, type Scalars, text, UNDEFINED } from './scalars.ts'

type Elementwise = (scalars: Scalars, ...args: readonly Cell[]) => Cell

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  // Beyond these bounds the result is no number of float64.
  exp: guarded(
    (t) => `CASE WHEN ${t} BETWEEN -745 AND 709.7 THEN exp(${t}) WHEN ${t} < 0 THEN 0 ELSE ${t} + ${INFINITE} END`,
  ),
  log: guarded((t) => `CASE WHEN ${t} > 0 THEN ln(${t}) WHEN ${t} = 0 THEN -${INFINITE} ELSE ${UNDEFINED} END`),
  // Near 0, log(1 + t) = 2 artanh(t/(2 + t)) keeps all digits.
  log1p: guarded(
    (t) =>
      `CASE WHEN abs(${t}) < 0.5 THEN 2 * atanh(${t} / (2 + ${t})) WHEN ${t} > -1 THEN ln(1 + ${t}) WHEN ${t} = -1 THEN -${INFINITE} ELSE ${UNDEFINED} END`,
  ),
  // exp(t) - 1 = tanh(t/2) (exp(t) + 1)
  expm1: (scalars, t) => {
    const x = scalars.named(part(t))
    const e = elementwiseNames.exp(scalars, x)
    return scalars.make([x, e], (a, b) => quotient([atom(`tanh(${a.text} / 2e0)`), atom(`(${b.text} + 1)`)], []))
  },
  sin: named('sin'),
  cos: named('cos'),
  tan: named('tan'),
  arcsin: guarded((t) => `CASE WHEN ${t} BETWEEN -1 AND 1 THEN asin(${t}) ELSE ${UNDEFINED} END`),
  arccos: guarded((t) => `CASE WHEN ${t} BETWEEN -1 AND 1 THEN acos(${t}) ELSE ${UNDEFINED} END`),
  arctan: named('atan'),
  sinh: named('sinh'),
  cosh: named('cosh'),
  tanh: named('tanh'),
  sigmoid: (scalars, t) => {
    const x = scalars.named(part(t))
    const e = scalars.named(decay(scalars, x))
    return scalars.make([x, e], (a, b) =>
      atom(`CASE WHEN ${text(a)} >= 0 THEN 1 / (1 + ${text(b)}) ELSE ${text(b)} / (1 + ${text(b)}) END`),
    )
  },
  abs: named('abs'),
  sign: guarded(
    (t) => `CASE WHEN ${t} < 0 THEN -1e0 WHEN ${t} = 0 THEN 0 WHEN ${t} <= ${INFINITE} THEN 1 ELSE ${t} END`,
  ),
  erf: (scalars, t) => {
    const x = scalars.named(part(t))
    const z = scalars.named(scalars.make([x, x], (a, b) => quotient([a, b], [])))
    const y = scalars.named(scalars.make([x], (a) => atom(`abs(${text(a)})`)))
    return scalars.make([x, y, z], (a, b, c) => atom(errorFunction(text(a), text(b), text(c))))
  },
  max: (scalars, a, b) => scalars.make([part(a), part(b)], (x, y) => atom(`greatest(${text(x)}, ${text(y)})`)),
  // The least of the two would hide NaN, which counts above every number.
  min: (scalars, a, b) => scalars.make([part(a), part(b)], (x, y) => atom(`(-greatest(-(${text(x)}), -(${text(y)})))`)),
  pow: (scalars, a, b) =>
    scalars.make([scalars.named(part(a)), scalars.named(part(b))], (x, y) => {
      const [base, exponent] = [text(x), text(y)]
      const isDefined = `${base} > 0 OR (${base} = 0 AND ${exponent} >= 0) OR (${base} < 0 AND ${exponent} = floor(${exponent}))`
      return atom(
        `CASE WHEN ${isDefined} THEN power(${base}, ${exponent}) WHEN ${base} = 0 THEN ${INFINITE} ELSE ${UNDEFINED} END`,
      )
    }),
  where: (scalars, c, a, b) =>
    scalars.make([part(c), part(a), part(b)], (x, y, z) =>
      atom(`CASE WHEN ${text(x)} <> 0 THEN ${text(y)} ELSE ${text(z)} END`),
    ),
  lt: comparison('<'),
  le: comparison('<='),
  gt: comparison('>'),
  ge: comparison('>='),
  pi: () => ({ text: atom('3.141592653589793e0'), stage: 0, isShort: true, isDouble: false }),
  infinity: () => ({ text: atom(INFINITE), stage: 0, isShort: false, isDouble: true }),
  logz: guarded((t) => `CASE WHEN ${t} > 0 THEN ln(${t}) WHEN ${t} = 0 THEN 0 ELSE ${UNDEFINED} END`),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  [
    'softplus',
    (scalars, t) => {
      const x = scalars.named(part(t))
      const e = scalars.named(decay(scalars, x))
      return scalars.make([x, e], (a, b) => ({
        text: `greatest(${text(a)}, 0) + 2 * atanh(${text(b)} / (2 + ${text(b)}))`,
        level: Level.add,
      }))
    },
  ],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

const ODD = new Set(
  'expm1 log1p sin tan arcsin arctan sinh tanh abs sign erf relu gelu silu max min where lt gt'.split(' '),
)

/** Whether the function is 0 where all its arguments are. */
export function keepsZero(name: string): boolean {
  return ODD.has(name)
}

/** exp(-|t|) of a short text; 0 where that is less than every number. */
function decay(scalars: Scalars, t: Cell): Cell {
  return scalars.make([t], (x) =>
    atom(
      `CASE WHEN abs(${text(x)}) < 745 THEN exp(-abs(${text(x)})) WHEN abs(${text(x)}) <= ${INFINITE} THEN 0 ELSE ${text(x)} END`,
    ),
  )
}

function part(cell: Cell | undefined): Cell {
  if (!cell) throw new RangeError('a function lacks an argument')
  return cell
}

function named(name: string): Elementwise {
  return (scalars, ...args) =>
    scalars.make(args, (...texts: readonly Text[]) => atom(`${name}(${texts.map(text).join(', ')})`))
}

function guarded(spell: (t: string) => string): Elementwise {
  return (scalars, t) =>
    scalars.make([scalars.named(part(t))], (x) => atom(spell(x.text.startsWith('-') ? `(${x.text})` : x.text)))
}

function comparison(operator: string): Elementwise {
  return (scalars, a, b) =>
    scalars.make(
      [part(a), part(b)],
      (x, y) => atom(`CASE WHEN ${text(x)} ${operator} ${text(y)} THEN 1e0 ELSE 0e0 END`),
      false,
    )
}

/** W. J. Cody, Rational Chebyshev approximation for the error function, Math. Comp. 23 (1969): t, |t|, t². */
function errorFunction(t: string, y: string, z: string): string {
  const near = rational(z, NEAR)
  const far = rational(y, FAR)
  return `CASE WHEN ${y} < 0.46875 THEN ${t} * ${near} WHEN ${y} < 6 THEN CASE WHEN ${t} < 0 THEN -1 ELSE 1 END * (1 - exp(-${z}) * ${far}) WHEN ${t} < 0 THEN -1 WHEN ${y} <= ${INFINITE} THEN 1 ELSE ${t} END`
}

const NEAR = {
  above: [
    '1.85777706184603153e-1',
    '3.16112374387056560e0',
    '1.13864154151050156e2',
    '3.77485237685302021e2',
    '3.20937758913846947e3',
  ],
  below: ['1e0', '2.36012909523441209e1', '2.44024637934444173e2', '1.28261652607737228e3', '2.84423683343917062e3'],
}

const FAR = {
  above: [
    '2.15311535474403846e-8',
    '5.64188496988670089e-1',
    '8.88314979438837594e0',
    '6.61191906371416295e1',
    '2.98635138197400131e2',
    '8.81952221241769090e2',
    '1.71204761263407058e3',
    '2.05107837782607147e3',
    '1.23033935479799725e3',
  ],
  below: [
    '1e0',
    '1.57449261107098347e1',
    '1.17693950891312499e2',
    '5.37181101862009858e2',
    '1.62138957456669019e3',
    '3.29079923573345963e3',
    '4.36261909014324716e3',
    '3.43936767414372164e3',
    '1.23033935480374942e3',
  ],
}

/** A quotient of polynomials by Horner's rule, the highest power first. */
function rational(x: string, { above, below }: typeof FAR): string {
  const horner = (coefficients: readonly string[]) =>
    coefficients.slice(1).reduce((inner, next) => `(${inner} * ${x} + ${next})`, coefficients[0] ?? '0')
  return `${horner(above)} / ${horner(below)}`
}
