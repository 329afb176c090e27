#![allow(non_snake_case, clippy::all)]

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
