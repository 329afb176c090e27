"""Answers bench/peers.mjs: computes and times with NumPy by hand and with JAX, one JSON line for each that comes in."""

import json
import sys
import time

import numpy as np

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
except ImportError:
    jax = None


def logistic(np, X, y, w):
    return np.sum(np.logaddexp(0, -y * (X @ w)))


def quadratic(np, A, x):
    return x @ A @ x


def factorization(np, T, U, V):
    return np.sum((T - U @ V.T) ** 2)


def masked(np, W, T, U, V):
    return np.sum((W * (T - U @ V.T)) ** 2)


def cloud(np, X):
    gaps = X[:, None, :] - X[None, :, :]
    return np.sum(np.exp(-np.sum(gaps**2, axis=-1)))


def network(np, W1, W, X, Y):
    z = W1 @ X
    for k in range(W.shape[0]):
        z = W[k] @ np.maximum(z, 0)
    top = np.max(z, axis=0)
    return np.sum(np.log(np.sum(np.exp(z - top), axis=0)) + top) - np.sum(Y * z)


functions = {f.__name__: f for f in (logistic, quadratic, factorization, masked, cloud, network)}


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def logistic_value_gradient(X, y, w):
    t = -y * (X @ w)
    return np.sum(np.logaddexp(0, t)), -(X.T @ (y * sigmoid(t)))


def logistic_hessian(X, y, w):
    s = sigmoid(-y * (X @ w))
    return X.T @ ((y**2 * s * (1 - s))[:, None] * X)


def factorization_hessian(T, U, V):
    return np.einsum("ik,jl->ijkl", np.eye(U.shape[0]), 2 * V.T @ V)


by_hand = {
    "product": lambda A, B: A @ B,
    "transposed": lambda A, B: A.T @ B,
    "scaled": lambda X, d: X.T @ (d[:, None] * X),
    "exp": lambda x: np.exp(x),
    "quadratic_hessian": lambda A, x: A + A.T,
    "logistic_value_gradient": logistic_value_gradient,
    "logistic_hessian": logistic_hessian,
    "factorization_hessian": factorization_hessian,
}


def jitted(case, by, names):
    """value_gradient or hessian of a function by one argument, or a function as it is."""
    if case in whole:
        compiled = jax.jit(whole[case])
        return lambda *args: jax.block_until_ready(compiled(*args))
    name, what = case.rsplit("_", 1) if not case.endswith("value_gradient") else (case[: -len("_value_gradient")], "value_gradient")
    at = names.index(by)
    f = lambda *args: functions[name](jnp, *args)  # noqa: E731
    made = jax.value_and_grad(f, at) if what == "value_gradient" else jax.hessian(f, at)
    compiled = jax.jit(made)
    return lambda *args: jax.block_until_ready(compiled(*args))


def factorization_columns(T, U, V):
    """The Hessian by U in blocks of columns: the way of a framework that finishes where jax.hessian wants tens of GB."""
    gradient = jax.grad(lambda u: factorization(jnp, T, u, V))
    along = jax.vmap(lambda p: jax.jvp(gradient, (U,), (p,))[1])
    units = jnp.eye(U.size).reshape(-1, 50, *U.shape)
    return jax.lax.map(along, units).reshape(U.shape + U.shape)


def factorization_newton_dense(T, U, V):
    gradient = jax.grad(lambda u: factorization(jnp, T, u, V))(U)
    hessian = factorization_columns(T, U, V).reshape(U.size, U.size)
    return -jax.scipy.linalg.solve(hessian, gradient.ravel(), assume_a="pos").reshape(U.shape)


def factorization_newton_iterated(T, U, V):
    """Conjugate gradients on Hessian-vector products, as who knows the structure would write it."""
    gradient = jax.grad(lambda u: factorization(jnp, T, u, V))
    product = lambda p: jax.jvp(gradient, (U,), (p,))[1]  # noqa: E731
    return -jax.scipy.sparse.linalg.cg(product, gradient(U), tol=1e-12)[0]


whole = {f.__name__: f for f in (factorization_columns, factorization_newton_dense, factorization_newton_iterated)}


def flat(result):
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])


def main():
    run, args = None, []
    for line in sys.stdin:
        ask = json.loads(line)
        reply = {}
        if "version" in ask:
            reply = {"numpy": np.__version__, "jax": jax and jax.__version__}
        elif "case" in ask:
            arrays = {k: np.fromfile(v["file"]).reshape(v["shape"]) for k, v in ask["inputs"].items()}
            args = list(arrays.values())
            if ask["peer"] == "numpy":
                run = lambda *args, f=by_hand[ask["case"]]: f(*args)  # noqa: E731
            else:
                run = jitted(ask["case"], ask["by"], list(arrays))
                args = [jnp.asarray(a) for a in args]
            start = time.perf_counter()
            result = run(*args)
            reply = {"first": time.perf_counter() - start}
            flat(result).tofile(ask["answer"])
        elif "seconds" in ask:
            calls, start = 0, time.perf_counter()
            while calls == 0 or time.perf_counter() - start < ask["seconds"]:
                run(*args)
                calls += 1
            reply = {"perCall": (time.perf_counter() - start) / calls}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
