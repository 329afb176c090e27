/**
 * How NumPy spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name. A function with a definition needs none; it has one here where NumPy's form keeps more digits.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type {
  ElementwiseSpelling as Elementwise,
  GeneralSpelling as General,
  Spelling,
} from '../shared/arrays/dialect.ts'
import { calls, helped, lastAxes, part } from '../shared/python/spelling.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'

export type Helper = keyof typeof helpers

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: calls('np.exp'),
  log: calls('np.log'),
  log1p: calls('np.log1p'),
  expm1: calls('np.expm1'),
  sin: calls('np.sin'),
  cos: calls('np.cos'),
  tan: calls('np.tan'),
  arcsin: calls('np.arcsin'),
  arccos: calls('np.arccos'),
  arctan: calls('np.arctan'),
  sinh: calls('np.sinh'),
  cosh: calls('np.cosh'),
  tanh: calls('np.tanh'),
  // exp(-softplus(-t)) keeps all digits where 1/(1 + exp(-t)) overflows.
  sigmoid: helped('_sigmoid'),
  abs: calls('np.abs'),
  sign: calls('np.sign'),
  erf: helped('_erf'),
  max: calls('np.maximum'),
  min: calls('np.minimum'),
  pow: calls('np.power'),
  where: (c, a, b) => ({ text: call('np.where', `${within(part(c), Level.add)} != 0`, part(a).text, part(b).text) }),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('np.pi') }),
  infinity: () => ({ text: atom('np.inf') }),
  logz: helped('_logz'),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['softplus', (t) => ({ text: call('np.logaddexp', '0.0', part(t).text) })],
  ['relu', (t) => ({ text: call('np.maximum', part(t).text, '0.0') })],
  ['gelu', helped('_gelu')],
  ['silu', helped('_silu')],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

const generalNames: Readonly<Record<GeneralName, General>> = {
  inv: (x) => ({ text: call('np.linalg.inv', x.text) }),
  det: (x) => ({ text: call('np.linalg.det', x.text) }),
  logdet: (x) => ({ text: atom(`np.linalg.slogdet(${x.text})[1]`) }),
  logdetp: (x) => ({ text: call('_logdetp', x.text), helpers: ['_logdetp'] }),
  adj: (x) => ({ text: call('_adjugate', x.text), helpers: ['_adjugate'] }),
  softmax: (x) => ({ text: call('_softmax', x.text), helpers: ['_softmax'] }),
  logsumexp: (x, own, batch) => ({
    text: call('_logsumexp', x.text, ...lastAxes('axis', own, batch)),
    helpers: ['_logsumexp'],
  }),
  max: (x, own, batch) => ({ text: call('np.max', x.text, ...lastAxes('axis', own, batch)) }),
  min: (x, own, batch) => ({ text: call('np.min', x.text, ...lastAxes('axis', own, batch)) }),
  norm2,
  rnorm2: (x, own, batch) => {
    const norm = norm2(x, own, batch).text
    return { text: call('_reciprocal', norm.text), helpers: ['_reciprocal'] }
  },
  prod: (x) => ({ text: call('np.prod', x.text, 'axis=-1') }),
  prodexcept: matrixHelper('_prodexcept'),
  logsoftmax: matrixHelper('_logsoftmax'),
  cross: (x, _own, _batch, y) => ({ text: call('np.cross', x.text, part(y).text) }),
  pinv: (x) => ({ text: call('np.linalg.pinv', x.text) }),
  cholesky: matrixHelper('_cholesky'),
  sylvester: matrixHelper('_sylvester'),
  sqrtm: matrixHelper('_sqrtm'),
  expm: matrixHelper('_expm'),
  logm: matrixHelper('_sqrtm', '_logm'),
  dexpm: directional('_expm'),
  dlogm: directional('_sqrtm', '_logm'),
}

/** A helper that takes the arguments as they are, and the helpers that it calls before it. */
function matrixHelper(...names: readonly [Helper, ...Helper[]]): General {
  const name = names.at(-1) as Helper
  return (x, _own, _batch, ...others) => ({
    text: call(name, x.text, ...others.map((other) => other.text)),
    helpers: names,
  })
}

function directional(...names: readonly [Helper, ...Helper[]]): General {
  const name = names.at(-1) as Helper
  return (x, _own, _batch, ...others) => ({
    text: call('_derivative', name, x.text, ...others.map((other) => other.text)),
    helpers: [...names, '_derivative'],
  })
}

export function generalName(name: string): General | undefined {
  return Object.hasOwn(generalNames, name) ? generalNames[name as GeneralName] : undefined
}

/** Functions that NumPy lacks. Each is emitted only where it is used. */
export const helpers = {
  _sigmoid: `def _sigmoid(t):
    """1 / (1 + exp(-t)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -t))`,
  _erf: `_erf = np.vectorize(math.erf, otypes=[float])`,
  _gelu: `def _gelu(t):
    """t times the distribution function of the standard normal distribution."""
    erfc = np.vectorize(math.erfc, otypes=[float])
    t = np.maximum(t, -40.0)  # below, the result is 0, also at -inf
    return 0.5 * t * erfc(-t / np.sqrt(2))`,
  _silu: `def _silu(t):
    """t / (1 + exp(-t)), without overflow."""
    t = np.maximum(t, -800.0)  # below, the result is 0, also at -inf
    return t * np.exp(-np.logaddexp(0.0, -t))`,
  _logz: `def _logz(t):
    """log(t), but 0 at t = 0."""
    return np.log(np.where(t == 0, 1.0, t))`,
  _logdetp: `def _logdetp(x):
    """log(det(x)) without overflow, NaN where det(x) <= 0."""
    sign, logabs = np.linalg.slogdet(x)
    return np.where(sign > 0, logabs, np.nan)[()]`,
  _adjugate: `def _adjugate(x):
    """The adjugate det(x) * inv(x), of a singular matrix too."""
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), 1.0, s[..., None, :])
    sign = np.linalg.det(u) * np.linalg.det(vh)
    scaled = np.swapaxes(vh, -1, -2) * np.prod(others, axis=-1)[..., None, :]
    return sign[..., None, None] * (scaled @ np.swapaxes(u, -1, -2))`,
  _softmax: `def _softmax(x):
    """exp(x) / sum(exp(x)) along the last axis, without overflow."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)`,
  _logsumexp: `def _logsumexp(x, axis=None):
    """log(sum(exp(x))) over these axes, without overflow."""
    peak = np.max(x, axis=axis, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    return np.log(np.sum(np.exp(x - peak), axis=axis)) + np.squeeze(peak, axis=axis)`,
  _reciprocal: `def _reciprocal(t):
    """1 / t, but 0 at t = 0."""
    return np.where(t == 0, 0.0, 1 / np.where(t == 0, 1.0, t))[()]`,
  _prodexcept: `def _prodexcept(x):
    """For each entry the product of all others along the last axis."""
    one = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([one, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, x[..., :0:-1]], axis=-1), axis=-1)
    return before * after[..., ::-1]`,
  _logsoftmax: `def _logsoftmax(x):
    """log(exp(x) / sum(exp(x))) along the last axis, without overflow."""
    x = x - np.max(x, axis=-1, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))`,
  _cholesky: `def _cholesky(x):
    """The lower triangular L with L L' = (x + x') / 2."""
    return np.linalg.cholesky((x + np.swapaxes(x, -1, -2)) / 2)`,
  _sylvester: `def _sylvester(a, b, c):
    """The solution X of a X + X b = c."""
    n, m = a.shape[-1], b.shape[-1]
    on_left = np.einsum("...ij,kl->...ikjl", a, np.eye(m)).reshape(a.shape[:-2] + (n * m, n * m))
    on_right = np.einsum("ij,...lk->...ikjl", np.eye(n), b).reshape(b.shape[:-2] + (n * m, n * m))
    flat = np.reshape(c, c.shape[:-2] + (n * m, 1))
    solution = np.linalg.solve(on_left + on_right, flat)
    return solution.reshape(solution.shape[:-2] + (n, m))`,
  _sqrtm: `def _sqrtm(x):
    """The principal square root of a matrix, by the iteration of Denman and Beavers."""
    y, z = x, np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    for _ in range(60):
        y, z, last = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2, y
        if np.max(np.abs(y - last)) <= 1e-15 * np.max(np.abs(y)):
            break
    return y`,
  _expm: `def _expm(x):
    """The exponential of a matrix, by scaling, a Pade approximant of degree 8, and squaring."""
    size = np.max(np.sum(np.abs(x), axis=-2), initial=1e-300)
    squarings = max(0, int(np.ceil(np.log2(size))) + 1)
    x = x / 2.0**squarings
    power = above = below = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    factor = 1.0
    for k in range(1, 9):
        factor *= (9 - k) / (k * (17 - k))
        power = x @ power
        above = above + factor * power
        below = below + (-1) ** k * factor * power
    result = np.linalg.solve(below, above)
    for _ in range(squarings):
        result = result @ result
    return result`,
  _logm: `def _logm(x):
    """The principal logarithm of a matrix, by square roots and Gauss-Legendre quadrature."""
    one = np.eye(x.shape[-1])
    roots = 0
    while np.max(np.sum(np.abs(x - one), axis=-2)) > 0.25:
        x = _sqrtm(x)
        roots += 1
        if roots > 100:
            raise np.linalg.LinAlgError("the matrix has no principal logarithm")
    nodes, weights = np.polynomial.legendre.leggauss(8)
    terms = [w / 2 * np.linalg.solve(one + (t + 1) / 2 * (x - one), x - one) for t, w in zip(nodes, weights)]
    return 2.0**roots * sum(terms)`,
  _derivative: `def _derivative(f, x, *directions):
    """The derivative of a matrix function f at x in these directions, from f at a block-triangular matrix."""
    n = x.shape[-1]
    block, scale = x, 1.0
    for direction in directions:
        length = np.max(np.abs(direction))
        if length == 0:
            return np.zeros(direction.shape)
        unit = (np.max(np.abs(x)) or 1.0) / length
        scale *= unit
        copies = block.shape[-1] // n
        corner = np.einsum("ij,...kl->...ikjl", np.eye(copies), unit * direction)
        corner = corner.reshape(direction.shape[:-2] + (copies * n, copies * n))
        block, corner = np.broadcast_arrays(block, corner)
        block = np.block([[block, corner], [np.zeros_like(block), block]])
    return f(block)[..., :n, -n:] / scale`,
} as const

function norm2(x: Text, own: number, batch: number): Spelling {
  if (batch === 0) return { text: call('np.linalg.norm', x.text) }
  if (own <= 2) return { text: call('np.linalg.norm', x.text, ...lastAxes('axis', own, batch)) }
  const squares = `${within(x, Level.atom)}**2`
  return { text: call('np.sqrt', call('np.sum', squares, ...lastAxes('axis', own, batch)).text) }
}

/** As a number: NumPy's truth values do not add. */
function compared(operator: string): Elementwise {
  return (a, b) => {
    const test = `${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`
    return { text: call('np.where', test, '1.0', '0.0') }
  }
}
