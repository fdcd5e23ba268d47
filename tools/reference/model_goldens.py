"""Goldens of whole networks, f32 from the stored weights: UNets, CLIP text encoders, autoencoders. One file a model; a tensor is named CASE.NAME."""

import json

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel

from golden_file import random_tensor, write_golden, write_json
from tiny_models import BOS, EOS, TINY, UNETS, VAES, VOCAB_SIZE

# case -> height, width, timesteps (one a sample). The odd size makes every upsampler meet a skip of another size than twice its own.
UNET_CASES = {"square": (8, 8, [981.0]), "odd": (5, 7, [0.0, 500.5])}
TEXT_TOKENS = 7
VAE_CASES = {"square": (4, 4), "odd": (3, 5)}


def config_of(folder):
    return json.loads((folder / "config.json").read_text())


def unet_golden(name, tokens=TEXT_TOKENS):
    folder = TINY / name
    unet = UNet2DConditionModel.from_pretrained(folder, dtype=torch.float32).eval()
    tensors = {}
    for case, (height, width, timesteps) in UNET_CASES.items():
        batch = len(timesteps)
        inputs = dict(
            sample=random_tensor(1, batch, unet.config.in_channels, height, width),
            timestep=torch.tensor(timesteps),
            encoder_hidden_states=random_tensor(2, batch, tokens, unet.config.cross_attention_dim),
        )
        if unet.config.num_class_embeds:
            inputs["class_labels"] = torch.arange(1, batch + 1)
        tensors |= {f"{case}.{key}": value for key, value in inputs.items()}
        tensors[f"{case}.output"] = unet(**inputs).sample
    write_golden(f"models/{name.replace('/', '_')}.safetensors", tensors, {"model": f"tiny/{name}", "cases": list(UNET_CASES)})


def text_golden(name):
    """`clip_skip_N` is what diffusers passes on for clip_skip=N: the N-th hidden state before the last, normalised by the final norm."""
    encoder = CLIPTextModel.from_pretrained(TINY / name / "text_encoder", dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(3)
    input_ids = torch.full((2, 77), EOS)
    for row, length in enumerate((5, 75)):
        input_ids[row, 0] = BOS
        input_ids[row, 1 : 1 + length] = torch.randint(0, VOCAB_SIZE - 2, (length,), generator=generator)
    output = encoder(input_ids, output_hidden_states=True)
    tensors = {"input_ids": input_ids, "last_hidden_state": output.last_hidden_state}
    norm = getattr(encoder, "text_model", encoder).final_layer_norm
    for skip in (1, 2):
        tensors[f"clip_skip_{skip}"] = norm(output.hidden_states[-(skip + 1)])
    write_golden(f"models/{name}_text_encoder.safetensors", tensors, {"model": f"tiny/{name}/text_encoder"})


def vae_golden(name):
    """`moments` are mean and log-variance, before the log-variance is clamped. Encoder sizes need not be multiples of its scale."""
    vae = AutoencoderKL.from_pretrained(TINY / name, dtype=torch.float32).eval()
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    tensors = {}
    for case, (height, width) in VAE_CASES.items():
        latents = 2 * random_tensor(4, 1, vae.config.latent_channels, height, width)
        image = random_tensor(5, 1, 3, scale * height, scale * width).clamp(-1, 1)
        tensors[f"{case}.latents"], tensors[f"{case}.image"] = latents, vae.decode(latents).sample
        tensors[f"{case}.encode_image"], tensors[f"{case}.moments"] = image, vae.encode(image).latent_dist.parameters
    image = random_tensor(6, 1, 3, 4 * scale + 3, 3 * scale + 1).clamp(-1, 1)
    tensors["ragged.encode_image"], tensors["ragged.moments"] = image, vae.encode(image).latent_dist.parameters
    write_golden(f"models/{name.replace('/', '_')}.safetensors", tensors, {"model": f"tiny/{name}", "cases": [*VAE_CASES, "ragged"]})


@torch.no_grad()
def write_model_goldens():
    for name in ("sd1", "sd2"):
        unet_golden(f"{name}/unet", tokens=77)
        text_golden(name)
        vae_golden(f"{name}/vae")
    for name in UNETS:
        unet_golden(f"unet_{name}")
    for name in VAES:
        vae_golden(f"vae_{name}")
    write_json("models/variants.json", {f"unet_{name}": changes for name, changes in UNETS.items()} | {f"vae_{name}": changes for name, changes in VAES.items()})


if __name__ == "__main__":
    write_model_goldens()
