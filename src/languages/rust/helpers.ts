/** Functions that an emitted Rust module brings along where it uses them. */
interface HelperText {
  /** Other helpers that it calls. */
  readonly needs?: readonly string[]
  readonly text: string
}

const table = {
  sigmoid: {
    text: `/// 1 / (1 + exp(-t)), without overflow.
fn sigmoid(t: f64) -> f64 {
    if t >= 0.0 {
        1.0 / (1.0 + (-t).exp())
    } else {
        let e = t.exp();
        e / (1.0 + e)
    }
}`,
  },
  larger: {
    text: `/// The larger number, NaN if one of them is.
fn larger(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() {
        a
    } else {
        b
    }
}`,
  },
  smaller: {
    text: `/// The smaller number, NaN if one of them is.
fn smaller(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() {
        a
    } else {
        b
    }
}`,
  },
  softplus: {
    text: `/// log(1 + exp(t)), without overflow.
fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}`,
  },
  logz: {
    text: `/// log(t), but 0 at t = 0.
fn logz(t: f64) -> f64 {
    if t == 0.0 {
        0.0
    } else {
        t.ln()
    }
}`,
  },
  sign_of: {
    text: `/// The sign of t: -1, 0 or 1.
fn sign_of(t: f64) -> f64 {
    if t == 0.0 {
        0.0
    } else {
        t.signum()
    }
}`,
  },
  silu: {
    needs: ['larger'],
    text: `/// t / (1 + exp(-t)), without overflow; below -800 the result is 0, also at -infinity.
fn silu(t: f64) -> f64 {
    let t = larger(t, -800.0);
    t / (1.0 + (-t).exp())
}`,
  },
  gelu: {
    needs: ['erfc', 'larger'],
    text: `/// t times the distribution function of the standard normal distribution.
fn gelu(t: f64) -> f64 {
    let t = larger(t, -40.0); // below, the result is 0, also at -infinity
    0.5 * t * erfc(-t * std::f64::consts::FRAC_1_SQRT_2)
}`,
  },
  erf: {
    needs: ['erfc'],
    text: `/// The error function.
fn erf(t: f64) -> f64 {
    if t >= 1.5 {
        1.0 - erfc(t)
    } else if t <= -1.5 {
        erfc(-t) - 1.0
    } else {
        erf_series(t)
    }
}`,
  },
  erfc: {
    text: `/// The error function near 0, by its series of positive terms.
fn erf_series(t: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 0.0, 1.0);
    while term > sum * 1e-18 {
        sum += term;
        term *= 2.0 * t * t / (2.0 * k + 1.0);
        k += 1.0;
    }
    std::f64::consts::FRAC_2_SQRT_PI * t * sum * (-t * t).exp()
}

/// 1 - erf(t), with all its digits for large t, by a continued fraction.
fn erfc(t: f64) -> f64 {
    if t.is_nan() {
        return t;
    }
    if t < -1.5 {
        return 2.0 - erfc(-t);
    }
    if t < 0.5 {
        return 1.0 - erf_series(t);
    }
    if t > 27.3 {
        return 0.0;
    }
    let mut fraction = t;
    for k in (1..=(20.0 + 420.0 / (t * t)).ceil() as usize).rev() {
        fraction = t + k as f64 / 2.0 / fraction;
    }
    // The rounding of t * t alone would cost digits.
    let head = (t * 16.0).trunc() / 16.0;
    let power = (-head * head).exp() * (-(t - head) * (t + head)).exp();
    power / (std::f64::consts::PI.sqrt() * fraction)
}`,
  },
  largest_of: {
    needs: ['larger'],
    text: `fn largest_of(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, larger)
}`,
  },
  smallest_of: {
    needs: ['smaller'],
    text: `fn smallest_of(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::INFINITY, smaller)
}`,
  },
  norm: {
    text: `/// The root of the sum of squares, without overflow.
fn norm(x: &[f64]) -> f64 {
    let peak = x.iter().fold(0.0, |most: f64, t| most.max(t.abs()));
    if peak == 0.0 || !peak.is_finite() {
        return peak;
    }
    peak * x.iter().map(|t| (t / peak).powi(2)).sum::<f64>().sqrt()
}`,
  },
  reciprocal_norm: {
    needs: ['norm'],
    text: `/// 1 / norm(x), but 0 at 0.
fn reciprocal_norm(x: &[f64]) -> f64 {
    let size = norm(x);
    if size == 0.0 {
        0.0
    } else {
        1.0 / size
    }
}`,
  },
  product_of: {
    text: `fn product_of(x: &[f64]) -> f64 {
    x.iter().product()
}`,
  },
  log_sum_exp: {
    text: `/// log(sum(exp(x))), without overflow.
fn log_sum_exp(x: &[f64]) -> f64 {
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let peak = if most.is_finite() { most } else { 0.0 };
    peak + x.iter().map(|t| (t - peak).exp()).sum::<f64>().ln()
}`,
  },
  softmax: {
    text: `/// exp(x) / sum(exp(x)), without overflow.
fn softmax(x: &Array1<f64>) -> Array1<f64> {
    let peak = x.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let e = x.mapv(|t| (t - peak).exp());
    let sum = e.sum();
    e / sum
}`,
  },
  log_softmax: {
    text: `/// log(exp(x) / sum(exp(x))), without overflow.
fn log_softmax(x: &Array1<f64>) -> Array1<f64> {
    let peak = x.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let sum = x.mapv(|t| (t - peak).exp()).sum();
    x - (peak + sum.ln())
}`,
  },
  products_of_others: {
    text: `/// For each entry the product of all others.
fn products_of_others(x: &Array1<f64>) -> Array1<f64> {
    let others = |k: usize| (0..x.len()).filter(|&j| j != k).map(|j| x[j]).product();
    (0..x.len()).map(others).collect()
}`,
  },
  cross: {
    text: `/// The vector product.
fn cross(x: &Array1<f64>, y: &Array1<f64>) -> Array1<f64> {
    let part = |i: usize, j: usize| x[i] * y[j] - x[j] * y[i];
    Array1::from(vec![part(1, 2), part(2, 0), part(0, 1)])
}`,
  },
  factored: {
    text: `/// A square matrix in triangular factors, its rows in their new order, and the sign of that order.
fn factored(x: &Array2<f64>) -> (Array2<f64>, Vec<usize>, f64) {
    let n = x.nrows();
    let mut a = x.clone();
    let mut rows: Vec<usize> = (0..n).collect();
    let mut sign = 1.0;
    for c in 0..n {
        let mut best = c;
        for i in c + 1..n {
            if a[[i, c]].abs() > a[[best, c]].abs() {
                best = i;
            }
        }
        if best != c {
            sign = -sign;
            rows.swap(c, best);
            for j in 0..n {
                a.swap([c, j], [best, j]);
            }
        }
        if a[[c, c]] == 0.0 {
            continue;
        }
        for i in c + 1..n {
            a[[i, c]] /= a[[c, c]];
            for j in c + 1..n {
                a[[i, j]] -= a[[i, c]] * a[[c, j]];
            }
        }
    }
    (a, rows, sign)
}`,
  },
  solved: {
    needs: ['factored'],
    text: `/// The solution s of x s = right; not a number where x is singular.
fn solved(x: &Array2<f64>, right: &Array2<f64>) -> Array2<f64> {
    let (a, rows, _) = factored(x);
    let n = x.nrows();
    let mut s = Array2::<f64>::zeros(right.dim());
    for c in 0..right.ncols() {
        for i in 0..n {
            let known: f64 = (0..i).map(|j| a[[i, j]] * s[[j, c]]).sum();
            s[[i, c]] = right[[rows[i], c]] - known;
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|j| a[[i, j]] * s[[j, c]]).sum();
            s[[i, c]] = (s[[i, c]] - known) / a[[i, i]];
        }
    }
    s
}`,
  },
  inverse: {
    needs: ['solved'],
    text: `fn inverse(x: &Array2<f64>) -> Array2<f64> {
    solved(x, &Array2::eye(x.nrows()))
}`,
  },
  determinant: {
    needs: ['factored'],
    text: `fn determinant(x: &Array2<f64>) -> f64 {
    let (a, _, sign) = factored(x);
    sign * a.diag().product()
}`,
  },
  log_abs_determinant: {
    needs: ['factored'],
    text: `/// log(abs(det(x))), without overflow.
fn log_abs_determinant(x: &Array2<f64>) -> f64 {
    factored(x).0.diag().mapv(|t| t.abs().ln()).sum()
}`,
  },
  log_determinant: {
    needs: ['factored'],
    text: `/// log(det(x)) without overflow, NaN where det(x) <= 0.
fn log_determinant(x: &Array2<f64>) -> f64 {
    let (a, _, sign) = factored(x);
    let total = sign
        * a.diag()
            .fold(1.0, |s, t| if *t == 0.0 { 0.0 } else { s * t.signum() });
    if total > 0.0 {
        a.diag().mapv(|t| t.abs().ln()).sum()
    } else {
        f64::NAN
    }
}`,
  },
  adjugate: {
    needs: ['determinant'],
    text: `/// The adjugate det(x) * inverse(x), of a singular matrix too: from the minors.
fn adjugate(x: &Array2<f64>) -> Array2<f64> {
    let n = x.nrows();
    Array2::from_shape_fn((n, n), |(i, j)| {
        let skip = |k: usize, left: usize| if k < left { k } else { k + 1 };
        let minor = Array2::from_shape_fn((n - 1, n - 1), |(r, c)| x[[skip(r, j), skip(c, i)]]);
        let sign = if (i + j) % 2 == 0 { 1.0 } else { -1.0 };
        sign * determinant(&minor)
    })
}`,
  },
  cholesky: {
    text: `/// The lower triangular L with L L' = (x + x') / 2; not a number where there is none.
fn cholesky(x: &Array2<f64>) -> Array2<f64> {
    let n = x.nrows();
    let mut l = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum();
            let rest = (x[[i, j]] + x[[j, i]]) / 2.0 - known;
            l[[i, j]] = if i == j {
                rest.sqrt()
            } else {
                rest / l[[j, j]]
            };
        }
    }
    l
}`,
  },
  sylvester: {
    needs: ['solved'],
    text: `/// The solution X of a X + X b = c.
fn sylvester(a: &Array2<f64>, b: &Array2<f64>, c: &Array2<f64>) -> Array2<f64> {
    let (n, m) = c.dim();
    let mut all = Array2::<f64>::zeros((n * m, n * m));
    for i in 0..n {
        for j in 0..m {
            for k in 0..n {
                all[[i * m + j, k * m + j]] += a[[i, k]];
            }
            for k in 0..m {
                all[[i * m + j, i * m + k]] += b[[k, j]];
            }
        }
    }
    let right = Array2::from_shape_vec((n * m, 1), c.iter().copied().collect()).unwrap();
    Array2::from_shape_vec((n, m), solved(&all, &right).into_raw_vec_and_offset().0).unwrap()
}`,
  },
  matrix_sqrt: {
    needs: ['inverse'],
    text: `/// The principal square root, by the iteration of Denman and Beavers.
fn matrix_sqrt(x: &Array2<f64>) -> Array2<f64> {
    let mut y = x.clone();
    let mut z = Array2::<f64>::eye(x.nrows());
    for _ in 0..60 {
        let next = (&y + &inverse(&z)) / 2.0;
        z = (&z + &inverse(&y)) / 2.0;
        let change = (&next - &y).fold(0.0, |most: f64, t| most.max(t.abs()));
        let size = next.fold(0.0, |most: f64, t| most.max(t.abs()));
        y = next;
        if change <= 4.0 * f64::EPSILON * size {
            break;
        }
    }
    y
}`,
  },
  matrix_exp: {
    text: `/// The exponential, by its series at a small multiple.
fn matrix_exp(x: &Array2<f64>) -> Array2<f64> {
    let size = x.mapv(f64::abs).sum();
    let squarings = (size.max(1e-300).log2().ceil() + 2.0).max(0.0) as i32;
    let small = x / 2f64.powi(squarings);
    let mut term = Array2::<f64>::eye(x.nrows());
    let mut y = term.clone();
    for k in 1..=18 {
        term = term.dot(&small) / k as f64;
        y += &term;
    }
    for _ in 0..squarings {
        y = y.dot(&y);
    }
    y
}`,
  },
  matrix_log: {
    needs: ['matrix_sqrt', 'solved'],
    text: `/// The principal logarithm, by square roots and the series of the area tangent.
fn matrix_log(x: &Array2<f64>) -> Array2<f64> {
    let unit = Array2::<f64>::eye(x.nrows());
    let mut root = x.clone();
    let mut roots = 0;
    while (&root - &unit).mapv(f64::abs).sum() > 0.25 && roots < 60 {
        root = matrix_sqrt(&root);
        roots += 1;
    }
    let z = solved(&(&root + &unit), &(&root - &unit));
    let square = z.dot(&z);
    let mut term = z.clone();
    let mut y = z;
    for k in 1..=12 {
        term = term.dot(&square);
        y += &(&term / (2 * k + 1) as f64);
    }
    y * 2f64.powi(roots + 1)
}`,
  },
  directional: {
    text: `/// The derivative of a matrix function at x in these directions, from f at a block-triangular matrix.
fn directional(
    f: fn(&Array2<f64>) -> Array2<f64>,
    x: &Array2<f64>,
    directions: &[&Array2<f64>],
) -> Array2<f64> {
    let n = x.nrows();
    let largest = |a: &Array2<f64>| a.fold(0.0, |most: f64, t| most.max(t.abs()));
    let mut block = x.clone();
    let mut scale = 1.0;
    for direction in directions {
        let length = largest(direction);
        if length == 0.0 {
            return Array2::zeros((n, n));
        }
        let size = largest(x);
        let unit = (if size == 0.0 { 1.0 } else { size }) / length;
        scale *= unit;
        let m = block.nrows();
        let mut next = Array2::<f64>::zeros((2 * m, 2 * m));
        next.slice_mut(s![..m, ..m]).assign(&block);
        next.slice_mut(s![m.., m..]).assign(&block);
        for k in (0..m).step_by(n) {
            next.slice_mut(s![k..k + n, m + k..m + k + n])
                .assign(&(*direction * unit));
        }
        block = next;
    }
    let m = block.nrows();
    f(&block).slice(s![..n, m - n..]).to_owned() / scale
}`,
  },
  derivative_of_exp: {
    needs: ['directional', 'matrix_exp'],
    text: `fn derivative_of_exp(x: &Array2<f64>, directions: &[&Array2<f64>]) -> Array2<f64> {
    directional(matrix_exp, x, directions)
}`,
  },
  derivative_of_log: {
    needs: ['directional', 'matrix_log'],
    text: `fn derivative_of_log(x: &Array2<f64>, directions: &[&Array2<f64>]) -> Array2<f64> {
    directional(matrix_log, x, directions)
}`,
  },
} as const satisfies Readonly<Record<string, HelperText>>

export type Helper = keyof typeof table

export const helperNames: readonly string[] = [...Object.keys(table), 'erf_series']

/** The texts of these helpers and of those that they call. */
export function helperTexts(names: Iterable<string>): string[] {
  const done = new Set<string>()
  const add = (name: string): void => {
    if (done.has(name) || !Object.hasOwn(table, name)) return
    done.add(name)
    const own: HelperText = table[name as Helper]
    for (const other of own.needs ?? []) add(other)
  }
  for (const name of names) add(name)
  return [...done].map((name) => table[name as Helper].text)
}
