#include "adapters/key_map.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
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
    {"dora_scale", Refusal::anywhere, "DoRA (a magnitude beside the low-rank pair)"},
    {"lora_magnitude_vector", Refusal::anywhere, "DoRA (a magnitude beside the low-rank pair)"},
    {".hada_", Refusal::anywhere, "LoHa (Hadamard products)"},
    {".lokr_", Refusal::anywhere, "LoKr (Kronecker products)"},
    {".lora_mid.", Refusal::anywhere, "LoCon with a middle tensor (Tucker decomposition)"},
    {".diff", Refusal::at_end, "a full difference of a weight"},
    {".diff_b", Refusal::at_end, "a full difference of a bias"},
    {"lora_B.bias", Refusal::at_end, "a bias of the up projection"},
    {"lora_up.bias", Refusal::at_end, "a bias of the up projection"},
    {"lora.up.bias", Refusal::at_end, "a bias of the up projection"},
    {"lora_embedding_", Refusal::anywhere, "LoRA of an embedding table"},
    {".oft_", Refusal::anywhere, "OFT (orthogonal fine-tuning)"},
    {".boft_", Refusal::anywhere, "BOFT (orthogonal fine-tuning)"},
    {".ia3_l", Refusal::anywhere, "(IA)3"},
    {".w_norm", Refusal::at_end, "a difference of a normalisation"},
    {".b_norm", Refusal::at_end, "a difference of a normalisation"},
    {"bundle_emb.", Refusal::at_start, "a bundled textual-inversion embedding"},
});

/// Base models that Veneer does not run, known by names that Stable Diffusion 1.x and 2.x do not have.
constexpr auto kFamilies = std::to_array<Refusal>({
    {"text_encoder_2.", Refusal::at_start, "Stable Diffusion XL"},
    {"lora_te2_", Refusal::at_start, "Stable Diffusion XL"},
    {"lora_unet_input_blocks_", Refusal::at_start, "Stable Diffusion XL"},
    {"lora_unet_middle_block_", Refusal::at_start, "Stable Diffusion XL"},
    {"lora_unet_output_blocks_", Refusal::at_start, "Stable Diffusion XL"},
    {"lora_unet_label_emb_", Refusal::at_start, "Stable Diffusion XL"},
    {"lora_unet_time_embed_", Refusal::at_start, "Stable Diffusion XL"},
    {"add_embedding", Refusal::anywhere, "Stable Diffusion XL"},
    {"joint_blocks", Refusal::anywhere, "Stable Diffusion 3"},
    {"lora_te3_", Refusal::at_start, "Stable Diffusion 3"},
    {"text_encoder_3.", Refusal::at_start, "Stable Diffusion 3"},
    {"single_transformer_blocks", Refusal::anywhere, "Flux"},
    {"double_blocks", Refusal::anywhere, "Flux"},
    {"single_blocks", Refusal::anywhere, "Flux"},
    {"transformer.", Refusal::at_start, "a diffusion transformer (Stable Diffusion 3, Flux or another)"},
    {"lora_transformer_", Refusal::at_start, "a diffusion transformer (Stable Diffusion 3, Flux or another)"},
    {"diffusion_model.", Refusal::at_start, "a diffusion transformer (Stable Diffusion 3, Flux or another)"},
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

// --- dialects with dotted names --------------------------------------------------------------------------------------

struct Renaming {
  std::string_view from, to;
};

/// Beginnings of names, first match first. Files hold a pipeline's adapters under the component's name, a model's own
/// adapters without it; text encoders changed their module names in transformers 5, which has no `text_model.`.
constexpr auto kPrefixes = std::to_array<Renaming>({
    {"unet.", "unet."},
    {"down_blocks.", "unet.down_blocks."},
    {"mid_block.", "unet.mid_block."},
    {"up_blocks.", "unet.up_blocks."},
    {"conv_in.", "unet.conv_in."},
    {"conv_out.", "unet.conv_out."},
    {"time_embedding.", "unet.time_embedding."},
    {"class_embedding.", "unet.class_embedding."},
    {"text_encoder.text_model.", "text_encoder.text_model."},
    {"text_encoder.text_projection.", "text_encoder.text_projection."},
    {"text_encoder.", "text_encoder.text_model."},
    {"text_model.", "text_encoder.text_model."},
    {"encoder.layers.", "text_encoder.text_model.encoder.layers."},
});

struct Suffix {
  std::string_view component;  ///< the rule holds for targets that begin so
  std::string_view from;       ///< end of the name
  std::string_view to;         ///< end of the target
  Part part;
  std::string_view dialect;
};

constexpr std::string_view kUnet = "unet.", kText = "text_encoder.";

/// Ends of names, first match first.
constexpr auto kSuffixes = std::to_array<Suffix>({
    // peft, and diffusers since it stands on peft
    {"", ".lora_A.weight", "", Part::down, "peft"},
    {"", ".lora_B.weight", "", Part::up, "peft"},
    {"", ".lora_A.default.weight", "", Part::down, "peft"},
    {"", ".lora_B.default.weight", "", Part::up, "peft"},
    // diffusers before peft
    {"", ".lora.down.weight", "", Part::down, "diffusers"},
    {"", ".lora.up.weight", "", Part::up, "diffusers"},
    {kText, ".lora_linear_layer.down.weight", "", Part::down, "diffusers"},
    {kText, ".lora_linear_layer.up.weight", "", Part::up, "diffusers"},
    // diffusers' attention processors, and the text encoder's names of that time
    {kUnet, ".to_q_lora.down.weight", ".to_q", Part::down, "diffusers-old"},
    {kUnet, ".to_q_lora.up.weight", ".to_q", Part::up, "diffusers-old"},
    {kUnet, ".to_k_lora.down.weight", ".to_k", Part::down, "diffusers-old"},
    {kUnet, ".to_k_lora.up.weight", ".to_k", Part::up, "diffusers-old"},
    {kUnet, ".to_v_lora.down.weight", ".to_v", Part::down, "diffusers-old"},
    {kUnet, ".to_v_lora.up.weight", ".to_v", Part::up, "diffusers-old"},
    {kUnet, ".to_out_lora.down.weight", ".to_out.0", Part::down, "diffusers-old"},
    {kUnet, ".to_out_lora.up.weight", ".to_out.0", Part::up, "diffusers-old"},
    {kText, ".to_q_lora.down.weight", ".q_proj", Part::down, "diffusers-old"},
    {kText, ".to_q_lora.up.weight", ".q_proj", Part::up, "diffusers-old"},
    {kText, ".to_k_lora.down.weight", ".k_proj", Part::down, "diffusers-old"},
    {kText, ".to_k_lora.up.weight", ".k_proj", Part::up, "diffusers-old"},
    {kText, ".to_v_lora.down.weight", ".v_proj", Part::down, "diffusers-old"},
    {kText, ".to_v_lora.up.weight", ".v_proj", Part::up, "diffusers-old"},
    {kText, ".to_out_lora.down.weight", ".out_proj", Part::down, "diffusers-old"},
    {kText, ".to_out_lora.up.weight", ".out_proj", Part::up, "diffusers-old"},
    // alphas, most special first
    {kUnet, ".to_q_lora.alpha", ".to_q", Part::alpha, ""},
    {kUnet, ".to_k_lora.alpha", ".to_k", Part::alpha, ""},
    {kUnet, ".to_v_lora.alpha", ".to_v", Part::alpha, ""},
    {kUnet, ".to_out_lora.alpha", ".to_out.0", Part::alpha, ""},
    {kText, ".to_q_lora.alpha", ".q_proj", Part::alpha, ""},
    {kText, ".to_k_lora.alpha", ".k_proj", Part::alpha, ""},
    {kText, ".to_v_lora.alpha", ".v_proj", Part::alpha, ""},
    {kText, ".to_out_lora.alpha", ".out_proj", Part::alpha, ""},
    {kText, ".lora_linear_layer.alpha", "", Part::alpha, ""},
    {"", ".lora.alpha", "", Part::alpha, ""},
    {"", ".alpha", "", Part::alpha, ""},
});

/// Attention processors were modules of their own: `attn1.processor.to_q_lora` is `attn1.to_q`'s.
std::string without_processors(std::string_view name) {
  constexpr std::string_view kProcessor = ".processor.";
  std::string result(name);
  for (auto at = result.find(kProcessor); at != std::string::npos; at = result.find(kProcessor, at))
    result.erase(at, kProcessor.size() - 1);
  return result;
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

std::optional<MappedKey> map_dotted(std::string_view raw) {
  std::string name = without_processors(raw);
  constexpr std::string_view kPeftModel = "base_model.model.";  // peft's own wrapper
  if (name.starts_with(kPeftModel)) name.erase(0, kPeftModel.size());
  const auto prefix =
      std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](const Renaming& row) { return name.starts_with(row.from); });
  if (prefix == kPrefixes.end()) return std::nullopt;
  name.replace(0, prefix->from.size(), prefix->to);
  for (const auto& rule : kSuffixes) {
    if (!name.starts_with(rule.component) || !name.ends_with(rule.from)) continue;
    name.resize(name.size() - rule.from.size());
    name += rule.to;
    const auto module = name.find('.') + 1;
    if (module == 0 || !is_module_path(name) || module == name.size()) return std::nullopt;
    return MappedKey{std::move(name), rule.part, rule.dialect};
  }
  return std::nullopt;
}

// --- kohya: module paths flattened with "_" --------------------------------------------------------------------------

constexpr auto kKohyaPrefixes = std::to_array<Renaming>({
    {"lora_unet_", "unet."},
    {"lora_te_", "text_encoder."},
    {"lora_te1_", "text_encoder."},
});

struct KohyaSuffix {
  std::string_view text;
  Part part;
};
constexpr auto kKohyaSuffixes = std::to_array<KohyaSuffix>({
    {".lora_down.weight", Part::down},
    {".lora_up.weight", Part::up},
    {".alpha", Part::alpha},
});

/// Segments of the module paths of the UNet and of CLIP's text model; a segment that is a number is one too.
constexpr auto kUnetSegments = std::to_array<std::string_view>({
    "attentions", "attn1",         "attn2",          "class_embedding",
    "conv",       "conv1",         "conv2",          "conv_in",
    "conv_out",   "conv_shortcut", "down_blocks",    "downsamplers",
    "ff",         "linear_1",      "linear_2",       "mid_block",
    "net",        "proj",          "proj_in",        "proj_out",
    "resnets",    "time_emb_proj", "time_embedding", "to_k",
    "to_out",     "to_q",          "to_v",           "transformer_blocks",
    "up_blocks",  "upsamplers",
});
constexpr auto kTextSegments = std::to_array<std::string_view>({
    "encoder",
    "fc1",
    "fc2",
    "k_proj",
    "layers",
    "mlp",
    "out_proj",
    "q_proj",
    "self_attn",
    "text_model",
    "text_projection",
    "v_proj",
});

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

std::optional<MappedKey> map_kohya(std::string_view name) {
  for (const auto& prefix : kKohyaPrefixes) {
    if (!name.starts_with(prefix.from)) continue;
    name.remove_prefix(prefix.from.size());
    for (const auto& suffix : kKohyaSuffixes) {
      if (!name.ends_with(suffix.text)) continue;
      name.remove_suffix(suffix.text.size());
      const bool text = prefix.to == kText;
      const auto path = text ? unflatten(name, kTextSegments) : unflatten(name, kUnetSegments);
      if (!path) return std::nullopt;
      const bool bare = text && !path->starts_with("text_model.") && !path->starts_with("text_projection");
      std::string target(prefix.to);
      if (bare) target += "text_model.";
      target += *path;
      return MappedKey{std::move(target), suffix.part, suffix.part == Part::alpha ? "" : "kohya"};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Part part) {
  switch (part) {
    case Part::down:
      return "down";
    case Part::up:
      return "up";
    case Part::alpha:
      return "alpha";
  }
  return "unknown";
}

MappedKey map_key(std::string_view name, std::string_view where) {
  if (const auto* family = find_refusal(kFamilies, name))
    fail(ErrorCode::unsupported, "{}: {}: this is an adapter for {}, which is not supported yet", where, name,
         family->what);
  if (const auto* kind = find_refusal(kKinds, name))
    fail(ErrorCode::unsupported, "{}: {}: {} is not supported yet", where, name, kind->what);
  if (auto key = map_kohya(name)) return *std::move(key);
  if (auto key = map_dotted(name)) return *std::move(key);
  fail(ErrorCode::corrupt_file,
       "{}: {}: expected the name of a LoRA tensor (peft, diffusers or kohya, for Stable Diffusion 1.x or 2.x)", where,
       name);
}

}  // namespace veneer::adapters
