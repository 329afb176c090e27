#![allow(non_snake_case, clippy::all)]

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
