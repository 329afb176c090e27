"""Writes test/data/paths.json: contractions with the cost of the path that opt_einsum's `auto` finds.

    python bench/paths/generate.py > test/data/paths.json    (pip install opt_einsum pytest)

A case is [name, operands, output, sizes, cost]: the labels of each operand and of the output count from 0, sizes[label] is
the size of a label. Cost is PathInfo.opt_cost: for each pairwise product its multiplications, the product of the sizes of all
labels involved, and as many additions where labels are summed.
"""

import json
import sys
from pathlib import Path

import opt_einsum
from opt_einsum.testing import rand_equation

sys.path.insert(0, str(Path(__file__).parent))
from networks import lattice, numbered  # noqa: E402


def random_cases():
    for n in [*range(3, 15), 16, 18, 20, 24, 28, 32, 40]:
        for reg in (2, 3, 4):
            for n_out, global_dim in ((0, False), (2, False), (1, True)):
                for seed in (0, 1) if n <= 20 else (0,):
                    equation, shapes, sizes = rand_equation(
                        n, reg, n_out=n_out, d_min=2, d_max=9, seed=seed,
                        global_dim=global_dim, return_size_dict=True,
                    )  # fmt: skip
                    name = f"random n={n} reg={reg} out={n_out} global={global_dim} seed={seed}"
                    yield name, equation, sizes


def lattice_cases():
    for rows, columns, size in ((2, 3, 4), (3, 3, 2), (3, 4, 3), (4, 4, 2), (4, 6, 3), (5, 5, 2), (6, 6, 3), (7, 8, 2), (9, 9, 2)):
        yield (f"lattice {rows}x{columns} size={size}", *lattice(rows, columns, size))


def main():
    cases = []
    for name, equation, sizes in (*random_cases(), *lattice_cases()):
        operands, output, labels = numbered(equation)
        shapes = [tuple(sizes[c] for c in term) for term in equation.split("->")[0].split(",")]
        _, info = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize="auto")
        cases.append([name, operands, output, [sizes[c] for c in labels], float(info.opt_cost)])
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    print(f"[\n{lines}\n]")


if __name__ == "__main__":
    main()
