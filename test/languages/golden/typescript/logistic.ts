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

/** log(1 + exp(t)), without overflow. */
function softplus(t: number): number {
  return Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
}

/** 1 / (1 + exp(-t)), without overflow. */
function sigmoid(t: number): number {
  if (t >= 0) return 1 / (1 + Math.exp(-t));
  const e = Math.exp(t);
  return e / (1 + e);
}

/**
 * sum(log(exp(-y.*(X*w)) + vector(1)))
 *
 * @param X of shape (m, n)
 * @param y of shape (m)
 * @param w of shape (n)
 * @returns value, a number: sum(softplus(-y.*(X*w)))
 *   gradient_w, of shape (n): -X'*(y.*sigmoid(-y.*(X*w)))
 *   hessian_w, of shape (n, n): X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X
 */
export function evaluate(
  X: Tensor,
  y: Tensor,
  w: Tensor,
): [value: number, gradient_w: Tensor, hessian_w: Tensor] {
  check("X", X, "(m, n)", [-1, -1]);
  const [m, n] = X.shape;
  check("y", y, "(m)", [m]);
  check("w", w, "(n)", [n]);
  const t1 = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += w.data[i] * X.data[j * n + i];
    }
    t1[j] = sum;
  }
  const t2 = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    t2[j] = t1[j] * y.data[j];
  }
  let value = 0;
  for (let j = 0; j < m; j++) {
    value += softplus(-t2[j]);
  }
  const t3 = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    t3[j] = sigmoid(-t2[j]);
  }
  const t4 = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    t4[j] = y.data[j] * t3[j];
  }
  const t5 = new Float64Array(n);
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++) {
      t5[i] += t4[j] * X.data[j * n + i];
    }
  }
  const t6 = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    t6[j] = y.data[j] * y.data[j] * (1 - t3[j]) * t3[j];
  }
  const t7 = new Float64Array(n * m);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      t7[j * m + i] = t6[i] * X.data[i * n + j];
    }
  }
  const hessian_w = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      for (let k = 0; k < n; k++) {
        hessian_w[j * n + k] += t7[j * m + i] * X.data[i * n + k];
      }
    }
  }
  const gradient_w = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    gradient_w[j] = -t5[j];
  }
  return [
    value,
    { shape: [n], data: gradient_w },
    { shape: [n, n], data: hessian_w },
  ];
}

/** The largest relative error of the derivatives against central differences, and whether all are right. */
export function selfCheck(): { error: number; right: boolean } {
  const m = 3;
  const n = 2;
  const parameters = [
    { shape: [m, n], kind: "any" },
    { shape: [m], kind: "any" },
    { shape: [n], kind: "any" },
  ];
  const cases = [
    { of: 0, at: 1, by: [2] },
    { of: 1, at: 2, by: [2] },
  ];
  const evaluated = (inputs: readonly Tensor[]) => evaluate(inputs[0], inputs[1], inputs[2]);
  const dense = (results: ReturnType<typeof evaluated>) => {
    const [value, gradient_w, hessian_w] = results;
    return [Float64Array.of(value), gradient_w.data, hessian_w.data];
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
