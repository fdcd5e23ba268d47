"""Times diffusers on PyTorch, eager f32, on DIR/sd15: python bench_diffusers.py picture|swap DIR SIZE [--threads N] [--repeat N]. JSON lines out."""

import time

import torch
from diffusers import StableDiffusionPipeline

from bench_line import options, print_line

ENGINE = "diffusers"


def load(opts):
    if opts.threads:
        torch.set_num_threads(opts.threads)
    pipeline = StableDiffusionPipeline.from_pretrained(opts.models / "sd15", dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def record_time(module, method, into):
    """Replaces module.method by itself and a stopwatch."""
    inner = getattr(module, method)

    def timed(*args, **kwargs):
        start = time.perf_counter()
        result = inner(*args, **kwargs)
        into.append(time.perf_counter() - start)
        return result

    setattr(module, method, timed)


def generate(pipeline, opts, steps):
    pipeline("a cat", width=opts.size, height=opts.size, num_inference_steps=steps, guidance_scale=1.0, output_type="np")


def bench_picture(opts):
    start = time.perf_counter()
    pipeline = load(opts)
    print_line(ENGINE, opts, "load", [time.perf_counter() - start])
    generate(pipeline, opts, 1)
    steps, decodes = [], []
    record_time(pipeline.unet, "forward", steps)
    record_time(pipeline.vae, "decode", decodes)
    for _ in range(opts.repeat):
        generate(pipeline, opts, 4)
    print_line(ENGINE, opts, "step", steps)
    print_line(ENGINE, opts, "decode", decodes)


def bench_swap(opts):
    """`hotswap=True` reads the file (from the page cache) and copies into the running adapter; the eager pipeline needs nothing declared."""
    pipeline = load(opts)
    files = [opts.models / "loras" / f"{name}.safetensors" for name in ("attn16", "attn16b")]
    pipeline.load_lora_weights(files[0], adapter_name="style")
    generate(pipeline, opts, 1)
    swaps, steps = [], []
    record_time(pipeline.unet, "forward", steps)
    for index in range(2 * opts.repeat):
        start = time.perf_counter()
        pipeline.load_lora_weights(files[(index + 1) % 2], adapter_name="style", hotswap=True)
        swaps.append(time.perf_counter() - start)
        generate(pipeline, opts, 1)
    print_line(ENGINE, opts, "swap", swaps, case="file attn16")
    print_line(ENGINE, opts, "step", steps, case="attn16")


if __name__ == "__main__":
    opts = options(__doc__)
    with torch.no_grad():
        {"picture": bench_picture, "swap": bench_swap}[opts.what](opts)
