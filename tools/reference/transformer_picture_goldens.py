"""Whole pictures of Stable Diffusion 3 and Flux in small: tests/golden/tiny/{sd3,flux}, and pictures with and without T5, guidance and adapters."""

import json
import shutil
import tempfile
from pathlib import Path

import diffusers
import torch
from diffusers import FluxPipeline, FluxTransformer2DModel, SD3Transformer2DModel, StableDiffusion3Pipeline
from diffusers.utils.peft_utils import set_weights_and_activate_adapters
from safetensors.torch import save
from transformers import CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel

from golden_file import GOLDEN, check_size, write_golden
from picture_adapters import factors, targets, text_path
from sdxl_goldens import text_encoder
from tiny_models import SD1_TEXT, SMALL_VAE, TINY, draw_weights, make_vae, save_model, write_scheduler, write_tokenizer

TEXT = {**SD1_TEXT, "hidden_size": 16, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 2, "projection_dim": 6}
TEXT_2 = {**SD1_TEXT, "hidden_size": 12, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 3, "projection_dim": 4, "hidden_act": "gelu"}
T5 = dict(vocab_size=2500, d_model=32, d_kv=6, d_ff=40, num_layers=2, num_heads=3, relative_attention_num_buckets=8, relative_attention_max_distance=20,
          feed_forward_proj="gated-gelu")  # fmt: skip
VAE = {**SMALL_VAE, "norm_num_groups": 2, "scaling_factor": 1.5305, "shift_factor": 0.0609, "use_quant_conv": False, "use_post_quant_conv": False}
SD3 = dict(
    sample_size=16, patch_size=2, in_channels=4, out_channels=4, num_layers=3, attention_head_dim=8, num_attention_heads=2, joint_attention_dim=32,
    caption_projection_dim=16, pooled_projection_dim=10, pos_embed_max_size=9, qk_norm="rms_norm", dual_attention_layers=(0,),
)  # fmt: skip
FLUX = dict(
    patch_size=1, in_channels=16, num_layers=2, num_single_layers=2, attention_head_dim=12, num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=16,
    axes_dims_rope=(2, 4, 6), guidance_embeds=True,
)  # fmt: skip
SD3_SCHEDULER = {"_class_name": "FlowMatchEulerDiscreteScheduler", "_diffusers_version": "0.29.0.dev0", "num_train_timesteps": 1000, "shift": 3.0}
FLUX_SCHEDULER = {
    "_class_name": "FlowMatchEulerDiscreteScheduler", "_diffusers_version": "0.30.0.dev0", "base_image_seq_len": 256, "base_shift": 0.5, "max_image_seq_len": 4096,
    "max_shift": 1.15, "num_train_timesteps": 1000, "shift": 3.0, "use_dynamic_shifting": True,
}  # fmt: skip


def write_t5(folder, encoder, tokenizer, seed):
    save_model(draw_weights(T5EncoderModel(T5Config(**T5)), seed), folder / encoder)
    (folder / tokenizer).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(GOLDEN / "tokenizer" / "t5" / "spiece.model", folder / tokenizer / "spiece.model")
    (folder / tokenizer / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T5Tokenizer", "model_max_length": 512}, indent=2) + "\n")


def write_clip_tokenizer(folder, name):
    write_tokenizer(folder)
    if name != "tokenizer":
        shutil.copytree(folder / "tokenizer", folder / name, dirs_exist_ok=True)


def write_index(folder, class_name, **parts):
    index = {"_class_name": class_name, "_diffusers_version": "0.42.1", "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"], **parts}
    (folder / "model_index.json").write_text(json.dumps({**index, "vae": ["diffusers", "AutoencoderKL"]}, indent=2) + "\n")


def write_sd3():
    folder = TINY / "sd3"
    shutil.rmtree(folder, ignore_errors=True)
    save_model(draw_weights(SD3Transformer2DModel(**SD3), 41), folder / "transformer")
    save_model(make_vae(VAE, 42), folder / "vae")
    save_model(text_encoder(CLIPTextModelWithProjection, TEXT, 43), folder / "text_encoder")
    save_model(text_encoder(CLIPTextModelWithProjection, TEXT_2, 44), folder / "text_encoder_2")
    write_t5(folder, "text_encoder_3", "tokenizer_3", 45)
    for name in ("tokenizer", "tokenizer_2"):
        write_clip_tokenizer(folder, name)
    write_scheduler(folder, SD3_SCHEDULER)
    clip, tokenizer = ["transformers", "CLIPTextModelWithProjection"], ["transformers", "CLIPTokenizer"]
    write_index(folder, "StableDiffusion3Pipeline", text_encoder=clip, text_encoder_2=clip, text_encoder_3=["transformers", "T5EncoderModel"],
                tokenizer=tokenizer, tokenizer_2=tokenizer, tokenizer_3=["transformers", "T5Tokenizer"],
                transformer=["diffusers", "SD3Transformer2DModel"])  # fmt: skip


def write_flux():
    folder = TINY / "flux"
    shutil.rmtree(folder, ignore_errors=True)
    save_model(draw_weights(FluxTransformer2DModel(**FLUX), 51), folder / "transformer")
    save_model(make_vae(VAE, 52), folder / "vae")
    save_model(text_encoder(CLIPTextModel, TEXT, 53), folder / "text_encoder")
    write_t5(folder, "text_encoder_2", "tokenizer_2", 54)
    write_clip_tokenizer(folder, "tokenizer")
    write_scheduler(folder, FLUX_SCHEDULER)
    write_index(folder, "FluxPipeline", text_encoder=["transformers", "CLIPTextModel"], text_encoder_2=["transformers", "T5EncoderModel"],
                tokenizer=["transformers", "CLIPTokenizer"], tokenizer_2=["transformers", "T5Tokenizer"],
                transformer=["diffusers", "FluxTransformer2DModel"])  # fmt: skip


# --- adapters --------------------------------------------------------------------------------------------------------

PARTS = {
    "sd3": {
        "transformer": {r"attn2?\.(to_q|to_v|add_k_proj|to_out\.0|to_add_out)": (2, None), r"ff\.net\.2": (3, None), r"norm1\.linear": (1, None), r"context_embedder": (2, None)},
        "text_encoder": {r"self_attn\.(q|k|v|out)_proj": (2, None)},
        "text_encoder_2": {r"self_attn\.(q|k|v|out)_proj": (3, None), r"mlp\.fc1": (3, None)},
    },
    "flux": {
        "transformer": {r"attn\.(to_q|to_k|add_v_proj|to_out\.0|to_add_out)": (2, None), r"proj_(mlp|out)": (3, None), r"norm\.linear": (1, None), r"x_embedder": (2, None)},
        "text_encoder": {r"self_attn\.(q|k|v|out)_proj": (2, None)},
    },
}  # fmt: skip


def write_adapter(model, pipeline):
    """diffusers' names, no alphas: alpha is the rank."""
    tensors, generator = {}, torch.Generator().manual_seed(6)
    for component, patterns in PARTS[model].items():
        for path, module, rank, _ in targets(getattr(pipeline, component), patterns):
            down, up = factors(module, rank, generator)
            name = f"{component}.{path if component == 'transformer' else text_path(path)}"
            tensors[f"{name}.lora_A.weight"], tensors[f"{name}.lora_B.weight"] = down.contiguous(), up.contiguous()
    data = save(tensors)
    check_size(model, len(data))
    (GOLDEN / "adapters" / f"picture_{model}.safetensors").write_bytes(data)


# --- pictures --------------------------------------------------------------------------------------------------------

PLAIN = dict(prompt="red apple", seed=7, steps=4, width=32, height=32, num_images=1)
BOTH = dict(prompt="a castle, at night", negative_prompt="cat face")
PICTURES = {
    "sd3": ("sd3", dict(guidance_scale=5.0)),
    "sd3_three_prompts": ("sd3", dict(BOTH, prompt_2="red apple", prompt_3="a rocket above the sea", negative_prompt_3="rain", guidance_scale=4.0, num_images=2, width=24, height=32)),
    "sd3_guidance_1": ("sd3", dict(guidance_scale=1.0, width=16)),
    "sd3_short_text": ("sd3", dict(BOTH, guidance_scale=5.0, max_sequence_length=40)),
    "sd3_without_t5": ("sd3", dict(BOTH, guidance_scale=5.0)),
    "sd3_dynamic_shifting": ("sd3", dict(guidance_scale=5.0)),
    "sd3_lora": ("sd3", dict(BOTH, guidance_scale=5.0, loras=[{"path": "adapters/picture_sd3.safetensors", "weight": 0.6}])),
    "sd3_flow_match_heun": ("sd3", dict(guidance_scale=5.0, scheduler="flow_match_heun")),
    "flux": ("flux", dict(guidance_scale=3.5)),
    "flux_two_prompts": ("flux", dict(prompt="castle", prompt_2="a castle, at night", guidance_scale=2.0, num_images=2, width=24, height=32, max_sequence_length=64)),
    "flux_true_cfg": ("flux", dict(BOTH, guidance_scale=3.5, true_cfg_scale=2.5, negative_prompt_2="rain")),
    "flux_negative_alone": ("flux", dict(BOTH, guidance_scale=3.5)),
    "flux_one_step": ("flux", dict(guidance_scale=0.0, steps=1, width=16)),
    "flux_schnell": ("flux", dict(guidance_scale=0.0, steps=4)),
    "flux_lora": ("flux", dict(guidance_scale=3.5, loras=[{"path": "adapters/picture_flux.safetensors", "weight": -0.7}])),
}  # fmt: skip
SCHNELL = {**FLUX_SCHEDULER, "shift": 1.0, "use_dynamic_shifting": False}
FILES = {
    "sd3_dynamic_shifting": {"scheduler/scheduler_config.json": {**FLUX_SCHEDULER, "base_image_seq_len": 16, "max_image_seq_len": 100}},
    "flux_schnell": {"scheduler/scheduler_config.json": SCHNELL},
}
SCHEDULERS = {"flow_match_heun": "FlowMatchHeunDiscreteScheduler"}


def load(model, name):
    files, absent = dict(FILES.get(name, {})), {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / model
        shutil.copytree(TINY / model, copy)
        if name == "sd3_without_t5":
            index = json.loads((copy / "model_index.json").read_text())
            files["model_index.json"] = {**index, "text_encoder_3": [None, None], "tokenizer_3": [None, None]}
            absent = {"text_encoder_3": None, "tokenizer_3": None}
        for path, content in files.items():
            (copy / path).write_text(json.dumps(content))
        pipeline = (StableDiffusion3Pipeline if model == "sd3" else FluxPipeline).from_pretrained(copy, dtype=torch.float32, **absent)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline, files


def unpacked(pipeline, latents, request):
    if not isinstance(pipeline, FluxPipeline):
        return latents
    return pipeline._unpack_latents(latents, request["height"], request["width"], pipeline.vae_scale_factor)


def picture(name):
    model, changes = PICTURES[name]
    request = {**PLAIN, **changes}
    pipeline, files = load(model, name)
    if "scheduler" in request:
        pipeline.scheduler = getattr(diffusers, SCHEDULERS[request["scheduler"]]).from_config(pipeline.scheduler.config)
    for adapter in request.get("loras", []):
        pipeline.load_lora_weights(GOLDEN / adapter["path"], adapter_name="adapter")
        for component in PARTS[model]:
            set_weights_and_activate_adapters(getattr(pipeline, component), ["adapter"], [adapter["weight"]])
    given = {key: value for key, value in request.items() if key not in ("seed", "steps", "num_images", "loras", "scheduler")}
    latents = pipeline(
        **given,
        num_inference_steps=request["steps"],
        num_images_per_prompt=request["num_images"],
        generator=[torch.Generator().manual_seed(request["seed"] + index) for index in range(request["num_images"])],
        output_type="latent",
    ).images
    latents = unpacked(pipeline, latents, request)
    config = pipeline.vae.config
    decoded = pipeline.vae.decode(latents / config.scaling_factor + config.shift_factor).sample
    images = pipeline.image_processor.postprocess(decoded, output_type="pt", do_denormalize=[True] * request["num_images"])
    write_golden(f"models/picture_{name}.safetensors", dict(final_latents=latents, images=images), {"model": f"tiny/{model}", "files": files, "request": request})


@torch.no_grad()
def write_transformer_picture_goldens():
    write_sd3()
    write_flux()
    for model in PARTS:
        write_adapter(model, load(model, "")[0])
    for name in PICTURES:
        picture(name)


if __name__ == "__main__":
    write_transformer_picture_goldens()
