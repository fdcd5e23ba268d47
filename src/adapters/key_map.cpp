#include "adapters/key_map.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"

namespace veneer::adapters {
namespace {

// --- what is recognised in order to be refused -----------------------------------------------------------------------

struct Refusal {
  std::string_view pattern;
  enum { anywhere, at_start, at_end } place;
  std::string_view what;
};

/// Kinds of adapter. The first row that matches gives the message.
constexpr auto kKinds = std::to_array<Refusal>({
    {"lora_embedding_", Refusal::anywhere, "LoRA of an embedding table"},
    {".oft_", Refusal::anywhere, "OFT (orthogonal fine-tuning)"},
    {".boft_", Refusal::anywhere, "BOFT (orthogonal fine-tuning)"},
    {".ia3_l", Refusal::anywhere, "(IA)3"},
    {".on_input", Refusal::at_end, "(IA)3 of LyCORIS"},
    {".a1.weight", Refusal::at_end, "GLoRA"},
    {".a2.weight", Refusal::at_end, "GLoRA"},
    {".b1.weight", Refusal::at_end, "GLoRA"},
    {".b2.weight", Refusal::at_end, "GLoRA"},
    {".bm.weight", Refusal::at_end, "GLoRA"},
    {"vera_lambda_", Refusal::anywhere, "VeRA"},
    {".w_norm", Refusal::at_end, "a difference of a normalisation"},
    {".b_norm", Refusal::at_end, "a difference of a normalisation"},
    {".query_norm.", Refusal::anywhere, "a norm of a control adapter"},
    {".key_norm.", Refusal::anywhere, "a norm of a control adapter"},
    {"bundle_emb.", Refusal::at_start, "a bundled textual-inversion embedding"},
});

const Refusal* find_refusal(std::span<const Refusal> rows, std::string_view name) {
  const auto matches = [&](const Refusal& row) {
    if (row.place == Refusal::at_start) return name.starts_with(row.pattern);
    if (row.place == Refusal::at_end) return name.ends_with(row.pattern);
    return name.find(row.pattern) != std::string_view::npos;
  };
  const auto row = std::find_if(rows.begin(), rows.end(), matches);
  return row == rows.end() ? nullptr : &*row;
}

// --- a name is a prefix, a module's path and a suffix ----------------------------------------------------------------

/// Ends of the names of what every algorithm may have, first match first.
constexpr auto kSharedSuffixes = std::to_array<Suffix>({
    {".lora_linear_layer.alpha", Part::alpha, ""},
    {".lora.alpha", Part::alpha, ""},
    {"_lora.alpha", Part::alpha, ""},
    {".alpha", Part::alpha, ""},
    {".dora_scale", Part::magnitude, ""},
    {".lora_magnitude_vector", Part::magnitude, ""},
    {".lora_magnitude_vector.weight", Part::magnitude, ""},
    {".lora_magnitude_vector.*.weight", Part::magnitude, ""},
    {".lora_B.bias", Part::up_bias, ""},
    {".lora_B.*.bias", Part::up_bias, ""},
    {".lora.up.bias", Part::up_bias, ""},
    {".lora_up.bias", Part::up_bias, ""},
    {".diff_b", Part::bias, ""},
});

enum class Paths { dotted, flat };  ///< flat: "_" where modules have "."

struct Prefix {
  std::string_view from, to;
  Paths paths;
};

constexpr std::string_view kUnet = "unet.", kTransformer = "transformer.", kText = "text_encoder.",
                           kText2 = "text_encoder_2.", kText3 = "text_encoder_3.";

/// Beginnings of names, first match first. Files hold a pipeline's adapters under the component's name, a model's own
/// adapters without it; text encoders changed their module names in transformers 5, which has no `text_model.`.
constexpr auto kPrefixes = std::to_array<Prefix>({
    {"unet.", "unet.", Paths::dotted},
    {"down_blocks.", "unet.down_blocks.", Paths::dotted},
    {"mid_block.", "unet.mid_block.", Paths::dotted},
    {"up_blocks.", "unet.up_blocks.", Paths::dotted},
    {"conv_in.", "unet.conv_in.", Paths::dotted},
    {"conv_out.", "unet.conv_out.", Paths::dotted},
    {"time_embedding.", "unet.time_embedding.", Paths::dotted},
    {"add_embedding.", "unet.add_embedding.", Paths::dotted},
    {"transformer.", "transformer.", Paths::dotted},
    {"transformer_blocks.", "transformer.transformer_blocks.", Paths::dotted},
    {"single_transformer_blocks.", "transformer.single_transformer_blocks.", Paths::dotted},
    {"double_blocks.", "transformer.double_blocks.", Paths::dotted},
    {"single_blocks.", "transformer.single_blocks.", Paths::dotted},
    {"joint_blocks.", "transformer.joint_blocks.", Paths::dotted},
    {"lora_transformer_", "transformer.", Paths::flat},
    {"class_embedding.", "unet.class_embedding.", Paths::dotted},
    {"model.diffusion_model.", "unet.", Paths::dotted},
    {"diffusion_model.", "unet.", Paths::dotted},
    {"lora_unet.", "unet.", Paths::dotted},
    {"lora_unet_", "unet.", Paths::flat},
    {"lycoris_", "unet.", Paths::flat},
    {"text_encoder.", "text_encoder.", Paths::dotted},
    {"text_encoder_2.", "text_encoder_2.", Paths::dotted},
    {"text_encoders.clip_g.transformer.", "text_encoder_2.", Paths::dotted},
    {"text_encoder_3.", "text_encoder_3.", Paths::dotted},
    {"text_encoders.t5xxl.transformer.", "text_encoder_3.", Paths::dotted},
    {"lora_te3_", "text_encoder_3.", Paths::flat},
    {"lora_te2_", "text_encoder_2.", Paths::flat},
    {"lora_te_1_transformer_", "text_encoder_2.", Paths::flat},
    {"lora_te_1_", "text_encoder_2.", Paths::flat},
    {"conditioner.embedders.0.transformer.", "text_encoder.", Paths::dotted},
    {"text_model.", "text_encoder.text_model.", Paths::dotted},
    {"encoder.layers.", "text_encoder.text_model.encoder.layers.", Paths::dotted},
    {"cond_stage_model.transformer.", "text_encoder.", Paths::dotted},
    {"text_encoders.clip_l.transformer.", "text_encoder.", Paths::dotted},
    {"lora_te.", "text_encoder.", Paths::dotted},
    {"lora_te_transformer_", "text_encoder.", Paths::flat},
    {"lora_te_0_transformer_", "text_encoder.", Paths::flat},
    {"lora_te_", "text_encoder.", Paths::flat},
    {"lora_te1_", "text_encoder.", Paths::flat},
});

/// Segments of the module paths of the UNet, in diffusers' names and in the original ones, and of CLIP's text model; a
/// segment that is a number is one too.
constexpr auto kUnetSegments = std::to_array<std::string_view>(
    {"add_embedding", "attentions",      "attn1",         "attn2",      "class_embedding",
     "conv",          "conv1",           "conv2",         "conv_in",    "conv_out",
     "conv_shortcut", "down_blocks",     "downsamplers",  "emb_layers", "ff",
     "in_layers",     "input_blocks",    "label_emb",     "linear_1",   "linear_2",
     "mid_block",     "middle_block",    "net",           "op",         "out",
     "out_layers",    "output_blocks",   "proj",          "proj_in",    "proj_out",
     "resnets",       "skip_connection", "time_emb_proj", "time_embed", "time_embedding",
     "to_k",          "to_out",          "to_q",          "to_v",       "transformer_blocks",
     "up_blocks",     "upsamplers"});
/// Of the transformers of Stable Diffusion 3 and Flux, in diffusers' names and in the original ones.
constexpr auto kTransformerSegments = std::to_array<std::string_view>({"adaLN_modulation",
                                                                       "add_k_proj",
                                                                       "add_q_proj",
                                                                       "add_v_proj",
                                                                       "attn",
                                                                       "attn2",
                                                                       "context_block",
                                                                       "context_embedder",
                                                                       "double_blocks",
                                                                       "fc1",
                                                                       "fc2",
                                                                       "ff",
                                                                       "ff_context",
                                                                       "final_layer",
                                                                       "guidance_embedder",
                                                                       "guidance_in",
                                                                       "img_attn",
                                                                       "img_in",
                                                                       "img_mlp",
                                                                       "img_mod",
                                                                       "in_layer",
                                                                       "joint_blocks",
                                                                       "lin",
                                                                       "linear",
                                                                       "linear1",
                                                                       "linear2",
                                                                       "linear_1",
                                                                       "linear_2",
                                                                       "mlp",
                                                                       "modulation",
                                                                       "net",
                                                                       "norm",
                                                                       "norm1",
                                                                       "norm1_context",
                                                                       "norm_out",
                                                                       "out_layer",
                                                                       "pos_embed",
                                                                       "proj",
                                                                       "proj_mlp",
                                                                       "proj_out",
                                                                       "qkv",
                                                                       "single_blocks",
                                                                       "single_transformer_blocks",
                                                                       "t_embedder",
                                                                       "text_embedder",
                                                                       "time_in",
                                                                       "time_text_embed",
                                                                       "timestep_embedder",
                                                                       "to_add_out",
                                                                       "to_k",
                                                                       "to_out",
                                                                       "to_q",
                                                                       "to_v",
                                                                       "transformer_blocks",
                                                                       "txt_attn",
                                                                       "txt_in",
                                                                       "txt_mlp",
                                                                       "txt_mod",
                                                                       "vector_in",
                                                                       "x_block",
                                                                       "x_embedder",
                                                                       "y_embedder"});
/// Those of them that a transformer begins with: under the names of a UNet, its own.
constexpr auto kTransformerModules = std::to_array<std::string_view>(
    {"context_embedder", "double_blocks", "final_layer", "guidance_in", "img_in", "joint_blocks", "norm_out",
     "pos_embed", "proj_out", "single_blocks", "single_transformer_blocks", "t_embedder", "time_in", "time_text_embed",
     "transformer_blocks", "txt_in", "vector_in", "x_embedder", "y_embedder"});
constexpr auto kT5Segments = std::to_array<std::string_view>(
    {"DenseReluDense", "SelfAttention", "block", "encoder", "k", "layer", "o", "q", "v", "wi_0", "wi_1", "wo"});
constexpr auto kTextSegments =
    std::to_array<std::string_view>({"encoder", "fc1", "fc2", "k_proj", "layers", "mlp", "out_proj", "q_proj",
                                     "self_attn", "text_model", "text_projection", "v_proj"});

/// Where attention processors and the text encoders of their time had other names for the last module.
struct LastModule {
  std::string_view component, from, to;
};
constexpr auto kLastModules = std::to_array<LastModule>({
    {kUnet, ".to_out", ".to_out.0"},
    {kTransformer, ".to_out", ".to_out.0"},
    {kText, ".to_q", ".q_proj"},
    {kText, ".to_k", ".k_proj"},
    {kText, ".to_v", ".v_proj"},
    {kText, ".to_out", ".out_proj"},
});

/// The length of `pattern` at the end of `name`, 0 if it does not stand there.
std::size_t matched_length(std::string_view name, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return name.ends_with(pattern) ? pattern.size() : 0;
  const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  const auto at = name.rfind(head);
  if (at == name.npos || !name.ends_with(tail) || at + head.size() + tail.size() >= name.size()) return 0;
  const std::string_view segment = name.substr(at + head.size(), name.size() - tail.size() - at - head.size());
  return segment.find('.') == segment.npos ? name.size() - at : 0;
}

std::string without(std::string_view text, std::string_view what) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (result.ends_with(what)) result.resize(result.size() - what.size());
  }
  return result;
}

/// Attention processors were modules of their own: `attn1.processor.to_q_lora` is `attn1.to_q`'s. peft's wrapper stands
/// before the component or behind it.
std::string without_wrappers(std::string_view name) {
  return without(without(name, "processor."), "base_model.model.");
}

/// Segments of letters, digits and "_", joined by single dots.
bool is_module_path(std::string_view path) {
  char previous = '.';
  for (const char c : path) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (!letter && (c != '.' || previous == '.')) return false;
    previous = c;
  }
  return previous != '.';
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "down_blocks_0_attn1_to_q" -> "down_blocks.0.attn1.to_q": always the longest segment that the rest begins with.
std::optional<std::string> unflatten(std::string_view flat, std::span<const std::string_view> segments) {
  std::string path;
  while (true) {
    std::string_view longest;
    for (const auto segment : segments) {
      const bool whole = flat.size() == segment.size() || (flat.size() > segment.size() && flat[segment.size()] == '_');
      if (whole && flat.starts_with(segment) && segment.size() > longest.size()) longest = segment;
    }
    if (longest.empty()) longest = flat.substr(0, flat.find('_'));
    const bool known = std::find(segments.begin(), segments.end(), longest) != segments.end();
    if (!known && !is_number(longest)) return std::nullopt;
    path += longest;
    if (longest.size() == flat.size()) return path;
    path += '.';
    flat.remove_prefix(longest.size() + 1);
  }
}

bool is_of_transformer(std::string_view path) {
  return std::ranges::find(kTransformerModules, path.substr(0, path.find('.'))) != kTransformerModules.end();
}

std::span<const std::string_view> segments_of(std::string_view component) {
  if (component == kUnet) return kUnetSegments;
  if (component == kTransformer) return kTransformerSegments;
  return component == kText3 ? std::span<const std::string_view>(kT5Segments)
                             : std::span<const std::string_view>(kTextSegments);
}

/// The canonical target of a name without its suffix.
std::optional<std::string> find_target(std::string_view module) {
  const std::string name = without_wrappers(module) + '.';  // a prefix may be a whole module: "conv_in."
  const auto prefix = std::ranges::find_if(kPrefixes, [&](const Prefix& row) { return name.starts_with(row.from); });
  if (prefix == kPrefixes.end()) return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(prefix->from.size());
  std::string target(prefix->to);
  if (prefix->paths == Paths::dotted) {
    target += rest;
    target.pop_back();
  } else {
    const std::string_view flat = rest.substr(0, rest.size() - 1);
    auto path = unflatten(flat, segments_of(prefix->to));
    if (prefix->to == kUnet && !path) {
      path = unflatten(flat, kTransformerSegments);
      if (path && !is_of_transformer(*path)) return std::nullopt;
    }
    if (!path) return std::nullopt;
    target += *path;
  }
  if (target.starts_with(kUnet) && is_of_transformer(std::string_view(target).substr(kUnet.size())))
    target.replace(0, kUnet.size(), kTransformer);
  for (const std::string_view text : {kText, kText2})
    if (target.starts_with(text) && !target.substr(text.size()).starts_with("text_") &&
        !target.substr(text.size()).starts_with("encoder.block."))  // T5
      target.insert(text.size(), "text_model.");
  for (const LastModule& row : kLastModules)
    if (target.starts_with(row.component) && target.ends_with(row.from))
      target.replace(target.size() - row.from.size(), row.from.size(), row.to);
  const bool whole = is_module_path(target) && target.find('.') != target.npos;
  return whole ? std::optional(std::move(target)) : std::nullopt;
}

std::optional<MappedKey> find_key(std::string_view name, std::span<const Suffix> suffixes) {
  for (const Suffix& suffix : suffixes) {
    const std::size_t length = matched_length(name, suffix.text);
    if (length == 0) continue;
    auto target = find_target(name.substr(0, name.size() - length));
    if (!target) return std::nullopt;
    return MappedKey{*std::move(target), suffix.part, suffix.dialect};
  }
  return std::nullopt;
}

std::optional<MappedKey> find_key(std::string_view name) {
  for (const Algorithm& algorithm : algorithms())
    if (auto key = find_key(name, algorithm.suffixes)) return key;
  return find_key(name, kSharedSuffixes);
}

/// peft keeps parameters under the adapter's name too: `.hada_w1_a.default`.
std::string_view without_last_segment(std::string_view name) {
  const auto dot = name.rfind('.');
  const bool is_part = dot == name.npos || name.substr(dot) == ".weight" || name.substr(dot) == ".bias";
  return is_part ? "" : name.substr(0, dot);
}

}  // namespace

MappedKey map_key(std::string_view name, std::string_view where) {
  if (const auto* kind = find_refusal(kKinds, name))
    fail(ErrorCode::unsupported, "{}: {}: {} is not supported yet", where, name, kind->what);
  if (auto key = find_key(name)) return *std::move(key);
  if (auto key = find_key(without_last_segment(name))) return *std::move(key);
  fail(ErrorCode::corrupt_file,
       "{}: {}: expected the name of an adapter's tensor (peft, diffusers, kohya or LyCORIS, for Stable Diffusion "
       "or Flux)",
       where, name);
}

}  // namespace veneer::adapters
