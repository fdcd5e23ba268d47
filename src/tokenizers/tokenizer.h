// What a tokenizer is to a pipeline: a prompt in, token ids, their mask and the end's position out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::tokenizers {

struct EncodedPrompt {
  std::vector<std::int32_t> ids;  ///< the prompt's tokens between the special ones, cut and padded to a length
  std::int32_t num_tokens = 0;    ///< how many of them are not padding; an attention mask is 1 for these, then 0
  std::int32_t end = 0;           ///< position of the first end token: where CLIP pools
  std::string truncated_text;     ///< the part that did not fit, as diffusers shows it in its warning; else empty
};

/// Immutable: may be shared by threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The prompt as `length` ids. Any bytes are a prompt: ill-formed UTF-8 counts as U+FFFD, NUL is a character like
  /// others; special tokens written in the prompt are these tokens. Throws Error invalid_argument for a prompt above
  /// 256 MiB, or a length that has no room for the special tokens.
  [[nodiscard]] virtual EncodedPrompt encode(std::string_view prompt, std::int32_t length) const = 0;
  /// The same at model_max_length.
  [[nodiscard]] EncodedPrompt encode(std::string_view prompt) const { return encode(prompt, model_max_length()); }

  [[nodiscard]] virtual std::int32_t model_max_length() const = 0;

  struct Token {
    std::int32_t id;
    std::string text;
  };
  /// The token with the largest id: a text encoder's table must reach beyond it.
  [[nodiscard]] virtual Token last_token() const = 0;

 protected:
  Tokenizer() = default;
  Tokenizer(const Tokenizer&) = default;
  Tokenizer(Tokenizer&&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  Tokenizer& operator=(Tokenizer&&) = default;
};

/// Bytes; far above any prompt, and small enough that positions in it never overflow.
inline constexpr std::size_t kLongestPrompt = std::size_t{256} << 20;

/// T5's where the folder has spiece.model or a tokenizer.json with a unigram model, else CLIP's. Throws as they do.
std::unique_ptr<const Tokenizer> open_tokenizer(const std::filesystem::path& folder);

}  // namespace veneer::tokenizers
