/**
 * How PyTorch spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { Argument, ElementwiseSpelling, GeneralSpelling } from '../shared/arrays/dialect.ts'
import { calls, helped, lastAxes, part } from '../shared/python/spelling.ts'
import { atom, call, Level, negative, within } from '../shared/text.ts'

type Helper = keyof typeof helpers

const elementwiseNames: Readonly<Record<ElementwisePrimitive, ElementwiseSpelling>> = {
  exp: calls('torch.exp'),
  log: calls('torch.log'),
  log1p: calls('torch.log1p'),
  expm1: calls('torch.expm1'),
  sin: calls('torch.sin'),
  cos: calls('torch.cos'),
  tan: calls('torch.tan'),
  arcsin: calls('torch.asin'),
  arccos: calls('torch.acos'),
  arctan: calls('torch.atan'),
  sinh: calls('torch.sinh'),
  cosh: calls('torch.cosh'),
  tanh: calls('torch.tanh'),
  sigmoid: calls('torch.sigmoid'),
  abs: calls('torch.abs'),
  sign: calls('torch.sign'),
  erf: calls('torch.erf'),
  max: bounded('torch.maximum', 'min'),
  min: bounded('torch.minimum', 'max'),
  pow: calls('torch.pow'),
  where: (c, a, b) => ({ text: call('torch.where', `${within(part(c), Level.add)} != 0`, part(a).text, part(b).text) }),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('torch.pi') }),
  infinity: () => ({ text: atom('torch.inf') }),
  logz: helped('_logz' satisfies Helper),
}

const definedNames: ReadonlyMap<string, ElementwiseSpelling> = new Map<string, ElementwiseSpelling>([
  // The library's own softplus is linear from 20 on, which loses digits.
  ['softplus', (t) => ({ text: negative(call('F.logsigmoid', negative(part(t)).text)) })],
  ['relu', calls('torch.relu')],
  ['gelu', helped('_gelu' satisfies Helper)],
  ['silu', helped('_silu' satisfies Helper)],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): ElementwiseSpelling | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

/** Whether argument number k may stay a number of Python: the function takes one beside a tensor. */
export function takesNumbers(name: string, args: readonly Argument[], k: number): boolean {
  const mixes = ['max', 'min', 'pow', 'lt', 'le', 'gt', 'ge'].includes(name)
  if (mixes) return args.some((arg) => !arg.isNumber)
  return name === 'where' && k === 2
}

const generalNames: Readonly<Record<GeneralName, GeneralSpelling>> = {
  inv: (x) => ({ text: call('torch.linalg.inv', x.text) }),
  det: (x) => ({ text: call('torch.linalg.det', x.text) }),
  logdet: (x) => ({ text: atom(`torch.linalg.slogdet(${x.text}).logabsdet`) }),
  logdetp: helper('_logdetp'),
  adj: helper('_adjugate'),
  softmax: (x) => ({ text: call('torch.softmax', x.text, 'dim=-1') }),
  logsumexp: (x, own) => ({ text: call('torch.logsumexp', x.text, ...lastAxes('dim', own, 1)) }),
  max: (x, own, batch) => ({ text: call('torch.amax', x.text, ...lastAxes('dim', own, batch)) }),
  min: (x, own, batch) => ({ text: call('torch.amin', x.text, ...lastAxes('dim', own, batch)) }),
  norm2,
  rnorm2: (x, own, batch) => {
    return { text: call('_reciprocal', norm2(x, own, batch).text.text), helpers: ['_reciprocal'] }
  },
  prod: (x) => ({ text: call('torch.prod', x.text, 'dim=-1') }),
  prodexcept: helper('_prodexcept'),
  logsoftmax: (x) => ({ text: call('torch.log_softmax', x.text, 'dim=-1') }),
  cross: (x, _own, _batch, y) => ({ text: call('torch.linalg.cross', x.text, part(y).text) }),
  pinv: (x) => ({ text: call('torch.linalg.pinv', x.text) }),
  cholesky: helper('_cholesky'),
  sylvester: helper('_sylvester'),
  sqrtm: helper('_sqrtm'),
  expm: (x) => ({ text: call('torch.linalg.matrix_exp', x.text) }),
  logm: helper('_sqrtm', '_logm'),
  dexpm: directional('torch.linalg.matrix_exp'),
  dlogm: directional('_logm', '_sqrtm', '_logm'),
}

export function generalName(name: string): GeneralSpelling | undefined {
  return Object.hasOwn(generalNames, name) ? generalNames[name as GeneralName] : undefined
}

/** A helper that takes the arguments as they are, after the helpers that it calls. */
function helper(...names: readonly Helper[]): GeneralSpelling {
  const name = names.at(-1) ?? ''
  return (x, _own, _batch, ...others) => ({
    text: call(name, x.text, ...others.map((other) => other.text)),
    helpers: names,
  })
}

function directional(name: string, ...names: readonly Helper[]): GeneralSpelling {
  return (x, _own, _batch, ...others) => ({
    text: call('_derivative', name, x.text, ...others.map((other) => other.text)),
    helpers: [...names, '_derivative'],
  })
}

function norm2(x: Parameters<GeneralSpelling>[0], own: number, batch: number): ReturnType<GeneralSpelling> {
  return { text: call('torch.linalg.vector_norm', x.text, ...lastAxes('dim', own, batch)) }
}

/** The larger or smaller of two; beside a number it is `clamp`. */
function bounded(name: string, bound: 'min' | 'max'): ElementwiseSpelling {
  return (first, second) => {
    const [a, b] = [part(first) as Argument, part(second) as Argument]
    if (b.isNumber) return { text: call('torch.clamp', a.text, `${bound}=${b.text}`) }
    if (a.isNumber) return { text: call('torch.clamp', b.text, `${bound}=${a.text}`) }
    return { text: call(name, a.text, b.text) }
  }
}

/** A truth value; the dialect makes it a number. */
function compared(operator: string): ElementwiseSpelling {
  return (a, b) => {
    return {
      text: { text: `${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`, level: Level.compare },
    }
  }
}

/** Functions that PyTorch lacks, or has in a form that loses digits. Each is emitted only where it is used. */
export const helpers = {
  _gelu: `def _gelu(t):
    """t times the distribution function of the standard normal distribution."""
    t = torch.clamp(t, min=-40.0)  # below, the result is 0, also at -inf
    return 0.5 * t * torch.special.erfc(-t / 2**0.5)`,
  _silu: `def _silu(t):
    """t / (1 + exp(-t)), without overflow."""
    t = torch.clamp(t, min=-800.0)  # below, the result is 0, also at -inf
    return t * torch.exp(F.logsigmoid(t))`,
  _logz: `def _logz(t):
    """log(t), but 0 at t = 0."""
    return torch.log(torch.where(t == 0, 1.0, t))`,
  _logdetp: `def _logdetp(x):
    """log(det(x)) without overflow, NaN where det(x) <= 0."""
    sign, logabs = torch.linalg.slogdet(x)
    return torch.where(sign > 0, logabs, torch.nan)`,
  _adjugate: `def _adjugate(x):
    """The adjugate det(x) * inv(x), of a singular matrix too."""
    u, s, vh = torch.linalg.svd(x)
    n = s.shape[-1]
    others = torch.where(torch.eye(n, dtype=torch.bool, device=x.device), 1.0, s[..., None, :])
    sign = torch.linalg.det(u) * torch.linalg.det(vh)
    scaled = vh.mT * torch.prod(others, dim=-1)[..., None, :]
    return sign[..., None, None] * (scaled @ u.mT)`,
  _reciprocal: `def _reciprocal(t):
    """1 / t, but 0 at t = 0."""
    return torch.where(t == 0, 0.0, 1 / torch.where(t == 0, 1.0, t))`,
  _prodexcept: `def _prodexcept(x):
    """For each entry the product of all others along the last axis."""
    one = torch.ones_like(x[..., :1])
    before = torch.cumprod(torch.cat([one, x[..., :-1]], dim=-1), dim=-1)
    after = torch.cumprod(torch.cat([one, x[..., 1:].flip(-1)], dim=-1), dim=-1)
    return before * after.flip(-1)`,
  _cholesky: `def _cholesky(x):
    """The lower triangular L with L L' = (x + x') / 2."""
    return torch.linalg.cholesky((x + x.mT) / 2)`,
  _sylvester: `def _sylvester(a, b, c):
    """The solution X of a X + X b = c."""
    n, m = a.shape[-1], b.shape[-1]
    eye = lambda size: torch.eye(size, dtype=a.dtype, device=a.device)
    on_left = torch.einsum("...ij,kl->...ikjl", a, eye(m)).reshape(a.shape[:-2] + (n * m, n * m))
    on_right = torch.einsum("ij,...lk->...ikjl", eye(n), b).reshape(b.shape[:-2] + (n * m, n * m))
    flat = c.reshape(c.shape[:-2] + (n * m, 1))
    solution = torch.linalg.solve(on_left + on_right, flat)
    return solution.reshape(solution.shape[:-2] + (n, m))`,
  _sqrtm: `def _sqrtm(x):
    """The principal square root of a matrix, by the iteration of Denman and Beavers."""
    y, z = x, torch.eye(x.shape[-1], dtype=x.dtype, device=x.device).expand(x.shape)
    for _ in range(60):
        y, z, last = (y + torch.linalg.inv(z)) / 2, (z + torch.linalg.inv(y)) / 2, y
        if torch.max(torch.abs(y - last)) <= 5 * torch.finfo(x.dtype).eps * torch.max(torch.abs(y)):
            break
    return y`,
  _logm: `def _logm(x):
    """The principal logarithm of a matrix, by square roots and Gauss-Legendre quadrature."""
    one = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    roots = 0
    while torch.max(torch.sum(torch.abs(x - one), dim=-2)) > 0.25:
        x = _sqrtm(x)
        roots += 1
        if roots > 100:
            raise ValueError("the matrix has no principal logarithm")
    nodes, weights = np.polynomial.legendre.leggauss(8)
    terms = [
        w / 2 * torch.linalg.solve(one + (t + 1) / 2 * (x - one), x - one)
        for t, w in zip(nodes.tolist(), weights.tolist())
    ]
    return 2.0**roots * sum(terms)`,
  _derivative: `def _derivative(f, x, *directions):
    """The derivative of a matrix function f at x in these directions, from f at a block-triangular matrix."""
    n = x.shape[-1]
    block, scale = x, 1.0
    for direction in directions:
        length = torch.max(torch.abs(direction))
        if length == 0:
            return torch.zeros_like(direction)
        unit = (torch.max(torch.abs(x)) or 1.0) / length
        scale = scale * unit
        copies = block.shape[-1] // n
        eye = torch.eye(copies, dtype=x.dtype, device=x.device)
        corner = torch.einsum("ij,...kl->...ikjl", eye, unit * direction)
        corner = corner.reshape(direction.shape[:-2] + (copies * n, copies * n))
        block, corner = torch.broadcast_tensors(block, corner)
        above = torch.cat([block, corner], dim=-1)
        block = torch.cat([above, torch.cat([torch.zeros_like(block), block], dim=-1)], dim=-2)
    return f(block)[..., :n, -n:] / scale`,
} as const
