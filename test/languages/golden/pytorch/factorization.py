import sys

import numpy as np
import torch


def evaluate(T, U, V):
    """norm2(T - U*V')^2

    Parameters
    ----------
    T : tensor of shape (m, n)
    U : tensor of shape (m, k)
    V : tensor of shape (n, k)

    Returns
    -------
    value : float
        norm2(T - U*V')^2
    gradient_U : tensor of shape (m, k)
        2*(U*V' - T)*V
    hessian_U : cores of a tensor of shape (m, k, m, k); see apply_hessian_U and expand_hessian_U
        H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
    hessian_U_V : cores of a tensor of shape (m, k, n, k); see apply_hessian_U_V and expand_hessian_U_V
        H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
    """
    T = torch.as_tensor(T, dtype=torch.float64)
    U = torch.as_tensor(U, dtype=torch.float64)
    V = torch.as_tensor(V, dtype=torch.float64)
    if T.ndim != 2:
        raise ValueError(f"T must be of shape (m, n), not {tuple(T.shape)}")
    m, n = T.shape
    if U.ndim != 2 or U.shape[0] != m:
        raise ValueError(f"U must be of shape (m, k), not {tuple(U.shape)}")
    k = U.shape[1]
    if V.shape != (n, k):
        raise ValueError(f"V must be of shape (n, k), not {tuple(V.shape)}")
    hessian_U_V_core = U @ V.T - T
    value = torch.sum(hessian_U_V_core**2)
    hessian_U_core = V.T @ V
    gradient_U = 2 * (hessian_U_V_core @ V)
    hessian_U = ((hessian_U_core,),)
    hessian_U_V = ((U, V), (hessian_U_V_core,))
    return value, gradient_U, hessian_U, hessian_U_V


def apply_hessian_U(cores, p):
    """hessian_U applied to p: its last axes, those of U, are summed with p.

    cores : for each term its cores, of shapes (((k, k),),)
    p : tensor of shape (m, k)
    Returns a tensor of shape (m, k).
    """
    p = torch.as_tensor(p, dtype=torch.float64)
    ((c1,),) = cores
    result = 2 * torch.einsum("jk,ik->ij", c1, p)
    return result


def expand_hessian_U(cores, m):
    """hessian_U as a dense tensor.

    cores : for each term its cores, of shapes (((k, k),),)
    m : int, not told by the shapes of the cores
    Returns a tensor of shape (m, k, m, k).
    """
    ((c1,),) = cores
    k = c1.shape[0]
    dense = c1.new_zeros((m, k, m, k))
    i = torch.arange(m, device=c1.device)
    dense[i, :, i, :] += 2 * c1
    return dense


def apply_hessian_U_V(cores, p):
    """hessian_U_V applied to p: its last axes, those of V, are summed with p.

    cores : for each term its cores, of shapes (((m, k), (n, k)), ((m, n),))
    p : tensor of shape (n, k)
    Returns a tensor of shape (m, k).
    """
    p = torch.as_tensor(p, dtype=torch.float64)
    (c1, c2), (c3,) = cores
    result = 2 * torch.einsum("il,kj,kl->ij", c1, c2, p)
    result += 2 * torch.einsum("ik,kj->ij", c3, p)
    return result


def expand_hessian_U_V(cores):
    """hessian_U_V as a dense tensor.

    cores : for each term its cores, of shapes (((m, k), (n, k)), ((m, n),))
    Returns a tensor of shape (m, k, n, k).
    """
    (c1, c2), (c3,) = cores
    m = c1.shape[0]
    k = c1.shape[1]
    n = c2.shape[0]
    dense = c1.new_zeros((m, k, n, k))
    dense += 2 * torch.einsum("il,kj->ijkl", c1, c2)
    i = torch.arange(k, device=c1.device)
    dense[:, i, :, i] += 2 * c3
    return dense


def _check():
    """The largest relative error of the derivatives, and whether all are right."""
    rng = np.random.default_rng(0)
    m = 3
    n = 2
    k = 5

    def inputs_from(sample):
        return {
            "T": sample((m, n)),
            "U": sample((m, k)),
            "V": sample((n, k)),
        }

    def results_at(inputs):
        return evaluate(**inputs)

    def dense(results, position):
        if position == 2:
            return np.asarray(expand_hessian_U(results[position], m))
        if position == 3:
            return np.asarray(expand_hessian_U_V(results[position]))
        return np.asarray(results[position])

    def applied(results, position, direction):
        result = dense(results, position)
        found = [np.tensordot(result, direction, np.ndim(direction))]
        if position == 2:
            found.append(np.asarray(apply_hessian_U(results[position], direction)))
        if position == 3:
            found.append(np.asarray(apply_hessian_U_V(results[position], direction)))
        return found

    def direction_of(name):
        direction = rng.standard_normal(np.shape(inputs[name]))
        return direction / max(1.0, np.linalg.norm(direction))

    def moved(inputs, name, direction):
        return {**inputs, name: inputs[name] + direction}

    def difference(inputs, base, moves, step):
        """Central differences along moves, the first taken last."""
        if not moves:
            return dense(results_at(inputs), base)
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
        if not all(largest(dense(results, k)) < np.inf for k in range(len(results))):
            continue
        points += 1
        for base, derivative, names in [(0, 1, ["U"]), (1, 2, ["U"]), (1, 3, ["V"])]:
            order = len(names)
            # The step that balances rounding with the curvature left out.
            step = np.finfo(float).eps ** (1 / (order + 2))
            tolerance = 10.0 ** min(order - 6, -1)
            size = max(1.0, largest(dense(results, base)))
            rounding = 100 * np.finfo(float).eps * size / step**order
            # A step may cross a kink; a wrong derivative is wrong in every direction.
            least = np.inf
            for _ in range(3):
                directions = [direction_of(name) for name in names]
                moves = list(zip(names, directions))
                expected = difference(inputs, base, moves, step)
                scale = max(largest(expected), rounding / tolerance)
                gap = 0.0
                for found in applied(results, derivative, directions[-1]):
                    for direction in directions[-2::-1]:
                        found = np.tensordot(found, direction, np.ndim(direction))
                    gap = max(gap, largest(found - expected))
                least = min(least, gap / scale)
            worst = max(worst, least)
            right = right and bool(least < tolerance)
    return (worst, right) if points > 0 else (np.inf, False)


if __name__ == "__main__":
    error, right = _check()
    print(f"largest relative error against central differences: {error:.1e}")
    sys.exit(0 if right else 1)
