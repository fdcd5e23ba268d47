#include "service/prompt_tags.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "base/numbers.h"

namespace veneer::service {
namespace {

/// How tags begin: A1111's three kinds, of which one is supported.
constexpr std::string_view kTagStarts[] = {"<lora:", "<lyco:", "<hypernet:"};

LoraTag parse_tag(std::string_view tag) {
  const std::string_view body = tag.substr(1, tag.size() - 2);
  const std::size_t first = body.find(':');
  if (body.substr(0, first) != "lora")
    fail(ErrorCode::invalid_argument, "prompt: {}: not supported: only <lora:name:weight> is", tag);
  const std::string_view rest = body.substr(first + 1);
  const std::size_t second = rest.find(':');
  LoraTag result{std::string(rest.substr(0, second)), 1};
  if (result.name.empty())
    fail(ErrorCode::invalid_argument, "prompt: {}: expected a name, as in <lora:name:weight>", tag);
  if (second == rest.npos) return result;
  const std::string_view weight = rest.substr(second + 1);
  if (weight.find_first_of(":=") != weight.npos)
    fail(ErrorCode::invalid_argument,
         "prompt: {}: separate weights for text encoder and unet are not supported: expected <lora:name:weight>", tag);
  if (weight.find('@') != weight.npos)
    fail(ErrorCode::invalid_argument,
         "prompt: {}: weights that change with the step are not supported: expected <lora:name:weight>", tag);
  const auto number = parse_weight(weight);
  if (!number) fail(ErrorCode::invalid_argument, "prompt: {}: expected a number as weight, got \"{}\"", tag, weight);
  result.weight = *number;
  return result;
}

}  // namespace

std::optional<double> parse_weight(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_number<double>(text);
  return value && is_finite(*value) ? value : std::nullopt;
}

TaggedPrompt parse_tags(std::string_view prompt) {
  TaggedPrompt result;
  while (!prompt.empty()) {
    const std::size_t open = prompt.find('<');
    result.text += prompt.substr(0, open);
    if (open == prompt.npos) break;
    prompt.remove_prefix(open);
    if (std::ranges::none_of(kTagStarts, [&](std::string_view start) { return prompt.starts_with(start); })) {
      result.text += '<';
      prompt.remove_prefix(1);
      continue;
    }
    const std::size_t close = prompt.find('>');
    if (close == prompt.npos)
      fail(ErrorCode::invalid_argument, "prompt: {}: expected \">\" at the end of the tag", prompt);
    result.tags.push_back(parse_tag(prompt.substr(0, close + 1)));
    prompt.remove_prefix(close + 1);
  }
  const std::size_t begin = result.text.find_first_not_of(' ');
  if (!result.tags.empty() && begin != std::string::npos)
    result.text = result.text.substr(begin, result.text.find_last_not_of(' ') + 1 - begin);
  return result;
}

std::filesystem::path find_lora(const std::filesystem::path& folder, const std::string& name) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto& path = entry.path();
    const std::string found = entry.is_directory() ? path.filename().string() : path.stem().string();
    if (!entry.is_directory() && path.extension() != ".safetensors") continue;
    if (found == name) return path;
    names.push_back(found);
  }
  if (error) fail(ErrorCode::not_found, "{}: {}", folder.string(), error.message());
  std::ranges::sort(names);
  const auto nearest = nearest_names(name, names, 1);
  fail(ErrorCode::not_found, "<lora:{}>: no such adapter in {}{}; there {}", name, folder.string(),
       nearest.empty() ? "" : fmt::format("; did you mean {}", nearest.front()),
       names.empty() ? "is none" : fmt::format("are: {}", fmt::join(names, ", ")));
}

}  // namespace veneer::service
