"""The values of the examples in JAX, each written apart from ours: automatic differentiation of these checks our derivatives.

Reads one JSON object a line, {"name", "wrt", "order", "inputs": {name: {"shape", "data"}}, "derivative": {"shape", "data"}},
and prints for each the largest difference relative to the largest entry. Exits with 1 where one is above 1e-9.
"""

import json
import sys

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

TOLERANCE = 1e-9


def half_square(residual):
    return 0.5 * jnp.sum(residual**2)


def causal_attention(Q, K, V):
    scores = Q @ K.T / jnp.sqrt(Q.shape[1])
    allowed = jnp.tril(jnp.ones(scores.shape, bool))
    return jax.nn.softmax(jnp.where(allowed, scores, -jnp.inf), axis=1) @ V


def softmax_attention(Q, K, V, Y):
    return half_square(causal_attention(Q, K, V) - Y)


def attention_weights(X, Wq, Wk, Wv, Y):
    return half_square(causal_attention(X @ Wq, X @ Wk, X @ Wv) - Y)


def kernel_attention(Q, K, V, Y):
    squares = jnp.sum((Q[:, None, :] - K[None, :, :]) ** 2, axis=2)
    return half_square(jnp.exp(-squares / 2) @ V - Y)


def gaussian_process(X, y, s, l, t):
    squares = jnp.sum(((X[:, None, :] - X[None, :, :]) / l) ** 2, axis=2)
    lower = jnp.linalg.cholesky(s**2 * jnp.exp(-squares / 2) + t**2 * jnp.eye(len(y)))
    white = jax.scipy.linalg.solve_triangular(lower, y, lower=True)
    return 0.5 * white @ white + jnp.sum(jnp.log(jnp.diag(lower))) + 0.5 * len(y) * jnp.log(2 * jnp.pi)


def kalman_filter(F, S, Q, H, V, z, x):
    predicted = H @ (F @ S @ F.T + Q) @ H.T + V
    error = z - H @ (F @ x)
    return 0.5 * (error @ jnp.linalg.solve(predicted, error) + jnp.linalg.slogdet(predicted)[1])


def matrix_factorization(T, U, V):
    return jnp.sum((T - U @ V.T) ** 2)


def matrix_completion(W, T, U, V, c):
    return jnp.sum((W * (T - U @ V.T)) ** 2) + c * (jnp.sum(U**2) + jnp.sum(V**2))


def cp_completion(A, B, C, W, T):
    return 0.5 * jnp.sum(W * (T - jnp.einsum("ir,jr,kr->ijk", A, B, C)) ** 2)


def tucker_completion(G, A, B, C, W, T):
    return 0.5 * jnp.sum(W * (T - jnp.einsum("pqr,ip,jq,kr->ijk", G, A, B, C)) ** 2)


def tensor_train_completion(A, B, C, W, T):
    return 0.5 * jnp.sum(W * (T - jnp.einsum("ip,pjq,qk->ijk", A, B, C)) ** 2)


def network_layer(X, W1, W2, w, y):
    return half_square(jnp.tanh(jnp.tanh(X @ W1) @ W2) @ w - y)


def multinomial_logistic_regression(Y, X, W, c):
    return -jnp.sum(Y * jax.nn.log_softmax(X @ W, axis=1)) + 0.5 * c * jnp.sum(W**2)


def monarch(R, X, L, Y):
    return half_square(jnp.einsum("pab,bpq,sbq->sap", L, R, X) - Y)


def step_sizes(X, W1, s, D1, w2, d2, y):
    return half_square(jnp.tanh(X @ (W1 - s[0] * D1)) @ (w2 - s[1] * d2) - y)


def square_root(A):
    """JAX has no derivative of sqrtm; that of a general eigendecomposition keeps A free of symmetry, as ours is."""
    values, vectors = jax.lax.linalg.eig(A, compute_left_eigenvectors=False, enable_eigvec_derivs=True)
    return jnp.real(vectors @ jnp.diag(jnp.sqrt(values)) @ jnp.linalg.inv(vectors))


def matrix_square_root(A, B):
    return half_square(square_root(A) - B)


def whitening(X, A, Y):
    return half_square(X @ jnp.linalg.inv(square_root(A)) - Y)


def point_cloud(X, D):
    first, second = jnp.triu_indices(len(X), 1)
    return jnp.sum((jnp.linalg.norm(X[first] - X[second], axis=1) - D[first, second]) ** 2)


def stiefel_projection(X, A, N):
    gradient = jax.grad(lambda X: -0.5 * jnp.trace(X.T @ A @ X @ N))(X)
    inner = X.T @ gradient
    return gradient - X @ (inner + inner.T) / 2


def fixed_rank_projection(W, U, s, V, T):
    gradient = W * ((U * s) @ V.T - T)
    rows, columns = U @ U.T, V @ V.T
    return rows @ gradient + gradient @ columns - rows @ gradient @ columns


def derivative(name, wrt, order, inputs):
    names = list(inputs)
    values = [inputs[each] for each in names]
    function = globals()[name.replace("-", "_")]
    for _ in range(order):
        function = jax.jacfwd(function, argnums=names.index(wrt))
    return function(*values)


def tensor(value):
    return jnp.asarray(value["data"], dtype=jnp.float64).reshape(value["shape"])


def main():
    failed = False
    for line in sys.stdin:
        request = json.loads(line)
        inputs = {name: tensor(value) for name, value in request["inputs"].items()}
        theirs = derivative(request["name"], request["wrt"], request["order"], inputs)
        ours = tensor(request["derivative"])
        # A tensor of zeros has no relative error: there the difference itself counts.
        scale = jnp.max(jnp.abs(theirs)) or 1.0
        error = float(jnp.max(jnp.abs(ours - theirs)) / scale) if ours.shape == theirs.shape else float("nan")
        agrees = error <= TOLERANCE
        failed = failed or not agrees
        print(f"{'agrees' if agrees else 'DIFFERS'}  {error:8.1e}  {request['name']} by {request['wrt']}, order {request['order']}")
    sys.exit(1 if failed else 0)


main()
