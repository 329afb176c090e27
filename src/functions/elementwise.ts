/**
 * The functions that act entry by entry: names, derivatives, definitions, samples. Adding one means adding an entry here;
 * the language, the printers, differentiation, the evaluator and the tests of every entry read it.
 *
 * Derivatives are texts in our own language over the parameters; `t` is the parameter of a function of one.
 */
import type { ElementwiseFunction } from './entry.ts'

type Entry = Omit<ElementwiseFunction, 'kind' | 'name' | 'usage' | 'parameters'> &
  Partial<Pick<ElementwiseFunction, 'usage' | 'parameters'>>

const ordinary = [-2.5, -0.75, 0.3, 1.25, 4]
const positive = [0.3, 1.25, 4]

const entries = {
  exp: {
    doc: 'The exponential function.',
    latex: named('\\exp'),
    derivatives: ['exp(t)'],
    range: 'positive',
    samples: [...ordinary, -800, 700],
  },
  log: {
    doc: 'The natural logarithm.',
    latex: named('\\log'),
    derivatives: ['1/t'],
    domain: 't > 0',
    samples: [...positive, 1e-300, 1e300],
  },
  log1p: {
    doc: 'log(1 + t), exact for small t.',
    latex: (t) => `\\log\\left(1 + ${t}\\right)`,
    derivatives: ['1/(1 + t)'],
    domain: 't > -1',
    samples: [-0.75, ...positive, 1e-20, 1e300],
  },
  expm1: {
    doc: 'exp(t) - 1, exact for small t.',
    latex: (t) => `\\left(\\exp\\left(${t}\\right) - 1\\right)`,
    derivatives: ['exp(t)'],
    samples: [...ordinary, 1e-20, -800, 700],
  },
  sin: {
    doc: 'The sine.',
    latex: named('\\sin'),
    derivatives: ['cos(t)'],
    parity: 'odd',
    samples: ordinary,
  },
  cos: {
    doc: 'The cosine.',
    latex: named('\\cos'),
    derivatives: ['-sin(t)'],
    parity: 'even',
    samples: ordinary,
  },
  tan: {
    doc: 'The tangent.',
    latex: named('\\tan'),
    derivatives: ['1 + tan(t)^2'],
    parity: 'odd',
    samples: ordinary,
  },
  arcsin: {
    synonyms: ['asin'],
    doc: 'The inverse of the sine, in [-pi/2, pi/2].',
    latex: named('\\arcsin'),
    derivatives: ['1/sqrt(1 - t^2)'],
    parity: 'odd',
    domain: 'abs(t) <= 1',
    samples: [-0.9, -0.25, 0.5],
  },
  arccos: {
    synonyms: ['acos'],
    doc: 'The inverse of the cosine, in [0, pi].',
    latex: named('\\arccos'),
    derivatives: ['-1/sqrt(1 - t^2)'],
    range: 'nonnegative',
    domain: 'abs(t) <= 1',
    samples: [-0.9, -0.25, 0.5],
  },
  arctan: {
    synonyms: ['atan'],
    doc: 'The inverse of the tangent, in [-pi/2, pi/2].',
    latex: named('\\arctan'),
    derivatives: ['1/(1 + t^2)'],
    parity: 'odd',
    samples: [...ordinary, -1e300, 1e300],
  },
  sinh: {
    doc: 'The hyperbolic sine.',
    latex: named('\\sinh'),
    derivatives: ['cosh(t)'],
    parity: 'odd',
    samples: [...ordinary, -700, 700],
  },
  cosh: {
    doc: 'The hyperbolic cosine.',
    latex: named('\\cosh'),
    derivatives: ['sinh(t)'],
    parity: 'even',
    range: 'positive',
    samples: [...ordinary, -700, 700],
  },
  tanh: {
    doc: 'The hyperbolic tangent.',
    latex: named('\\tanh'),
    derivatives: ['1 - tanh(t)^2'],
    parity: 'odd',
    samples: [...ordinary, -800, 800],
  },
  sigmoid: {
    doc: 'The logistic function 1/(1 + exp(-t)).',
    latex: named('\\sigma'),
    derivatives: ['sigmoid(t)*(1 - sigmoid(t))'],
    range: 'positive',
    samples: [...ordinary, -700, 800],
  },
  softplus: {
    doc: 'log(1 + exp(t)), in a form that does not overflow.',
    latex: named('\\operatorname{softplus}'),
    derivatives: ['sigmoid(t)'],
    definition: 'max(t, 0) + log1p(exp(-abs(t)))',
    range: 'positive',
    samples: [...ordinary, 0, -700, 800],
  },
  relu: {
    doc: 'max(t, 0).',
    convention: 'The derivative at 0 is 0.',
    latex: named('\\operatorname{relu}'),
    derivatives: ['t > 0'],
    definition: 'max(t, 0)',
    range: 'nonnegative',
    samples: [...ordinary, -1e300, 1e300],
  },
  abs: {
    doc: 'The absolute value.',
    convention: 'The derivative at 0 is 0.',
    latex: (t) => `\\left|${t}\\right|`,
    derivatives: ['sign(t)'],
    parity: 'even',
    range: 'nonnegative',
    samples: [...ordinary, -1e300, 1e300],
  },
  sign: {
    doc: '-1, 0 or 1, as t is negative, zero or positive.',
    convention: 'The derivative is 0 everywhere.',
    latex: named('\\operatorname{sign}'),
    derivatives: ['0'],
    parity: 'odd',
    samples: [...ordinary, -1e300, 1e300],
  },
  sqrt: {
    doc: 'The square root.',
    latex: (t) => `\\sqrt{${t}}`,
    derivatives: ['1/(2*sqrt(t))'],
    definition: 't^0.5',
    inline: true,
    range: 'nonnegative',
    domain: 't >= 0',
    samples: [...positive, 1e-300, 1e300],
  },
  square: {
    doc: 'The square.',
    latex: (t) => `\\left(${t}\\right)^{2}`,
    derivatives: ['2*t'],
    definition: 't^2',
    inline: true,
    parity: 'even',
    range: 'nonnegative',
    samples: [...ordinary, -1e150, 1e150],
  },
  erf: {
    doc: 'The error function, 2/sqrt(pi) times the integral of exp(-s^2) from 0 to t.',
    latex: named('\\operatorname{erf}'),
    derivatives: ['2/sqrt(pi)*exp(-t^2)'],
    parity: 'odd',
    samples: [...ordinary, 1e-20, -30, 30],
  },
  gelu: {
    doc: 't times the distribution function of the standard normal distribution.',
    latex: named('\\operatorname{gelu}'),
    derivatives: ['0.5*(1 + erf(t/sqrt(2))) + t*exp(-0.5*t^2)/sqrt(2*pi)'],
    definition: '0.5*t*(1 + erf(t/sqrt(2)))',
    samples: [...ordinary, 0, -30, 30],
  },
  silu: {
    doc: 't*sigmoid(t).',
    latex: named('\\operatorname{silu}'),
    derivatives: ['sigmoid(t)*(1 + t*(1 - sigmoid(t)))'],
    definition: 't*sigmoid(t)',
    samples: [...ordinary, 0, -700, 800],
  },
  max: {
    parameters: ['a', 'b'],
    doc: 'The greater of two values.',
    convention: 'Where both are equal, the derivative is divided evenly.',
    latex: named('\\max'),
    derivatives: ['0.5*((a > b) + (a >= b))', '0.5*((b > a) + (b >= a))'],
    samples: ordinary,
  },
  min: {
    parameters: ['a', 'b'],
    doc: 'The smaller of two values.',
    convention: 'Where both are equal, the derivative is divided evenly.',
    latex: named('\\min'),
    derivatives: ['0.5*((a < b) + (a <= b))', '0.5*((b < a) + (b <= a))'],
    samples: ordinary,
  },
  pow: {
    parameters: ['a', 'b'],
    doc: 'a to the power b; a number as exponent is written `a.^2`.',
    convention: 'At a = 0 < b, the derivative by b is 0.',
    latex: (a, b) => `{\\left(${a}\\right)}^{${b}}`,
    derivatives: ['b*a^(b - 1)', 'a^b*logz(a)'],
    domain: 'a > 0',
    samples: positive,
  },
  where: {
    parameters: ['c', 'a', 'b'],
    doc: 'a where c is not zero, otherwise b; c is usually a comparison.',
    convention: 'The derivative by c is 0.',
    latex: (c, a, b) => `\\begin{cases} ${a} & ${c} \\\\ ${b} & \\text{otherwise} \\end{cases}`,
    derivatives: ['0', 'where(c, 1, 0)', 'where(c, 0, 1)'],
    samples: [-2.5, 0, 1],
  },
  lt: comparison('<', '<', 'less than'),
  le: comparison('<=', '\\le', 'at most'),
  gt: comparison('>', '>', 'greater than'),
  ge: comparison('>=', '\\ge', 'at least'),
  pi: {
    parameters: [],
    usage: 'pi',
    doc: 'The number 3.14159…',
    latex: () => '\\pi',
    derivatives: [],
    hidden: true,
    range: 'positive',
    samples: [],
  },
  infinity: {
    parameters: [],
    usage: 'infinity',
    doc: 'What no number reaches: -infinity stands where conditions exclude entries from max, logsumexp and softmax.',
    latex: () => '\\infty',
    derivatives: [],
    hidden: true,
    range: 'positive',
    samples: [],
  },
  logz: {
    doc: 'log(t), but 0 at t = 0: the factor of the derivative of a^t by t, printed as log(t).',
    latex: named('\\log'),
    derivatives: ['1/t'],
    hidden: true,
    domain: 't >= 0',
    samples: [...positive, 1e-300, 1e300],
  },
} satisfies Record<string, Entry>

type ElementwiseName = keyof typeof entries

/** The names of maps that evaluators and languages must know; all others have a definition in terms of these. */
export type ElementwisePrimitive = {
  [Name in ElementwiseName]: (typeof entries)[Name] extends { definition: string } ? never : Name
}[ElementwiseName]

/** Every elementwise function by its name, without synonyms. */
export const elementwise: ReadonlyMap<string, ElementwiseFunction> = new Map(
  Object.entries<Entry>(entries).map(([name, entry]) => [name, complete(name, entry)]),
)

/** The name of the map that an operator of comparison makes. */
export const comparisons: ReadonlyMap<string, string> = new Map(
  [...elementwise.values()].flatMap(({ operator, name }) => (operator === undefined ? [] : [[operator, name]])),
)

function complete(name: string, entry: Entry): ElementwiseFunction {
  const parameters = entry.parameters ?? ['t']
  return { kind: 'elementwise', name, usage: `${name}(${parameters.join(',')})`, ...entry, parameters }
}

function named(latex: string): (...args: readonly string[]) => string {
  return (...args) => `${latex}\\left(${args.join(', ')}\\right)`
}

function comparison(operator: string, latex: string, words: string) {
  return {
    parameters: ['a', 'b'],
    usage: `a ${operator} b`,
    doc: `1 where a is ${words} b, otherwise 0.`,
    convention: 'The derivative is 0 everywhere.',
    latex: (a: string, b: string) => `\\left(${a} ${latex} ${b}\\right)`,
    derivatives: ['0', '0'],
    hidden: true,
    operator,
    range: 'nonnegative',
    samples: ordinary,
  } as const satisfies Entry
}
