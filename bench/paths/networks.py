"""Tensor networks that tests and benchmarks of contraction paths share."""

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


def numbered(equation):
    """Operands and output as lists of numbers, and the letters in order of their numbers."""
    inputs, output = equation.split("->")
    numbers = {}
    for letter in inputs.replace(",", "") + output:
        numbers.setdefault(letter, len(numbers))
    operands = [[numbers[c] for c in term] for term in inputs.split(",")]
    return operands, [numbers[c] for c in output], list(numbers)
