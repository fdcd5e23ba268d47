"""Stable Diffusion XL in small: tests/golden/tiny/sdxl, its text encoders and UNet, and whole pictures, with and without adapters."""

import json
import shutil
import tempfile
from pathlib import Path

import diffusers
import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from diffusers.utils.peft_utils import set_weights_and_activate_adapters
from safetensors.torch import save
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from golden_file import GOLDEN, check_size, random_tensor, write_golden
from picture_adapters import factors, targets, text_path
from picture_goldens import SCHEDULERS
from tiny_models import BOS, EOS, SD1_TEXT, SMALL_UNET, SMALL_VAE, TINY, VOCAB_SIZE, draw_weights, make_vae, save_model, write_scheduler, write_tokenizer

UNET = {
    **SMALL_UNET,
    "block_out_channels": (8, 12, 16),
    "layers_per_block": 2,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 3),
    "attention_head_dim": (2, 3, 4),
    "cross_attention_dim": 32 + 24,
    "norm_num_groups": 4,
    "use_linear_projection": True,
    "upcast_attention": None,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 16 + 6 * 8,
}
VAE = {
    **SMALL_VAE,
    "block_out_channels": (4, 8, 8),
    "down_block_types": ("DownEncoderBlock2D",) * 3,
    "up_block_types": ("UpDecoderBlock2D",) * 3,
    "norm_num_groups": 4,
    "scaling_factor": 0.13025,
    "force_upcast": True,
}
TEXT_2 = dict(
    vocab_size=VOCAB_SIZE, hidden_size=24, intermediate_size=64, num_hidden_layers=4, num_attention_heads=3, hidden_act="gelu",
    max_position_embeddings=77, projection_dim=16, bos_token_id=BOS, eos_token_id=EOS, pad_token_id=1,
)  # fmt: skip
SCHEDULER = {
    "_class_name": "EulerDiscreteScheduler", "_diffusers_version": "0.19.0.dev0", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
    "clip_sample": False, "interpolation_type": "linear", "num_train_timesteps": 1000, "prediction_type": "epsilon", "sample_max_value": 1.0,
    "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "timestep_spacing": "leading", "trained_betas": None, "use_karras_sigmas": False,
}  # fmt: skip


def text_encoder(kind, config, seed):
    return draw_weights(kind(CLIPTextConfig(**config)), seed)


def write_folder(folder, force_zeros=True):
    save_model(draw_weights(UNet2DConditionModel(**UNET), 31), folder / "unet", max_shard_size="150KB")
    save_model(make_vae(VAE, 32), folder / "vae")
    # Published files end sentences by an id of 2, which transformers reads as "the largest id".
    save_model(text_encoder(CLIPTextModel, {**SD1_TEXT, "eos_token_id": 2}, 33), folder / "text_encoder")
    save_model(text_encoder(CLIPTextModelWithProjection, TEXT_2, 34), folder / "text_encoder_2")
    write_scheduler(folder, SCHEDULER)
    write_tokenizer(folder)
    shutil.copytree(folder / "tokenizer", folder / "tokenizer_2", dirs_exist_ok=True)
    config = json.loads((folder / "tokenizer_2" / "tokenizer_config.json").read_text())
    (folder / "tokenizer_2" / "tokenizer_config.json").write_text(json.dumps({**config, "pad_token": "!"}, indent=2) + "\n")
    index = dict(
        _class_name="StableDiffusionXLPipeline", _diffusers_version="0.42.1", force_zeros_for_empty_prompt=force_zeros,
        scheduler=["diffusers", "EulerDiscreteScheduler"], text_encoder=["transformers", "CLIPTextModel"],
        text_encoder_2=["transformers", "CLIPTextModelWithProjection"], tokenizer=["transformers", "CLIPTokenizer"],
        tokenizer_2=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"],
        feature_extractor=[None, None], image_encoder=[None, None],
    )  # fmt: skip
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


# --- models ----------------------------------------------------------------------------------------------------------


def unet_golden():
    unet = UNet2DConditionModel.from_pretrained(TINY / "sdxl" / "unet", dtype=torch.float32).eval()
    tensors = {}
    for case, (height, width, timesteps) in {"square": (8, 8, [981.0]), "odd": (5, 7, [0.0, 500.5])}.items():
        batch = len(timesteps)
        text_embeds = random_tensor(3, batch, TEXT_2["projection_dim"])
        time_ids = torch.tensor([[1024.0, 768, 0, 16, 512, 640], [32, 48, 1, 2, 40, 24]])[:batch]
        inputs = dict(
            sample=random_tensor(1, batch, 4, height, width),
            timestep=torch.tensor(timesteps),
            encoder_hidden_states=random_tensor(2, batch, 77, UNET["cross_attention_dim"]),
        )
        output = unet(**inputs, added_cond_kwargs=dict(text_embeds=text_embeds, time_ids=time_ids)).sample
        tensors |= {f"{case}.{key}": value for key, value in {**inputs, "text_embeds": text_embeds, "time_ids": time_ids, "output": output}.items()}
    write_golden("models/sdxl_unet.safetensors", tensors, {"model": "tiny/sdxl/unet", "cases": ["square", "odd"]})


def text_golden(name, kind):
    """`hidden_states_2` is the last but one, which SDXL and SD3 take; `pooled` is the end token's, normalised, and projected where there is a projection."""
    encoder = kind.from_pretrained(TINY / "sdxl" / name, dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(3)
    input_ids = torch.full((2, 77), EOS if name == "text_encoder" else 1)
    for row, length in enumerate((5, 75)):
        input_ids[row, 0] = BOS
        input_ids[row, 1 : 1 + length] = torch.randint(0, VOCAB_SIZE - 2, (length,), generator=generator)
        input_ids[row, 1 + length] = EOS
    output = encoder(input_ids, output_hidden_states=True)
    tensors = {
        "input_ids": input_ids,
        "hidden_states_2": output.hidden_states[-2],
        "pooled": output.text_embeds if kind is CLIPTextModelWithProjection else output.pooler_output,
    }
    write_golden(f"models/sdxl_{name}.safetensors", tensors, {"model": f"tiny/sdxl/{name}"})


# --- adapters --------------------------------------------------------------------------------------------------------

UNET_PARTS = {
    r"attn[12]\.to_(q|v|out\.0)": (2, 1.0),
    r"ff\.net\.2": (2, 3.0),
    r"proj_(in|out)": (3, 3.0),
    r"resnets\.0\.conv1": (5, 5.0),
    r"(down|up)samplers\.0\.conv": (1, 1.0),
}
TEXT_PARTS = {r"self_attn\.(q|k|v|out)_proj": (2, 1.0), r"mlp\.fc1": (3, 1.5)}


def adapter_parts(pipeline):
    for path, *rest in targets(pipeline.unet, UNET_PARTS):
        yield "unet", path, *rest
    for name in ("text_encoder", "text_encoder_2"):
        for path, *rest in targets(getattr(pipeline, name), TEXT_PARTS):
            yield name, text_path(path), *rest


def write_adapters(pipeline):
    """The same adapter twice: diffusers' names without alphas (alpha is the rank), and kohya's with the alphas of the tables above."""
    kohya_prefix = {"unet": "lora_unet", "text_encoder": "lora_te1", "text_encoder_2": "lora_te2"}
    plain, kohya = {}, {}
    generator = torch.Generator().manual_seed(5)
    for component, path, module, rank, alpha in adapter_parts(pipeline):
        down, up = factors(module, rank, generator)
        plain[f"{component}.{path}.lora_A.weight"], plain[f"{component}.{path}.lora_B.weight"] = down, up
        key = f"{kohya_prefix[component]}_{path.replace('.', '_')}"
        kohya |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(alpha)}
    for name, tensors in (("sdxl_plain", plain), ("sdxl_kohya", kohya)):
        data = save({key: value.contiguous().clone() for key, value in tensors.items()})
        check_size(name, len(data))
        (GOLDEN / "adapters" / f"picture_{name}.safetensors").write_bytes(data)
    return {(component, path): (rank, alpha) for component, path, _, rank, alpha in adapter_parts(pipeline)}


# --- pictures --------------------------------------------------------------------------------------------------------

PLAIN = dict(prompt="red apple", seed=7, steps=4, guidance_scale=5.0, width=32, height=32, num_images=1)
BOTH = dict(prompt="a castle, at night", negative_prompt="cat face")


def lora(name, weight):
    return {"path": f"adapters/picture_sdxl_{name}.safetensors", "weight": weight}


# A request that names no negative prompt has none, which is not an empty one.
PICTURES = {
    "sdxl": {},
    "sdxl_empty_negative": dict(negative_prompt=""),
    "sdxl_guidance_1": dict(guidance_scale=1.0, prompt="rocket"),
    "sdxl_two_prompts": dict(BOTH, prompt_2="red apple", negative_prompt_2="rocket", num_images=2, width=40, height=24),
    "sdxl_sizes": dict(original_size=[64, 96], crops_coords_top_left=[4, 8], target_size=[40, 24], negative_original_size=[16, 16],
                       negative_target_size=[20, 20], negative_crops_coords_top_left=[1, 2]),
    "sdxl_lora": dict(BOTH, loras=[lora("plain", 0.7)]),
    "sdxl_lora_kohya": dict(loras=[lora("kohya", -0.6)], guidance_scale=1.0, width=24, height=40),
    "sdxl_two_loras": dict(BOTH, loras=[lora("plain", 0.5), lora("kohya", 0.8)], num_images=2, scheduler="euler_ancestral"),
    **{f"sdxl_{name}": dict(BOTH, scheduler=name, steps=5, width=24) for name in ("ddim", "dpmpp_2m_karras", "lcm")},
}  # fmt: skip
# SDXL-Turbo and Lightning: trailing steps; a model that takes an empty prompt as words.
FILES = {
    "sdxl_trailing": {"scheduler/scheduler_config.json": {**SCHEDULER, "timestep_spacing": "trailing"}},
    "sdxl_empty_as_words": {},
}
PICTURES |= {"sdxl_trailing": dict(guidance_scale=0.0, steps=1), "sdxl_empty_as_words": {}}


def use_adapters(pipeline, loras, alphas):
    names = []
    for index, adapter in enumerate(loras):
        pipeline.load_lora_weights(GOLDEN / adapter["path"], adapter_name=f"adapter_{index}")
        names.append(f"adapter_{index}")
        for component in ("unet", "text_encoder", "text_encoder_2"):
            for path, module in getattr(pipeline, component).named_modules():
                if names[-1] not in getattr(module, "lora_A", {}):
                    continue
                rank, alpha = alphas.pop((component, path if component == "unet" else text_path(path), index))
                module.lora_alpha[names[-1]] = alpha if "kohya" in adapter["path"] else rank
    if alphas:
        raise ValueError(f"not all of the adapters' layers are in the model: {list(alphas)[:3]}")
    for component in (pipeline.unet, pipeline.text_encoder, pipeline.text_encoder_2):
        set_weights_and_activate_adapters(component, names, [adapter["weight"] for adapter in loras])


def picture(name, changes, alphas):
    request = {**PLAIN, **changes}
    files = FILES.get(name, {})
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sdxl"
        shutil.copytree(TINY / "sdxl", copy)
        if name == "sdxl_empty_as_words":
            index = json.loads((copy / "model_index.json").read_text())
            files = {"model_index.json": {**index, "force_zeros_for_empty_prompt": False}}
        for path, content in files.items():
            (copy / path).write_text(json.dumps(content))
        pipeline = StableDiffusionXLPipeline.from_pretrained(copy, dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    if "scheduler" in request:
        class_name, config = SCHEDULERS[request["scheduler"]]
        pipeline.scheduler = getattr(diffusers, class_name).from_config(pipeline.scheduler.config, **config)
    loras = request.get("loras", [])
    if loras:
        use_adapters(pipeline, loras, {(*key, index): value for key, value in alphas.items() for index in range(len(loras))})
    seeds = [request["seed"] + index for index in range(request["num_images"])]
    given = {key: value for key, value in request.items() if key not in ("seed", "steps", "num_images", "loras", "scheduler")}
    sizes = {key: tuple(value) for key, value in given.items() if isinstance(value, list)}
    latents = pipeline(
        **{**given, **sizes},
        num_inference_steps=request["steps"],
        num_images_per_prompt=request["num_images"],
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        output_type="latent",
    ).images
    decoded = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    images = pipeline.image_processor.postprocess(decoded, output_type="pt", do_denormalize=[True] * len(seeds))
    write_golden(f"models/picture_{name}.safetensors", dict(final_latents=latents, images=images), {"model": "tiny/sdxl", "files": files, "request": request})


@torch.no_grad()
def write_sdxl_goldens():
    folder = TINY / "sdxl"
    shutil.rmtree(folder, ignore_errors=True)
    write_folder(folder)
    unet_golden()
    text_golden("text_encoder", CLIPTextModel)
    text_golden("text_encoder_2", CLIPTextModelWithProjection)
    alphas = write_adapters(StableDiffusionXLPipeline.from_pretrained(folder, dtype=torch.float32, add_watermarker=False))
    for name, changes in PICTURES.items():
        picture(name, changes, alphas)


if __name__ == "__main__":
    write_sdxl_goldens()
