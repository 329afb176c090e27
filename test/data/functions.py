"""Functions that from-numpy reads; the test compares their values with those of what is read."""

import math

import numpy
import numpy as np
import numpy.linalg as la
from numpy import exp as e
from numpy.linalg import inv

RATE = 0.25
NEGATIVE = -2
sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
log = np.log


def logistic(X, y, w):
    """The loss.

    Parameters
    ----------
    X : array of shape (m, n)
    y : array of shape (m,)
    w : array of shape (n,)
    """
    t = -y * (X @ w)
    return np.sum(log(1 + e(t)))


def ridge(X, y, w, lam=0.1):
    """X : (m, n)
    y : (m,)
    w : (n,)
    """
    m, n = X.shape
    if y.shape != (m,):
        raise ValueError("y does not fit")
    assert w.shape == (n,)
    r = X @ w
    r -= y
    return r @ r / m + lam * np.sum(w**2)


def softmax_loss(W, X, Y):
    """W : (n, k)
    X : (m, n)
    Y : (m, k)
    """
    Z = X @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    P = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -np.sum(Y * P) / X.shape[0]


def distances(X):
    """X : (n, k)"""
    D = X[:, None, :] - X[None, :, :]
    return np.exp(-np.sum(D**2, axis=-1)).sum()


def process(K, y):
    """K : (n, n)
    y : (n,)
    """
    S = K @ K.T + np.eye(len(y))
    sign, size = la.slogdet(S)
    return 0.5 * y @ la.solve(S, y) + 0.5 * size + RATE * trace_of(S, k=3) * sign


def trace_of(A, k=2.0):
    B = A @ A.T
    return np.trace(B) * k


def scaled(X, d):
    """X : (m, n)
    d : (m,)
    """
    return X.T @ (d[:, None] * X)


def rows_and_columns(A, x):
    """A : (n, n)
    x : (n,)
    """
    return A[0] @ x + x[-1] * (A[:, 1] @ x) - A[1, 2] + x[0]


def broadcast(X, y, w, c):
    """X : (m, n)
    y : (m,)
    w : (n,)
    c : float
    """
    return (X * w + y[:, np.newaxis] / 2 - c) / np.maximum(X**2, 1) - np.where(X > w, X, -c)


def norms(A, x):
    """A : (m, n)
    x : (n,)
    """
    return la.norm(A) + la.norm(x, 1) * la.norm(x) - la.norm(x, np.inf) + la.norm(A, axis=1).sum() + la.norm(A, "fro")


def reductions(A, x):
    """A : (m, n)
    x : (n,)
    """
    return A.sum(axis=0) * x.mean() + A.max(axis=0) - numpy.min(A, axis=0) + np.prod(x) - x.std() + np.var(x)


def matrices(A, B):
    """A : (n, n)
    B : (n, n)
    """
    return inv(A) @ B - np.linalg.matrix_power(A, 2).T + np.kron(A, B)[0, 0] + np.tril(A) * np.diag(np.diag(B))


def vectors(x, y):
    """x : (n,)
    y : (n,)
    """
    return np.outer(x, y) + x[:, None] @ y[None, :] - np.dot(x, y) + np.inner(x, x) * np.vdot(y, y)


def orders(T, A, x):
    """T : (k, m, n)
    A : (n, p)
    x : (n,)
    """
    return (T @ A).sum(axis=(0, 2)) + np.einsum("kmn,n->m", T, x) + (T @ x).mean(axis=0) - T[0].sum(axis=1)


def flat(A):
    """A : (m, n)"""
    return A.ravel() + A.reshape(-1) * A.flatten()


def numbers(x):
    """x : (n,)"""
    return math.pi * x ** -1.5 + 1_000 * x - .5e-1 / x + np.clip(x, 0.4, 1.) * NEGATIVE + np.sqrt(x) ** 3


def elementwise(x):
    """x : (n,)"""
    return np.tanh(x) + np.abs(x) * np.sign(x) - np.logaddexp(0, x) + np.log1p(x) + np.expm1(x) + np.square(x) + sigmoid(x)


def named(sum, diag, lambda_=0.5):
    """sum : (n,)
    diag : (n,)
    """
    eye = sum * diag
    return eye * lambda_


def several(X, w):
    """X : (m, n)
    w : (n,)
    """
    return X @ w, X.T @ X
