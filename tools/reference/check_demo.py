"""Computes the demo's expected pictures again with diffusers and compares: exit status 1 if one is below 100 dB."""

import math
import sys

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

from golden_file import GOLDEN

DEMO = GOLDEN.parents[1] / "models" / "demo"
STYLES = ("base", "ink", "flat", "gloss")
MIN_DECIBELS = 100


def main():
    torch.set_num_threads(1)
    pipeline = StableDiffusionPipeline.from_pretrained(DEMO, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    worst = math.inf
    for style in STYLES:
        if style != "base":
            pipeline.load_lora_weights(DEMO / "adapters" / f"{style}.safetensors", adapter_name=style)
        for path in sorted((GOLDEN / "demo").glob(f"{style}_*.safetensors")):
            prompt = path.stem.removeprefix(f"{style}_").replace("_", " ")
            generator = torch.Generator().manual_seed(7)
            images = pipeline(prompt, num_inference_steps=25, guidance_scale=3, generator=generator, output_type="pt").images
            error = (images - load_file(path)["images"]).double().square().mean().item()
            decibels = math.inf if error == 0 else -10 * math.log10(error)
            print(f"{path.stem:24} {decibels:7.1f} dB")
            worst = min(worst, decibels)
        pipeline.unload_lora_weights()
    sys.exit(worst < MIN_DECIBELS)


if __name__ == "__main__":
    main()
