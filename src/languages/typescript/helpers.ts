/** Functions that emitted TypeScript brings along where it uses them: it depends on nothing. */

interface HelperText {
  /** Other helpers that it calls. */
  readonly needs?: readonly string[]
  readonly text: string
}

const table = {
  sigmoid: {
    text: `/** 1 / (1 + exp(-t)), without overflow. */
function sigmoid(t: number): number {
  if (t >= 0) return 1 / (1 + Math.exp(-t));
  const e = Math.exp(t);
  return e / (1 + e);
}`,
  },
  softplus: {
    text: `/** log(1 + exp(t)), without overflow. */
function softplus(t: number): number {
  return Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
}`,
  },
  logz: {
    text: `/** log(t), but 0 at t = 0. */
function logz(t: number): number {
  return t === 0 ? 0 : Math.log(t);
}`,
  },
  silu: {
    needs: ['sigmoid'],
    text: `/** t / (1 + exp(-t)), 0 at -Infinity. */
function silu(t: number): number {
  return t === -Infinity ? 0 : t * sigmoid(t);
}`,
  },
  gelu: {
    needs: ['erfc'],
    text: `/** t times the distribution function of the standard normal distribution. */
function gelu(t: number): number {
  return t === -Infinity ? 0 : 0.5 * t * erfc(-t * Math.SQRT1_2);
}`,
  },
  erf: {
    needs: ['erfc'],
    text: `/** The error function. */
function erf(t: number): number {
  if (Math.abs(t) >= 1.5) return t > 0 ? 1 - erfc(t) : erfc(-t) - 1;
  return erfSeries(t);
}`,
  },
  erfc: {
    text: `/** The error function near 0, by its series of positive terms. */
function erfSeries(t: number): number {
  let term = 1;
  let sum = 0;
  for (let k = 1; term > sum * 1e-18; k++) {
    sum += term;
    term *= (2 * t * t) / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * t * sum * Math.exp(-t * t);
}

/** 1 - erf(t), with all its digits for large t, by a continued fraction. */
function erfc(t: number): number {
  if (Number.isNaN(t)) return t;
  if (t < -1.5) return 2 - erfc(-t);
  if (t < 0.5) return 1 - erfSeries(t);
  if (t > 27.3) return 0;
  let fraction = t;
  for (let k = Math.ceil(20 + 420 / (t * t)); k >= 1; k--) fraction = t + k / 2 / fraction;
  // The rounding of t * t alone would cost digits.
  const head = Math.trunc(t * 16) / 16;
  const power = Math.exp(-head * head) * Math.exp(-(t - head) * (t + head));
  return power / (Math.sqrt(Math.PI) * fraction);
}`,
  },
  batched: {
    text: `/** The results of f at 0, 1, ..., each of so many entries, one after the other. */
function batched(
  count: number,
  size: number,
  f: (index: number) => ArrayLike<number> | number,
): Float64Array {
  const all = new Float64Array(count * size);
  for (let s = 0; s < count; s++) {
    const one = f(s);
    if (typeof one === "number") all[s] = one;
    else all.set(one, s * size);
  }
  return all;
}`,
  },
  slice: {
    text: `/** Slice number s of slices of so many entries. */
function slice(x: Float64Array, s: number, size: number): Float64Array {
  return x.subarray(s * size, (s + 1) * size);
}`,
  },
  factored: {
    text: `/** A square matrix in triangular factors, rows exchanged so that pivots are large. */
function factored(x: ArrayLike<number>, n: number) {
  const a = Float64Array.from(x);
  const rows = Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let i = c + 1; i < n; i++) {
      if (Math.abs(a[i * n + c]) > Math.abs(a[best * n + c])) best = i;
    }
    if (best !== c) {
      sign = -sign;
      [rows[c], rows[best]] = [rows[best], rows[c]];
      for (let j = 0; j < n; j++) {
        [a[c * n + j], a[best * n + j]] = [a[best * n + j], a[c * n + j]];
      }
    }
    if (a[c * n + c] === 0) continue;
    for (let i = c + 1; i < n; i++) {
      const factor = (a[i * n + c] /= a[c * n + c]);
      for (let j = c + 1; j < n; j++) a[i * n + j] -= factor * a[c * n + j];
    }
  }
  return { a, rows, sign };
}`,
  },
  solve: {
    needs: ['factored'],
    text: `/** The solution of x s = right, where x is n by n and right has so many columns. Throws where x is singular. */
function solve(
  x: ArrayLike<number>,
  right: ArrayLike<number>,
  n: number,
  columns: number,
): Float64Array {
  const { a, rows } = factored(x, n);
  const s = new Float64Array(n * columns);
  for (let i = 0; i < n; i++) {
    if (a[i * n + i] === 0) throw new RangeError("the matrix is singular");
    for (let c = 0; c < columns; c++) {
      let sum = right[rows[i] * columns + c];
      for (let j = 0; j < i; j++) sum -= a[i * n + j] * s[j * columns + c];
      s[i * columns + c] = sum;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = 0; c < columns; c++) {
      let sum = s[i * columns + c];
      for (let j = i + 1; j < n; j++) sum -= a[i * n + j] * s[j * columns + c];
      s[i * columns + c] = sum / a[i * n + i];
    }
  }
  return s;
}`,
  },
  identity: {
    text: `function identity(n: number): Float64Array {
  const one = new Float64Array(n * n);
  for (let i = 0; i < n; i++) one[i * n + i] = 1;
  return one;
}`,
  },
  multiplied: {
    text: `/** The product of two n by n matrices. */
function multiplied(x: Float64Array, y: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) product[i * n + k] += x[i * n + j] * y[j * n + k];
    }
  }
  return product;
}`,
  },
  inverse: {
    needs: ['solve', 'identity'],
    text: `function inverse(x: ArrayLike<number>, n: number): Float64Array {
  return solve(x, identity(n), n, n);
}`,
  },
  determinant: {
    needs: ['factored'],
    text: `function determinant(x: ArrayLike<number>, n: number): number {
  const { a, sign } = factored(x, n);
  let product = sign;
  for (let i = 0; i < n; i++) product *= a[i * n + i];
  return product;
}`,
  },
  logAbsDeterminant: {
    needs: ['factored'],
    text: `/** log(abs(det(x))), without overflow. */
function logAbsDeterminant(x: ArrayLike<number>, n: number): number {
  const { a } = factored(x, n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(Math.abs(a[i * n + i]));
  return sum;
}`,
  },
  logDeterminant: {
    needs: ['factored'],
    text: `/** log(det(x)) without overflow, NaN where det(x) <= 0. */
function logDeterminant(x: ArrayLike<number>, n: number): number {
  const { a, sign } = factored(x, n);
  let sum = 0;
  let positive = sign > 0;
  for (let i = 0; i < n; i++) {
    if (!(a[i * n + i] > 0)) positive = !positive;
    sum += Math.log(Math.abs(a[i * n + i]));
  }
  return positive && sum > -Infinity ? sum : NaN;
}`,
  },
  adjugate: {
    needs: ['determinant'],
    text: `/** The adjugate det(x) * inverse(x), of a singular matrix too: the transposed cofactors. */
function adjugate(x: ArrayLike<number>, n: number): Float64Array {
  const result = new Float64Array(n * n);
  const minor = new Float64Array((n - 1) * (n - 1));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let at = 0;
      for (let r = 0; r < n; r++) {
        for (let c = 0; c < n; c++) if (r !== i && c !== j) minor[at++] = x[r * n + c];
      }
      result[j * n + i] = ((i + j) % 2 === 0 ? 1 : -1) * determinant(minor, n - 1);
    }
  }
  return result;
}`,
  },
  softmax: {
    needs: ['maximum'],
    text: `/** exp(x) / sum(exp(x)), without overflow. */
function softmax(x: Float64Array): Float64Array {
  const peak = maximum(x);
  const e = x.map((t) => Math.exp(t - peak));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((t) => t / sum);
}`,
  },
  logSoftmax: {
    needs: ['maximum'],
    text: `/** log(exp(x) / sum(exp(x))), without overflow. */
function logSoftmax(x: Float64Array): Float64Array {
  const peak = maximum(x);
  const sum = x.reduce((a, t) => a + Math.exp(t - peak), 0);
  return x.map((t) => t - peak - Math.log(sum));
}`,
  },
  logSumExp: {
    needs: ['maximum'],
    text: `/** log(sum(exp(x))), without overflow. */
function logSumExp(x: Float64Array): number {
  const peak = maximum(x);
  const shift = Number.isFinite(peak) ? peak : 0;
  return shift + Math.log(x.reduce((a, t) => a + Math.exp(t - shift), 0));
}`,
  },
  maximum: {
    text: `function maximum(x: Float64Array): number {
  return x.reduce((a, b) => Math.max(a, b), -Infinity);
}`,
  },
  minimum: {
    text: `function minimum(x: Float64Array): number {
  return x.reduce((a, b) => Math.min(a, b), Infinity);
}`,
  },
  norm: {
    text: `/** The Euclidean norm, without overflow. */
function norm(x: Float64Array): number {
  const size = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (size === 0 || !Number.isFinite(size)) return size;
  return size * Math.sqrt(x.reduce((a, b) => a + (b / size) * (b / size), 0));
}`,
  },
  reciprocalNorm: {
    needs: ['norm'],
    text: `/** 1 / norm(x), but 0 at 0. */
function reciprocalNorm(x: Float64Array): number {
  const size = norm(x);
  return size === 0 ? 0 : 1 / size;
}`,
  },
  product: {
    text: `function product(x: Float64Array): number {
  return x.reduce((a, b) => a * b, 1);
}`,
  },
  productsOfOthers: {
    text: `/** For each entry the product of all others. */
function productsOfOthers(x: Float64Array): Float64Array {
  const result = new Float64Array(x.length);
  let before = 1;
  for (let i = 0; i < x.length; i++) {
    result[i] = before;
    before *= x[i];
  }
  let after = 1;
  for (let i = x.length - 1; i >= 0; i--) {
    result[i] *= after;
    after *= x[i];
  }
  return result;
}`,
  },
  cross: {
    text: `function cross(x: Float64Array, y: Float64Array): Float64Array {
  return Float64Array.of(
    x[1] * y[2] - x[2] * y[1],
    x[2] * y[0] - x[0] * y[2],
    x[0] * y[1] - x[1] * y[0],
  );
}`,
  },
  pseudoinverse: {
    text: `/** The pseudoinverse of an m by n matrix, by Jacobi's rotations of its columns. */
function pseudoinverse(x: Float64Array, m: number, n: number): Float64Array {
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => x[i * n + j]));
  const right = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (_, i) => (i === j ? 1 : 0)));
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, t, k) => sum + t * b[k], 0);
  for (let sweep = 0, moved = true; moved && sweep < 60; sweep++) {
    moved = false;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const [p, q] = [columns[i], columns[j]];
        const [a, b, c] = [dot(p, p), dot(q, q), dot(p, q)];
        if (Math.abs(c) <= 1e-16 * Math.sqrt(a * b)) continue;
        moved = true;
        const zeta = (b - a) / (2 * c);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const cosine = 1 / Math.sqrt(1 + t * t);
        for (const [u, v] of [[p, q], [right[i], right[j]]]) {
          for (let k = 0; k < u.length; k++) {
            const [before, other] = [u[k], v[k]];
            u[k] = cosine * (before - t * other);
            v[k] = cosine * (t * before + other);
          }
        }
      }
    }
  }
  const squares = columns.map((column) => dot(column, column));
  const least = Math.max(...squares) * (Math.max(m, n) * Number.EPSILON) ** 2;
  const result = new Float64Array(n * m);
  for (let k = 0; k < n; k++) {
    if (!(squares[k] > least)) continue;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) result[i * m + j] += (right[k][i] * columns[k][j]) / squares[k];
    }
  }
  return result;
}`,
  },
  cholesky: {
    text: `/** The lower triangular L with L L' = (x + x') / 2. Throws where there is none. */
function cholesky(x: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = (x[i * n + j] + x[j * n + i]) / 2;
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i === j && !(sum > 0)) throw new RangeError("the matrix is not positive definite");
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j];
    }
  }
  return l;
}`,
  },
  sylvester: {
    needs: ['solve'],
    text: `/** The solution X of a X + X b = c, where a is n by n and b is m by m. */
function sylvester(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  n: number,
  m: number,
): Float64Array {
  const all = new Float64Array(n * m * n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const row = (i * m + j) * n * m;
      for (let k = 0; k < n; k++) all[row + k * m + j] += a[i * n + k];
      for (let k = 0; k < m; k++) all[row + i * m + k] += b[k * m + j];
    }
  }
  return solve(all, c, n * m, 1);
}`,
  },
  squareRoot: {
    needs: ['inverse'],
    text: `/** The principal square root of a matrix, by the iteration of Denman and Beavers. */
function squareRoot(x: Float64Array, n: number): Float64Array {
  let y = x;
  let z = identity(n);
  for (let step = 0; step < 60; step++) {
    const [overY, overZ] = [inverse(y, n), inverse(z, n)];
    const next = y.map((t, k) => (t + overZ[k]) / 2);
    z = z.map((t, k) => (t + overY[k]) / 2);
    const moved = next.reduce((most, t, k) => Math.max(most, Math.abs(t - y[k])), 0);
    const size = next.reduce((most, t) => Math.max(most, Math.abs(t)), 0);
    y = next;
    if (moved <= 1e-15 * size) break;
  }
  return y;
}`,
  },
  exponential: {
    needs: ['solve', 'identity', 'multiplied'],
    text: `/** The exponential of a matrix, by scaling, a Pade approximant of degree 8, and squaring. */
function exponential(x: Float64Array, n: number): Float64Array {
  let size = 1e-300;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(x[i * n + j]);
    size = Math.max(size, sum);
  }
  const squarings = Math.max(0, Math.ceil(Math.log2(size)) + 1);
  const scaled = x.map((t) => t / 2 ** squarings);
  let power = identity(n);
  const above = identity(n);
  const below = identity(n);
  let factor = 1;
  for (let k = 1; k <= 8; k++) {
    factor *= (9 - k) / (k * (17 - k));
    power = multiplied(scaled, power, n);
    for (let at = 0; at < n * n; at++) {
      above[at] += factor * power[at];
      below[at] += (k % 2 === 0 ? factor : -factor) * power[at];
    }
  }
  let result = solve(below, above, n, n);
  for (let k = 0; k < squarings; k++) result = multiplied(result, result, n);
  return result;
}`,
  },
  logarithm: {
    needs: ['solve', 'squareRoot', 'identity'],
    text: `/** The principal logarithm of a matrix, by square roots and Gauss-Legendre quadrature. */
function logarithm(x: Float64Array, n: number): Float64Array {
  const one = identity(n);
  const far = (root: Float64Array) => {
    let most = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.abs(root[i * n + j] - one[i * n + j]);
      most = Math.max(most, sum);
    }
    return most;
  };
  let root = x;
  let roots = 0;
  for (; far(root) > 0.25; roots++) {
    if (roots > 100) throw new RangeError("the matrix has no principal logarithm");
    root = squareRoot(root, n);
  }
  const nodes = [0.18343464249564978, 0.525532409916329, 0.7966664774136267, 0.9602898564975362];
  const weights = [0.36268378337836166, 0.3137066458778869, 0.22238103445337443, 0.10122853629037706];
  const difference = root.map((t, k) => t - one[k]);
  const result = new Float64Array(n * n);
  for (let k = 0; k < 8; k++) {
    const t = (1 + (k < 4 ? nodes[k] : -nodes[k - 4])) / 2;
    const term = solve(one.map((d, at) => d + t * difference[at]), difference, n, n);
    for (let at = 0; at < n * n; at++) result[at] += (weights[k % 4] / 2) * term[at];
  }
  return result.map((t) => t * 2 ** roots);
}`,
  },
  derivative: {
    text: `/** The derivative of a matrix function f at x in these directions, from f at a block-triangular matrix. */
function derivative(
  f: (x: Float64Array, n: number) => Float64Array,
  n: number,
  x: Float64Array,
  ...directions: readonly Float64Array[]
): Float64Array {
  const largest = (matrix: Float64Array) => matrix.reduce((most, t) => Math.max(most, Math.abs(t)), 0);
  let block = x;
  let size = n;
  let scale = 1;
  for (const direction of directions) {
    const length = largest(direction);
    if (length === 0) return new Float64Array(n * n);
    const unit = (largest(x) || 1) / length;
    scale *= unit;
    const next = new Float64Array(4 * size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        next[i * 2 * size + j] = block[i * size + j];
        next[(size + i) * 2 * size + size + j] = block[i * size + j];
        const isDiagonal = Math.floor(i / n) === Math.floor(j / n);
        if (isDiagonal) next[i * 2 * size + size + j] = unit * direction[(i % n) * n + (j % n)];
      }
    }
    block = next;
    size *= 2;
  }
  const all = f(block, size);
  return Float64Array.from({ length: n * n }, (_, at) => {
    return all[Math.floor(at / n) * size + size - n + (at % n)] / scale;
  });
}`,
  },
} as const satisfies Readonly<Record<string, HelperText>>

export type Helper = keyof typeof table

export const helperNames = Object.keys(table)

/** The texts of these helpers and of all that they need, each after what it calls. */
export function helperTexts(names: Iterable<string>): string[] {
  const done = new Set<string>()
  const texts: string[] = []
  const write = (name: string): void => {
    if (done.has(name) || !Object.hasOwn(table, name)) return
    done.add(name)
    const { needs, text }: HelperText = table[name as Helper]
    for (const other of needs ?? []) write(other)
    texts.push(text)
  }
  for (const name of names) write(name)
  return texts
}
