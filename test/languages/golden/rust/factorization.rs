#![allow(non_snake_case, clippy::all)]

use ndarray::{Array2, Array4};

/// norm2(T - U*V')^2
///
/// - `T`: m x n
/// - `U`: m x k
/// - `V`: n x k
///
/// Returns
/// - `value`: a number: norm2(T - U*V')^2
/// - `gradient_U`: m x k: 2*(U*V' - T)*V
/// - `hessian_U`: m x k x m x k: H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
/// - `hessian_U_V`: m x k x n x k: H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
pub fn evaluate(
    T: &Array2<f64>,
    U: &Array2<f64>,
    V: &Array2<f64>,
) -> Result<(f64, Array2<f64>, Array4<f64>, Array4<f64>), String> {
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
    let mut t2 = Array2::<f64>::zeros((m, n));
    for i in 0..m {
        for j in 0..n {
            t2[[i, j]] = t1[[i, j]] - T[[i, j]];
        }
    }
    let mut value: f64 = 0.0;
    for i in 0..m {
        for j in 0..n {
            value += t2[[i, j]].powi(2);
        }
    }
    let t3 = V.t().dot(&t2.t());
    let t4 = V.t().dot(V);
    let mut gradient_U = Array2::<f64>::zeros((m, k));
    for i in 0..m {
        for j in 0..k {
            gradient_U[[i, j]] = 2.0 * t3[[j, i]];
        }
    }
    let mut hessian_U = Array4::<f64>::zeros((m, k, m, k));
    for i in 0..m {
        for j in 0..k {
            for l in 0..k {
                hessian_U[[i, j, i, l]] = 2.0 * t4[[j, l]];
            }
        }
    }
    let mut t5 = Array4::<f64>::zeros((m, k, n, k));
    for i in 0..m {
        for j in 0..k {
            for l in 0..n {
                for p in 0..k {
                    t5[[i, j, l, p]] = U[[i, p]] * V[[l, j]];
                }
            }
        }
    }
    let mut hessian_U_V = Array4::<f64>::zeros((m, k, n, k));
    for i in 0..m {
        for j in 0..k {
            for l in 0..n {
                for p in 0..k {
                    hessian_U_V[[i, j, l, p]] += 2.0 * t5[[i, j, l, p]];
                }
            }
        }
    }
    for i in 0..m {
        for j in 0..k {
            for l in 0..n {
                hessian_U_V[[i, j, l, j]] += 2.0 * t2[[i, l]];
            }
        }
    }
    Ok((value, gradient_U, hessian_U, hessian_U_V))
}
