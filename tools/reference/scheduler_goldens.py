"""Writes tests/golden/schedulers/NAME.json: what diffusers' schedulers do, for tests/parity/schedulers_test.cpp.

Each case is one configuration and number of steps, run through the loop of StableDiffusionPipeline with a made-up
model that both sides compute alike: noise_pred = k(t) * model_input + bias, k(t) = float32(0.5 * cos(0.001 * t)).
"""

import inspect
import json
import math
import pathlib
import sys

import diffusers
import torch
from diffusers.utils.torch_utils import randn_tensor

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "schedulers"
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
V = {"prediction_type": "v_prediction"}
X0 = {"prediction_type": "sample"}
LEADING, TRAILING, LINSPACE = ({"timestep_spacing": s} for s in ("leading", "trailing", "linspace"))
OFFSET = {"steps_offset": 1}
KARRAS = {"use_karras_sigmas": True}
EXPONENTIAL = {"use_exponential_sigmas": True}
SIGMA_MIN = {"final_sigmas_type": "sigma_min"}
ZERO_SNR = {"rescale_betas_zero_snr": True, **V, **TRAILING}
COSINE = {"beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001, "beta_end": 0.02}
TRAINED = {"trained_betas": [round(0.001 + 0.0002 * i + 0.003 * math.sin(i) ** 2, 6) for i in range(100)],
           "num_train_timesteps": 100}
# Stable Diffusion 1.5's own file: it carries fields that most of the schedulers do not know.
SD15 = {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", **SD, "num_train_timesteps": 1000,
        "set_alpha_to_one": False, "skip_prk_steps": True, "trained_betas": None, "clip_sample": False, **OFFSET}
ALL = (1, 2, 4, 10, 25, 50)
SPACINGS = [(ALL, LEADING | OFFSET), ((3, 20), LEADING), (ALL, TRAILING), (ALL, LINSPACE)]
SIGMAS = [(ALL, KARRAS), ((20,), KARRAS | LEADING | V), ((10,), EXPONENTIAL), ((10,), X0), ((7,), V | TRAILING)]
BETAS = [((10,), COSINE), ((5,), {"beta_schedule": "linear"}), ((6,), TRAINED)]

MATRIX = {
    "ddim": ("DDIMScheduler", {"clip_sample": False}, SPACINGS + BETAS + [
        ((10,), V), ((10,), X0), ((4, 10), ZERO_SNR), ((10,), {"set_alpha_to_one": False} | OFFSET),
        ((10,), {"clip_sample": True}), ((10,), {"clip_sample": True, "clip_sample_range": 0.5} | V)]),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}, SPACINGS + BETAS + [
        ((10,), V), ((10,), {"set_alpha_to_one": True}), ((4, 10, 25), {"skip_prk_steps": False}),
        ((10,), {"skip_prk_steps": False} | V | TRAILING), ((5,), {"skip_prk_steps": False} | LINSPACE | OFFSET)]),
    "euler": ("EulerDiscreteScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), ZERO_SNR), ((10,), SIGMA_MIN), ((10,), SIGMA_MIN | KARRAS),
        ((10,), KARRAS | {"sigma_min": 0.05, "sigma_max": 12.0}), ((10,), {"timestep_type": "continuous"} | V)]),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}, SPACINGS + BETAS + [
        ((10,), V), ((10,), ZERO_SNR)]),
    "heun": ("HeunDiscreteScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), {"beta_schedule": "exp"}), ((10,), {"clip_sample": True}),
        ((10,), {"clip_sample": True, "clip_sample_range": 2.0} | V)]),
    "lms": ("LMSDiscreteScheduler", {}, SPACINGS + BETAS + SIGMAS),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), ZERO_SNR), ((4, 20), SIGMA_MIN), ((10,), SIGMA_MIN | KARRAS), ((20,), {"euler_at_final": True} | SIGMA_MIN),
        ((10,), {"lower_order_final": False}), ((10,), {"solver_type": "heun"}), ((10,), {"solver_order": 1}),
        ((4, 10, 20), {"solver_order": 3}), ((14, 15), {"solver_order": 3} | SIGMA_MIN), ((10,), COSINE | KARRAS), ((10,), COSINE | {"lambda_min_clipped": -5.1}),
        ((10,), {"solver_type": "bh2"})]),
    "unipc": ("UniPCMultistepScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), ZERO_SNR), ((4, 20), SIGMA_MIN), ((10,), SIGMA_MIN | KARRAS), ((5, 10), {"solver_type": "bh1"} | SIGMA_MIN),
        ((10,), {"solver_order": 1}), ((4, 10, 20), {"solver_order": 3}),
        ((5,), SIGMA_MIN | KARRAS | {"sigma_min": 0.1, "sigma_max": 9.0}), ((10,), {"disable_corrector": [0, 1, 4]}),
        ((10,), {"lower_order_final": False} | SIGMA_MIN), ((10,), {"solver_type": "midpoint"})]),
    "lcm": ("LCMScheduler", {}, [(ALL, {}), ((4, 8), {"original_inference_steps": 100}), ((4,), V), ((4,), X0),
        ((4,), {"clip_sample": True}), ((4,), ZERO_SNR), ((4,), {"timestep_scaling": 0.001}),
        ((4,), {"set_alpha_to_one": False}), ((3,), TRAINED | {"original_inference_steps": 20})]),
}  # fmt: skip


def numbers(tensor):
    return [float(f"{v:.9g}") for v in torch.as_tensor(tensor).flatten().tolist()]


def run(scheduler, config, name, steps, shape, seed, begin=0):
    scheduler.set_timesteps(steps)
    generators = [torch.Generator("cpu").manual_seed(seed + i) for i in range(shape[0])]
    bias = torch.tensor([0.3 * math.sin(1.0 + i) for i in range(math.prod(shape))], dtype=torch.float32).reshape(shape)
    latents = randn_tensor(shape, generator=generators, dtype=torch.float32) * scheduler.init_noise_sigma
    clean = bias.flip(0)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(len(scheduler.timesteps) // 2)
    middle = scheduler.timesteps[len(scheduler.timesteps) // 2]
    noised = scheduler.add_noise(clean, bias, middle.reshape(1))
    scheduler.set_timesteps(steps)
    # Where rounding makes the first two timesteps equal, diffusers would start at the second and run off the end.
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin)
    parts = {"inputs": [], "latents": []}
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    for t in scheduler.timesteps[begin:]:
        model_input = scheduler.scale_model_input(latents, t)
        k = torch.tensor(0.5 * math.cos(0.001 * float(t)), dtype=torch.float32)
        extra = {"generator": generators} if takes_generator else {}
        parts["inputs"].append(numbers(model_input.flatten()[:2]))
        latents = scheduler.step(k * model_input + bias, t, latents, return_dict=False, **extra)[0]
        parts["latents"].append(numbers(latents))
    assert torch.isfinite(latents).all(), (config, steps)
    sigmas = [] if name in ("ddim", "pndm", "lcm") else numbers(scheduler.sigmas)
    return {
        "config": config, "name": "", "steps": steps, "begin": begin, "num_images": shape[0], "seed": seed, "bias": numbers(bias),
        "timesteps": numbers(scheduler.timesteps), "sigmas": sigmas,
        "init_noise_sigma": float(scheduler.init_noise_sigma), "noised": numbers(noised), **parts,
    }  # fmt: skip


def cases(name):
    class_name, base, variants = MATRIX[name]
    cls = getattr(diffusers, class_name)
    seed = 0
    for counts, variant in variants:
        for steps in counts:
            seed += 1
            config = {"_class_name": class_name, "_diffusers_version": diffusers.__version__, **SD, **base, **variant}
            yield run(cls.from_config(config), config, name, steps, (2, 1, 1, 2), seed)
    noisy = {**SD, **base, "_class_name": class_name}
    yield run(cls.from_config(noisy), noisy, name, 3, (2, 1, 3, 7), 77)
    # Image to image: the loop starts late.
    for begin in (1, 4):
        yield run(cls.from_config(noisy), noisy, name, 10, (2, 1, 1, 2), 99, begin)
    # --scheduler NAME over Stable Diffusion 1.5's configuration, plain and with Karras' sigmas.
    plain = run(cls.from_config(SD15), SD15, name, 10, (1, 1, 1, 2), 2**40 + 5)
    yield plain | {"name": name}
    if "use_karras_sigmas" in cls.__init__.__wrapped__.__code__.co_varnames:
        karras = run(cls.from_config(SD15, use_karras_sigmas=True), SD15, name, 10, (1, 1, 1, 2), 5)
        yield karras | {"name": name + "_karras"}


def fields():
    """Every constructor argument of every class, with its default: src/schedulers has to know them all."""
    result = {}
    for class_name, _, _ in MATRIX.values():
        arguments = inspect.signature(getattr(diffusers, class_name).__init__).parameters.values()
        result[class_name] = {a.name: a.default for a in arguments if a.default is not inspect.Parameter.empty}
    return result


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "fields.json").write_text(json.dumps(fields(), indent=1) + "\n")
    for name in sys.argv[1:] or MATRIX:
        text = json.dumps({"diffusers": diffusers.__version__, "cases": list(cases(name))}, separators=(",", ":"))
        (OUT / f"{name}.json").write_text(text + "\n")
        print(name, len(text))


if __name__ == "__main__":
    main()
