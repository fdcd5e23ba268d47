"""Goldens of whole pictures: tests/golden/models/picture_*.safetensors, and the adapters they use, tests/golden/adapters/picture_*.safetensors."""

import json
import shutil
import tempfile
from pathlib import Path

import diffusers
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils.peft_utils import set_weights_and_activate_adapters
from safetensors import safe_open
from safetensors.torch import load_file

from golden_file import GOLDEN, write_golden
from picture_adapters import write_picture_adapters
from tiny_models import TINY

# --scheduler NAME -> the diffusers class and what it changes in the model's own scheduler_config.json
SCHEDULERS = {
    "ddim": ("DDIMScheduler", {}),
    "pndm": ("PNDMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "lms": ("LMSDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}),
    "dpmpp_2m_karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}

LONG_PROMPT = "a very long description of a castle on a mountain under a full moon, " * 12
PLAIN = dict(prompt="red apple", negative_prompt="", seed=7, steps=4, guidance_scale=5.0, width=32, height=32, num_images=1)
BOTH = dict(prompt="a castle, at night", negative_prompt="cat face", guidance_scale=5.0)


def lora(name, weight):
    return {"path": f"adapters/picture_{name}.safetensors", "weight": weight}


# file -> model, request. A request names no scheduler to use the model's own.
PICTURES = {
    "sd1": ("sd1", {}),
    "sd1_guidance_1": ("sd1", dict(guidance_scale=1.0, prompt="rocket")),
    "sd1_negative_two_images": ("sd1", dict(BOTH, num_images=2, width=40, height=24, seed=2**40 + 3)),
    "sd1_long_prompt": ("sd1", dict(prompt=LONG_PROMPT, negative_prompt="blurry", width=24, height=48)),
    "sd1_tiny": ("sd1", dict(width=8, height=8, steps=3)),  # 16 values of noise: PyTorch's other way to draw
    "sd1_lora": ("sd1", dict(loras=[lora("sd1_plain", 0.7)])),
    "sd1_lora_kohya": ("sd1", dict(loras=[lora("sd1_kohya", -0.4)], guidance_scale=1.0)),
    "sd1_two_loras": ("sd1", dict(BOTH, loras=[lora("sd1_plain", 0.7), lora("sd1_kohya", -0.4)], num_images=2, width=40, height=32)),
    "sd1_two_loras_euler": ("sd1", dict(loras=[lora("sd1_plain", 1.3), lora("sd1_kohya", 0.5)], scheduler="euler_ancestral")),
    "sd2": ("sd2", dict(width=64, height=64)),
    "sd2_guidance_1": ("sd2", dict(guidance_scale=1.0, width=64, height=48)),
    "sd2_negative_two_images": ("sd2", dict(BOTH, num_images=2, width=40, height=72)),
    "sd2_lora": ("sd2", dict(loras=[lora("sd2_metadata", 0.7)], width=64, height=48)),
    "sd2_two_loras": ("sd2", dict(BOTH, loras=[lora("sd2_metadata", 0.7), lora("sd2_kohya", -0.4)], num_images=2, width=56, height=40)),
    **{f"sd1_{name}": ("sd1", dict(BOTH, scheduler=name, num_images=2, width=24, height=32, steps=5)) for name in SCHEDULERS},
    **{
        f"sd2_{name}": ("sd2", dict(scheduler=name, width=40, height=48, steps=5))
        for name in ("ddim", "euler", "euler_ancestral", "heun", "lms", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm")
    },
}

# What a folder's scheduler configuration leaves out or says wrongly, StableDiffusionPipeline corrects: these stand in place of the model's own files.
DDIM = {"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "set_alpha_to_one": False}
INDEX = json.loads((TINY / "sd1" / "model_index.json").read_text())
CONFIG = "scheduler/scheduler_config.json"
INDEX_OF_DDIM = {**INDEX, "scheduler": ["diffusers", "DDIMScheduler"]}
FILES = {
    "sd1_terse_ddim": {CONFIG: DDIM, "model_index.json": INDEX_OF_DDIM},
    "sd1_old_ddim": {CONFIG: {**DDIM, "steps_offset": 0, "clip_sample": True}, "model_index.json": INDEX_OF_DDIM},
    "sd1_old_ddim_as_euler": {CONFIG: {**DDIM, "steps_offset": 0, "clip_sample": True}, "model_index.json": INDEX_OF_DDIM},
    "sd1_terse_ddim_as_lcm": {CONFIG: DDIM, "model_index.json": INDEX_OF_DDIM},
    "sd1_class_of_index": {CONFIG: DDIM, "model_index.json": {**INDEX, "scheduler": ["diffusers", "EulerDiscreteScheduler"]}},
}
# Adapters that diffusers does not read: the unet gets the weights that LyCORIS or peft made of them (algorithm_goldens.py).
ALGORITHMS = {name: f"adapters/algorithms/{name}.safetensors" for name in ("locon", "loha", "lokr", "full", "lycoris_dora")}
ALGORITHMS |= {name: f"adapters/algorithms/{name}" for name in ("peft_dora", "peft_bias")}
PICTURES.update({f"sd1_{name}": ("sd1", dict(scheduler="ddim", loras=[{"path": path, "weight": 1.0}])) for name, path in ALGORITHMS.items()})
PICTURES.update({name: ("sd1", dict(scheduler=name.split("_as_")[1]) if "_as_" in name else {}) for name in FILES})


def load_pipeline(model, files, dtype=torch.float32):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / model
        shutil.copytree(TINY / model, copy)
        for path, content in files.items():
            (copy / path).write_text(json.dumps(content))
        pipeline = StableDiffusionPipeline.from_pretrained(copy, dtype=dtype)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def use_scheduler(pipeline, name):
    class_name, changes = SCHEDULERS[name]
    pipeline.scheduler = getattr(diffusers, class_name).from_config(pipeline.scheduler.config, **changes)


def use_adapters(pipeline, loras):
    """Loads and weighs adapters with two of diffusers' defects mended, since what is wanted is what the file says.

    It only warns of tensors that find no layer: here that is an error. And it loses the alpha of attention modules in kohya files where it differs
    from the file's most common one (the alpha is stored under a name that matches no module): here each module gets its own.
    """
    names = []
    for index, adapter in enumerate(loras):
        name = f"adapter_{index}"
        pipeline.load_lora_weights(GOLDEN / adapter["path"], adapter_name=name)
        alphas = file_alphas(GOLDEN / adapter["path"])
        adapted = dict(adapted_modules(pipeline, name))
        if set(adapted) != set(alphas):
            raise ValueError(f"{adapter['path']}: not the same in file and model: {set(adapted) ^ set(alphas)}")
        for key, module in adapted.items():
            module.lora_alpha[name] = alphas[key]
        names.append(name)
    weights = [adapter["weight"] for adapter in loras]
    for component in (pipeline.unet, pipeline.text_encoder):  # set_adapters itself fails where layers_per_block is a list
        set_weights_and_activate_adapters(component, names, weights)


def use_merged_weights(pipeline, name):
    state = pipeline.unet.state_dict()
    for key, tensor in load_file(GOLDEN / "adapters" / "algorithms" / f"{name}_merged.safetensors").items():
        kind, layer = key.split(".", 1)
        if kind in ("merged", "merged_bias"):
            state[f"{layer}.{'bias' if kind.endswith('bias') else 'weight'}"] = tensor
    pipeline.unet.load_state_dict(state)


def adapted_modules(pipeline, name):
    for component, prefix in ((pipeline.unet, "lora_unet_"), (pipeline.text_encoder, "lora_te_text_model_")):
        for path, module in component.named_modules():
            if name in getattr(module, "lora_A", {}):
                yield prefix + path.removeprefix("text_model.").replace(".", "_"), module


def file_alphas(path):
    """Alpha of every module of an adapter file, by kohya name."""
    with safe_open(path, "pt") as file:
        header = json.loads((file.metadata() or {}).get("lora_adapter_metadata", "{}"))
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    alphas = {}
    for key, down in tensors.items():
        if key.endswith(".lora_down.weight"):
            module = key.removesuffix(".lora_down.weight")
            alphas[module] = tensors[f"{module}.alpha"].item()
        elif key.endswith(".lora_A.weight"):
            component, module = key.removesuffix(".lora_A.weight").split(".", 1)
            alpha = header.get(f"{component}.alpha_pattern", {}).get(module, header.get(f"{component}.lora_alpha", down.shape[0]))
            prefix = "lora_unet_" if component == "unet" else "lora_te_text_model_"
            alphas[prefix + module.removeprefix("text_model.").replace(".", "_")] = alpha
    return alphas


def make_picture(pipeline, request):
    """The tensors of one golden. `latents` is the initial noise; an ancestral scheduler goes on drawing from the same generators."""
    seeds = [request["seed"] + index for index in range(request["num_images"])]
    scale = pipeline.vae_scale_factor
    shape = (1, pipeline.unet.config.in_channels, request["height"] // scale, request["width"] // scale)
    dtype = pipeline.unet.dtype
    noise = torch.cat([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    embeds, negative_embeds = pipeline.encode_prompt(request["prompt"], "cpu", 1, True, request["negative_prompt"])
    latents = pipeline(
        prompt=request["prompt"],
        negative_prompt=request["negative_prompt"],
        num_inference_steps=request["steps"],
        guidance_scale=request["guidance_scale"],
        width=request["width"],
        height=request["height"],
        num_images_per_prompt=request["num_images"],
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        output_type="latent",
    ).images
    decoded = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    images = pipeline.image_processor.postprocess(decoded, output_type="pt", do_denormalize=[True] * len(seeds))
    return dict(latents=noise.to(dtype), final_latents=latents, images=images, prompt_embeds=embeds, negative_prompt_embeds=negative_embeds)


def picture(name, dtype=torch.float32):
    model, changes = PICTURES[name]
    request = {**PLAIN, **changes}
    files = FILES.get(name, {})
    pipeline = load_pipeline(model, files, dtype)
    if "scheduler" in request:
        use_scheduler(pipeline, request["scheduler"])
    if name.removeprefix("sd1_") in ALGORITHMS:
        use_merged_weights(pipeline, name.removeprefix("sd1_"))
    elif "loras" in request:
        use_adapters(pipeline, request["loras"])
    return make_picture(pipeline, request), {"model": f"tiny/{model}", "files": files, "request": request}


@torch.no_grad()
def write_picture_goldens():
    write_picture_adapters()
    for name in PICTURES:
        tensors, config = picture(name)
        if "scheduler" in PICTURES[name][1]:  # the same text each time; what matters is what the scheduler makes of it
            del tensors["prompt_embeds"], tensors["negative_prompt_embeds"]
        write_golden(f"models/picture_{name}.safetensors", tensors, config)


if __name__ == "__main__":
    write_picture_goldens()
