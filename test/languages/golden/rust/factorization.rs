#![allow(dead_code, non_snake_case, clippy::all)]

use ndarray::{Array2, Array4};

/// The cores of all terms of hessian_U, in order.
#[derive(Clone, Debug)]
pub struct HessianUCores {
    pub c1: Array2<f64>,
}

/// The cores of all terms of hessian_U_V, in order.
#[derive(Clone, Debug)]
pub struct HessianUVCores {
    pub c1: Array2<f64>,
    pub c2: Array2<f64>,
    pub c3: Array2<f64>,
}

/// norm2(T - U*V')^2
///
/// - `T`: m x n
/// - `U`: m x k
/// - `V`: n x k
///
/// Returns
/// - `value`: a number: norm2(T - U*V')^2
/// - `gradient_U`: m x k: 2*(U*V' - T)*V
/// - `hessian_U`: m x k x m x k, as cores: see apply_hessian_U and expand_hessian_U: H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
/// - `hessian_U_V`: m x k x n x k, as cores: see apply_hessian_U_V and expand_hessian_U_V: H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
pub fn evaluate(
    T: &Array2<f64>,
    U: &Array2<f64>,
    V: &Array2<f64>,
) -> Result<(f64, Array2<f64>, HessianUCores, HessianUVCores), String> {
    let m = T.nrows();
    let n = T.ncols();
    if U.nrows() != m {
        return Err(format!("U must be of size m x k, not {:?}", U.shape()));
    }
    let k = U.ncols();
    if V.nrows() != n || V.ncols() != k {
        return Err(format!("V must be of size n x k, not {:?}", V.shape()));
    }
    let t1 = U.dot(&V.t());
    let mut hessian_U_V_core = Array2::<f64>::zeros((m, n));
    for i in 0..m {
        for j in 0..n {
            hessian_U_V_core[[i, j]] = t1[[i, j]] - T[[i, j]];
        }
    }
    let mut value: f64 = 0.0;
    for i in 0..m {
        for j in 0..n {
            value += hessian_U_V_core[[i, j]].powi(2);
        }
    }
    let t2 = V.t().dot(&hessian_U_V_core.t());
    let hessian_U_core = V.t().dot(V);
    let mut gradient_U = Array2::<f64>::zeros((m, k));
    for i in 0..m {
        for j in 0..k {
            gradient_U[[i, j]] = 2.0 * t2[[j, i]];
        }
    }
    let hessian_U = HessianUCores { c1: hessian_U_core };
    let hessian_U_V = HessianUVCores {
        c1: U.clone(),
        c2: V.clone(),
        c3: hessian_U_V_core,
    };
    Ok((value, gradient_U, hessian_U, hessian_U_V))
}

/// hessian_U applied to p: its last axes, those of U, are summed with p.
///
/// - `cores`: the cores of all terms
/// - `p`: m x k
///
/// Returns
/// - `result`: m x k
pub fn apply_hessian_U(cores: &HessianUCores, p: &Array2<f64>) -> Result<Array2<f64>, String> {
    let c1 = &cores.c1;
    let k = c1.nrows();
    if p.ncols() != k {
        return Err(format!("p must be of size m x k, not {:?}", p.shape()));
    }
    let m = p.nrows();
    let t1 = p.dot(&c1.t());
    let mut result = Array2::<f64>::zeros((m, k));
    for i in 0..m {
        for j in 0..k {
            result[[i, j]] = 2.0 * t1[[i, j]];
        }
    }
    Ok(result)
}

/// hessian_U as a dense tensor.
///
/// - `cores`: the cores of all terms
/// - `m`: a size that no argument tells
///
/// Returns
/// - `result`: m x k x m x k
pub fn expand_hessian_U(cores: &HessianUCores, m: usize) -> Array4<f64> {
    let c1 = &cores.c1;
    let k = c1.nrows();
    let mut result = Array4::<f64>::zeros((m, k, m, k));
    for l in 0..m {
        for i in 0..k {
            for j in 0..k {
                result[[l, i, l, j]] = 2.0 * c1[[i, j]];
            }
        }
    }
    result
}

/// hessian_U_V applied to p: its last axes, those of V, are summed with p.
///
/// - `cores`: the cores of all terms
/// - `p`: n x k
///
/// Returns
/// - `result`: m x k
pub fn apply_hessian_U_V(cores: &HessianUVCores, p: &Array2<f64>) -> Result<Array2<f64>, String> {
    let c1 = &cores.c1;
    let c2 = &cores.c2;
    let c3 = &cores.c3;
    let m = c1.nrows();
    let k = c1.ncols();
    let n = c2.nrows();
    if p.nrows() != n || p.ncols() != k {
        return Err(format!("p must be of size n x k, not {:?}", p.shape()));
    }
    let t1 = c2.t().dot(p);
    let t2 = c1.dot(&t1.t());
    let t3 = c3.dot(p);
    let mut result = Array2::<f64>::zeros((m, k));
    for i in 0..m {
        for j in 0..k {
            result[[i, j]] = 2.0 * (t2[[i, j]] + t3[[i, j]]);
        }
    }
    Ok(result)
}

/// hessian_U_V as a dense tensor.
///
/// - `cores`: the cores of all terms
///
/// Returns
/// - `result`: m x k x n x k
pub fn expand_hessian_U_V(cores: &HessianUVCores) -> Array4<f64> {
    let c1 = &cores.c1;
    let c2 = &cores.c2;
    let c3 = &cores.c3;
    let m = c1.nrows();
    let k = c1.ncols();
    let n = c2.nrows();
    let mut t1 = Array4::<f64>::zeros((m, k, n, k));
    for i in 0..m {
        for j in 0..k {
            for l in 0..n {
                for p in 0..k {
                    t1[[i, j, l, p]] = c1[[i, p]] * c2[[l, j]];
                }
            }
        }
    }
    let mut result = Array4::<f64>::zeros((m, k, n, k));
    for i in 0..m {
        for j in 0..k {
            for l in 0..n {
                for p in 0..k {
                    result[[i, j, l, p]] += 2.0 * t1[[i, j, l, p]];
                }
            }
        }
    }
    for i in 0..m {
        for j in 0..k {
            for l in 0..n {
                result[[i, j, l, j]] += 2.0 * c3[[i, l]];
            }
        }
    }
    result
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
    let k: usize = 5;
    // Entries, rows and kind of each parameter.
    let parameters = [(m * n, m, "any"), (m * k, m, "any"), (n * k, n, "any")];
    // What is differentiated, the derivative, and the parameters differentiated by.
    let cases = [(0, 1, vec![1]), (1, 2, vec![1]), (1, 3, vec![2])];
    let evaluated = |inputs: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let T = shaped((m, n), &inputs[0]);
        let U = shaped((m, k), &inputs[1]);
        let V = shaped((n, k), &inputs[2]);
        let computed = evaluate(&T, &U, &V);
        let (value, gradient_U, hessian_U, hessian_U_V) = computed.unwrap();
        vec![
            vec![value],
            flat(&gradient_U),
            flat(&expand_hessian_U(&hessian_U, m)),
            flat(&expand_hessian_U_V(&hessian_U_V)),
        ]
    };
    // A compressed derivative applied to a direction; empty for others.
    let applied = |inputs: &[Vec<f64>], at: usize, direction: &[f64]| -> Vec<f64> {
        let T = shaped((m, n), &inputs[0]);
        let U = shaped((m, k), &inputs[1]);
        let V = shaped((n, k), &inputs[2]);
        let computed = evaluate(&T, &U, &V);
        let (_, _, hessian_U, hessian_U_V) = computed.unwrap();
        match at {
            2 => {
                let product = apply_hessian_U(&hessian_U, &shaped((m, k), direction));
                flat(&product.unwrap())
            }
            3 => {
                let product = apply_hessian_U_V(&hessian_U_V, &shaped((n, k), direction));
                flat(&product.unwrap())
            }
            _ => vec![],
        }
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
                let mut product = applied(&inputs, at, &directions[by.len() - 1]);
                if !product.is_empty() {
                    for direction in directions.iter().rev().skip(1) {
                        product = contracted(&product, direction);
                    }
                    gap = gap.max(distance(&product));
                }
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
