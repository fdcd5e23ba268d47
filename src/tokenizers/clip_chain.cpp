// What tokenizer.json must say to mean CLIP's tokenizer. transformers 5.23 takes the vocabulary, the merges and the
// added tokens from that file and builds the rest itself; a file that says something else was made for another program.
#include <array>
#include <string_view>

#include "base/error.h"
#include "tokenizers/clip_settings.h"

namespace veneer::tokenizers {
namespace {

// With the special tokens spelled out (transformers 5) and without (files converted by transformers 4).
constexpr std::array<std::string_view, 2> kPatterns = {
    R"(<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)",
    R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)"};

class ChainCheck {
 public:
  ChainCheck(const Json& tokenizer, const std::string& where) : root_(tokenizer), where_(where) {}

  void run() const {
    normalizer();
    pre_tokenizer();
    model();
    type_is("/post_processor", {"RobertaProcessing"});
    type_is("/decoder", {"ByteLevel"});
    for (const char* side : {"/padding/direction", "/truncation/direction"}) expect_or_absent(side, "Right");
  }

 private:
  void normalizer() const {
    type_is("/normalizer", {"Sequence"});
    count_is("/normalizer/normalizers", 3);
    type_is("/normalizer/normalizers/0", {"NFC"});
    type_is("/normalizer/normalizers/1", {"Replace"});
    expect("/normalizer/normalizers/1/pattern/Regex", R"(\s+)");
    expect("/normalizer/normalizers/1/content", " ");
    type_is("/normalizer/normalizers/2", {"Lowercase"});
  }

  void pre_tokenizer() const {
    type_is("/pre_tokenizer", {"Sequence"});
    count_is("/pre_tokenizer/pretokenizers", 2);
    const std::string split = "/pre_tokenizer/pretokenizers/0", bytes = "/pre_tokenizer/pretokenizers/1";
    type_is(split, {"Split"});
    const Json& pattern = at(split + "/pattern/Regex");
    if (pattern != kPatterns[0] && pattern != kPatterns[1]) refuse(split + "/pattern/Regex", "CLIP's");
    expect(split + "/behavior", "Removed");
    expect(split + "/invert", true);
    type_is(bytes, {"ByteLevel"});
    expect(bytes + "/add_prefix_space", false);
    expect_or_absent(bytes + "/use_regex", true);
  }

  void model() const {
    expect_or_absent("/model/type", "BPE");
    expect_or_absent("/model/dropout", nullptr);
    expect_or_absent("/model/continuing_subword_prefix", "");
    expect("/model/end_of_word_suffix", "</w>");
    for (const char* name : {"/model/fuse_unk", "/model/byte_fallback", "/model/ignore_merges"})
      expect_or_absent(name, false);
  }

  [[nodiscard]] const Json& at(const std::string& pointer) const {
    static const Json kAbsent;
    const Json::json_pointer path(pointer);
    return root_.contains(path) ? root_[path] : kAbsent;
  }
  [[noreturn]] void refuse(const std::string& pointer, std::string_view expected) const {
    constexpr std::size_t kMost = 80;
    fail(ErrorCode::unsupported, "{}: {}: expected {}, got {}", where_, pointer.substr(1), expected,
         at(pointer).dump().substr(0, kMost));
  }
  void expect(const std::string& pointer, const Json& value) const {
    if (at(pointer) != value) refuse(pointer, value.dump());
  }
  void expect_or_absent(const std::string& pointer, const Json& value) const {
    if (!at(pointer).is_null()) expect(pointer, value);
  }
  void count_is(const std::string& pointer, std::size_t count) const {
    if (!at(pointer).is_array() || at(pointer).size() != count) refuse(pointer, fmt::format("{} entries", count));
  }
  void type_is(const std::string& pointer, std::initializer_list<std::string_view> types) const {
    for (const std::string_view type : types)
      if (at(pointer + "/type") == type) return;
    refuse(pointer + "/type", *types.begin());
  }

  const Json& root_;
  const std::string& where_;
};

}  // namespace

void require_clip_chain(const Json& tokenizer, const std::string& where) {
  ChainCheck(tokenizer, where).run();
}

}  // namespace veneer::tokenizers
