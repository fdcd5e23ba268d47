"""Writes a random model of Stable Diffusion 1.5's shape and adapters for it: python make_sd15.py DIR

DIR/sd15    a diffusers folder in f16; timings on it are valid, pictures are noise
DIR/loras   attn16, attn16b, attn64 (attention), all16 (every linear layer and convolution of the transformers and resnets), in diffusers names;
            k_*: the same tensors in kohya names, the only ones that OpenVINO GenAI matches for SD 1.5
"""

import gzip
import importlib.util
import json
import re
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
EVERYTHING = ATTENTION + ("ff.net.0.proj", "ff.net.2", "proj_in", "proj_out", "conv1", "conv2", "conv_shortcut", "time_emb_proj")
ADAPTERS = {"attn16": (16, ATTENTION), "attn16b": (16, ATTENTION), "attn64": (64, ATTENTION), "all16": (16, EVERYTHING)}


def byte_symbols():
    """The 256 printable stand-ins for bytes in CLIP's vocabulary, in its order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(rest))]


def make_tokenizer(folder):
    package = Path(importlib.util.find_spec("open_clip").origin).parent
    lines = gzip.open(package / "bpe_simple_vocab_16e6.txt.gz").read().decode().split("\n")
    merges = lines[1 : 49152 - 256 - 2 + 1]
    symbols = byte_symbols()
    tokens = symbols + [symbol + "</w>" for symbol in symbols] + ["".join(merge.split()) for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77, pad_token="<|endoftext|>")


def make_pipeline(folder):
    unet = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(320, 640, 1280, 1280),
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        cross_attention_dim=768,
        attention_head_dim=8,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        sample_size=512,
    )
    text_config = CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, projection_dim=768
    )
    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text_config),
        tokenizer=make_tokenizer(folder / "tokenizer_source"),
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def write_adapter(unet, folder, name, rank, targets, seed):
    generator = torch.Generator().manual_seed(seed)
    pattern = re.compile(rf"(^|\.)({'|'.join(map(re.escape, targets))})$")
    plain, kohya = {}, {}
    for path, module in unet.named_modules():
        if not pattern.search(path) or not hasattr(module, "weight"):
            continue
        shape = module.weight.shape
        down = (0.02 * torch.randn(rank, *shape[1:], generator=generator)).half()
        up = (0.02 * torch.randn(shape[0], rank, *[1] * len(shape[2:]), generator=generator)).half()
        plain |= {f"unet.{path}.lora_A.weight": down, f"unet.{path}.lora_B.weight": up}
        key = "lora_unet_" + path.replace(".", "_")
        kohya |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(float(rank))}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(plain, folder / f"{name}.safetensors", metadata={"format": "pt"})
    save_file(kohya, folder / f"k_{name}.safetensors")


def main():
    folder = Path(sys.argv[1])
    torch.manual_seed(0)
    pipeline = make_pipeline(folder)
    for seed, (name, (rank, targets)) in enumerate(ADAPTERS.items(), start=1):
        write_adapter(pipeline.unet, folder / "loras", name, rank, targets, seed)
    pipeline.to(torch.float16).save_pretrained(folder / "sd15")


if __name__ == "__main__":
    main()
