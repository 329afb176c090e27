"""Prints networks as JSON, each with the operations and the seconds (median) of opt_einsum's `auto`: for main.mjs."""

import json
import sys
import time
from pathlib import Path
from statistics import median

import opt_einsum

sys.path.insert(0, str(Path(__file__).parent))
from networks import lattice, numbered, overlap, tree  # noqa: E402


def networks(quick):
    yield "lattice 4x5", *lattice(4, 5, 3)
    yield "lattice 10x10", *lattice(10, 10, 2)
    yield "overlap of chains of 50", *overlap(50, 8, 2)
    for count in (250, 500, 1000) if quick else (250, 500, 1000, 2000, 4000):
        yield f"lattice 10x{count // 10}", *lattice(10, count // 10, 2)
        yield f"overlap of chains of {count // 2}", *overlap(count // 2, 8, 2)
        yield f"tree with loops, {count}", *tree(count, 3, count // 10, 1)


def main():
    quick = "--quick" in sys.argv
    rows = []
    for name, equation, sizes in networks(quick):
        shapes = [tuple(sizes[c] for c in term) for term in equation.split("->")[0].split(",")]
        seconds = []
        for _ in range(3 if quick else 5):
            start = time.perf_counter()
            _, info = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize="auto")
            seconds.append(time.perf_counter() - start)
        operands, output, labels = numbered(equation)
        rows.append({
            "name": name, "operands": operands, "output": output, "sizes": [sizes[c] for c in labels],
            "operations": float(info.opt_cost), "seconds": median(seconds),
        })  # fmt: skip
    print(json.dumps({"version": opt_einsum.__version__, "rows": rows}))


if __name__ == "__main__":
    main()
