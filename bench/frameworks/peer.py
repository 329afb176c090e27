"""One measurement of bench/frameworks in a process of its own: an emitted program beside the framework's own Hessian.

Reads a JSON request from stdin: the framework, the path of the emitted module, the problem, its sizes, and what to do:
"time" compares the answers and times both in turn, "memory" runs one side alone and says what it takes at its peak.
"""

import importlib.util
import json
import resource
import statistics
import sys
import threading
import time

import numpy as np


def inputs_of(problem, size):
    rng = np.random.default_rng(7)
    n, k, b = size["n"], size.get("k", 0), size.get("batch", 0)
    draw = lambda *shape: rng.uniform(-1, 1, shape)  # noqa: E731
    if problem == "logistic":
        return {"X": draw(2 * n, n), "y": np.sign(draw(2 * n)), "w": draw(n)}
    if problem == "quadratic":
        return {"A": draw(n, n), "x": draw(n)}
    if problem == "factorization":
        return {"T": draw(n, n), "U": draw(n, k), "V": draw(n, k)}
    if problem == "cloud":
        return {"X": draw(n, k)}
    layers = {f"V{layer}": draw(n, n) * (2 / n) ** 0.5 for layer in range(1, 10)}
    labels = rng.integers(0, n, b)
    return {"W1": draw(n, n), **layers, "X": draw(n, b), "Y": np.eye(n)[labels].T.copy()}


def jax_functions():
    import jax
    import jax.numpy as jnp

    def network(W1, *rest):
        *layers, X, Y = rest
        z = W1 @ X
        for V in layers:
            z = V @ jax.nn.relu(z)
        return jnp.sum(jax.nn.logsumexp(z, axis=0)) - jnp.sum(Y * z)

    return {
        "logistic": lambda X, y, w: jnp.sum(jnp.logaddexp(0, -y * (X @ w))),
        "quadratic": lambda A, x: x @ A @ x,
        "factorization": lambda T, U, V: jnp.sum((T - U @ V.T) ** 2),
        "cloud": lambda X: jnp.sum(jnp.exp(-jnp.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=-1))),
        "network": network,
    }


def torch_functions():
    import torch

    def network(W1, *rest):
        *layers, X, Y = rest
        z = W1 @ X
        for V in layers:
            z = V @ torch.relu(z)
        return torch.logsumexp(z, 0).sum() - (Y * z).sum()

    return {
        "logistic": lambda X, y, w: torch.nn.functional.softplus(-y * (X @ w)).sum(),
        "quadratic": lambda A, x: x @ A @ x,
        "factorization": lambda T, U, V: ((T - U @ V.T) ** 2).sum(),
        "cloud": lambda X: torch.exp(-((X[:, None, :] - X[None, :, :]) ** 2).sum(-1)).sum(),
        "network": network,
    }


def sides(framework, problem, by, module, inputs):
    """Two functions without arguments that return a Hessian as an array of the framework, and how to get its numbers."""
    at = list(inputs).index(by)
    if framework == "jax":
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_enable_x64", True)
        args = {name: jnp.asarray(value) for name, value in inputs.items()}
        theirs = jax.jit(jax.hessian(jax_functions()[problem], at))
        emitted = load(module).evaluate
        return (
            lambda: jax.block_until_ready(emitted(**args))[-1],
            lambda: jax.block_until_ready(theirs(*args.values())),
            np.asarray,
        )
    import torch

    torch.set_default_dtype(torch.float64)
    args = {name: torch.from_numpy(value) for name, value in inputs.items()}
    theirs = torch.func.hessian(torch_functions()[problem], at)
    emitted = load(module).evaluate
    return lambda: emitted(**args)[-1], lambda: theirs(*args.values()), lambda result: result.numpy()


def load(path):
    spec = importlib.util.spec_from_file_location("emitted", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def per_call(run, seconds):
    calls, start = 0, time.perf_counter()
    while calls == 0 or time.perf_counter() - start < seconds:
        run()
        calls += 1
    return (time.perf_counter() - start) / calls


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def peak_of(run):
    """What a call adds to resident memory at its peak, looked at each millisecond."""
    before, most, going = resident(), [0], [True]

    def watch():
        while going[0]:
            most[0] = max(most[0], resident())
            time.sleep(0.001)

    thread = threading.Thread(target=watch)
    thread.start()
    result = run()
    most[0] = max(most[0], resident())
    going[0] = False
    thread.join()
    del result
    return max(0, most[0] - before)


def main():
    ask = json.load(sys.stdin)
    if "limit" in ask:
        resource.setrlimit(resource.RLIMIT_DATA, (ask["limit"], ask["limit"]))
    inputs = inputs_of(ask["problem"], ask["size"])
    ours, theirs, numbers = sides(ask["framework"], ask["problem"], ask["by"], ask["module"], inputs)
    if ask["do"] == "version":
        print(json.dumps(sys.modules[ask["framework"]].__version__))
        return
    if ask["do"] == "memory":
        print(json.dumps(peak_of(ours if ask["side"] == "ours" else theirs)))
        return
    a, b = numbers(ours()), numbers(theirs())
    scale = max(np.max(np.abs(a)), np.max(np.abs(b)), 1e-300)
    agree = a.shape == b.shape and bool(np.max(np.abs(a - b)) <= 1e-9 * scale)
    del a, b
    samples = [(per_call(ours, ask["seconds"]), per_call(theirs, ask["seconds"])) for _ in range(ask["samples"])]
    own, other = (statistics.median(side) for side in zip(*samples))
    print(json.dumps({"ours": own, "theirs": other, "agree": agree}))


main()
