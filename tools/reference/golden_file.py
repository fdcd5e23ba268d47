"""Writing golden files: safetensors of at most 200 KB whose single metadata entry `config` is JSON."""

import json
from pathlib import Path

import torch
from safetensors.torch import save

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
MAX_BYTES = 200_000


def write_golden(path, tensors, config):
    """Writes `tensors` to tests/golden/`path`. One metadata key only: safetensors does not keep the order of several."""
    tensors = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ValueError(f"{path}: {name} is not finite")
    data = save(tensors, metadata={"config": json.dumps(config, sort_keys=True)})
    check_size(path, len(data))
    target = GOLDEN / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def write_json(path, value):
    target = GOLDEN / path
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    check_size(path, len(text))
    target.write_text(text)


def check_size(path, size):
    if size > MAX_BYTES:
        raise ValueError(f"{path}: expected at most {MAX_BYTES} bytes, got {size}")


def random_tensor(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
