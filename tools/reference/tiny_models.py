"""Tiny random models in diffusers' folder layout, under tests/golden/tiny/. Nothing here is trained; every weight is drawn from a fixed seed.

Biases and norm weights are random too, so that a layer left out or taken twice changes the result.
"""

import json
import shutil

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from golden_file import GOLDEN, check_size

diffusers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
diffusers.logging.disable_progress_bar()

TINY = GOLDEN / "tiny"
VOCAB_SIZE = 1333  # the tokenizer of models/demo
BOS, EOS = 1331, 1332


# --- weights ---------------------------------------------------------------------------------------------------------


def draw_weights(module, seed, dtype=torch.float16):
    """Fills `module` with values that keep activations near unit variance, rounded to `dtype` but held in f32."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = {f"{name}.weight" for name, child in module.named_modules() if isinstance(child, torch.nn.Embedding)}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name in embeddings:
                value = 0.5 * noise
            elif name.endswith("bias"):
                value = 0.2 * noise
            elif parameter.ndim == 1:
                value = 1 + 0.2 * noise  # a norm's weight
            else:
                sharp = any(part in name for part in ("to_q", "to_k", "q_proj", "k_proj"))  # a softmax that is not flat
                value = noise * (1.6 if sharp else 1.0) / parameter[0].numel() ** 0.5
            parameter.copy_(value.to(dtype).float())
    return module.float().eval()


# --- configurations --------------------------------------------------------------------------------------------------

SMALL_UNET = dict(
    sample_size=8,
    in_channels=4,
    out_channels=4,
    block_out_channels=(4, 8),
    layers_per_block=1,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    cross_attention_dim=12,
    attention_head_dim=2,  # diffusers reads this as the number of heads
    norm_num_groups=2,
)

# name -> what differs from SMALL_UNET. One idea each, so that an engine may refuse one by name and still run the others.
UNETS = {
    "small": {},
    "down_first": dict(
        block_out_channels=(4, 6, 10),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    ),
    "four_levels": dict(
        block_out_channels=(4, 4, 6, 8),
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    ),
    "one_level": dict(block_out_channels=(8,), down_block_types=("CrossAttnDownBlock2D",), up_block_types=("CrossAttnUpBlock2D",)),
    "no_mid": dict(mid_block_type=None),
    "plain_mid": dict(mid_block_type="UNetMidBlock2D"),
    "no_attention": dict(
        mid_block_type="UNetMidBlock2D", down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2
    ),
    "head_list": dict(attention_head_dim=(1, 4)),
    "layer_lists": dict(layers_per_block=(2, 1), transformer_layers_per_block=(2, 1)),
    "reverse_layers": dict(transformer_layers_per_block=(1, 2), reverse_transformer_layers_per_block=(2, 1)),
    "linear_projection": dict(use_linear_projection=True),
    "only_cross_attention": dict(only_cross_attention=(True, False)),
    "scale_shift": dict(resnet_time_scale_shift="scale_shift"),
    "skip_time_act": dict(resnet_skip_time_act=True),  # this field and the next change nothing with these block types
    "out_scale": dict(resnet_out_scale_factor=1.4),
    "cosine_first": dict(flip_sin_to_cos=False, freq_shift=1),
    "time_embedding_dim": dict(time_embedding_dim=20),
    "time_activation": dict(time_embedding_act_fn="gelu", timestep_post_act="silu"),
    "centred": dict(center_input_sample=True),
    "norm_eps": dict(norm_eps=0.05),
    "mid_scale": dict(mid_block_scale_factor=1.6),
    "asymmetric_down": dict(downsample_padding=0),
    "nine_channels": dict(in_channels=9),
    "kernels": dict(conv_in_kernel=1, conv_out_kernel=5),
    "act_gelu": dict(act_fn="gelu"),
    "class_labels": dict(num_class_embeds=5),
}

SMALL_VAE = dict(
    in_channels=3,
    out_channels=3,
    latent_channels=4,
    block_out_channels=(4, 8),
    layers_per_block=1,
    down_block_types=("DownEncoderBlock2D",) * 2,
    up_block_types=("UpDecoderBlock2D",) * 2,
    norm_num_groups=2,
    sample_size=32,
)

VAES = {
    "small": {},
    "no_mid_attention": dict(mid_block_add_attention=False),
    "no_quant": dict(use_quant_conv=False, use_post_quant_conv=False),
    "three_levels": dict(
        block_out_channels=(4, 6, 8), down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3
    ),
    "old_names": {},  # attention under query, key, value, proj_attn, as the published SD 1.x files have it
}

SD1_UNET = {
    **SMALL_UNET,
    "block_out_channels": (16, 24),
    "cross_attention_dim": 32,
    "attention_head_dim": 4,
    "norm_num_groups": 8,
    "act_fn": "silu",
    "center_input_sample": False,
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
}
SD1_VAE = {**SMALL_VAE, **VAES["three_levels"], "block_out_channels": (8, 12, 16), "norm_num_groups": 4, "act_fn": "silu"}
SD1_TEXT = dict(
    vocab_size=VOCAB_SIZE, hidden_size=32, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4, hidden_act="quick_gelu",
    max_position_embeddings=77, projection_dim=32, bos_token_id=BOS, eos_token_id=EOS, pad_token_id=EOS,
)  # fmt: skip
SD1_SCHEDULER = {
    "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
    "clip_sample": False, "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None,
}  # fmt: skip

SD2_UNET = {
    **SMALL_UNET,
    "block_out_channels": (8, 12, 16),
    "layers_per_block": (1, 2, 1),
    "transformer_layers_per_block": (1, 2, 1),
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "cross_attention_dim": 24,
    "norm_num_groups": 4,
    "attention_head_dim": (2, 3, 4),
    "use_linear_projection": True,
    "upcast_attention": True,  # has no effect in f32
}
SD2_VAE = {
    **SMALL_VAE,
    "norm_num_groups": 4,
    "block_out_channels": (4, 8, 8, 12),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}
SD2_TEXT = dict(
    vocab_size=VOCAB_SIZE, hidden_size=24, intermediate_size=64, num_hidden_layers=4, num_attention_heads=3, hidden_act="gelu",
    max_position_embeddings=77, projection_dim=16, bos_token_id=BOS, eos_token_id=EOS, pad_token_id=EOS,
)  # fmt: skip
SD2_SCHEDULER = {
    "_class_name": "DDIMScheduler", "_diffusers_version": "0.8.0", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
    "clip_sample": False, "num_train_timesteps": 1000, "prediction_type": "v_prediction", "set_alpha_to_one": False, "skip_prk_steps": True,
    "steps_offset": 1, "trained_betas": None,
}  # fmt: skip


# --- folders ---------------------------------------------------------------------------------------------------------


def make_unet(overrides, seed):
    return draw_weights(UNet2DConditionModel(**{**SMALL_UNET, **overrides}), seed)


def make_vae(overrides, seed):
    vae = draw_weights(AutoencoderKL(**{**SMALL_VAE, **overrides}), seed)
    with torch.no_grad():
        vae.decoder.conv_out.weight *= 0.6  # pictures mostly inside -1..1: clamping is met but hides little
    return vae


def make_text_encoder(config, seed):
    return draw_weights(CLIPTextModel(CLIPTextConfig(**config)), seed)


def save_model(model, folder, dtype=torch.float16, **options):
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, **options)
    model.float()
    for path in folder.iterdir():
        check_size(path, path.stat().st_size)


def rename_weights(path, rename, extra=None):
    tensors = {rename(name): tensor for name, tensor in load_file(path).items()}
    save_file({**tensors, **(extra or {})}, path, metadata={"format": "pt"})


def age_config(path, fields, **changes):
    """Leaves what the published SD 1.x files state and no more: everything else is the reader's default."""
    config = json.loads(path.read_text())
    config = {key: value for key, value in config.items() if key in fields or key == "_class_name"} | changes
    path.write_text(json.dumps(config, indent=2) + "\n")


def old_attention_name(name):
    for new, old in (("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")):
        name = name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
    return name


def old_text_name(name):
    """transformers 5 writes `encoder.layers...`; every version before, and most published files, `text_model.encoder.layers...`."""
    return name if name.startswith("text_model.") else "text_model." + name


def new_text_name(name):
    return name.removeprefix("text_model.")


def write_scheduler(folder, config):
    (folder / "scheduler").mkdir(parents=True, exist_ok=True)
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_tokenizer(folder):
    """The demo pipeline's tokenizer, but for 77 tokens as Stable Diffusion has it."""
    demo = GOLDEN.parents[1] / "models" / "demo" / "tokenizer"
    target = folder / "tokenizer"
    target.mkdir(parents=True, exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(demo / name, target / name)
    config = json.loads((demo / "tokenizer_config.json").read_text())
    config = {key: config[key] for key in ("bos_token", "eos_token", "pad_token", "unk_token", "tokenizer_class")}
    (target / "tokenizer_config.json").write_text(json.dumps({**config, "model_max_length": 77}, indent=2) + "\n")


def write_model_index(folder):
    classes = dict(
        scheduler=["diffusers", json.loads((folder / "scheduler" / "scheduler_config.json").read_text())["_class_name"]],
        text_encoder=["transformers", "CLIPTextModel"],
        tokenizer=["transformers", "CLIPTokenizer"],
        unet=["diffusers", "UNet2DConditionModel"],
        vae=["diffusers", "AutoencoderKL"],
        feature_extractor=[None, None],
        safety_checker=[None, None],
    )
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1", **classes, "requires_safety_checker": False}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_sd1():
    """SD 1.x in small: convolution projections, an integer head count, quick_gelu, PNDM; the UNet in shards, text weights under old names."""
    folder = TINY / "sd1"
    save_model(make_unet(SD1_UNET, 11), folder / "unet", max_shard_size="150KB")
    save_model(make_vae(SD1_VAE, 12), folder / "vae")
    save_model(make_text_encoder(SD1_TEXT, 13), folder / "text_encoder")
    age_config(folder / "unet" / "config.json", SD1_UNET, _diffusers_version="0.10.0")
    age_config(folder / "vae" / "config.json", SD1_VAE, _diffusers_version="0.10.0")
    position_ids = {"text_model.embeddings.position_ids": torch.arange(77).unsqueeze(0)}  # published files carry this buffer
    rename_weights(folder / "text_encoder" / "model.safetensors", old_text_name, position_ids)
    write_scheduler(folder, SD1_SCHEDULER)
    write_tokenizer(folder)
    write_model_index(folder)


def write_sd2():
    """SD 2.x in small: linear projections, lists everywhere, v_prediction, gelu; UNet in bf16, VAE in f32, text weights under new names."""
    folder = TINY / "sd2"
    save_model(draw_weights(UNet2DConditionModel(**SD2_UNET), 21, torch.bfloat16), folder / "unet", torch.bfloat16, max_shard_size="120KB")
    save_model(make_vae(SD2_VAE, 22), folder / "vae", torch.float32)
    save_model(make_text_encoder(SD2_TEXT, 23), folder / "text_encoder")
    rename_weights(folder / "text_encoder" / "model.safetensors", new_text_name)
    write_scheduler(folder, SD2_SCHEDULER)
    write_tokenizer(folder)
    write_model_index(folder)


def write_variants():
    for number, (name, overrides) in enumerate(UNETS.items()):
        save_model(make_unet(overrides, 100 + number), TINY / f"unet_{name}")
    for number, (name, overrides) in enumerate(VAES.items()):
        save_model(make_vae(overrides, 200 + number), TINY / f"vae_{name}")
    rename_weights(TINY / "vae_old_names" / "diffusion_pytorch_model.safetensors", old_attention_name)


def write_tiny_models():
    shutil.rmtree(TINY, ignore_errors=True)
    write_sd1()
    write_sd2()
    write_variants()


if __name__ == "__main__":
    write_tiny_models()
