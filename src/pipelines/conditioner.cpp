#include "pipelines/conditioner.h"

#include <fmt/format.h>

#include <algorithm>

namespace veneer::pipelines {
namespace {

using runtime::AdapterBinding;

/// What an encoder gives for one image: each output for all rows.
using Encoded = std::vector<std::vector<float>>;

std::vector<std::int32_t> token_ids(const TextEncoder& encoder, std::size_t index, std::span<const PromptRow> rows,
                                    std::vector<std::string>& warnings) {
  std::vector<std::int32_t> ids;
  for (const PromptRow& row : rows) {
    const auto& [field, text] = row.texts.at(index);
    const auto encoded = encoder.tokenizer.encode(text);
    ids.insert(ids.end(), encoded.ids.begin(), encoded.ids.end());
    if (encoded.truncated_text.empty()) continue;
    const std::string warning =
        fmt::format("{}: longer than {} tokens; this part was cut: {}", field, encoder.tokens, encoded.truncated_text);
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
  }
  return ids;
}

/// One run for each binding that follows another.
std::vector<Encoded> encode_images(const TextEncoder& encoder, std::span<const std::int32_t> ids, std::size_t images,
                                   std::span<const std::shared_ptr<const AdapterBinding>> bindings) {
  const std::int64_t rows = static_cast<std::int64_t>(ids.size()) / encoder.tokens;
  const auto plan = encoder.component->plan({rows, 0, 0});
  const auto workspace = encoder.component->workspace(plan);
  std::vector<Encoded> result;
  for (std::size_t image = 0; image < images; ++image) {
    const AdapterBinding* binding = bindings[std::min(image, bindings.size() - 1)].get();
    if (image > 0 && binding == bindings[std::min(image - 1, bindings.size() - 1)].get()) {
      result.push_back(result.back());
      continue;
    }
    Encoded& encoded = result.emplace_back();
    std::vector<runtime::NamedOutput> outputs;
    for (const TextEncoder::Output& output : encoder.outputs) encoded.emplace_back(rows * output.size);
    for (std::size_t i = 0; i < encoded.size(); ++i) outputs.push_back({encoder.outputs[i].name, encoded[i]});
    plan->run(*workspace, 0, {{"input_ids", ids}}, runtime::NamedOutputs(outputs), {&binding, 1});
  }
  return result;
}

}  // namespace

std::int64_t Conditioner::tokens() const {
  std::int64_t sum = 0;
  for (const TokenBlock& block : blocks) sum += block.tokens;
  return sum;
}

std::vector<NamedValues> Conditioner::encode(std::span<const PromptRow> rows, std::size_t images, Bindings bindings,
                                             std::vector<std::string>& warnings) const {
  warnings.clear();
  std::vector<std::vector<Encoded>> encoded;  // [encoder][image]
  for (std::size_t i = 0; i < encoders.size(); ++i)
    encoded.push_back(
        encode_images(encoders[i], token_ids(encoders[i], i, rows, warnings), images, bindings[i]));

  const auto sample_size = static_cast<std::size_t>(tokens() * width);
  NamedValues states{"encoder_hidden_states", std::vector<float>(rows.size() * images * sample_size)};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t image = 0; image < images; ++image) {
      float* to = states.values.data() + (row * images + image) * sample_size;
      for (const TokenBlock& block : blocks) {
        std::int64_t column = 0;
        for (const TextPart& part : block.parts) {
          const std::vector<float>& output = encoded[part.encoder][image][part.output];
          const float* from = output.data() + row * (output.size() / rows.size());
          for (std::int64_t token = 0; token < block.tokens; ++token)
            std::copy_n(from + token * part.channels, part.channels, to + token * width + column);
          column += part.channels;
        }
        to += block.tokens * width;
      }
    }
  }
  return {std::move(states)};
}

}  // namespace veneer::pipelines
