/** A dense tensor: its entries in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Throws unless the tensor has this shape, where -1 is any size, and as many entries. */
function check(
  name: string,
  { shape, data }: Tensor,
  described: string,
  sizes: readonly number[],
): void {
  const fits = shape.every((size, axis) => sizes[axis] === -1 || sizes[axis] === size);
  if (!fits || shape.length !== sizes.length) {
    throw new RangeError(`${name} must be of shape ${described}, not (${shape.join(", ")})`);
  }
  const count = shape.reduce((a, b) => a * b, 1);
  if (data.length !== count) {
    throw new RangeError(`${name} must have ${count} entries, not ${data.length}`);
  }
}

/** A square matrix in triangular factors, rows exchanged so that pivots are large. */
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
}

/** The solution of x s = right, where x is n by n and right has so many columns. Throws where x is singular. */
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
}

function identity(n: number): Float64Array {
  const one = new Float64Array(n * n);
  for (let i = 0; i < n; i++) one[i * n + i] = 1;
  return one;
}

function inverse(x: ArrayLike<number>, n: number): Float64Array {
  return solve(x, identity(n), n, n);
}

/** log(det(x)) without overflow, NaN where det(x) <= 0. */
function logDeterminant(x: ArrayLike<number>, n: number): number {
  const { a, sign } = factored(x, n);
  let sum = 0;
  let positive = sign > 0;
  for (let i = 0; i < n; i++) {
    if (!(a[i * n + i] > 0)) positive = !positive;
    sum += Math.log(Math.abs(a[i * n + i]));
  }
  return positive && sum > -Infinity ? sum : NaN;
}

/**
 * (log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2
 *
 * @param S of shape (n, n), symmetric positive definite
 * @param x of shape (n)
 * @param mu of shape (n)
 * @returns value, a number: 0.5*(log(det(S)) + (x - mu)'*inv(S)*(x - mu))
 *   gradient_mu, of shape (n): inv(S)*(mu - x)
 *   gradient_S, of shape (n, n): 0.5*(inv(S) - inv(S)*(x - mu)*(x - mu)'*inv(S))
 *   hessian_mu, of shape (n, n): inv(S)
 */
export function evaluate(
  S: Tensor,
  x: Tensor,
  mu: Tensor,
): [
  value: number,
  gradient_mu: Tensor,
  gradient_S: Tensor,
  hessian_mu: Tensor,
] {
  check("S", S, "(n, n)", [-1, -1]);
  const n = S.shape[0];
  check("S", S, "(n, n)", [-1, n]);
  check("x", x, "(n)", [n]);
  check("mu", mu, "(n)", [n]);
  const hessian_mu = inverse(S.data, n);
  const t1 = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    t1[i] = mu.data[i] - x.data[i];
  }
  const t2 = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      t2[j] += hessian_mu[i * n + j] * t1[i];
    }
  }
  let t3 = 0;
  for (let i = 0; i < n; i++) {
    t3 += t2[i] * t1[i];
  }
  const t4 = logDeterminant(S.data, n);
  const gradient_mu = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      sum += hessian_mu[i * n + j] * t1[j];
    }
    gradient_mu[i] = sum;
  }
  const value = 0.5 * (t3 + t4);
  const gradient_S = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      gradient_S[i * n + j] =
        -0.5 * (gradient_mu[i] * gradient_mu[j] - hessian_mu[i * n + j]);
    }
  }
  return [
    value,
    { shape: [n], data: gradient_mu },
    { shape: [n, n], data: gradient_S },
    { shape: [n, n], data: hessian_mu },
  ];
}

/** The largest relative error of the derivatives against central differences, and whether all are right. */
export function selfCheck(): { error: number; right: boolean } {
  const n = 3;
  const parameters = [
    { shape: [n, n], kind: "psd" },
    { shape: [n], kind: "any" },
    { shape: [n], kind: "any" },
  ];
  const cases = [
    { of: 0, at: 1, by: [2] },
    { of: 0, at: 2, by: [0] },
    { of: 1, at: 3, by: [2] },
  ];
  const evaluated = (inputs: readonly Tensor[]) => evaluate(inputs[0], inputs[1], inputs[2]);
  const dense = (results: ReturnType<typeof evaluated>) => {
    const [value, gradient_mu, gradient_S, hessian_mu] = results;
    return [Float64Array.of(value), gradient_mu.data, gradient_S.data, hessian_mu.data];
  };

  let seed = 1;
  const random = (low: number, high: number) => {
    seed = (seed * 16807) % 2147483647;
    return low + (high - low) * (seed / 2147483647);
  };
  const fitting = ({ shape, kind }: (typeof parameters)[number], low: number, high: number): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    const [least, most] = kind === "positive" ? [0.5, 1.5] : [low, high];
    const data = Float64Array.from({ length: count }, () => random(least, most));
    const n = shape[0] ?? 1;
    const entry = (i: number, j: number) => data[i * n + j];
    const build = (f: (i: number, j: number) => number) =>
      Float64Array.from({ length: count }, (_, at) => f(Math.floor(at / n), at % n));
    if (kind === "symmetric") return { shape, data: build((i, j) => (entry(i, j) + entry(j, i)) / 2) };
    if (kind === "diagonal") return { shape, data: build((i, j) => (i === j ? entry(i, i) : 0)) };
    if (kind !== "psd") return { shape, data };
    const product = (i: number, j: number) => {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += entry(i, k) * entry(j, k);
      return sum;
    };
    return { shape, data: build(product) };
  };
  const directionOf = (index: number): Tensor => {
    const { shape, kind } = parameters[index];
    const { data } = fitting({ shape, kind: kind === "psd" ? "symmetric" : kind === "positive" ? "any" : kind }, -1, 1);
    const length = Math.sqrt(data.reduce((sum, t) => sum + t * t, 0));
    return { shape, data: data.map((t) => t / Math.max(1, length)) };
  };
  const moved = (inputs: readonly Tensor[], index: number, direction: Tensor, step: number) =>
    inputs.map((input, k) =>
      k === index ? { ...input, data: input.data.map((t, at) => t + step * direction.data[at]) } : input,
    );
  const difference = (
    inputs: readonly Tensor[],
    of: number,
    moves: readonly (readonly [number, Tensor])[],
    step: number,
  ): Float64Array => {
    const [first, ...rest] = moves;
    if (!first) return dense(evaluated(inputs))[of];
    const above = difference(moved(inputs, first[0], first[1], step), of, rest, step);
    const below = difference(moved(inputs, first[0], first[1], -step), of, rest, step);
    return above.map((t, at) => (t - below[at]) / (2 * step));
  };
  const contracted = (found: Float64Array, direction: Tensor) => {
    const size = direction.data.length;
    return Float64Array.from({ length: found.length / size }, (_, row) =>
      direction.data.reduce((sum, t, at) => sum + t * found[row * size + at], 0),
    );
  };
  const largest = (data: Float64Array) =>
    data.reduce((most, t) => (Number.isFinite(t) ? Math.max(most, Math.abs(t)) : Infinity), 0);

  let [error, right, points] = [0, true, 0];
  // Positive entries serve where the function is not defined for others.
  for (const [low, high] of [[-2, 2], [0.5, 1.5], [0.1, 0.4]]) {
    const inputs = parameters.map((parameter) => fitting(parameter, low, high));
    const results = evaluated(inputs);
    const values = dense(results);
    if (!values.every((data) => largest(data) < Infinity)) continue;
    points++;
    for (const { of, at, by } of cases) {
      const order = by.length;
      // The step that balances rounding with the curvature left out.
      const step = 2.2e-16 ** (1 / (order + 2));
      const tolerance = 10 ** Math.min(order - 6, -1);
      const rounding = (2.2e-14 * Math.max(1, largest(values[of]))) / step ** order;
      // A step may cross a kink; a wrong derivative is wrong in every direction.
      let least = Infinity;
      for (let attempt = 0; attempt < 3; attempt++) {
        const directions = by.map(directionOf);
        const expected = difference(inputs, of, by.map((index, k) => [index, directions[k]] as const), step);
        const scale = Math.max(largest(expected), rounding / tolerance);
        const last = directions[order - 1];
        let gap = 0;
        for (const first of [contracted(values[at], last), undefined]) {
          if (!first) continue;
          const found = directions.slice(0, -1).reduceRight(contracted, first);
          gap = Math.max(gap, largest(found.map((t, k) => t - expected[k])));
        }
        least = Math.min(least, gap / scale);
      }
      error = Math.max(error, least);
      right = right && least < tolerance;
    }
  }
  return { error: points > 0 ? error : Infinity, right: right && points > 0 };
}

declare const process: { argv: string[]; exitCode?: number } | undefined;

if (typeof process !== "undefined" && process.argv[1] && import.meta.url.endsWith(process.argv[1])) {
  const { error, right } = selfCheck();
  console.log(`largest relative error against central differences: ${error.toExponential(1)}`);
  process.exitCode = right ? 0 : 1;
}
