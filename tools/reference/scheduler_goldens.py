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
import numpy as np
import torch
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from diffusers.utils.torch_utils import randn_tensor

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "schedulers"
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
V = {"prediction_type": "v_prediction"}
X0 = {"prediction_type": "sample"}
LEADING, TRAILING, LINSPACE = ({"timestep_spacing": s} for s in ("leading", "trailing", "linspace"))
OFFSET = {"steps_offset": 1}
KARRAS = {"use_karras_sigmas": True}
EXPONENTIAL = {"use_exponential_sigmas": True}
BETA = {"use_beta_sigmas": True}
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
DYNAMIC = {"use_dynamic_shifting": True}
LINEAR = {"time_shift_type": "linear"}
STRETCHED = {"shift_terminal": 0.1}
# Both as published: Stable Diffusion 3 and Flux.1 dev.
SD3 = {"shift": 3.0}
FLUX = {**SD3, **DYNAMIC, "base_shift": 0.5, "max_shift": 1.15, "base_image_seq_len": 256, "max_image_seq_len": 4096}
FLOWS = [(ALL, {}), (ALL, SD3), ((3, 28), FLUX), ((4,), DYNAMIC | LINEAR), ((4, 9), FLUX | STRETCHED),
    ((5,), SD3 | STRETCHED), ((8,), KARRAS | SD3), ((8,), EXPONENTIAL), ((8,), BETA | FLUX),
    ((6,), {"num_train_timesteps": 500} | SD3)]
QUANTILES = [((1, 9), BETA)]
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
        ((10,), KARRAS | {"sigma_min": 0.05, "sigma_max": 12.0}), ((10,), {"timestep_type": "continuous"} | V)] + QUANTILES),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}, SPACINGS + BETAS + [
        ((10,), V), ((10,), ZERO_SNR)]),
    "heun": ("HeunDiscreteScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), {"beta_schedule": "exp"}), ((10,), {"clip_sample": True}),
        ((10,), {"clip_sample": True, "clip_sample_range": 2.0} | V)] + QUANTILES),
    "lms": ("LMSDiscreteScheduler", {}, SPACINGS + BETAS + SIGMAS + QUANTILES),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), ZERO_SNR), ((4, 20), SIGMA_MIN), ((10,), SIGMA_MIN | KARRAS), ((20,), {"euler_at_final": True} | SIGMA_MIN),
        ((10,), {"lower_order_final": False}), ((10,), {"solver_type": "heun"}), ((10,), {"solver_order": 1}),
        ((4, 10, 20), {"solver_order": 3}), ((14, 15), {"solver_order": 3} | SIGMA_MIN), ((10,), COSINE | KARRAS), ((10,), COSINE | {"lambda_min_clipped": -5.1}),
        ((10,), {"solver_type": "bh2"})] + QUANTILES),
    "unipc": ("UniPCMultistepScheduler", {}, SPACINGS + BETAS + SIGMAS + [
        ((10,), ZERO_SNR), ((4, 20), SIGMA_MIN), ((10,), SIGMA_MIN | KARRAS), ((5, 10), {"solver_type": "bh1"} | SIGMA_MIN),
        ((10,), {"solver_order": 1}), ((4, 10, 20), {"solver_order": 3}),
        ((5,), SIGMA_MIN | KARRAS | {"sigma_min": 0.1, "sigma_max": 9.0}), ((10,), {"disable_corrector": [0, 1, 4]}),
        ((10,), {"lower_order_final": False} | SIGMA_MIN), ((10,), {"solver_type": "midpoint"})] + QUANTILES),
    "lcm": ("LCMScheduler", {}, [(ALL, {}), ((4, 8), {"original_inference_steps": 100}), ((4,), V), ((4,), X0),
        ((4,), {"clip_sample": True}), ((4,), ZERO_SNR), ((4,), {"timestep_scaling": 0.001}),
        ((4,), {"set_alpha_to_one": False}), ((3,), TRAINED | {"original_inference_steps": 20})]),
    "edm_euler": ("EDMEulerScheduler", {}, [(ALL, {}), ((7,), V), ((7,), SIGMA_MIN), ((10,), {"sigma_schedule": "exponential"} | V),
        ((10,), {"sigma_data": 1.0, "sigma_min": 0.01, "sigma_max": 120.0}), ((10,), {"rho": 5.0})]),
    "edm_dpmpp_2m": ("EDMDPMSolverMultistepScheduler", {}, [(ALL, {}), ((7,), V), ((4, 14), SIGMA_MIN),
        ((10,), {"sigma_schedule": "exponential"} | V), ((10,), {"sigma_data": 1.0, "sigma_min": 0.01, "sigma_max": 120.0}),
        ((10,), {"solver_type": "heun"}), ((10,), {"solver_order": 1}), ((4, 20), {"solver_order": 3}),
        ((14,), {"solver_order": 3} | SIGMA_MIN), ((20,), {"euler_at_final": True} | SIGMA_MIN),
        ((10,), {"lower_order_final": False, "solver_type": "bh2"})]),
    "flow_match_euler": ("FlowMatchEulerDiscreteScheduler", {}, FLOWS + [((4, 7), {"stochastic_sampling": True} | SD3)]),
    "flow_match_heun": ("FlowMatchHeunDiscreteScheduler", {}, [(ALL, {}), (ALL, SD3), ((6,), {"num_train_timesteps": 500} | SD3)]),
    "flow_match_lcm": ("FlowMatchLCMScheduler", {}, FLOWS),
}  # fmt: skip


def numbers(tensor):
    return [float(f"{v:.9g}") for v in torch.as_tensor(tensor).flatten().tolist()]


IMAGE_SEQUENCE_LENGTH = 1500  # in the goldens of dynamic shifting


def schedule(config, steps, sigmas):
    """What a pipeline passes to set_timesteps."""
    arguments = {"num_inference_steps": steps}
    if sigmas:
        arguments["sigmas"] = sigmas
    if config.get("use_dynamic_shifting"):
        names = ("base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift")
        shift = {n: config[n] for n in names if n in config}
        lengths = {"base_seq_len": shift.pop("base_image_seq_len", 256), "max_seq_len": shift.pop("max_image_seq_len", 4096)}
        arguments["mu"] = calculate_shift(IMAGE_SEQUENCE_LENGTH, **lengths, **shift)
    return arguments


def add_noise(scheduler, clean, noise, timestep):
    if hasattr(scheduler, "scale_noise"):
        return scheduler.scale_noise(clean, timestep, noise)
    return scheduler.add_noise(clean, noise, timestep)


def run(scheduler, config, name, steps, shape, seed, begin=0, given=()):
    arguments = schedule(config, steps, list(given))
    scheduler.set_timesteps(**arguments)
    generators = [torch.Generator("cpu").manual_seed(seed + i) for i in range(shape[0])]
    init_noise_sigma = float(getattr(scheduler, "init_noise_sigma", 1.0))
    bias = torch.tensor([0.3 * math.sin(1.0 + i) for i in range(math.prod(shape))], dtype=torch.float32).reshape(shape)
    latents = randn_tensor(shape, generator=generators, dtype=torch.float32) * init_noise_sigma
    clean = bias.flip(0)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(len(scheduler.timesteps) // 2)
    middle = scheduler.timesteps[len(scheduler.timesteps) // 2]
    noised = add_noise(scheduler, clean, bias, middle.reshape(1))
    scheduler.set_timesteps(**arguments)
    # Where rounding makes the first two timesteps equal, diffusers would start at the second and run off the end.
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin)
    parts = {"inputs": [], "latents": []}
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    for t in scheduler.timesteps[begin:]:
        scale = getattr(scheduler, "scale_model_input", lambda x, t: x)
        model_input = scale(latents, t)
        k = torch.tensor(0.5 * math.cos(0.001 * float(t)), dtype=torch.float32)
        extra = {"generator": generators} if takes_generator else {}
        parts["inputs"].append(numbers(model_input.flatten()[:2]))
        latents = scheduler.step(k * model_input + bias, t, latents, return_dict=False, **extra)[0]
        parts["latents"].append(numbers(latents))
    assert torch.isfinite(latents).all(), (config, steps)
    sigmas = [] if name in ("ddim", "pndm", "lcm") else numbers(scheduler.sigmas)
    asked = {"image_sequence_length": IMAGE_SEQUENCE_LENGTH} if "mu" in arguments else {}
    if given:
        asked["given"] = list(given)
    return {
        "config": config, "name": "", "steps": steps, "begin": begin, "num_images": shape[0], "seed": seed, "bias": numbers(bias),
        "timesteps": numbers(scheduler.timesteps), "sigmas": sigmas,
        "init_noise_sigma": init_noise_sigma, "noised": numbers(noised), **asked, **parts,
    }  # fmt: skip


def cases(name):
    class_name, base, variants = MATRIX[name]
    betas = {} if name.startswith(("edm", "flow")) else SD
    cls = getattr(diffusers, class_name)
    seed = 0
    for counts, variant in variants:
        for steps in counts:
            seed += 1
            config = {"_class_name": class_name, "_diffusers_version": diffusers.__version__, **betas, **base, **variant}
            yield run(cls.from_config(config), config, name, steps, (2, 1, 1, 2), seed)
    noisy = {**betas, **base, "_class_name": class_name}
    yield run(cls.from_config(noisy), noisy, name, 3, (2, 1, 3, 7), 77)
    # Image to image: the loop starts late, for Heun's methods where a step begins.
    for begin in (2 if name.endswith("heun") else 1, 4):
        yield run(cls.from_config(noisy), noisy, name, 10, (2, 1, 1, 2), 99, begin)
    if "sigmas" in inspect.signature(cls.set_timesteps).parameters and name.startswith("flow"):
        # As FluxPipeline does, with and without dynamic shifting; and by hand.
        for config in (noisy, noisy | FLUX, noisy | KARRAS | SD3):
            yield run(cls.from_config(config), config, name, 5, (2, 1, 1, 2), 3, 0, np.linspace(1.0, 1 / 5, 5).tolist())
        yield run(cls.from_config(noisy), noisy, name, 3, (2, 1, 1, 2), 3, 0, [0.9, 0.4, 0.125])
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
