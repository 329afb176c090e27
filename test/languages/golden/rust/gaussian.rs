#![allow(dead_code, non_snake_case, clippy::all)]

use ndarray::{Array1, Array2};

/// (log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2
///
/// - `S`: n x n, symmetric positive definite
/// - `x`: n
/// - `mu`: n
///
/// Returns
/// - `value`: a number: 0.5*(log(det(S)) + (x - mu)'*inv(S)*(x - mu))
/// - `gradient_mu`: n: inv(S)*(mu - x)
/// - `gradient_S`: n x n: 0.5*(inv(S) - inv(S)*(x - mu)*(x - mu)'*inv(S))
/// - `hessian_mu`: n x n: inv(S)
pub fn evaluate(
    S: &Array2<f64>,
    x: &Array1<f64>,
    mu: &Array1<f64>,
) -> Result<(f64, Array1<f64>, Array2<f64>, Array2<f64>), String> {
    let n = S.nrows();
    if S.ncols() != n {
        return Err(format!("S must be of size n x n, not {:?}", S.shape()));
    }
    if x.len() != n {
        return Err(format!("x must be of size n, not {:?}", x.shape()));
    }
    if mu.len() != n {
        return Err(format!("mu must be of size n, not {:?}", mu.shape()));
    }
    let hessian_mu = inverse(S);
    let mut t1 = Array1::<f64>::zeros(n);
    for i in 0..n {
        t1[i] = mu[i] - x[i];
    }
    let t2 = hessian_mu.t().dot(&t1);
    let t3 = t2.dot(&t1);
    let t4 = log_determinant(S);
    let gradient_mu = hessian_mu.dot(&t1);
    let value: f64 = 0.5 * (t3 + t4);
    let mut gradient_S = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..n {
            gradient_S[[i, j]] = -0.5 * (gradient_mu[i] * gradient_mu[j] - hessian_mu[[i, j]]);
        }
    }
    Ok((value, gradient_mu, gradient_S, hessian_mu))
}

fn inverse(x: &Array2<f64>) -> Array2<f64> {
    solved(x, &Array2::eye(x.nrows()))
}

/// The solution s of x s = right; not a number where x is singular.
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
}

/// A square matrix in triangular factors, its rows in their new order, and the sign of that order.
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
}

/// log(det(x)) without overflow, NaN where det(x) <= 0.
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
}

/// Compares the derivatives with central differences: run this file as `src/main.rs` of a crate with ndarray.
fn main() {
    use ndarray::{Array, Dimension, StrideShape};

    fn shaped<D: Dimension>(shape: impl Into<StrideShape<D>>, x: &[f64]) -> Array<f64, D> {
        Array::from_shape_vec(shape, x.to_vec()).unwrap()
    }
    fn flat<D: Dimension>(x: &Array<f64, D>) -> Vec<f64> {
        x.iter().copied().collect()
    }

    let n: usize = 3;
    // Entries, rows and kind of each parameter.
    let parameters = [(n * n, n, "psd"), (n, n, "any"), (n, n, "any")];
    // What is differentiated, the derivative, and the parameters differentiated by.
    let cases = [(0, 1, vec![2]), (0, 2, vec![0]), (1, 3, vec![2])];
    let evaluated = |inputs: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let S = shaped((n, n), &inputs[0]);
        let x = shaped(n, &inputs[1]);
        let mu = shaped(n, &inputs[2]);
        let computed = evaluate(&S, &x, &mu);
        let (value, gradient_mu, gradient_S, hessian_mu) = computed.unwrap();
        vec![
            vec![value],
            flat(&gradient_mu),
            flat(&gradient_S),
            flat(&hessian_mu),
        ]
    };

    let mut state: u64 = 1;
    let mut sampled = |(size, n, _): (usize, usize, &str), kind: &str, low: f64, high: f64| {
        let (low, high) = match kind {
            "positive" => (0.5, 1.5),
            _ => (low, high),
        };
        let mut entry = || {
            state = state * 16807 % 2147483647;
            low + (high - low) * state as f64 / 2147483647.0
        };
        let x: Vec<f64> = (0..size).map(|_| entry()).collect();
        let filled = |f: &dyn Fn(usize, usize) -> f64| {
            let entries = (0..size).map(|at| f(at / n, at % n));
            entries.collect()
        };
        let unit = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
        let square = |i: usize, j: usize| (0..n).map(|k| x[i * n + k] * x[j * n + k]).sum::<f64>();
        match kind {
            "symmetric" => filled(&|i, j| (x[i * n + j] + x[j * n + i]) / 2.0),
            "psd" => filled(&|i, j| square(i, j) + unit(i, j)),
            "diagonal" => filled(&|i, j| x[i * n + j] * unit(i, j)),
            _ => x,
        }
    };
    // The last axes of x summed with the direction.
    let contracted = |x: &[f64], direction: &[f64]| -> Vec<f64> {
        let product = |row: &[f64]| row.iter().zip(direction).map(|(a, b)| a * b).sum();
        x.chunks(direction.len()).map(product).collect()
    };
    let largest = |x: &[f64]| {
        let size = |t: &f64| match t.is_finite() {
            true => t.abs(),
            false => f64::INFINITY,
        };
        x.iter().map(size).fold(0.0, f64::max)
    };

    let (mut worst, mut right, mut points) = (0.0, true, 0);
    // Positive entries serve where the function is not defined for others.
    for (low, high) in [(-2.0, 2.0), (0.5, 1.5), (0.1, 0.4)] {
        let start = |one: (usize, usize, &str)| sampled(one, one.2, low, high);
        let inputs: Vec<Vec<f64>> = parameters.into_iter().map(start).collect();
        let values = evaluated(&inputs);
        if values.iter().flatten().any(|t| !t.is_finite()) {
            continue;
        }
        points += 1;
        for &(of, at, ref by) in &cases {
            let order = by.len() as i32;
            // The step that balances rounding with the curvature left out.
            let epsilon = f64::EPSILON;
            let step = epsilon.powf(1.0 / (order + 2) as f64);
            let tolerance = 10f64.powi((order - 6).min(-1));
            let rounding = 100.0 * epsilon * largest(&values[of]).max(1.0) / step.powi(order);
            // A step may cross a kink; a wrong derivative is wrong in every direction.
            let mut least = f64::INFINITY;
            for _ in 0..3 {
                let mut directions: Vec<Vec<f64>> = vec![];
                for &index in by {
                    let kind = match parameters[index].2 {
                        "psd" => "symmetric",
                        "positive" => "any",
                        kind => kind,
                    };
                    let direction = sampled(parameters[index], kind, -1.0, 1.0);
                    let length = direction.iter().map(|t| t * t).sum::<f64>().sqrt();
                    directions.push(direction.iter().map(|t| t / length.max(1.0)).collect());
                }
                // Central differences along all directions: the signs of the steps are the bits of a number.
                let mut expected = vec![0.0; values[of].len()];
                for bits in 0..1 << order {
                    let mut moved = inputs.clone();
                    let mut sign = 1.0;
                    for (k, &index) in by.iter().enumerate() {
                        let side = if bits >> k & 1 == 1 { -1.0 } else { 1.0 };
                        sign *= side;
                        for (t, d) in moved[index].iter_mut().zip(&directions[k]) {
                            *t += side * step * d;
                        }
                    }
                    for (t, value) in expected.iter_mut().zip(&evaluated(&moved)[of]) {
                        *t += sign * value / (2.0 * step).powi(order);
                    }
                }
                let distance = |x: &[f64]| {
                    let gaps: Vec<f64> = x.iter().zip(&expected).map(|(a, b)| a - b).collect();
                    largest(&gaps)
                };
                let mut found = values[at].clone();
                for direction in directions.iter().rev() {
                    found = contracted(&found, direction);
                }
                let mut gap = distance(&found);
                let scale = largest(&expected).max(rounding / tolerance);
                gap /= scale;
                least = least.min(gap);
            }
            worst = least.max(worst);
            right = right && least < tolerance;
        }
    }
    println!("largest relative error against central differences: {worst:.1e}");
    std::process::exit(if right && points > 0 { 0 } else { 1 });
}
