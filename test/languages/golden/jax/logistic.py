import sys

import jax
import jax.numpy as jnp
import numpy as np


@jax.jit
def evaluate(X, y, w):
    """sum(log(exp(-y.*(X*w)) + vector(1)))

    Parameters
    ----------
    X : array of shape (m, n)
    y : array of shape (m,)
    w : array of shape (n,)

    Returns
    -------
    value : float
        sum(softplus(-y.*(X*w)))
    gradient_w : array of shape (n,)
        -X'*(y.*sigmoid(-y.*(X*w)))
    hessian_w : array of shape (n, n)
        X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X
    """
    X = jnp.asarray(X, dtype=float)
    y = jnp.asarray(y, dtype=float)
    w = jnp.asarray(w, dtype=float)
    if X.ndim != 2:
        raise ValueError(f"X must be of shape (m, n), not {X.shape}")
    m, n = X.shape
    if y.shape != (m,):
        raise ValueError(f"y must be of shape (m,), not {y.shape}")
    if w.shape != (n,):
        raise ValueError(f"w must be of shape (n,), not {w.shape}")
    t1 = (X @ w) * y
    value = jnp.sum(jax.nn.softplus(-t1))
    t2 = jax.nn.sigmoid(-t1)
    hessian_w = (y**2 * (1 - t2) * t2 * X.T) @ X
    gradient_w = -(X.T @ (y * t2))
    return value, gradient_w, hessian_w


def _check():
    """The largest relative error of the derivatives, and whether all are right."""
    rng = np.random.default_rng(0)
    m = 3
    n = 2

    def inputs_from(sample):
        return {
            "X": sample((m, n)),
            "y": sample((m,)),
            "w": sample((n,)),
        }

    def results_at(inputs):
        return evaluate(**inputs)

    def direction_of(name):
        direction = rng.standard_normal(np.shape(inputs[name]))
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
        for base, derivative, names in [(0, 1, ["w"]), (1, 2, ["w"])]:
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
    jax.config.update("jax_enable_x64", True)
    error, right = _check()
    print(f"largest relative error against central differences: {error:.1e}")
    sys.exit(0 if right else 1)
