#include "adapters/transformer_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "adapters/algorithms/algorithm.h"
#include "base/error.h"

namespace veneer::adapters {
namespace {

constexpr std::string_view kTransformer = "transformer.";

/// How the rows of an original module stand in diffusers'.
enum class Rows {
  whole,
  thirds,       ///< of q, k and v
  qkv_and_mlp,  ///< three times as many as there are inputs, and the rest
  swapped,      ///< shift and scale, which stand the other way round in diffusers
  modulation,   ///< swapped where there are shift and scale alone: the last block's
};

struct Module {
  std::string_view from;
  std::array<std::string_view, 4> to;
  Rows rows = Rows::whole;
};

/// Modules of a block, by the list that it stands in; the second column is diffusers' list.
struct BlockList {
  std::string_view from, to;
  std::span<const Module> modules;
};

constexpr auto kFluxDouble = std::to_array<Module>({
    {"img_attn.qkv", {"attn.to_q", "attn.to_k", "attn.to_v"}, Rows::thirds},
    {"txt_attn.qkv", {"attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"}, Rows::thirds},
    {"img_attn.proj", {"attn.to_out.0"}},
    {"txt_attn.proj", {"attn.to_add_out"}},
    {"img_mlp.0", {"ff.net.0.proj"}},
    {"img_mlp.2", {"ff.net.2"}},
    {"txt_mlp.0", {"ff_context.net.0.proj"}},
    {"txt_mlp.2", {"ff_context.net.2"}},
    {"img_mod.lin", {"norm1.linear"}},
    {"txt_mod.lin", {"norm1_context.linear"}},
    // xlabs: 1 is the image's, 2 the text's
    {"qkv_lora1", {"attn.to_q", "attn.to_k", "attn.to_v"}, Rows::thirds},
    {"qkv_lora2", {"attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"}, Rows::thirds},
    {"proj_lora1", {"attn.to_out.0"}},
    {"proj_lora2", {"attn.to_add_out"}},
});
constexpr auto kFluxSingle = std::to_array<Module>({
    {"linear1", {"attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"}, Rows::qkv_and_mlp},
    {"linear2", {"proj_out"}},
    {"modulation.lin", {"norm.linear"}},
    {"qkv", {"attn.to_q", "attn.to_k", "attn.to_v"}, Rows::thirds},  // xlabs
    {"proj", {"proj_out"}},
});
constexpr auto kSd3Joint = std::to_array<Module>({
    {"x_block.attn.qkv", {"attn.to_q", "attn.to_k", "attn.to_v"}, Rows::thirds},
    {"context_block.attn.qkv", {"attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"}, Rows::thirds},
    {"x_block.attn2.qkv", {"attn2.to_q", "attn2.to_k", "attn2.to_v"}, Rows::thirds},
    {"x_block.attn.proj", {"attn.to_out.0"}},
    {"context_block.attn.proj", {"attn.to_add_out"}},
    {"x_block.attn2.proj", {"attn2.to_out.0"}},
    {"x_block.mlp.fc1", {"ff.net.0.proj"}},
    {"x_block.mlp.fc2", {"ff.net.2"}},
    {"context_block.mlp.fc1", {"ff_context.net.0.proj"}},
    {"context_block.mlp.fc2", {"ff_context.net.2"}},
    {"x_block.adaLN_modulation.1", {"norm1.linear"}},
    {"context_block.adaLN_modulation.1", {"norm1_context.linear"}, Rows::modulation},
});
constexpr auto kLists = std::to_array<BlockList>({
    {"double_blocks.", "transformer_blocks.", kFluxDouble},
    {"single_blocks.", "single_transformer_blocks.", kFluxSingle},
    {"joint_blocks.", "transformer_blocks.", kSd3Joint},
});

/// Modules outside of the blocks, of either family.
constexpr auto kOutside = std::to_array<Module>({
    {"img_in", {"x_embedder"}},
    {"txt_in", {"context_embedder"}},
    {"time_in.in_layer", {"time_text_embed.timestep_embedder.linear_1"}},
    {"time_in.out_layer", {"time_text_embed.timestep_embedder.linear_2"}},
    {"vector_in.in_layer", {"time_text_embed.text_embedder.linear_1"}},
    {"vector_in.out_layer", {"time_text_embed.text_embedder.linear_2"}},
    {"guidance_in.in_layer", {"time_text_embed.guidance_embedder.linear_1"}},
    {"guidance_in.out_layer", {"time_text_embed.guidance_embedder.linear_2"}},
    {"x_embedder.proj", {"pos_embed.proj"}},
    {"t_embedder.mlp.0", {"time_text_embed.timestep_embedder.linear_1"}},
    {"t_embedder.mlp.2", {"time_text_embed.timestep_embedder.linear_2"}},
    {"y_embedder.mlp.0", {"time_text_embed.text_embedder.linear_1"}},
    {"y_embedder.mlp.2", {"time_text_embed.text_embedder.linear_2"}},
    {"final_layer.linear", {"proj_out"}},
    {"final_layer.adaLN_modulation.1", {"norm_out.linear"}, Rows::swapped},
});

const Module* find(std::span<const Module> modules, std::string_view name) {
  const auto row = std::ranges::find(modules, name, &Module::from);
  return row == modules.end() ? nullptr : &*row;
}

/// A module and the beginning of diffusers' paths: "transformer.transformer_blocks.0.".
struct Place {
  const Module* module;
  std::string begin;
};

std::optional<Place> find_place(std::string_view target) {
  const std::string_view path = target.substr(kTransformer.size());
  for (const BlockList& list : kLists) {
    if (!path.starts_with(list.from)) continue;
    const std::string_view rest = path.substr(list.from.size());
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const bool number =
        dot > 0 && std::ranges::all_of(rest.substr(0, dot), [](unsigned char c) { return std::isdigit(c); });
    const Module* module = number && dot < rest.size() ? find(list.modules, rest.substr(dot + 1)) : nullptr;
    if (module == nullptr) return std::nullopt;
    return Place{module, std::string(kTransformer).append(list.to).append(rest.substr(0, dot + 1))};
  }
  const Module* module = find(kOutside, path);
  return module == nullptr ? std::nullopt : std::optional(Place{module, std::string(kTransformer)});
}

/// Rows [begin, begin + count) of a tensor whose first axis is them, over the same bytes.
Tensor rows_of(const Tensor& tensor, std::int64_t begin, std::int64_t count) {
  Shape shape = tensor.shape();
  const auto row_bytes = tensor.bytes().size() / static_cast<std::size_t>(shape[0]);
  shape[0] = count;
  return {
      tensor.dtype(), std::move(shape),
      tensor.bytes().subspan(static_cast<std::size_t>(begin) * row_bytes, static_cast<std::size_t>(count) * row_bytes),
      std::make_shared<const Tensor>(tensor)};
}

/// The second half of the rows before the first.
Tensor swapped_halves(const Tensor& tensor) {
  const auto bytes = std::make_shared<std::vector<std::byte>>(tensor.bytes().begin(), tensor.bytes().end());
  std::ranges::rotate(*bytes, bytes->begin() + static_cast<std::ptrdiff_t>(bytes->size() / 2));
  return {tensor.dtype(), tensor.shape(), std::span<const std::byte>(*bytes), bytes};
}

/// Applies `change` to every tensor whose first axis is the layer's outputs; false for a form that has none.
template <class Change>
bool change_rows(Delta& delta, const Change& change) {
  if (auto* low_rank = std::get_if<LowRank>(&delta.form)) {
    low_rank->up = change(low_rank->up);
  } else if (auto* product = std::get_if<Hadamard>(&delta.form)) {
    product->first.up = change(product->first.up);
    product->second.up = change(product->second.up);
  } else if (auto* dense = std::get_if<Dense>(&delta.form)) {
    dense->difference = change(dense->difference);
  } else {
    return false;
  }
  if (delta.magnitude.shape().size() > 1) return false;  // lengths of whole columns
  if (!delta.magnitude.empty()) delta.magnitude = change(delta.magnitude);
  if (!delta.bias.empty()) delta.bias = change(delta.bias);
  return true;
}

std::vector<std::int64_t> row_counts(const Module& module, MatrixShape shape) {
  if (module.rows == Rows::thirds && shape.out % 3 == 0) return {shape.out / 3, shape.out / 3, shape.out / 3};
  const std::int64_t in = shape.columns;
  if (module.rows == Rows::qkv_and_mlp && shape.out > 3 * in) return {in, in, in, shape.out - 3 * in};
  return {};
}

Delta changed(const Delta& delta, std::string target, std::string_view where, const auto& change) {
  Delta result = delta;
  result.target = std::move(target);
  if (!change_rows(result, change))
    fail(ErrorCode::unsupported, "{}: {}: {} of a layer that is several of diffusers' layers is not supported", where,
         delta.target, algorithm_of(delta.form).name);
  return result;
}

}  // namespace

bool is_original_transformer(std::string_view target) {
  if (!target.starts_with(kTransformer)) return false;
  const std::string_view path = target.substr(kTransformer.size());
  return find(kOutside, path) != nullptr ||
         std::ranges::any_of(kLists, [&](const BlockList& list) { return path.starts_with(list.from); });
}

std::vector<Delta> in_diffusers_names(const Delta& delta, std::string_view where) {
  const auto place = find_place(delta.target);
  if (!place)
    fail(ErrorCode::corrupt_file, "{}: {}: expected a layer of Stable Diffusion 3 or Flux, got an unknown one", where,
         delta.target);
  const auto& [module, begin] = *place;
  const MatrixShape shape = matrix_shape(delta.form);
  const std::string first = begin + std::string(module->to[0]);
  const bool shift_and_scale =
      module->rows == Rows::swapped || (module->rows == Rows::modulation && shape.out == 2 * shape.columns);
  if (shift_and_scale) {
    if (shape.out % 2 != 0)
      fail(ErrorCode::corrupt_file, "{}: {}: expected an even number of rows, got {}", where, delta.target, shape.out);
    return {changed(delta, first, where, swapped_halves)};
  }
  if (module->rows == Rows::whole || module->rows == Rows::modulation) {
    Delta whole = delta;
    whole.target = first;
    return {std::move(whole)};
  }
  const std::vector<std::int64_t> counts = row_counts(*module, shape);
  if (counts.empty())
    fail(ErrorCode::corrupt_file, "{}: {}: expected rows of {} layers, got [{},{}]", where, delta.target,
         module->rows == Rows::thirds ? 3 : 4, shape.out, shape.columns);
  std::vector<Delta> parts;
  std::int64_t row = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    parts.push_back(changed(delta, begin + std::string(module->to[i]), where,
                            [&](const Tensor& tensor) { return rows_of(tensor, row, counts[i]); }));
    row += counts[i];
  }
  return parts;
}

}  // namespace veneer::adapters
