"""One evaluation of bench/memory by JAX in a process of its own, as one.mjs does ours: the dense Hessian, or columns of it."""

import json
import resource
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def numbers(*shape):
    """As peers.mjs draws them."""
    count, state = int(np.prod(shape)), 12345
    data = np.empty(count)
    for k in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        data[k] = state / 2**30 - 1
    return data.reshape(shape)


def cloud(X):
    gaps = X[:, None, :] - X[None, :, :]
    return jnp.sum(jnp.exp(-jnp.sum(gaps**2, axis=-1)))


problems = {
    "cloud": (cloud, 0, lambda n: (numbers(n, 3),)),
    "factorization": (lambda T, U, V: jnp.sum((T - U @ V.T) ** 2), 1, lambda n: (numbers(n, n), numbers(n, 5), numbers(n, 5))),
    "logistic": (lambda X, y, w: jnp.sum(jnp.logaddexp(0, -y * (X @ w))), 2, lambda n: (numbers(2 * n, n), numbers(2 * n), numbers(n))),
}


def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main():
    ask = json.load(sys.stdin)
    f, at, inputs = problems[ask["problem"]]
    args = [jnp.asarray(each) for each in inputs(ask["n"])]
    if ask["columns"]:
        gradient = lambda x: jax.grad(f, at)(*args[:at], x, *args[at + 1 :])  # noqa: E731
        size = args[at].size
        column = jax.jit(lambda p: jax.jvp(gradient, (args[at],), (p.reshape(args[at].shape),))[1])
        units = [jnp.zeros(size).at[k].set(1.0) for k in (0, 1, size // 3, size // 2, size - 1)]
        run = lambda: jnp.concatenate([column(unit).ravel() for unit in units])  # noqa: E731
    else:
        compiled = jax.jit(jax.hessian(f, at))
        compiled(*[jnp.asarray(each) for each in inputs(4)])
        run = lambda: compiled(*args)  # noqa: E731
    before = resident()
    result = jax.block_until_ready(run())
    bytes_taken = max(0, peak() - before)
    start = time.perf_counter()
    jax.block_until_ready(run())
    seconds = time.perf_counter() - start
    np.asarray(result, dtype=np.float64).tofile(ask["out"])
    print(json.dumps({"seconds": seconds, "bytes": bytes_taken}))


if __name__ == "__main__":
    main()
