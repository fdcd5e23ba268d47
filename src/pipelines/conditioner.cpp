#include "pipelines/conditioner.h"

#include <fmt/format.h>

#include <algorithm>

namespace veneer::pipelines {
namespace {

using runtime::AdapterBinding;

/// What an encoder gives for one image: each output for all rows.
using Encoded = std::vector<std::vector<float>>;

/// The length of an encoder's text, or of a block of tokens.
template <class Part>
std::int64_t length_of(const Part& part, std::int64_t chosen) {
  return part.length == TextEncoder::Length::of_request && chosen > 0 ? chosen : part.tokens;
}

std::vector<std::int32_t> token_ids(const TextEncoder& encoder, std::size_t index, std::int64_t tokens,
                                    std::span<const PromptRow> rows, std::vector<std::string>& warnings) {
  std::vector<std::int32_t> ids;
  for (const PromptRow& row : rows) {
    const auto& [field, text] = row.texts.at(index);
    const auto encoded = encoder.tokenizer->encode(text, static_cast<std::int32_t>(tokens));
    ids.insert(ids.end(), encoded.ids.begin(), encoded.ids.end());
    if (encoded.truncated_text.empty()) continue;
    const std::string warning =
        fmt::format("{}: longer than {} tokens; this part was cut: {}", field, tokens, encoded.truncated_text);
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
  }
  return ids;
}

/// `count` numbers from there, or zeros.
void append(const float* from, std::int64_t count, std::vector<float>& to) {
  const auto size = to.size() + static_cast<std::size_t>(count);
  if (from == nullptr) {
    to.resize(size);
  } else {
    to.insert(to.end(), from, from + count);
  }
}

/// One run for each binding that follows another.
std::vector<Encoded> encode_images(const TextEncoder& encoder, std::span<const std::int32_t> ids, std::int64_t tokens,
                                   std::size_t images, std::span<const std::shared_ptr<const AdapterBinding>> bindings,
                                   const std::stop_token& stop) {
  const std::int64_t rows = static_cast<std::int64_t>(ids.size()) / tokens;
  const auto plan = encoder.component->plan(encoder.shape(rows, tokens), stop);
  const auto workspace = encoder.component->workspace(plan, stop);
  std::vector<runtime::NamedInput> inputs = {{"input_ids", ids}};
  std::vector<std::int32_t> ends;
  if (encoder.end_position) {
    const auto length = static_cast<std::size_t>(tokens);
    for (std::size_t first = 0; first < ids.size(); first += length)
      ends.push_back(encoder.end_position(ids.subspan(first, length)));
    inputs.emplace_back("end", ends);
  }

  std::vector<Encoded> result;
  for (std::size_t image = 0; image < images; ++image) {
    const AdapterBinding* binding = bindings[std::min(image, bindings.size() - 1)].get();
    if (image > 0 && binding == bindings[std::min(image - 1, bindings.size() - 1)].get()) {
      result.push_back(result.back());
      continue;
    }
    Encoded& encoded = result.emplace_back();
    std::vector<runtime::NamedOutput> outputs;
    for (const TextEncoder::Output& output : encoder.outputs)
      encoded.emplace_back(rows * (output.per == TextEncoder::Output::Per::token ? tokens : 1) * output.channels);
    for (std::size_t i = 0; i < encoded.size(); ++i) outputs.push_back({encoder.outputs[i].name, encoded[i]});
    plan->run(*workspace, 0, runtime::NamedInputs(inputs), runtime::NamedOutputs(outputs), {&binding, 1});
  }
  return result;
}

}  // namespace

PlanShape TextEncoder::shape(std::int64_t rows, std::int64_t chosen) const {
  return {rows, 0, 0, length == Length::of_request ? length_of(*this, chosen) : 0};
}

std::int64_t Conditioner::tokens(std::int64_t chosen) const {
  std::int64_t sum = 0;
  for (const TokenBlock& block : blocks) sum += length_of(block, chosen);
  return sum;
}

std::vector<NamedValues> Conditioner::encode(std::span<const PromptRow> rows, std::size_t images, std::int64_t chosen,
                                             Bindings bindings, std::vector<std::string>& warnings,
                                             const std::stop_token& stop) const {
  warnings.clear();
  std::vector<std::vector<Encoded>> encoded;  // [encoder][image]
  for (std::size_t i = 0; i < encoders.size(); ++i) {
    const std::int64_t length = length_of(encoders[i], chosen);
    const std::vector<std::int32_t> ids = token_ids(encoders[i], i, length, rows, warnings);
    encoded.push_back(encode_images(encoders[i], ids, length, images, bindings[i], stop));
  }

  std::vector<NamedValues> inputs = {{"encoder_hidden_states", {}}};
  if (!pooled.parts.empty()) inputs.push_back({pooled.name, {}});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const bool zeros = rows[row].encoding == PromptRow::Encoding::zeros;
    for (std::size_t image = 0; image < images; ++image) {
      const auto of = [&](const TextPart& part) {
        const std::vector<float>& output = encoded[part.encoder][image][part.output];
        return zeros ? nullptr : output.data() + row * (output.size() / rows.size());
      };
      append_tokens(of, chosen, inputs[0].values);
      for (const TextPart& part : pooled.parts) append(of(part), part.channels, inputs[1].values);
    }
  }
  return inputs;
}

/// One sample of "encoder_hidden_states".
template <class Of>
void Conditioner::append_tokens(const Of& of, std::int64_t chosen, std::vector<float>& values) const {
  for (const TokenBlock& block : blocks)
    for (std::int64_t token = 0; token < length_of(block, chosen); ++token) {
      std::int64_t rest = width;
      for (const TextPart& part : block.parts) {
        const float* states = of(part);
        append(states == nullptr ? nullptr : states + token * part.channels, part.channels, values);
        rest -= part.channels;
      }
      append(nullptr, rest, values);
    }
}

}  // namespace veneer::pipelines
