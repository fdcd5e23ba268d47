"""Adapters of each algorithm, and the weights that LyCORIS and peft make of them: tests/golden/adapters/algorithms/.

NAME.safetensors is the adapter as the library saves it; NAME_merged.safetensors holds, for each layer, the base weight ("base.MODULE") and what the
library's own layer computes with ("merged.MODULE"; where the bias changes, "base_bias.MODULE" and "merged_bias.MODULE"), f32.
"""

import shutil

import torch
from diffusers import UNet2DConditionModel
from lycoris.modules.full import FullModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from peft import LoHaConfig, LoKrConfig, LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from adapter_goldens import settle, settled_json
from golden_file import GOLDEN, check_size
from tiny_models import TINY

FOLDER = GOLDEN / "adapters" / "algorithms"
ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0"
TO_Q, TO_K, FF = f"{ATTENTION}.attn1.to_q", f"{ATTENTION}.attn2.to_k", f"{ATTENTION}.ff.net.0.proj"
CONV1, SHORTCUT = "down_blocks.1.resnets.0.conv1", "down_blocks.1.resnets.0.conv_shortcut"
DOWN, TIME, CONV_IN, PROJ = "down_blocks.0.downsamplers.0.conv", "down_blocks.1.resnets.0.time_emb_proj", "conv_in", "down_blocks.0.attentions.0.proj_in"


def new_unet():
    return UNet2DConditionModel.from_pretrained(TINY / "sd1" / "unet", dtype=torch.float32)


def draw(tensor, generator):
    """Large enough that a wrong scale or axis moves the sum well beyond rounding."""
    fan_in = max(1, tensor[0].numel()) if tensor.dim() > 1 else 1
    return torch.randn(tensor.shape, generator=generator) * 0.5 / fan_in**0.25


def used_by(module):
    """Weight and bias that the layer's own forward computes with, beyond the base's."""
    seen = {}

    def keep(x, weight, bias=None, **options):
        seen["weight"], seen["bias"] = weight.detach(), bias
        return torch.zeros(())

    module.op = keep
    module.org_forward = lambda x: torch.zeros(())
    module(torch.zeros(1))
    return seen["weight"], seen["bias"]


def kohya(name):
    return "lora_unet_" + name.replace(".", "_")


def write(name, tensors, merged, metadata=None):
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, content in [(FOLDER / f"{name}.safetensors", tensors), (FOLDER / f"{name}_merged.safetensors", merged)]:
        save_file({key: value.detach().clone().contiguous() for key, value in content.items()}, path, metadata=metadata or {"format": "pt"})
        settle(path)
        check_size(path, path.stat().st_size)


def write_lycoris(name, layers, seed, dtype=torch.float32):
    """`layers`: module's name -> (class, rank, options). The option `alpha` may be None: the file then has none."""
    unet = new_unet()
    generator = torch.Generator().manual_seed(seed)
    tensors, merged = {}, {}
    for layer_name, (kind, rank, options) in layers.items():
        layer = unet.get_submodule(layer_name)
        alpha = options.pop("alpha", rank)
        module = kind(kohya(layer_name), layer, 1.0, rank, rank if alpha is None else alpha, **options)
        for parameter_name, parameter in module.named_parameters():
            value = draw(parameter, generator)
            if parameter_name == "dora_scale":
                value = parameter.data * (1 + 0.3 * torch.rand(parameter.shape, generator=generator))
            parameter.data = value.to(dtype).float()
        state = module.custom_state_dict() if hasattr(module, "custom_state_dict") else module.state_dict()
        if kind is FullModule:  # whose own state is measured against the layer after it is applied
            state = {"diff": module.weight, "diff_b": module.bias} if module.bias is not None else {"diff": module.weight}
        if alpha is None:
            state = {key: value for key, value in state.items() if key != "alpha"}
        tensors |= {f"{kohya(layer_name)}.{key}": value.to(dtype) for key, value in state.items()}
        delta, bias = used_by(module)
        merged[f"base.{layer_name}"] = layer.weight
        merged[f"merged.{layer_name}"] = layer.weight + delta
        if bias is not None:
            merged[f"base_bias.{layer_name}"] = layer.bias
            merged[f"merged_bias.{layer_name}"] = layer.bias + bias
    write(name, tensors, merged)


def write_peft(name, config, seed):
    """peft's own folder: adapter_config.json beside the weights."""
    model = get_peft_model(new_unet(), config)
    generator = torch.Generator().manual_seed(seed)
    base = {key: value.clone() for key, value in model.base_model.model.state_dict().items() if ".base_layer." in key}
    for parameter_name, parameter in sorted(model.named_parameters()):
        if not parameter.requires_grad:
            continue
        scale = 1 + 0.3 * torch.rand(parameter.shape, generator=generator)
        parameter.data = parameter.data * scale if "magnitude" in parameter_name else draw(parameter, generator)
    folder = FOLDER / name
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    text = folder / "adapter_config.json"
    text.write_text(settled_json(text.read_text()) + "\n")
    model.base_model.merge_adapter()
    merged = {}
    for key, value in model.base_model.model.state_dict().items():
        if ".base_layer." not in key:
            continue
        layer, kind = key.split(".base_layer.")
        bias = "_bias" if kind == "bias" else ""
        if kind == "weight" or not torch.equal(base[key], value):
            merged |= {f"base{bias}.{layer}": base[key], f"merged{bias}.{layer}": value}
    path = FOLDER / f"{name}_merged.safetensors"
    save_file({key: value.detach().clone().contiguous() for key, value in merged.items()}, path)
    check_size(path, path.stat().st_size)


def write_algorithm_goldens():
    shutil.rmtree(FOLDER, ignore_errors=True)
    locon, loha, lokr = LoConModule, LohaModule, LokrModule
    write_lycoris(
        "locon",
        {
            TO_Q: (locon, 3, dict(alpha=1.5)), CONV1: (locon, 5, dict(use_tucker=True, alpha=2.0)), CONV_IN: (locon, 2, dict(use_tucker=True, alpha=None)),
            DOWN: (locon, 4, dict(alpha=4.0)), SHORTCUT: (locon, 3, dict(alpha=None)),
        }, 1,
    )  # fmt: skip
    write_lycoris(
        "loha",
        {
            TO_Q: (loha, 3, dict(alpha=1.5)), FF: (loha, 5, dict(alpha=None)), CONV1: (loha, 3, dict(alpha=2.0)),
            DOWN: (loha, 4, dict(use_tucker=True, alpha=2.0)), SHORTCUT: (loha, 2, dict(alpha=1.0)), CONV_IN: (loha, 1, dict(use_tucker=True, alpha=None)),
        }, 2,
    )  # fmt: skip
    write_lycoris(
        "lokr",
        {
            TO_Q: (lokr, 100, dict(factor=4, alpha=7.0)),  # both whole: alpha does not count
            TO_K: (lokr, 3, dict(factor=2, alpha=1.5)),  # w2 of two factors
            FF: (lokr, 1, dict(factor=4, decompose_both=True, alpha=0.5)),
            TIME: (lokr, 2, dict(factor=-1, alpha=None)),
            CONV1: (lokr, 2, dict(factor=2, alpha=1.0)),
            DOWN: (lokr, 2, dict(factor=4, use_tucker=True, alpha=3.0, unbalanced_factorization=False)),
            CONV_IN: (lokr, 1, dict(factor=2, use_tucker=True, decompose_both=True, alpha=None)),
            PROJ: (lokr, 2, dict(factor=4, unbalanced_factorization=True, alpha=1.0)),
        }, 3,
    )  # fmt: skip
    write_lycoris("full", {name: (FullModule, 1, {}) for name in [TO_Q, CONV1, SHORTCUT, TIME]}, 4)
    write_lycoris(
        "lycoris_dora",
        {
            TO_Q: (locon, 3, dict(alpha=1.5, weight_decompose=True)), TO_K: (locon, 3, dict(alpha=None, weight_decompose=True, wd_on_out=False)),
            CONV1: (locon, 2, dict(alpha=1.0, weight_decompose=True)), DOWN: (locon, 2, dict(alpha=1.0, weight_decompose=True, wd_on_out=False)),
            FF: (loha, 3, dict(alpha=1.5, weight_decompose=True)), SHORTCUT: (loha, 2, dict(alpha=1.0, weight_decompose=True, wd_on_out=False)),
            TIME: (lokr, 2, dict(alpha=1.0, factor=4, weight_decompose=True)),
            CONV_IN: (lokr, 1, dict(alpha=1.0, factor=2, weight_decompose=True, wd_on_out=False)),
        }, 5,
    )  # fmt: skip
    linear, convolutions = [TO_Q, TO_K, FF], [CONV1, DOWN, SHORTCUT]
    write_peft("peft_dora", LoraConfig(r=3, lora_alpha=5, use_dora=True, target_modules=[*linear, *convolutions], rank_pattern={FF: 2}), 6)
    write_peft("peft_bias", LoraConfig(r=3, lora_alpha=5, lora_bias=True, target_modules=[f"{ATTENTION}.attn1.to_out.0", FF, *convolutions]), 7)
    write_peft("peft_loha", LoHaConfig(r=3, alpha=5, target_modules=[*linear, *convolutions], use_effective_conv2d=True, alpha_pattern={FF: 1}), 8)
    write_peft("peft_lokr", LoKrConfig(r=2, alpha=5, target_modules=[*linear, *convolutions], use_effective_conv2d=True, decompose_both=True), 9)


if __name__ == "__main__":
    write_algorithm_goldens()
