// Adapters that a prompt names: <lora:name:weight>. Free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::service {

/// A finite number; a "+" may lead it.
std::optional<double> parse_weight(std::string_view text);

/// <lora:name:weight>; the weight is 1 where none is written.
struct LoraTag {
  std::string name;
  double weight = 1;
};

struct TaggedPrompt {
  std::string text;  ///< without its tags
  std::vector<LoraTag> tags;
};

/// Takes the tags out of a prompt; they may be in capitals too. Throws Error invalid_argument for a tag that is
/// malformed, and by name for forms that Veneer does not have: separate weights (`te=`, `unet=`, two numbers), block
/// weights (`lbw=`), `weight@step`, `<lyco:...>`, `<hypernet:...>`.
TaggedPrompt parse_tags(std::string_view prompt);

/// Whether a tag of any kind stands in the text.
bool has_tag(std::string_view text);

/// The parts of a prompt that other programs take for more than words: "(castle:1.3)", "(castle)", "[castle]",
/// "[a:b:0.5]", "[a|b]", "BREAK", "AND". In order, outermost brackets only; "\(" is a plain bracket.
std::vector<std::string> special_syntax(std::string_view prompt);

}  // namespace veneer::service
