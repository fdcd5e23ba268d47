"""Times OpenVINO GenAI on DIR/sd15ov: python bench_openvino.py picture|swap DIR SIZE [--threads N] [--repeat N]. JSON lines out.

f32 is asked for by INFERENCE_PRECISION_HINT: left alone, OpenVINO computes in bf16 where the processor has AMX, and the comparison would be of two precisions.
"""

import statistics
import time

import openvino_genai

from bench_line import options, print_line

ENGINE = "openvino"


def generate(pipeline, size, steps, **adapters):
    start = time.perf_counter()
    pipeline.generate("a cat", width=size, height=size, num_inference_steps=steps, guidance_scale=1.0, rng_seed=1, **adapters)
    return time.perf_counter() - start, pipeline.get_performance_metrics()


def load(opts, **adapters):
    threads = {"INFERENCE_NUM_THREADS": opts.threads} if opts.threads else {}
    path = str(opts.models / "sd15ov")
    return openvino_genai.Text2ImagePipeline(path, "CPU", INFERENCE_PRECISION_HINT="f32", **threads, **adapters)


def bench_picture(opts):
    start = time.perf_counter()
    pipeline = load(opts)
    print_line(ENGINE, opts, "load", [time.perf_counter() - start])
    generate(pipeline, opts.size, 1)
    steps, decodes = [], []
    for _ in range(opts.repeat):
        _, metrics = generate(pipeline, opts.size, 4)
        steps += [microseconds / 1e6 for microseconds in metrics.raw_metrics.unet_inference_durations]
        decodes.append(metrics.get_vae_decoder_infer_duration() / 1e3)
    print_line(ENGINE, opts, "step", steps)
    print_line(ENGINE, opts, "decode", decodes)


def bench_swap(opts):
    """Both adapters are declared at the start, as OpenVINO requires. A swap is what a call with the other adapter takes longer than one with the same."""
    files = [opts.models / "loras" / f"k_{name}.safetensors" for name in ("attn16", "attn16b")]
    adapters = [openvino_genai.Adapter(str(path)) for path in files]
    both = openvino_genai.AdapterConfig()
    single = []
    for adapter in adapters:
        both.add(adapter, 1.0)
        single.append(openvino_genai.AdapterConfig())
        single[-1].add(adapter, 1.0)
    start = time.perf_counter()
    pipeline = load(opts, adapters=both)
    print_line(ENGINE, opts, "load", [time.perf_counter() - start], case="dynamic adapters")

    def overhead(config):
        """Seconds of a one-step call outside the networks (adapters are set there), and its UNet seconds."""
        total, metrics = generate(pipeline, opts.size, 1, adapters=config)
        inside = metrics.get_inference_duration() / 1e3
        return total - inside, metrics.raw_metrics.unet_inference_durations[0] / 1e6

    for config in single:
        overhead(config)
    swapped, kept, steps = [], [], []
    for index in range(2 * opts.repeat):
        config = single[index % 2]
        swapped.append(overhead(config)[0])
        outside, step = overhead(config)
        kept.append(outside)
        steps.append(step)
    base = statistics.median(kept)
    print_line(ENGINE, opts, "swap", [seconds - base for seconds in swapped], case="resident attn16")
    print_line(ENGINE, opts, "step", steps, case="attn16")


if __name__ == "__main__":
    opts = options(__doc__)
    {"picture": bench_picture, "swap": bench_swap}[opts.what](opts)
