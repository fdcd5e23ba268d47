"""Goldens of single blocks: `weights.*` (f16, computed with in f32), `input.*`, `output`, and `output.N` where a block returns skips."""

import torch
from diffusers.models.attention import BasicTransformerBlock, FeedForward
from diffusers.models.attention_processor import Attention
from diffusers.models.autoencoders.vae import Decoder, Encoder
from diffusers.models.downsampling import Downsample2D
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets import unet_2d_blocks as blocks
from diffusers.models.upsampling import Upsample2D

from golden_file import random_tensor as rand
from golden_file import write_golden
from tiny_models import draw_weights

# file -> class, its arguments, inputs. Shapes are [N,C,H,W] for pictures, [N,L,C] for tokens, [N,T] for time embeddings.
X, TOKENS, TEXT, TEMB = rand(1, 2, 16, 6, 5), rand(2, 2, 30, 16), rand(3, 2, 7, 12), rand(4, 2, 20)
RESNET = dict(in_channels=16, temb_channels=20, groups=4)
TRANSFORMER = dict(num_attention_heads=2, attention_head_dim=8, in_channels=16, cross_attention_dim=12, norm_num_groups=4)
UNET_BLOCK = dict(temb_channels=20, num_layers=2, resnet_eps=1e-5, resnet_act_fn="silu", resnet_groups=4)
CROSS_BLOCK = dict(UNET_BLOCK, cross_attention_dim=12, num_attention_heads=2)
VAE_BLOCK = dict(num_layers=2, resnet_eps=1e-6, resnet_act_fn="silu", resnet_groups=4)
STATES = dict(hidden_states=X, temb=TEMB, encoder_hidden_states=TEXT)
SKIPS = dict(res_hidden_states_tuple=(rand(5, 2, 8, 6, 5), rand(6, 2, 12, 6, 5)))

BLOCKS = {
    "resnet": (ResnetBlock2D, dict(RESNET), dict(input_tensor=X, temb=TEMB)),
    "resnet_shortcut": (ResnetBlock2D, dict(RESNET, out_channels=24), dict(input_tensor=X, temb=TEMB)),
    "resnet_scale_shift": (ResnetBlock2D, dict(RESNET, time_embedding_norm="scale_shift"), dict(input_tensor=X, temb=TEMB)),
    "resnet_without_time": (ResnetBlock2D, dict(RESNET, temb_channels=None, eps=1e-6, output_scale_factor=1.5), dict(input_tensor=X, temb=None)),
    "self_attention": (Attention, dict(query_dim=16, heads=4, dim_head=4), dict(hidden_states=TOKENS)),
    "cross_attention": (Attention, dict(query_dim=16, cross_attention_dim=12, heads=2, dim_head=10), dict(hidden_states=TOKENS, encoder_hidden_states=TEXT)),
    "vae_attention": (
        Attention,
        dict(query_dim=16, heads=1, dim_head=16, norm_num_groups=4, residual_connection=True, bias=True, eps=1e-6, rescale_output_factor=1.25),
        dict(hidden_states=X),
    ),
    "feed_forward_geglu": (FeedForward, dict(dim=16, activation_fn="geglu"), dict(hidden_states=TOKENS)),
    "basic_transformer": (
        BasicTransformerBlock,
        dict(dim=16, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=12),
        dict(hidden_states=TOKENS, encoder_hidden_states=TEXT),
    ),
    "transformer_conv": (Transformer2DModel, dict(TRANSFORMER), dict(hidden_states=X, encoder_hidden_states=TEXT)),
    "transformer_linear": (
        Transformer2DModel,
        dict(TRANSFORMER, use_linear_projection=True, num_layers=2, attention_head_dim=6),
        dict(hidden_states=X, encoder_hidden_states=TEXT),
    ),
    "downsample": (Downsample2D, dict(channels=16, use_conv=True, out_channels=24, padding=1), dict(hidden_states=X)),
    "downsample_asymmetric": (Downsample2D, dict(channels=16, use_conv=True, padding=0), dict(hidden_states=X)),
    "upsample": (Upsample2D, dict(channels=16, use_conv=True, out_channels=12), dict(hidden_states=X)),
    "upsample_to_size": (Upsample2D, dict(channels=16, use_conv=True), dict(hidden_states=X, output_size=(11, 9))),
    "time_embedding": (TimestepEmbedding, dict(in_channels=16, time_embed_dim=20), dict(sample=rand(7, 2, 16))),
    "mid_cross_attention": (
        blocks.UNetMidBlock2DCrossAttn,
        dict(CROSS_BLOCK, num_layers=1, in_channels=16, output_scale_factor=1.2),
        dict(STATES),
    ),
    "mid_vae": (
        blocks.UNetMidBlock2D,
        dict(in_channels=16, temb_channels=None, resnet_eps=1e-6, resnet_groups=4, attention_head_dim=16, output_scale_factor=1),
        dict(hidden_states=X),
    ),
    "down": (blocks.DownBlock2D, dict(UNET_BLOCK, in_channels=16, out_channels=12), dict(hidden_states=X, temb=TEMB)),
    "cross_attention_down": (blocks.CrossAttnDownBlock2D, dict(CROSS_BLOCK, in_channels=16, out_channels=12), dict(STATES)),
    "cross_attention_down_last": (
        blocks.CrossAttnDownBlock2D,
        dict(CROSS_BLOCK, in_channels=16, out_channels=12, add_downsample=False, use_linear_projection=True),
        dict(STATES),
    ),
    "up": (blocks.UpBlock2D, dict(UNET_BLOCK, in_channels=8, prev_output_channel=16, out_channels=12), dict(hidden_states=X, temb=TEMB, **SKIPS)),
    "cross_attention_up": (
        blocks.CrossAttnUpBlock2D,
        dict(CROSS_BLOCK, in_channels=8, prev_output_channel=16, out_channels=12),
        dict(STATES, **SKIPS),
    ),
    "cross_attention_up_to_size": (
        blocks.CrossAttnUpBlock2D,
        dict(CROSS_BLOCK, in_channels=8, prev_output_channel=16, out_channels=12),
        dict(STATES, **SKIPS, upsample_size=(11, 9)),
    ),
    "down_encoder": (blocks.DownEncoderBlock2D, dict(VAE_BLOCK, in_channels=16, out_channels=12, downsample_padding=0), dict(hidden_states=X)),
    "up_decoder": (blocks.UpDecoderBlock2D, dict(VAE_BLOCK, in_channels=16, out_channels=12), dict(hidden_states=X)),
    "encoder": (
        Encoder,
        dict(out_channels=2, down_block_types=("DownEncoderBlock2D",) * 2, block_out_channels=(8, 12), layers_per_block=1, norm_num_groups=4),
        dict(sample=rand(8, 1, 3, 10, 6)),
    ),
    "decoder": (
        Decoder,
        dict(in_channels=2, up_block_types=("UpDecoderBlock2D",) * 2, block_out_channels=(8, 12), layers_per_block=1, norm_num_groups=4),
        dict(sample=rand(9, 1, 2, 5, 3)),
    ),
}  # fmt: skip


def flatten(prefix, value):
    if isinstance(value, torch.Tensor):
        return {prefix: value}
    if isinstance(value, (tuple, list)):
        return {key: tensor for index, item in enumerate(value) for key, tensor in flatten(f"{prefix}.{index}", item).items()}
    raise TypeError(f"{prefix}: {type(value)}")


def block_golden(name, cls, arguments, inputs, seed):
    module = draw_weights(cls(**arguments), seed)
    result = module(**inputs)
    result = getattr(result, "sample", result)
    if isinstance(result, tuple) and isinstance(result[-1], tuple):  # a down block: its output and the skips
        outputs = {"output": result[0], **flatten("output", result[-1])}
    else:
        outputs = {"output": result[0] if isinstance(result, tuple) else result}
    tensors = {f"weights.{key}": value.half() for key, value in module.state_dict().items()}
    plain = {}
    for key, value in inputs.items():
        if value is None or (isinstance(value, tuple) and isinstance(value[0], int)):
            plain[key] = value
        else:
            tensors |= flatten(f"input.{key}", value)
    write_golden(f"blocks/{name}.safetensors", tensors | outputs, {"class": cls.__name__, "arguments": arguments, "inputs": plain})


def timesteps_golden():
    """The sinusoid itself, for both orders and shifts and an odd width."""
    timesteps = torch.tensor([0.0, 1.0, 37.25, 500.0, 981.0, 999.0])
    tensors, cases = {"timesteps": timesteps}, {}
    for index, (width, flip, shift) in enumerate(((16, True, 0), (16, False, 1), (15, True, 0), (320, True, 0))):
        tensors[f"output.{index}"] = Timesteps(width, flip, shift)(timesteps)
        cases[f"output.{index}"] = dict(num_channels=width, flip_sin_to_cos=flip, downscale_freq_shift=shift)
    write_golden("blocks/timesteps.safetensors", tensors, {"class": "Timesteps", "cases": cases})


@torch.no_grad()
def write_block_goldens():
    timesteps_golden()
    for seed, (name, (cls, arguments, inputs)) in enumerate(BLOCKS.items()):
        block_golden(name, cls, arguments, inputs, 300 + seed)


if __name__ == "__main__":
    write_block_goldens()
