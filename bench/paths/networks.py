"""Tensor networks that tests and benchmarks of contraction paths share."""

from random import Random

from opt_einsum.parser import get_symbol


def lattice(rows, columns, size):
    """A grid of tensors, each bound to its neighbours: equation and sizes."""
    names = {}

    def bond(a, b):
        return names.setdefault((a, b), get_symbol(len(names)))

    terms = []
    for r in range(rows):
        for c in range(columns):
            term = ""
            if r > 0:
                term += bond((r - 1, c), (r, c))
            if c > 0:
                term += bond((r, c - 1), (r, c))
            if r < rows - 1:
                term += bond((r, c), (r + 1, c))
            if c < columns - 1:
                term += bond((r, c), (r, c + 1))
            terms.append(term)
    return ",".join(terms) + "->", {name: size for name in names.values()}


def overlap(length, bond, size):
    """The inner product of two chains of tensors, as of matrix product states."""
    terms, sizes = [], {}
    for row in range(2):
        for k in range(length):
            names = [(row, k - 1), (row, k), ("site", k)]
            kept = [name for name in names if name not in ((row, -1), (row, length - 1))]
            for name in kept:
                sizes.setdefault(name, (get_symbol(len(sizes)), size if name[0] == "site" else bond))
            terms.append("".join(sizes[name][0] for name in kept))
    return ",".join(terms) + "->", {letter: n for letter, n in sizes.values()}


def tree(count, size, loops, seed):
    """A random tree of tensors with some bonds more."""
    random = Random(seed)
    terms = [""] * count
    sizes = {}
    bonds = [(random.randrange(max(0, k - 8), k), k) for k in range(1, count)]
    bonds += [(a, a + random.randrange(1, 8)) for a in random.sample(range(count - 8), loops)]
    for a, b in bonds:
        letter = get_symbol(len(sizes))
        sizes[letter] = size
        terms[a] += letter
        terms[b] += letter
    return ",".join(terms) + "->", sizes


def numbered(equation):
    """Operands and output as lists of numbers, and the letters in order of their numbers."""
    inputs, output = equation.split("->")
    numbers = {}
    for letter in inputs.replace(",", "") + output:
        numbers.setdefault(letter, len(numbers))
    operands = [[numbers[c] for c in term] for term in inputs.split(",")]
    return operands, [numbers[c] for c in output], list(numbers)
