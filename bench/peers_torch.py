"""Answers bench/peers.mjs as peers.py does, with PyTorch: torch.func, eager, on the processor."""

import json
import sys
import time

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)


def logistic(X, y, w):
    return torch.nn.functional.softplus(-y * (X @ w), threshold=1e300).sum()


def quadratic(A, x):
    return x @ A @ x


def factorization(T, U, V):
    return ((T - U @ V.T) ** 2).sum()


def masked(W, T, U, V):
    return ((W * (T - U @ V.T)) ** 2).sum()


def cloud(X):
    gaps = X[:, None, :] - X[None, :, :]
    return torch.exp(-(gaps**2).sum(-1)).sum()


def network(W1, W, X, Y):
    z = W1 @ X
    for k in range(W.shape[0]):
        z = W[k] @ torch.relu(z)
    return torch.logsumexp(z, 0).sum() - (Y * z).sum()


functions = {f.__name__: f for f in (logistic, quadratic, factorization, masked, cloud, network)}


def made(case, by, names):
    """value_gradient or hessian of a function by one argument."""
    at = names.index(by)
    if case.endswith("_value_gradient"):
        both = torch.func.grad_and_value(functions[case[: -len("_value_gradient")]], at)
        return lambda *args: both(*args)[::-1]
    return torch.func.hessian(functions[case[: -len("_hessian")]], at)


def flat(result):
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([part.detach().numpy().ravel() for part in parts])


def main():
    run, args = None, []
    for line in sys.stdin:
        ask = json.loads(line)
        reply = {}
        if "version" in ask:
            reply = {"torch": torch.__version__.split("+")[0]}
        elif "case" in ask:
            files = ask["inputs"]
            args = [torch.from_numpy(np.fromfile(v["file"]).reshape(v["shape"])) for v in files.values()]
            run = made(ask["case"], ask["by"], list(files))
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
