import sys

import numpy as np
import torch


def _logdetp(x):
    """log(det(x)) without overflow, NaN where det(x) <= 0."""
    sign, logabs = torch.linalg.slogdet(x)
    return torch.where(sign > 0, logabs, torch.nan)


def evaluate(S, x, mu):
    """(log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2

    Parameters
    ----------
    S : tensor of shape (n, n), symmetric positive definite
    x : tensor of shape (n,)
    mu : tensor of shape (n,)

    Returns
    -------
    value : float
        0.5*(log(det(S)) + (x - mu)'*inv(S)*(x - mu))
    gradient_mu : tensor of shape (n,)
        inv(S)*(mu - x)
    gradient_S : tensor of shape (n, n)
        0.5*(inv(S) - inv(S)*(x - mu)*(x - mu)'*inv(S))
    hessian_mu : tensor of shape (n, n)
        inv(S)
    """
    S = torch.as_tensor(S, dtype=torch.float64)
    x = torch.as_tensor(x, dtype=torch.float64)
    mu = torch.as_tensor(mu, dtype=torch.float64)
    if S.ndim != 2:
        raise ValueError(f"S must be of shape (n, n), not {tuple(S.shape)}")
    n = S.shape[0]
    if S.shape[1] != n:
        raise ValueError(f"S must be of shape (n, n), not {tuple(S.shape)}")
    if x.shape != (n,):
        raise ValueError(f"x must be of shape (n,), not {tuple(x.shape)}")
    if mu.shape != (n,):
        raise ValueError(f"mu must be of shape (n,), not {tuple(mu.shape)}")
    hessian_mu = torch.linalg.inv(S)
    t1 = mu - x
    gradient_mu = hessian_mu @ t1
    value = 0.5 * (hessian_mu.T @ t1 @ t1 + _logdetp(S))
    gradient_S = -0.5 * (gradient_mu[:, None] * gradient_mu - hessian_mu)
    return value, gradient_mu, gradient_S, hessian_mu


def _check():
    """The largest relative error of the derivatives, and whether all are right."""
    rng = np.random.default_rng(0)
    n = 3

    def inputs_from(sample):
        return {
            "S": (lambda a: a @ a.T + np.eye(len(a)))(sample((n, n))),
            "x": sample((n,)),
            "mu": sample((n,)),
        }

    def results_at(inputs):
        return evaluate(**inputs)

    def direction_of(name):
        direction = rng.standard_normal(np.shape(inputs[name]))
        if name == "S":
            direction = direction + direction.T
        return direction / max(1.0, np.linalg.norm(direction))

    def moved(inputs, name, direction):
        return {**inputs, name: inputs[name] + direction}

    def difference(inputs, base, moves, step):
        """Central differences along moves, the first taken last."""
        if not moves:
            return np.asarray(results_at(inputs)[base])
        name, direction = moves[0]
        above = difference(moved(inputs, name, step * direction), base, moves[1:], step)
        below = difference(moved(inputs, name, -step * direction), base, moves[1:], step)
        return (above - below) / (2 * step)

    def largest(array):
        size = np.max(np.abs(array), initial=0.0)
        return size if np.isfinite(size) else np.inf

    worst, right, points = 0.0, True, 0
    # Positive entries serve where the function is not defined for others.
    for low, high in (-2.0, 2.0), (0.5, 1.5), (0.1, 0.4):
        inputs = inputs_from(lambda shape: rng.uniform(low, high, shape))
        results = results_at(inputs)
        if not all(largest(np.asarray(results[k])) < np.inf for k in range(len(results))):
            continue
        points += 1
        for base, derivative, names in [
            (0, 1, ["mu"]),
            (0, 2, ["S"]),
            (1, 3, ["mu"]),
        ]:
            order = len(names)
            # The step that balances rounding with the curvature left out.
            step = np.finfo(float).eps ** (1 / (order + 2))
            tolerance = 10.0 ** min(order - 6, -1)
            size = max(1.0, largest(np.asarray(results[base])))
            rounding = 100 * np.finfo(float).eps * size / step**order
            # A step may cross a kink; a wrong derivative is wrong in every direction.
            least = np.inf
            for _ in range(3):
                directions = [direction_of(name) for name in names]
                moves = list(zip(names, directions))
                expected = difference(inputs, base, moves, step)
                scale = max(largest(expected), rounding / tolerance)
                found = np.asarray(results[derivative])
                for direction in reversed(directions):
                    found = np.tensordot(found, direction, np.ndim(direction))
                gap = largest(found - expected)
                least = min(least, gap / scale)
            worst = max(worst, least)
            right = right and bool(least < tolerance)
    return (worst, right) if points > 0 else (np.inf, False)


if __name__ == "__main__":
    error, right = _check()
    print(f"largest relative error against central differences: {error:.1e}")
    sys.exit(0 if right else 1)
