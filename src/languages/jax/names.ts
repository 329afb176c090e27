/**
 * How JAX spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name. Everything here can be traced, so that programs run under `jit` and `grad`.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { ElementwiseSpelling, GeneralSpelling } from '../shared/arrays/dialect.ts'
import { calls, helped, lastAxes, part } from '../shared/python/spelling.ts'
import { atom, call, Level, within } from '../shared/text.ts'

type Helper = keyof typeof helpers

const elementwiseNames: Readonly<Record<ElementwisePrimitive, ElementwiseSpelling>> = {
  exp: calls('jnp.exp'),
  log: calls('jnp.log'),
  log1p: calls('jnp.log1p'),
  expm1: calls('jnp.expm1'),
  sin: calls('jnp.sin'),
  cos: calls('jnp.cos'),
  tan: calls('jnp.tan'),
  arcsin: calls('jnp.arcsin'),
  arccos: calls('jnp.arccos'),
  arctan: calls('jnp.arctan'),
  sinh: calls('jnp.sinh'),
  cosh: calls('jnp.cosh'),
  tanh: calls('jnp.tanh'),
  sigmoid: calls('jax.nn.sigmoid'),
  abs: calls('jnp.abs'),
  sign: calls('jnp.sign'),
  erf: calls('jax.scipy.special.erf'),
  max: calls('jnp.maximum'),
  min: calls('jnp.minimum'),
  pow: calls('jnp.power'),
  where: (c, a, b) => ({ text: call('jnp.where', `${within(part(c), Level.add)} != 0`, part(a).text, part(b).text) }),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('jnp.pi') }),
  infinity: () => ({ text: atom('jnp.inf') }),
  logz: helped('_logz' satisfies Helper),
}

const definedNames: ReadonlyMap<string, ElementwiseSpelling> = new Map<string, ElementwiseSpelling>([
  ['softplus', calls('jax.nn.softplus')],
  ['relu', calls('jax.nn.relu')],
  ['gelu', helped('_gelu' satisfies Helper)],
  ['silu', helped('_silu' satisfies Helper)],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): ElementwiseSpelling | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

const generalNames: Readonly<Record<GeneralName, GeneralSpelling>> = {
  inv: (x) => ({ text: call('jnp.linalg.inv', x.text) }),
  det: (x) => ({ text: call('jnp.linalg.det', x.text) }),
  logdet: (x) => ({ text: atom(`jnp.linalg.slogdet(${x.text})[1]`) }),
  logdetp: helper('_logdetp'),
  adj: helper('_adjugate'),
  softmax: (x) => ({ text: call('jax.nn.softmax', x.text) }),
  logsumexp: (x, own, batch) => ({
    text: call('jax.scipy.special.logsumexp', x.text, ...lastAxes('axis', own, batch)),
  }),
  max: (x, own, batch) => ({ text: call('jnp.max', x.text, ...lastAxes('axis', own, batch)) }),
  min: (x, own, batch) => ({ text: call('jnp.min', x.text, ...lastAxes('axis', own, batch)) }),
  norm2,
  rnorm2: (x, own, batch) => {
    return { text: call('_reciprocal', norm2(x, own, batch).text.text), helpers: ['_reciprocal'] }
  },
  prod: (x) => ({ text: call('jnp.prod', x.text, 'axis=-1') }),
  prodexcept: helper('_prodexcept'),
  logsoftmax: (x) => ({ text: call('jax.nn.log_softmax', x.text) }),
  cross: helper('jnp.cross'),
  pinv: (x) => ({ text: call('jnp.linalg.pinv', x.text) }),
  cholesky: (x) => ({ text: call('jnp.linalg.cholesky', x.text) }),
  sylvester: helper('_sylvester'),
  sqrtm: helper('_sqrtm'),
  expm: helper('_expm'),
  logm: helper('_sqrtm', '_logm'),
  dexpm: directional('_expm'),
  dlogm: directional('_sqrtm', '_logm'),
}

export function generalName(name: string): GeneralSpelling | undefined {
  return Object.hasOwn(generalNames, name) ? generalNames[name as GeneralName] : undefined
}

/** A function that takes the arguments as they are; the last name is called, after the helpers before it. */
function helper(...names: readonly (Helper | 'jnp.cross')[]): GeneralSpelling {
  const name = names.at(-1) ?? ''
  return (x, _own, _batch, ...others) => ({
    text: call(name, x.text, ...others.map((other) => other.text)),
    helpers: names.filter((one) => one !== 'jnp.cross'),
  })
}

function directional(...names: readonly Helper[]): GeneralSpelling {
  const name = names.at(-1) ?? ''
  return (x, _own, _batch, ...others) => ({
    text: call('_derivative', name, x.text, ...others.map((other) => other.text)),
    helpers: [...names, '_derivative'],
  })
}

function norm2(x: Parameters<GeneralSpelling>[0], own: number, batch: number): ReturnType<GeneralSpelling> {
  if (own <= 2 || batch === 0) return { text: call('jnp.linalg.norm', x.text, ...lastAxes('axis', own, batch)) }
  const squares = `${within(x, Level.atom)}**2`
  return { text: call('jnp.sqrt', call('jnp.sum', squares, ...lastAxes('axis', own, batch)).text) }
}

/** As a number: truth values do not add. */
function compared(operator: string): ElementwiseSpelling {
  return (a, b) => {
    const test = `${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`
    return { text: call('jnp.where', test, '1.0', '0.0') }
  }
}

/** Functions that JAX lacks, or has in a form that loses digits. Each is emitted only where it is used. */
export const helpers = {
  _gelu: `def _gelu(t):
    """t times the distribution function of the standard normal distribution."""
    t = jnp.maximum(t, -40.0)  # below, the result is 0, also at -inf
    return 0.5 * t * jax.scipy.special.erfc(-t / jnp.sqrt(2.0))`,
  _silu: `def _silu(t):
    """t / (1 + exp(-t)), without overflow."""
    t = jnp.maximum(t, -800.0)  # below, the result is 0, also at -inf
    return t * jnp.exp(-jnp.logaddexp(0.0, -t))`,
  _logz: `def _logz(t):
    """log(t), but 0 at t = 0."""
    return jnp.log(jnp.where(t == 0, 1.0, t))`,
  _logdetp: `def _logdetp(x):
    """log(det(x)) without overflow, NaN where det(x) <= 0."""
    sign, logabs = jnp.linalg.slogdet(x)
    return jnp.where(sign > 0, logabs, jnp.nan)`,
  _adjugate: `def _adjugate(x):
    """The adjugate det(x) * inv(x), of a singular matrix too."""
    u, s, vh = jnp.linalg.svd(x)
    n = s.shape[-1]
    others = jnp.where(jnp.eye(n, dtype=bool), 1.0, s[..., None, :])
    sign = jnp.linalg.det(u) * jnp.linalg.det(vh)
    scaled = jnp.swapaxes(vh, -1, -2) * jnp.prod(others, axis=-1)[..., None, :]
    return sign[..., None, None] * (scaled @ jnp.swapaxes(u, -1, -2))`,
  _reciprocal: `def _reciprocal(t):
    """1 / t, but 0 at t = 0."""
    return jnp.where(t == 0, 0.0, 1 / jnp.where(t == 0, 1.0, t))`,
  _prodexcept: `def _prodexcept(x):
    """For each entry the product of all others along the last axis."""
    one = jnp.ones_like(x[..., :1])
    before = jnp.cumprod(jnp.concatenate([one, x[..., :-1]], axis=-1), axis=-1)
    after = jnp.cumprod(jnp.concatenate([one, x[..., :0:-1]], axis=-1), axis=-1)
    return before * after[..., ::-1]`,
  _sylvester: `def _sylvester(a, b, c):
    """The solution X of a X + X b = c."""
    n, m = a.shape[-1], b.shape[-1]
    on_left = jnp.einsum("...ij,kl->...ikjl", a, jnp.eye(m)).reshape(a.shape[:-2] + (n * m, n * m))
    on_right = jnp.einsum("ij,...lk->...ikjl", jnp.eye(n), b).reshape(b.shape[:-2] + (n * m, n * m))
    flat = jnp.reshape(c, c.shape[:-2] + (n * m, 1))
    solution = jnp.linalg.solve(on_left + on_right, flat)
    return solution.reshape(solution.shape[:-2] + (n, m))`,
  _sqrtm: `def _sqrtm(x):
    """The principal square root of a matrix, by the iteration of Denman and Beavers."""

    def refine(state):
        y, z, _, count = state
        return (y + jnp.linalg.inv(z)) / 2, (z + jnp.linalg.inv(y)) / 2, y, count + 1

    def moves(state):
        y, _, last, count = state
        tolerance = 5 * jnp.finfo(x.dtype).eps * jnp.max(jnp.abs(y))
        return (jnp.max(jnp.abs(y - last)) > tolerance) & (count < 60)

    one = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    return jax.lax.while_loop(moves, refine, refine((x, one, x, 0)))[0]`,
  _expm: `def _expm(x):
    """The exponential of a matrix, by scaling, a Pade approximant of degree 8, and squaring."""
    size = jnp.max(jnp.sum(jnp.abs(x), axis=-2), initial=1e-30)
    squarings = jnp.maximum(0, jnp.ceil(jnp.log2(size)).astype(int) + 1)
    x = x / 2.0**squarings
    power = above = below = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    factor = 1.0
    for k in range(1, 9):
        factor *= (9 - k) / (k * (17 - k))
        power = x @ power
        above = above + factor * power
        below = below + (-1) ** k * factor * power
    result = jnp.linalg.solve(below, above)
    return jax.lax.fori_loop(0, squarings, lambda _, root: root @ root, result)`,
  _logm: `def _logm(x):
    """The principal logarithm of a matrix, by square roots and Gauss-Legendre quadrature."""
    one = jnp.eye(x.shape[-1], dtype=x.dtype)

    def is_far(state):
        root, count = state
        return (jnp.max(jnp.sum(jnp.abs(root - one), axis=-2)) > 0.25) & (count < 100)

    x, roots = jax.lax.while_loop(is_far, lambda state: (_sqrtm(state[0]), state[1] + 1), (x, 0))
    nodes, weights = np.polynomial.legendre.leggauss(8)
    terms = [w / 2 * jnp.linalg.solve(one + (t + 1) / 2 * (x - one), x - one) for t, w in zip(nodes, weights)]
    return 2.0**roots * sum(terms)`,
  _derivative: `def _derivative(f, x, *directions):
    """The derivative of a matrix function f at x in these directions, from f at a block-triangular matrix."""
    n = x.shape[-1]
    block, scale = x, 1.0
    for direction in directions:
        length = jnp.max(jnp.abs(direction))
        unit = jnp.maximum(jnp.max(jnp.abs(x)), 1e-30) / jnp.where(length == 0, 1.0, length)
        scale *= unit
        copies = block.shape[-1] // n
        corner = jnp.einsum("ij,...kl->...ikjl", jnp.eye(copies), unit * direction)
        corner = corner.reshape(direction.shape[:-2] + (copies * n, copies * n))
        block, corner = jnp.broadcast_arrays(block, corner)
        block = jnp.block([[block, corner], [jnp.zeros_like(block), block]])
    return f(block)[..., :n, -n:] / scale`,
} as const
