"""Writes every golden file of the project: python tools/reference/make_goldens.py [PART...]. The same versions on the same kind of machine give the same bytes.

Each part is a module here with a function `write_<module>()`, and can be written alone: make_goldens.py model_goldens picture_goldens.
"""

import importlib
import sys
from pathlib import Path

import torch

# In this order: the tiny models are read by what follows them.
PARTS = ["tiny_models", "block_goldens", "model_goldens", "picture_goldens", "tokenizer_goldens", "scheduler_goldens", "adapter_goldens"]


def main():
    torch.set_num_threads(1)  # the order of sums, and with it the last bits, depends on the number of threads
    torch.use_deterministic_algorithms(True)
    here = Path(__file__).parent
    for part in sys.argv[1:] or [part for part in PARTS if (here / f"{part}.py").exists()]:
        print(part, flush=True)
        module = importlib.import_module(part)
        write = getattr(module, f"write_{part}", None) or module.main
        write()


if __name__ == "__main__":
    main()
