/** A dense tensor: its entries in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A compressed derivative: for each term its cores. */
export type Cores = readonly (readonly Tensor[])[];

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

/**
 * norm2(T - U*V')^2
 *
 * @param T of shape (m, n)
 * @param U of shape (m, k)
 * @param V of shape (n, k)
 * @returns value, a number: norm2(T - U*V')^2
 *   gradient_U, of shape (m, k): 2*(U*V' - T)*V
 *   hessian_U, cores of a tensor of shape (m, k, m, k); see apply_hessian_U and expand_hessian_U: H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
 *   hessian_U_V, cores of a tensor of shape (m, k, n, k); see apply_hessian_U_V and expand_hessian_U_V: H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
 */
export function evaluate(
  T: Tensor,
  U: Tensor,
  V: Tensor,
): [value: number, gradient_U: Tensor, hessian_U: Cores, hessian_U_V: Cores] {
  check("T", T, "(m, n)", [-1, -1]);
  const [m, n] = T.shape;
  check("U", U, "(m, k)", [m, -1]);
  const k = U.shape[1];
  check("V", V, "(n, k)", [n, k]);
  const t1 = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < n; l++) {
      let sum = 0;
      for (let j = 0; j < k; j++) {
        sum += U.data[i * k + j] * V.data[l * k + j];
      }
      t1[i * n + l] = sum;
    }
  }
  const hessian_U_V_core = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < n; l++) {
      hessian_U_V_core[i * n + l] = t1[i * n + l] - T.data[i * n + l];
    }
  }
  let value = 0;
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < n; l++) {
      value += Math.pow(hessian_U_V_core[i * n + l], 2);
    }
  }
  const t2 = new Float64Array(k * m);
  for (let i = 0; i < k; i++) {
    for (let l = 0; l < m; l++) {
      let sum = 0;
      for (let j = 0; j < n; j++) {
        sum += V.data[j * k + i] * hessian_U_V_core[l * n + j];
      }
      t2[i * m + l] = sum;
    }
  }
  const hessian_U_core = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let l = 0; l < n; l++) {
      for (let j = 0; j < k; j++) {
        hessian_U_core[i * k + j] += V.data[l * k + i] * V.data[l * k + j];
      }
    }
  }
  const gradient_U = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      gradient_U[i * k + l] = 2 * t2[l * m + i];
    }
  }
  return [
    value,
    { shape: [m, k], data: gradient_U },
    [[{ shape: [k, k], data: hessian_U_core }]],
    [[U, V], [{ shape: [m, n], data: hessian_U_V_core }]],
  ];
}

/**
 * hessian_U applied to p: its last axes, those of U, are summed with p.
 *
 * @param cores for each term its cores
 * @param p of shape (m, k)
 * @returns result, of shape (m, k)
 */
export function apply_hessian_U(cores: Cores, p: Tensor): Tensor {
  const [[c1]] = cores;
  const k = c1.shape[0];
  check("p", p, "(m, k)", [-1, k]);
  const m = p.shape[0];
  const t1 = new Float64Array(m * k);
  for (let l = 0; l < m; l++) {
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let j = 0; j < k; j++) {
        sum += c1.data[i * k + j] * p.data[l * k + j];
      }
      t1[l * k + i] = sum;
    }
  }
  const result = new Float64Array(m * k);
  for (let l = 0; l < m; l++) {
    for (let i = 0; i < k; i++) {
      result[l * k + i] = 2 * t1[l * k + i];
    }
  }
  return { shape: [m, k], data: result };
}

/**
 * hessian_U as a dense tensor.
 *
 * @param cores for each term its cores
 * @param m a size that no argument tells
 * @returns result, of shape (m, k, m, k)
 */
export function expand_hessian_U(cores: Cores, m: number): Tensor {
  const [[c1]] = cores;
  const k = c1.shape[0];
  const result = new Float64Array(m * k * m * k);
  for (let l = 0; l < m; l++) {
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        result[((l * k + i) * m + l) * k + j] = 2 * c1.data[i * k + j];
      }
    }
  }
  return { shape: [m, k, m, k], data: result };
}

/**
 * hessian_U_V applied to p: its last axes, those of V, are summed with p.
 *
 * @param cores for each term its cores
 * @param p of shape (n, k)
 * @returns result, of shape (m, k)
 */
export function apply_hessian_U_V(cores: Cores, p: Tensor): Tensor {
  const [[c1, c2], [c3]] = cores;
  const [m, k] = c1.shape;
  const n = c2.shape[0];
  check("p", p, "(n, k)", [n, k]);
  const t1 = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let l = 0; l < n; l++) {
      for (let j = 0; j < k; j++) {
        t1[i * k + j] += c2.data[l * k + i] * p.data[l * k + j];
      }
    }
  }
  const t2 = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      let sum = 0;
      for (let j = 0; j < k; j++) {
        sum += c1.data[i * k + j] * t1[l * k + j];
      }
      t2[i * k + l] = sum;
    }
  }
  const t3 = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < n; l++) {
      for (let j = 0; j < k; j++) {
        t3[i * k + j] += c3.data[i * n + l] * p.data[l * k + j];
      }
    }
  }
  const result = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      result[i * k + l] = 2 * (t2[i * k + l] + t3[i * k + l]);
    }
  }
  return { shape: [m, k], data: result };
}

/**
 * hessian_U_V as a dense tensor.
 *
 * @param cores for each term its cores
 * @returns result, of shape (m, k, n, k)
 */
export function expand_hessian_U_V(cores: Cores): Tensor {
  const [[c1, c2], [c3]] = cores;
  const [m, k] = c1.shape;
  const n = c2.shape[0];
  const t1 = new Float64Array(m * k * n * k);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) {
      for (let l = 0; l < n; l++) {
        for (let p = 0; p < k; p++) {
          t1[((i * k + j) * n + l) * k + p] =
            c1.data[i * k + p] * c2.data[l * k + j];
        }
      }
    }
  }
  const result = new Float64Array(m * k * n * k);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) {
      for (let l = 0; l < n; l++) {
        for (let p = 0; p < k; p++) {
          result[((i * k + j) * n + l) * k + p] +=
            2 * t1[((i * k + j) * n + l) * k + p];
        }
      }
    }
  }
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) {
      for (let l = 0; l < n; l++) {
        result[((i * k + j) * n + l) * k + j] += 2 * c3.data[i * n + l];
      }
    }
  }
  return { shape: [m, k, n, k], data: result };
}

/** The largest relative error of the derivatives against central differences, and whether all are right. */
export function selfCheck(): { error: number; right: boolean } {
  const m = 3;
  const n = 2;
  const k = 5;
  const parameters = [
    { shape: [m, n], kind: "any" },
    { shape: [m, k], kind: "any" },
    { shape: [n, k], kind: "any" },
  ];
  const cases = [
    { of: 0, at: 1, by: [1] },
    { of: 1, at: 2, by: [1] },
    { of: 1, at: 3, by: [2] },
  ];
  const evaluated = (inputs: readonly Tensor[]) => evaluate(inputs[0], inputs[1], inputs[2]);
  const dense = (results: ReturnType<typeof evaluated>) => {
    const [value, gradient_U, hessian_U, hessian_U_V] = results;
    return [Float64Array.of(value), gradient_U.data, expand_hessian_U(hessian_U, m).data, expand_hessian_U_V(hessian_U_V).data];
  };
  const applied = (results: ReturnType<typeof evaluated>, at: number, direction: Tensor) => {
    if (at === 2) {
      const [value, gradient_U, hessian_U, hessian_U_V] = results;
      return apply_hessian_U(hessian_U, direction).data;
    }
    if (at === 3) {
      const [value, gradient_U, hessian_U, hessian_U_V] = results;
      return apply_hessian_U_V(hessian_U_V, direction).data;
    }
    return undefined;
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
        for (const first of [contracted(values[at], last), applied(results, at, directions[directions.length - 1])]) {
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
