"""Adapter files in every dialect, and what diffusers and peft make of them: tests/golden/adapters/.

Each file fits the tiny model of tiny_models.py that its .json names. It is written by the libraries themselves (save_lora_weights,
save_lora_adapter, save_pretrained, convert_state_dict_to_*) or, for names that they read but no longer write, by running their own rename
tables backwards. Then it is loaded into a fresh pipeline, and the .json beside it records rank, alpha, scale and values of every module as peft holds them.
"""

import json
import shutil

import diffusers
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers, convert_state_dict_to_kohya
from diffusers.utils.state_dict_utils import DIFFUSERS_OLD_TO_PEFT, UNET_TO_DIFFUSERS
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from golden_file import GOLDEN, check_size
from tiny_models import SD1_TEXT, SD1_UNET, SD2_TEXT, SD2_UNET, make_text_encoder, make_unet

FOLDER = GOLDEN / "adapters"
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
CONVOLUTIONS = ["conv1", "conv2", "conv_in", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv"]
LINEAR = [*ATTENTION, "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "time_emb_proj"]
TEXT = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
NAMES = [
    "attention_processors", "diffusers", "diffusers_old", "kohya", "kohya_many_alphas", "kohya_one_alpha", "kohya_sd2", "peft", "peft_mixed_ranks",
    "peft_rslora", "unprefixed",
]  # fmt: skip
MODELS = {"sd1": (SD1_UNET, SD1_TEXT), "sd2": (SD2_UNET, SD2_TEXT)}


def new_pipeline(model):
    unet, text = MODELS[model]
    parts = dict(vae=None, tokenizer=None, scheduler=None, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    return StableDiffusionPipeline(unet=make_unet(unet, 11), text_encoder=make_text_encoder(text, 13), **parts)


def draw_adapter(model, config, seed, dtype=torch.float16):
    """Adds an adapter whose A and B are drawn at random, large enough to change a picture."""
    model.add_adapter(config)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        if "lora_" in name:
            fan_in = parameter[0].numel()
            parameter.data = (torch.randn(parameter.shape, generator=generator) * 0.6 / fan_in**0.5).to(dtype).float()
    return {name: tensor.to(dtype).contiguous() for name, tensor in get_peft_model_state_dict(model).items()}


def draw_alphas(modules, values, dtype=torch.float16):
    """An alpha for each module, going round `values`; shapes [] and [1] in turn, as scripts write both."""
    alphas = {}
    for i, module in enumerate(sorted(modules)):
        value = torch.tensor(values[i % len(values)], dtype=dtype)
        alphas[f"{module}.alpha"] = value.reshape(1) if i % 2 else value
    return alphas


def prefixed(component, tensors):
    return {f"{component}.{name}": tensor for name, tensor in tensors.items()}


def with_text_model(tensors):
    """The names that text encoders had before transformers 5."""
    return {name if name.startswith("text_model.") else f"text_model.{name}": tensor for name, tensor in tensors.items()}


def backwards(tensors, table, only=""):
    """Renames with a table of diffusers' that maps the other way; the first row that fits counts."""
    renamed = {}
    for name, tensor in tensors.items():
        for old, new in table.items():
            if old.startswith(only) and name.endswith(new + ".weight"):
                name = name[: -len(new + ".weight")] + old + ".weight"
                break
        renamed[name] = tensor
    return renamed


def through_processors(name):
    """`attn1.to_q_lora` was `attn1.processor.to_q_lora`."""
    for attention in (".attn1.", ".attn2."):
        name = name.replace(attention, f"{attention}processor.")
    return name


def settle(path):
    """The same bytes each time: the order of several metadata entries, and of peft's sets in them, changes from run to run."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    metadata = dict(sorted(header.pop("__metadata__").items()))
    if "lora_adapter_metadata" in metadata:
        metadata["lora_adapter_metadata"] = settled_json(metadata["lora_adapter_metadata"])
    text = json.dumps({"__metadata__": metadata, **header}, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])


def settled_json(text):
    fields = {name: sorted(value) if name.endswith("target_modules") else value for name, value in json.loads(text).items()}
    return json.dumps(fields, indent=2, sort_keys=True)


def save(name, tensors, metadata=None):
    path = FOLDER / f"{name}.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path, metadata=metadata or {"format": "pt"})
    return path


# --- one function a file ---------------------------------------------------------------------------------------------


def write_peft(name, model="sd1", **changes):
    """save_lora_weights of UNet and text encoder: peft names, configuration in the header, ranks and alphas that differ by module."""
    pipeline = new_pipeline(model)
    unet = LoraConfig(
        r=4, lora_alpha=6, target_modules=LINEAR, rank_pattern={"to_k": 2, "mid_block.attentions.0.proj_in": 7}, alpha_pattern={"attn2.to_v": 1.5}, **changes
    )  # fmt: skip
    text = LoraConfig(r=3, lora_alpha=3, target_modules=TEXT, alpha_pattern={"fc1": 12}, **changes)
    StableDiffusionPipeline.save_lora_weights(
        FOLDER,
        unet_lora_layers=draw_adapter(pipeline.unet, unet, 1),
        text_encoder_lora_layers=draw_adapter(pipeline.text_encoder, text, 2),
        unet_lora_adapter_metadata=pipeline.unet.peft_config["default"].to_dict(),
        text_encoder_lora_adapter_metadata=pipeline.text_encoder.peft_config["default"].to_dict(),
        weight_name=f"{name}.safetensors",
    )


def write_peft_mixed_ranks():
    """No alpha anywhere, ranks 1 to 8, convolutions too, f32, `text_model.` in the names, no configuration: every scale is 1."""
    pipeline = new_pipeline("sd1")
    unet = LoraConfig(r=4, target_modules=[*ATTENTION, *CONVOLUTIONS], rank_pattern={"conv1": 8, "to_q": 1})
    tensors = prefixed("unet", draw_adapter(pipeline.unet, unet, 3, torch.float32))
    text = draw_adapter(pipeline.text_encoder, LoraConfig(r=2, target_modules=["q_proj", "v_proj"]), 4, torch.float32)
    save("peft_mixed_ranks", tensors | prefixed("text_encoder", with_text_model(text)))


def write_unprefixed():
    """UNet.save_lora_adapter: peft names without a component, bf16."""
    unet = new_pipeline("sd1").unet
    draw_adapter(unet, LoraConfig(r=4, lora_alpha=2, target_modules=[*ATTENTION, "conv2"]), 5, torch.bfloat16)
    unet.save_lora_adapter(FOLDER, weight_name="unprefixed.safetensors")
    path = FOLDER / "unprefixed.safetensors"
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    save_file({name: tensor.to(torch.bfloat16) for name, tensor in load_file(path).items()}, path, metadata=metadata)


def write_diffusers():
    """`lora.down`, and the text encoder's `lora_linear_layer`."""
    pipeline = new_pipeline("sd1")
    unet = draw_adapter(pipeline.unet, LoraConfig(r=3, target_modules=LINEAR), 6)
    unet = {name.replace("lora_A", "lora.down").replace("lora_B", "lora.up"): tensor for name, tensor in unet.items()}
    text = draw_adapter(pipeline.text_encoder, LoraConfig(r=5, target_modules=TEXT[:4]), 7)
    text = convert_state_dict_to_diffusers(with_text_model(text))
    save("diffusers", prefixed("unet", unet) | prefixed("text_encoder", text))


def old_names(pipeline, seed):
    unet = draw_adapter(pipeline.unet, LoraConfig(r=4, target_modules=ATTENTION), seed)
    return {through_processors(name): tensor for name, tensor in backwards(unet, UNET_TO_DIFFUSERS, only=".to_").items()}


def write_attention_processors():
    """The first format: attention processors of a UNet, without a component."""
    save("attention_processors", old_names(new_pipeline("sd1"), 8))


def write_diffusers_old():
    """Attention processors under `unet.`, and the text encoder's `to_q_lora`."""
    pipeline = new_pipeline("sd1")
    unet = old_names(pipeline, 9)
    text = draw_adapter(pipeline.text_encoder, LoraConfig(r=2, target_modules=TEXT[:4]), 10)
    text = backwards(with_text_model(text), DIFFUSERS_OLD_TO_PEFT, only=".to_")
    save("diffusers_old", prefixed("unet", unet) | prefixed("text_encoder", text))


def kohya(pipeline, unet_targets, text_targets, seed, ranks=None):
    tensors = prefixed("unet", draw_adapter(pipeline.unet, LoraConfig(r=4, target_modules=unet_targets, rank_pattern=ranks or {}), seed))
    if text_targets:
        text = draw_adapter(pipeline.text_encoder, LoraConfig(r=4, target_modules=text_targets), seed + 1)
        tensors |= prefixed("text_encoder", with_text_model(text))
    return convert_state_dict_to_kohya(tensors)


def write_kohya():
    """convert_state_dict_to_kohya as it is: `lora_te1_`, whole-number alphas equal to the rank."""
    save("kohya", kohya(new_pipeline("sd1"), LINEAR, TEXT, 12))


def write_kohya_one_alpha():
    """What sd-scripts writes: `lora_te_`, one alpha for the file."""
    tensors = kohya(new_pipeline("sd1"), [*LINEAR, *CONVOLUTIONS, "conv_out", "time_embedding.linear_1"], TEXT, 14)
    tensors = {name.replace("lora_te1_", "lora_te_"): tensor for name, tensor in tensors.items()}
    tensors |= {name: torch.tensor(1.0, dtype=torch.float16) for name in tensors if name.endswith(".alpha")}
    save("kohya_one_alpha", tensors, {"ss_network_dim": "4", "ss_network_alpha": "1.0"})


def write_kohya_many_alphas():
    """Ranks and alphas that differ by module: what diffusers gets wrong on attention (spec 3.5)."""
    tensors = kohya(new_pipeline("sd1"), [*LINEAR, "conv1"], TEXT, 16, ranks={"to_q": 2, "conv1": 6})
    modules = [name.removesuffix(".alpha") for name in tensors if name.endswith(".alpha")]
    save("kohya_many_alphas", tensors | draw_alphas(modules, [2.0, 2.0, 16.0, 0.5], torch.float32))


def write_kohya_sd2():
    save("kohya_sd2", kohya(new_pipeline("sd2"), [*ATTENTION, "proj_in", "proj_out"], TEXT[:4], 18))


def write_peft_folder():
    """PeftModel.save_pretrained: adapter_config.json beside adapter_model.safetensors, names under base_model.model."""
    config = LoraConfig(r=4, lora_alpha=8, target_modules=ATTENTION, rank_pattern={"mid_block.attentions.0.transformer_blocks.0.attn1.to_q": 6})
    model = get_peft_model(make_unet(SD1_UNET, 11), config)
    generator = torch.Generator().manual_seed(20)
    for name, parameter in sorted(model.named_parameters()):
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator)
    model.save_pretrained(FOLDER / "peft_folder")
    (FOLDER / "peft_folder" / "README.md").unlink(missing_ok=True)
    config = FOLDER / "peft_folder" / "adapter_config.json"
    config.write_text(settled_json(config.read_text()) + "\n")
    return model.base_model.model


# --- what the libraries make of them ---------------------------------------------------------------------------------


def values_of(tensor):
    flat = tensor.detach().double().flatten()
    weights = torch.arange(1, flat.numel() + 1, dtype=torch.float64)
    return {"shape": list(tensor.shape), "head": flat[:2].tolist(), "weighted_sum": float((flat * weights).sum())}


def canonical(component, module):
    bare = component == "text_encoder" and not module.startswith("text_model.")
    return f"{component}.{'text_model.' if bare else ''}{module}"


def resolve(component, model):
    modules = {}
    for name, layer in model.named_modules():
        if isinstance(layer, LoraLayer):
            (adapter,) = layer.lora_A.keys()
            modules[canonical(component, name)] = {
                "rank": layer.r[adapter],
                "alpha": layer.lora_alpha[adapter],
                "scale": layer.scaling[adapter],
                "down": values_of(layer.lora_A[adapter].weight),
                "up": values_of(layer.lora_B[adapter].weight),
            }
    return modules


def resolve_file(path, model):
    pipeline = new_pipeline(model)
    if path.stem in ("unprefixed", "attention_processors"):
        pipeline.unet.load_lora_adapter(path.parent, weight_name=path.name, prefix=None, use_safetensors=True)
    else:
        pipeline.load_lora_weights(path.parent, weight_name=path.name)
    return resolve("unet", pipeline.unet) | resolve("text_encoder", pipeline.text_encoder)


def exact_scales(path, modules):
    """Where a kohya file's own alpha and rank say another scale than diffusers took: both are recorded."""
    tensors = load_file(path)
    for target, module in modules.items():
        component, name = target.split(".", 1)
        prefix = {"unet": "lora_unet_", "text_encoder": "lora_te1_"}[component]
        alpha = tensors.get(f"{prefix}{name.replace('.', '_')}.alpha")
        if alpha is None or float(alpha) / module["rank"] == module["scale"]:
            continue
        module["scale_of_diffusers"] = module["scale"]
        module["alpha"], module["scale"] = float(alpha), float(alpha) / module["rank"]


def write_expected(name, model, modules):
    """One module a line."""
    lines = ",\n".join(f"{json.dumps(target)}: {json.dumps(module)}" for target, module in sorted(modules.items()))
    text = f'{{"model": "{model}", "modules": {{\n{lines}\n}}}}\n'
    check_size(name, len(text))
    (FOLDER / f"{name}.json").write_text(text)


def write_adapter_goldens():
    diffusers.logging.set_verbosity_error()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (FOLDER / f"{name}.safetensors").unlink(missing_ok=True)
    shutil.rmtree(FOLDER / "peft_folder", ignore_errors=True)
    write_peft("peft")
    write_peft("peft_rslora", use_rslora=True)
    write_peft_mixed_ranks()
    write_unprefixed()
    write_diffusers()
    write_attention_processors()
    write_diffusers_old()
    write_kohya()
    write_kohya_one_alpha()
    write_kohya_many_alphas()
    write_kohya_sd2()
    folder_model = write_peft_folder()

    for name in NAMES:
        path = FOLDER / f"{name}.safetensors"
        settle(path)
        check_size(path, path.stat().st_size)
        model = "sd2" if name.endswith("sd2") else "sd1"
        modules = resolve_file(path, model)
        if name == "kohya_many_alphas":
            exact_scales(path, modules)
        write_expected(name, model, modules)
    write_expected("peft_folder", "sd1", resolve("unet", folder_model))


if __name__ == "__main__":
    write_adapter_goldens()
