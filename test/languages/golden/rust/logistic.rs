#![allow(dead_code, non_snake_case, clippy::all)]

use ndarray::{Array1, Array2};

/// sum(log(exp(-y.*(X*w)) + vector(1)))
///
/// - `X`: m x n
/// - `y`: m
/// - `w`: n
///
/// Returns
/// - `value`: a number: sum(softplus(-y.*(X*w)))
/// - `gradient_w`: n: -X'*(y.*sigmoid(-y.*(X*w)))
/// - `hessian_w`: n x n: X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X
pub fn evaluate(
    X: &Array2<f64>,
    y: &Array1<f64>,
    w: &Array1<f64>,
) -> Result<(f64, Array1<f64>, Array2<f64>), String> {
    let m = X.nrows();
    let n = X.ncols();
    if y.len() != m {
        return Err(format!("y must be of size m, not {:?}", y.shape()));
    }
    if w.len() != n {
        return Err(format!("w must be of size n, not {:?}", w.shape()));
    }
    let t1 = X.dot(w);
    let mut t2 = Array1::<f64>::zeros(m);
    for i in 0..m {
        t2[i] = t1[i] * y[i];
    }
    let mut value: f64 = 0.0;
    for i in 0..m {
        value += softplus(-t2[i]);
    }
    let mut t3 = Array1::<f64>::zeros(m);
    for i in 0..m {
        t3[i] = sigmoid(-t2[i]);
    }
    let mut t4 = Array1::<f64>::zeros(m);
    for i in 0..m {
        t4[i] = y[i] * t3[i];
    }
    let t5 = X.t().dot(&t4);
    let mut t6 = Array1::<f64>::zeros(m);
    for i in 0..m {
        t6[i] = y[i].powi(2) * (1.0 - t3[i]) * t3[i];
    }
    let mut t7 = Array2::<f64>::zeros((n, m));
    for i in 0..n {
        for j in 0..m {
            t7[[i, j]] = t6[j] * X[[j, i]];
        }
    }
    let hessian_w = t7.dot(X);
    let mut gradient_w = Array1::<f64>::zeros(n);
    for i in 0..n {
        gradient_w[i] = -t5[i];
    }
    Ok((value, gradient_w, hessian_w))
}

/// log(1 + exp(t)), without overflow.
fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

/// 1 / (1 + exp(-t)), without overflow.
fn sigmoid(t: f64) -> f64 {
    if t >= 0.0 {
        1.0 / (1.0 + (-t).exp())
    } else {
        let e = t.exp();
        e / (1.0 + e)
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

    let m: usize = 3;
    let n: usize = 2;
    // Entries, rows and kind of each parameter.
    let parameters = [(m * n, m, "any"), (m, m, "any"), (n, n, "any")];
    // What is differentiated, the derivative, and the parameters differentiated by.
    let cases = [(0, 1, vec![2]), (1, 2, vec![2])];
    let evaluated = |inputs: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let X = shaped((m, n), &inputs[0]);
        let y = shaped(m, &inputs[1]);
        let w = shaped(n, &inputs[2]);
        let computed = evaluate(&X, &y, &w);
        let (value, gradient_w, hessian_w) = computed.unwrap();
        vec![vec![value], flat(&gradient_w), flat(&hessian_w)]
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
