// Prompts -> the inputs of a denoiser that depend on the request. As data: which encoders there are, which of their
// outputs are taken, and how they lie beside and behind each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/component.h"
#include "runtime/binding.h"
#include "tokenizers/tokenizer.h"

namespace veneer::pipelines {

/// An input of the denoiser for a whole batch.
struct NamedValues {
  std::string name;
  std::vector<float> values;
};

/// A text encoder and its tokenizer. Its graph has the input "input_ids" [N,tokens], and "end" [N] where it pools.
struct TextEncoder {
  struct Output {
    std::string name;
    std::int64_t channels = 0;
    enum class Per { token, prompt } per = Per::token;
  };
  std::unique_ptr<Component> component;
  std::unique_ptr<const tokenizers::Tokenizer> tokenizer;
  std::int64_t tokens = 77;
  enum class Length { fixed, of_request } length = Length::fixed;  ///< whether a request may choose other tokens
  std::vector<Output> outputs;                                     ///< of its graph, all of them
  /// Of a prompt's ids, where the graph has the input "end" [N].
  std::function<std::int32_t(std::span<const std::int32_t> ids)> end_position{};

  /// Of the plan for so many prompts of `chosen` tokens (0: its own number).
  [[nodiscard]] PlanShape shape(std::int64_t rows, std::int64_t chosen) const;
};

/// Output `output` of encoder `encoder`: `channels` numbers a token, or all in all where it is pooled.
struct TextPart {
  std::size_t encoder = 0, output = 0;
  std::int64_t channels = 0;
};

/// Tokens whose channels are those of several encoders side by side. Without parts they are zeros (an encoder that is
/// not there).
struct TokenBlock {
  std::int64_t tokens = 0;
  std::vector<TextPart> parts;
  TextEncoder::Length length = TextEncoder::Length::fixed;
};

/// What one row of guidance says, in the words of the request.
struct PromptRow {
  struct Text {
    std::string field;  ///< of the request, for warnings
    std::string text;
  };
  std::vector<Text> texts;  ///< one an encoder
  enum class Encoding { encoded, zeros } encoding = Encoding::encoded;
};

/// An input of the denoiser that stands for a whole text: parts beside each other.
struct PooledInput {
  std::string name;
  std::vector<TextPart> parts;
};

struct Conditioner {
  std::vector<TextEncoder> encoders;
  std::int64_t width = 0;          ///< channels of a token as the denoiser takes them; zeros fill what no part gives
  std::vector<TokenBlock> blocks;  ///< of "encoder_hidden_states" [N,tokens,width], one behind the other
  PooledInput pooled{};            ///< without parts: there is none

  /// Of "encoder_hidden_states" where the request asks for `chosen` of what it may choose; 0: it does not.
  [[nodiscard]] std::int64_t tokens(std::int64_t chosen) const;

  /// The adapters of each encoder: a binding an image, or one for all; null for the base.
  using Bindings = std::span<const std::vector<std::shared_ptr<const runtime::AdapterBinding>>>;

  /// Inputs for a batch of the first row for all images, then the second, with `chosen` tokens as tokens() has it. Text
  /// that does not fit is reported in `warnings`, which is emptied first. `stop` ends waits for threads,
  /// with Error cancelled.
  [[nodiscard]] std::vector<NamedValues> encode(std::span<const PromptRow> rows, std::size_t images,
                                                std::int64_t chosen, Bindings bindings,
                                                std::vector<std::string>& warnings, const std::stop_token& stop) const;

 private:
  template <class Of>
  void append_tokens(const Of& of, std::int64_t chosen, std::vector<float>& values) const;
};

}  // namespace veneer::pipelines
