"""Tiny random transformers of Stable Diffusion 3 and Flux and a T5 encoder (tests/golden/tiny/), and their goldens in f32 (tests/golden/models/).

A batch has one timestep, as a denoising loop has; sizes are square and odd.
"""

import torch
from diffusers import FluxTransformer2DModel, SD3Transformer2DModel
from transformers import T5Config, T5EncoderModel

from golden_file import random_tensor, write_golden
from tiny_models import TINY, draw_weights, save_model

SD3 = dict(
    sample_size=16, patch_size=2, in_channels=4, out_channels=4, num_layers=3, attention_head_dim=8, num_attention_heads=2, joint_attention_dim=12,
    caption_projection_dim=16, pooled_projection_dim=10, pos_embed_max_size=9,
)  # fmt: skip
FLUX = dict(
    patch_size=1, in_channels=8, num_layers=2, num_single_layers=2, attention_head_dim=12, num_attention_heads=2, joint_attention_dim=14, pooled_projection_dim=10,
    axes_dims_rope=(2, 4, 6),
)  # fmt: skip
TRANSFORMERS = {
    "sd3": (SD3Transformer2DModel, SD3),
    "sd35": (SD3Transformer2DModel, {**SD3, "num_layers": 4, "qk_norm": "rms_norm", "dual_attention_layers": (0, 2)}),
    "sd3_patch_1": (SD3Transformer2DModel, {**SD3, "num_layers": 1, "patch_size": 1, "out_channels": 6}),
    "flux_dev": (FluxTransformer2DModel, {**FLUX, "guidance_embeds": True}),
    "flux_schnell": (FluxTransformer2DModel, {**FLUX, "num_layers": 1, "num_single_layers": 2, "attention_head_dim": 16, "num_attention_heads": 1, "axes_dims_rope": (4, 6, 6)}),
}
T5S = {
    "t5": dict(vocab_size=2500, d_model=16, d_kv=6, d_ff=40, num_layers=2, num_heads=3, relative_attention_num_buckets=8, relative_attention_max_distance=20),
    "t5_silu": dict(vocab_size=50, d_model=12, d_kv=4, d_ff=20, num_layers=1, num_heads=2, feed_forward_proj="gated-silu", layer_norm_epsilon=1e-3),
}  # fmt: skip
# case -> batch, height and width of the latents, tokens, timestep
CASES = {"square": (1, 8, 8, 7, 981.0), "odd": (2, 6, 10, 5, 250.5)}
BIG_CASE = {"tall": (1, 18, 2, 3, 0.0)}  # Stable Diffusion 3's whole table of positions


def save(model, name):
    save_model(model, TINY / name)
    return type(model).from_pretrained(TINY / name, dtype=torch.float32).eval()


def sd3_golden(name, model):
    tensors = {}
    for case, (batch, height, width, tokens, timestep) in (CASES | BIG_CASE).items():
        if height // model.config.patch_size > model.config.pos_embed_max_size or width // model.config.patch_size > model.config.pos_embed_max_size:
            continue
        inputs = dict(
            hidden_states=random_tensor(1, batch, model.config.in_channels, height, width), timestep=torch.full((batch,), timestep),
            encoder_hidden_states=random_tensor(2, batch, tokens, model.config.joint_attention_dim), pooled_projections=random_tensor(3, batch, model.config.pooled_projection_dim),
        )  # fmt: skip
        tensors |= {f"{case}.{key}": value for key, value in inputs.items()}
        tensors[f"{case}.output"] = model(**inputs).sample
    write_golden(f"models/transformer_{name}.safetensors", tensors, {"model": f"tiny/transformer_{name}"})


def flux_golden(name, model):
    """`timestep` is the scheduler's: the pipeline divides it by 1000, the model multiplies again. Sizes are those of the latents."""
    tensors = {}
    for case, (batch, height, width, tokens, timestep) in CASES.items():
        rows, columns = height // 2, width // 2
        places = torch.zeros(rows, columns, 3)
        places[..., 1] += torch.arange(rows)[:, None]
        places[..., 2] += torch.arange(columns)[None, :]
        inputs = dict(
            hidden_states=random_tensor(1, batch, rows * columns, model.config.in_channels), timestep=torch.full((batch,), timestep),
            encoder_hidden_states=random_tensor(2, batch, tokens, model.config.joint_attention_dim), pooled_projections=random_tensor(3, batch, model.config.pooled_projection_dim),
        )  # fmt: skip
        if model.config.guidance_embeds:
            inputs["guidance"] = torch.linspace(3.5, 4.5, batch)
        tensors |= {f"{case}.{key}": value for key, value in inputs.items()} | {f"{case}.size": torch.tensor([rows, columns])}
        inputs["timestep"] = inputs["timestep"] / 1000
        tensors[f"{case}.output"] = model(**inputs, img_ids=places.reshape(-1, 3), txt_ids=torch.zeros(tokens, 3)).sample
    write_golden(f"models/transformer_{name}.safetensors", tensors, {"model": f"tiny/transformer_{name}"})


def t5_golden(name, config, seed):
    model = draw_weights(T5EncoderModel(T5Config(**{"feed_forward_proj": "gated-gelu", **config})), seed)
    model = save(model, name)
    generator = torch.Generator().manual_seed(3)
    tensors = {}
    for tokens in (1, 13, 77):
        ids = torch.randint(0, config["vocab_size"], (2, tokens), generator=generator)
        tensors |= {f"{tokens}.input_ids": ids, f"{tokens}.last_hidden_state": model(ids).last_hidden_state}
    write_golden(f"models/{name}.safetensors", tensors, {"model": f"tiny/{name}"})


@torch.no_grad()
def write_transformer_goldens():
    for number, (name, (cls, config)) in enumerate(TRANSFORMERS.items()):
        model = save(draw_weights(cls(**config), 500 + number), f"transformer_{name}")
        (sd3_golden if cls is SD3Transformer2DModel else flux_golden)(name, model)
    for number, (name, config) in enumerate(T5S.items()):
        t5_golden(name, config, 600 + number)


if __name__ == "__main__":
    write_transformer_goldens()
