"""The block names of Stable Diffusion's original code beside diffusers' names, for models of three structures: tests/golden/adapters/original_names.json.

The original names are those that openaimodel.py builds for a configuration; diffusers' single-file loader renames them, and what it gives must be
exactly the weights of its own UNet.
"""

import json

import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

from golden_file import GOLDEN, check_size

PATH = GOLDEN / "adapters" / "original_names.json"


def unet_config(layers, attention, depths, **more):
    """`attention`: whether each block down has any; the blocks up are the same backwards."""
    return dict(
        layers_per_block=layers, block_out_channels=tuple(8 * (i + 1) for i in range(len(attention))), norm_num_groups=4, cross_attention_dim=8,
        attention_head_dim=4, transformer_layers_per_block=depths,
        down_block_types=tuple("CrossAttnDownBlock2D" if has else "DownBlock2D" for has in attention),
        up_block_types=tuple("CrossAttnUpBlock2D" if has else "UpBlock2D" for has in reversed(attention)), **more,
    )  # fmt: skip


MODELS = {
    "stable-diffusion-1": unet_config(2, [True, True, True, False], 1),
    "stable-diffusion-xl": unet_config(
        2, [False, True, True], [1, 2, 3], addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=56
    ),
    "tiny": unet_config(1, [True, False], 1),
}

RESNET = ["in_layers.2", "emb_layers.1", "out_layers.3", "skip_connection"]
TRANSFORMER = ["attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0", "attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0", "ff.net.0.proj", "ff.net.2"]


def original_modules(config):
    """The convolutions and linear layers, as openaimodel.py's constructor counts them; a shortcut in every residual block."""
    modules = ["time_embed.0", "time_embed.2", "input_blocks.0.0", "out.2"]
    if "addition_embed_type" in config:
        modules += ["label_emb.0.0", "label_emb.0.2"]
    depths = config["transformer_layers_per_block"]
    depth = lambda level: depths[level] if isinstance(depths, list) else depths

    def resnet(at):
        return [f"{at}.{part}" for part in RESNET]

    def attention(at, level):
        blocks = [f"{at}.transformer_blocks.{i}.{part}" for i in range(depth(level)) for part in TRANSFORMER]
        return [f"{at}.proj_in", *blocks, f"{at}.proj_out"]

    levels, layers = len(config["block_out_channels"]), config["layers_per_block"]
    attentive = [kind.startswith("CrossAttn") for kind in config["down_block_types"]]
    entry = 1
    for level in range(levels):
        for _ in range(layers):
            modules += resnet(f"input_blocks.{entry}.0")
            if attentive[level]:
                modules += attention(f"input_blocks.{entry}.1", level)
            entry += 1
        if level != levels - 1:
            modules.append(f"input_blocks.{entry}.0.op")
            entry += 1
    modules += resnet("middle_block.0") + attention("middle_block.1", levels - 1) + resnet("middle_block.2")
    entry = 0
    for level in reversed(range(levels)):
        for i in range(layers + 1):
            modules += resnet(f"output_blocks.{entry}.0")
            parts = 1
            if attentive[level]:
                modules += attention(f"output_blocks.{entry}.1", level)
                parts = 2
            if level and i == layers:
                modules.append(f"output_blocks.{entry}.{parts}.conv")
            entry += 1
    return modules


def names_of(config):
    model = UNet2DConditionModel(**config)
    slots = {name for name, module in model.named_modules() if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))}
    candidates = original_modules(config)
    full = dict(model.config)
    if full.get("addition_embed_type") is None:
        full["class_embed_type"] = None
    tagged = {f"model.diffusion_model.{name}.weight": torch.tensor(i) for i, name in enumerate(candidates)}
    tagged |= {name.replace(".weight", ".bias"): tensor for name, tensor in tagged.items()}
    converted = convert_ldm_unet_checkpoint(tagged, full)
    names = {name.removesuffix(".weight"): candidates[int(i)] for name, i in converted.items() if name.endswith(".weight")}
    missing = slots - set(names)
    assert not missing, missing
    assert all(name in slots or name.endswith("conv_shortcut") for name in names), set(names) - slots
    return {names[slot]: slot for slot in sorted(slots)}


def write_original_names_goldens():
    models = ",\n".join(f"{json.dumps(name)}: {json.dumps(names_of(config), indent=0)}" for name, config in MODELS.items())
    text = f"{{{models}}}\n"
    check_size(PATH, len(text))
    PATH.write_text(text)


if __name__ == "__main__":
    write_original_names_goldens()
