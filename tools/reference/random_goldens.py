"""Writes tests/golden/random.json: what torch.randn gives on the CPU, for tests/parity/noise_test.cpp.

Each case is one generator and consecutive calls on it. Long results are kept as their first, middle and last values.
"""

import json
import pathlib

import torch

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "random.json"
KEEP = 48  # values kept of a long call, at each of three places


def normals(generator, size):
    values = torch.randn(size, generator=generator).tolist()
    if size <= 3 * KEEP:
        return {"size": size, "parts": [[0, [float(f"{v:.9g}") for v in values]]]}
    middle = size // 2 - KEEP // 2
    return {
        "size": size,
        "parts": [[at, [float(f"{v:.9g}") for v in values[at : at + KEEP]]] for at in (0, middle, size - KEEP)],
    }


def case(seed, sizes):
    generator = torch.Generator("cpu").manual_seed(seed)
    # Seeds as the unsigned numbers torch makes of them; JSON numbers would lose bits in some readers.
    return {"seed": str(seed % 2**64), "calls": [normals(generator, size) for size in sizes]}


def main():
    cases = [case(42, [size]) for size in list(range(1, 41)) + [64, 1000, 4 * 64 * 64]]
    mixed = [3, 17, 1, 16, 5, 15, 33, 7, 2, 1000, 1]
    for seed in (0, 1, 1234, 2**31, 2**32 - 1, 2**32 + 5, 2**53 + 1, 2**63, 2**64 - 1, -1, -2, -(2**63)):
        cases.append(case(seed, mixed))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}, separators=(",", ":")) + "\n")
    print(OUT.name, OUT.stat().st_size)


if __name__ == "__main__":
    main()
