// Prompts -> the inputs of a denoiser that depend on the request. As data: which encoders there are, which of their
// outputs are taken, and how they lie beside and behind each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/component.h"
#include "runtime/binding.h"
#include "tokenizers/clip_bpe.h"

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
    std::int64_t size = 0;  ///< numbers a prompt
  };
  std::unique_ptr<Component> component;
  tokenizers::ClipTokenizer tokenizer;
  std::int64_t tokens = 77;
  std::vector<Output> outputs;  ///< of its graph, all of them
  /// Of a prompt's ids, where the graph has the input "end" [N].
  std::function<std::int32_t(std::span<const std::int32_t> ids)> end_position{};
};

/// Output `output` of encoder `encoder`: `channels` numbers a token, or all in all where it is pooled.
struct TextPart {
  std::size_t encoder = 0, output = 0;
  std::int64_t channels = 0;
};

/// Tokens whose channels are those of several encoders side by side.
struct TokenBlock {
  std::int64_t tokens = 0;
  std::vector<TextPart> parts;
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

  [[nodiscard]] std::int64_t tokens() const;

  /// The adapters of each encoder: a binding an image, or one for all; null for the base.
  using Bindings = std::span<const std::vector<std::shared_ptr<const runtime::AdapterBinding>>>;

  /// Inputs for a batch of the first row for all images, then the second. Text that does not fit is reported in
  /// `warnings`, which is emptied first.
  [[nodiscard]] std::vector<NamedValues> encode(std::span<const PromptRow> rows, std::size_t images, Bindings bindings,
                                                std::vector<std::string>& warnings) const;

 private:
  template <class Of>
  void append_tokens(const Of& of, std::vector<float>& values) const;
};

}  // namespace veneer::pipelines
