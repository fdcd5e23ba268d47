"""A Flux adapter in kohya's names, and what diffusers makes of it: tests/golden/adapters/flux_kohya.safetensors.

The file holds the adapter as `adapter.*`, and for each of diffusers' modules `expected.MODULE`: the first and last rows of
its difference of weights, applied to a vector of ones. diffusers divides linear1 by Flux' own width, so that is the width here.
"""

import torch
from diffusers.loaders.lora_conversion_utils import _convert_kohya_flux_lora_to_diffusers

from golden_file import random_tensor, write_golden

WIDTH, ROWS = 3072, 5
MODULES = {  # name -> inputs, outputs, rank, alpha
    "lora_unet_double_blocks_0_img_attn_qkv": (WIDTH, 3 * WIDTH, 1, 0.5),
    "lora_unet_double_blocks_0_txt_attn_proj": (WIDTH, WIDTH, 1, 1.0),
    "lora_unet_double_blocks_0_img_mlp_0": (WIDTH, 8, 2, 4.0),
    "lora_unet_double_blocks_0_txt_mod_lin": (8, 24, 2, 2.0),
    "lora_unet_single_blocks_3_linear1": (WIDTH, 7 * WIDTH, 1, 2.0),
    "lora_unet_single_blocks_3_linear2": (16, WIDTH, 1, 1.0),
    "lora_unet_single_blocks_3_modulation_lin": (8, 24, 1, 3.0),
}


def write_transformer_adapter_goldens():
    adapter = {}
    for seed, (name, (inputs, outputs, rank, alpha)) in enumerate(MODULES.items()):
        adapter[f"{name}.lora_down.weight"] = random_tensor(seed, rank, inputs).half()
        adapter[f"{name}.lora_up.weight"] = random_tensor(100 + seed, outputs, rank).half()
        adapter[f"{name}.alpha"] = torch.tensor(alpha)
    converted = _convert_kohya_flux_lora_to_diffusers({key: value.clone().float() if "alpha" not in key else value for key, value in adapter.items()})
    tensors = {f"adapter.{key}": value for key, value in adapter.items()}
    for key, up in converted.items():
        if not key.endswith(".lora_B.weight"):
            continue
        module = key.removesuffix(".lora_B.weight")
        applied = up.double() @ converted[f"{module}.lora_A.weight"].double().sum(1)
        tensors[f"expected.{module}"] = torch.cat([applied[:ROWS], applied[-ROWS:]]).float()
    write_golden("adapters/flux_kohya.safetensors", tensors, {"modules": len(MODULES)})


if __name__ == "__main__":
    write_transformer_adapter_goldens()
