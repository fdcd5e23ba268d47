"""The adapters of the picture goldens, in three dialects: plain diffusers names, kohya names with alphas, peft names with the configuration as metadata.

Ranks differ by module in each of them, alphas in those that carry them; each has a text-encoder part, convolutions and linear layers.
"""

import json
import re

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save

from golden_file import GOLDEN, check_size
from tiny_models import TINY

# pattern of the module's path -> rank, alpha
UNET_PLAIN = {r"attn[12]\.to_(q|k|v|out\.0)": (4, None), r"ff\.net\.(0\.proj|2)": (2, None), r"proj_(in|out)": (3, None), r"resnets\.0\.conv1": (5, None)}
UNET_KOHYA = {
    r"attn[12]\.to_(q|v)": (2, 1.0),
    r"ff\.net\.2": (7, 3.5),
    r"resnets\.\d\.(conv[12]|conv_shortcut|time_emb_proj)": (3, 4.0),
    r"(down|up)samplers\.0\.conv": (1, 1.0),
    r"conv_(in|out)": (2, 2.0),
    r"time_embedding\.linear_1": (6, 3.0),
}
UNET_METADATA = {r"attn1\.to_(q|k|v|out\.0)": (4, 4.0), r"attn2\.to_(k|v)": (8, 2.0), r"proj_(in|out)": (3, 4.0), r"resnets\.1\.conv2": (2, 1.0)}
TEXT_PLAIN = {r"self_attn\.(q|k|v|out)_proj": (2, None)}
TEXT_KOHYA = {r"self_attn\.(q|v|out)_proj": (3, 1.5), r"mlp\.fc[12]": (2, 2.0)}
TEXT_METADATA = {r"self_attn\.(q|k|v|out)_proj": (2, 4.0)}


def factors(module, rank, generator):
    """down [rank,in,...], up [out,rank,...], so large that the adapter changes the layer's output by about half its size."""
    weight = module.weight
    kernel = weight.shape[2:]
    down = torch.randn(rank, weight.shape[1], *kernel, generator=generator) / weight[0].numel() ** 0.5
    up = torch.randn(weight.shape[0], rank, *[1] * len(kernel), generator=generator) * 0.5 / rank**0.5
    return down.half(), up.half()


def targets(model, patterns):
    """(path, module, rank, alpha) for every linear layer and convolution whose path ends in one of the patterns."""
    for path, module in model.named_modules():
        if not isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)):
            continue
        for pattern, (rank, alpha) in patterns.items():
            if re.search(rf"(^|\.){pattern}$", path):
                yield path, module, rank, alpha
                break


def text_path(path):
    return path if path.startswith("text_model.") else "text_model." + path


def components(pipeline, unet_patterns, text_patterns):
    for path, *rest in targets(pipeline.unet, unet_patterns):
        yield "unet", path, *rest
    for path, *rest in targets(pipeline.text_encoder, text_patterns):
        yield "text_encoder", path, *rest


def write_adapter(name, tensors, metadata):
    """One metadata entry at most: safetensors does not keep the order of several."""
    data = save({key: value.contiguous() for key, value in tensors.items()}, metadata=metadata)
    check_size(name, len(data))
    target = GOLDEN / "adapters" / f"picture_{name}.safetensors"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def write_plain(model, seed, name):
    generator, tensors = torch.Generator().manual_seed(seed), {}
    for component, path, module, rank, _ in components(model, UNET_PLAIN, TEXT_PLAIN):
        path = text_path(path) if component == "text_encoder" else path
        tensors[f"{component}.{path}.lora_A.weight"], tensors[f"{component}.{path}.lora_B.weight"] = factors(module, rank, generator)
    write_adapter(name, tensors, {"format": "pt"})


def write_kohya(model, seed, name):
    generator, tensors = torch.Generator().manual_seed(seed), {}
    for component, path, module, rank, alpha in components(model, UNET_KOHYA, TEXT_KOHYA):
        prefix = "lora_te_" + text_path(path) if component == "text_encoder" else "lora_unet_" + path
        key = prefix.replace(".", "_")
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = factors(module, rank, generator)
        tensors[f"{key}.alpha"] = torch.tensor(alpha)
    write_adapter(name, tensors, {"ss_network_module": "networks.lora"})


def write_metadata(model, seed, name):
    """As save_lora_weights writes it when given the adapters' configurations: ranks and alphas stand in the header."""
    generator, tensors, metadata = torch.Generator().manual_seed(seed), {}, {}
    for component, path, module, rank, alpha in components(model, UNET_METADATA, TEXT_METADATA):
        tensors[f"{component}.{path}.lora_A.weight"], tensors[f"{component}.{path}.lora_B.weight"] = factors(module, rank, generator)
        first = f"{component}.r" not in metadata
        if first:
            metadata |= {f"{component}.r": rank, f"{component}.lora_alpha": alpha, f"{component}.target_modules": []}
            metadata |= {f"{component}.rank_pattern": {}, f"{component}.alpha_pattern": {}}
        metadata[f"{component}.target_modules"].append(path)
        if rank != metadata[f"{component}.r"]:
            metadata[f"{component}.rank_pattern"][path] = rank
        if alpha != metadata[f"{component}.lora_alpha"]:
            metadata[f"{component}.alpha_pattern"][path] = alpha
    write_adapter(name, tensors, {"lora_adapter_metadata": json.dumps(metadata, indent=2, sort_keys=True)})


def write_picture_adapters():
    sd1, sd2 = (StableDiffusionPipeline.from_pretrained(TINY / model, dtype=torch.float32) for model in ("sd1", "sd2"))
    write_plain(sd1, 401, "sd1_plain")
    write_kohya(sd1, 402, "sd1_kohya")
    write_metadata(sd2, 403, "sd2_metadata")
    write_kohya(sd2, 404, "sd2_kohya")


if __name__ == "__main__":
    write_picture_adapters()
