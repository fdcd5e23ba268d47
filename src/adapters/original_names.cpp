#include "adapters/original_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace veneer::adapters {
namespace {

constexpr std::string_view kUnet = "unet.";

/// Ends of the paths inside a block, and modules outside of the blocks.
struct Renaming {
  std::string_view from, to;
};
constexpr auto kInResnet = std::to_array<Renaming>({
    {"in_layers.0", "norm1"},
    {"in_layers.2", "conv1"},
    {"emb_layers.1", "time_emb_proj"},
    {"out_layers.0", "norm2"},
    {"out_layers.3", "conv2"},
    {"skip_connection", "conv_shortcut"},
});
constexpr auto kOutside = std::to_array<Renaming>({
    {"input_blocks.0.0", "conv_in"},
    {"time_embed.0", "time_embedding.linear_1"},
    {"time_embed.2", "time_embedding.linear_2"},
    {"label_emb.0.0", "add_embedding.linear_1"},
    {"label_emb.0.2", "add_embedding.linear_2"},
    {"out.0", "conv_norm_out"},
    {"out.2", "conv_out"},
});
constexpr auto kOriginalBlocks = std::to_array<std::string_view>(
    {"input_blocks.", "middle_block.", "output_blocks.", "time_embed.", "label_emb.", "out."});

/// What the model has, by the beginnings of its slots' names.
class Blocks {
 public:
  explicit Blocks(std::span<const graph::Slot> slots) : slots_(slots) {}
  [[nodiscard]] bool has(std::string_view module) const {
    const std::string begin = fmt::format("{}{}.", kUnet, module);
    const auto found = std::ranges::lower_bound(slots_, begin, {}, &graph::Slot::name);
    return found != slots_.end() && found->name.starts_with(begin);
  }

 private:
  std::span<const graph::Slot> slots_;
};

/// One list of blocks, down or up: each holds a resnet with its attention for every entry of the original list, and a
/// sampler that is an entry of its own (down) or the end of the last one (up).
void add_blocks(const Blocks& blocks, std::string_view side, OriginalNames& names) {
  const bool down = side == "down_blocks";
  const std::string_view list = down ? "input_blocks" : "output_blocks";
  int entry = down ? 1 : 0;
  for (int block = 0; blocks.has(fmt::format("{}.{}", side, block)); ++block) {
    const std::string path = fmt::format("{}.{}", side, block);
    int parts = 0;  // of the current entry
    for (int i = 0; blocks.has(fmt::format("{}.resnets.{}", path, i)); ++i, ++entry) {
      parts = 1;
      names[fmt::format("{}.{}.0", list, entry)] = fmt::format("{}.resnets.{}", path, i);
      const std::string attention = fmt::format("{}.attentions.{}", path, i);
      if (blocks.has(attention)) names[fmt::format("{}.{}.{}", list, entry, parts++)] = attention;
    }
    const std::string sampler = fmt::format("{}.{}.0.conv", path, down ? "downsamplers" : "upsamplers");
    if (!blocks.has(sampler.substr(0, sampler.rfind('.')))) continue;
    if (down)
      names[fmt::format("{}.{}.0.op", list, entry++)] = sampler;
    else
      names[fmt::format("{}.{}.{}.conv", list, entry - 1, parts)] = sampler;
  }
}

}  // namespace

OriginalNames original_names(std::span<const graph::Slot> slots) {
  OriginalNames names;
  for (const auto& [from, to] : kOutside) names.emplace(from, to);
  const Blocks blocks(slots);
  add_blocks(blocks, "down_blocks", names);
  add_blocks(blocks, "up_blocks", names);
  int part = 0;
  for (int i = 0; blocks.has(fmt::format("mid_block.resnets.{}", i)); ++i) {
    names[fmt::format("middle_block.{}", part++)] = fmt::format("mid_block.resnets.{}", i);
    if (const auto attention = fmt::format("mid_block.attentions.{}", i); blocks.has(attention))
      names[fmt::format("middle_block.{}", part++)] = attention;
  }
  return names;
}

bool is_original(std::string_view target) {
  if (!target.starts_with(kUnet)) return false;
  target.remove_prefix(kUnet.size());
  return std::ranges::any_of(kOriginalBlocks, [&](std::string_view block) { return target.starts_with(block); });
}

std::optional<std::string> renamed(std::string_view target, const OriginalNames& names) {
  const std::string_view path = target.substr(kUnet.size());
  // The longest beginning that is known: "input_blocks.3.0.op" before "input_blocks.3.0".
  for (std::size_t end = path.size(); end != path.npos; end = end == 0 ? path.npos : path.rfind('.', end - 1)) {
    const auto block = names.find(path.substr(0, end));
    if (block == names.end()) continue;
    std::string_view rest = path.substr(std::min(path.size(), end + 1));
    if (block->second.find(".resnets.") != std::string::npos) {
      const auto row = std::ranges::find(kInResnet, rest, &Renaming::from);
      if (row == kInResnet.end()) return std::nullopt;
      rest = row->to;
    }
    return fmt::format("{}{}{}{}", kUnet, block->second, rest.empty() ? "" : ".", rest);
  }
  return std::nullopt;
}

}  // namespace veneer::adapters
