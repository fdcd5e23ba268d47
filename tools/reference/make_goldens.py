"""Writes every golden file of the project: python tools/reference/make_goldens.py [PART...]

The same versions on the same kind of machine give the same bytes, but for the order of names in the headers of the few adapters that diffusers' own
`save_lora_weights` writes. Each part is a module here with a function `write_<module>()` or `main()`, and can be written alone.
"""

import importlib
import sys

import torch

# In this order: the tiny models are read by most of what follows them.
PARTS = [
    "tiny_models",
    "block_goldens",
    "model_goldens",
    "algorithm_goldens",
    "transformer_goldens",
    "picture_goldens",
    "sdxl_goldens",
    "transformer_picture_goldens",
    "random_goldens",
    "tokenizer_goldens",
    "t5_tokenizer_goldens",
    "scheduler_goldens",
    "adapter_goldens",
    "original_names_goldens",
    "transformer_adapter_goldens",
    "name_pattern_goldens",
]


def main():
    torch.set_num_threads(1)  # the order of sums, and with it the last bits, depends on the number of threads
    torch.use_deterministic_algorithms(True)
    for part in sys.argv[1:] or PARTS:
        print(part, flush=True)
        module = importlib.import_module(part)
        write = getattr(module, f"write_{part}", None) or module.main
        write()


if __name__ == "__main__":
    main()
