#include "service/prompt_tags.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/numbers.h"

namespace veneer::service {
namespace {

/// How tags begin: A1111's three kinds, of which one is supported.
constexpr std::string_view kTagStarts[] = {"<lora:", "<lyco:", "<hypernet:"};

/// What else programs write behind a name, and what it is.
struct Refused {
  std::string_view mark, what;
};
constexpr Refused kRefused[] = {
    {"lbw=", "block weights (lbw=) are not supported yet"},
    {"lbwe=", "block weights (lbwe=) are not supported yet"},
    {"te=", "separate weights for text encoder and unet are not supported"},
    {"unet=", "separate weights for text encoder and unet are not supported"},
    {"dyn=", "a rank that is set by the prompt (dyn=) is not supported"},
    {"start=", "weights that change with the step are not supported"},
    {"stop=", "weights that change with the step are not supported"},
    {"step=", "weights that change with the step are not supported"},
    {"@", "weights that change with the step are not supported"},
    {":", "separate weights for text encoder and unet are not supported"},
};

bool same_letter(char a, char b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return lower(a) == lower(b);
}

/// `start` is in small letters.
bool begins_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, same_letter);
}

bool begins_tag(std::string_view text) {
  return std::ranges::any_of(kTagStarts, [&](std::string_view start) { return begins_with(text, start); });
}

LoraTag parse_tag(std::string_view tag) {
  const std::string_view body = tag.substr(1, tag.size() - 2);
  if (!begins_with(body, "lora:"))
    fail(ErrorCode::invalid_argument, "prompt: {}: not supported: only <lora:name:weight> is", tag);
  const std::string_view rest = body.substr(body.find(':') + 1);
  const std::size_t second = rest.find(':');
  LoraTag result{std::string(rest.substr(0, second)), 1};
  if (result.name.empty())
    fail(ErrorCode::invalid_argument, "prompt: {}: expected a name, as in <lora:name:weight>", tag);
  if (second == rest.npos) return result;
  const std::string_view weight = rest.substr(second + 1);
  for (const auto& [mark, what] : kRefused)
    if (weight.find(mark) != weight.npos)
      fail(ErrorCode::invalid_argument, "prompt: {}: {}: expected <lora:name:weight>", tag, what);
  const auto number = parse_weight(weight);
  if (!number) fail(ErrorCode::invalid_argument, "prompt: {}: expected a number as weight, got \"{}\"", tag, weight);
  result.weight = *number;
  return result;
}

/// The end of the bracket that opens `text`: behind the one that closes it, none if nothing does.
std::size_t bracket_end(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '(' || text[i] == '[')
      ++depth;
    else if ((text[i] == ')' || text[i] == ']') && --depth == 0)
      return i + 1;
  }
  return text.npos;
}

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
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
    if (!begins_tag(prompt)) {
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

bool has_tag(std::string_view text) {
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1))
    if (begins_tag(text.substr(at))) return true;
  return false;
}

std::vector<std::string> special_syntax(std::string_view prompt) {
  constexpr std::string_view kWords[] = {"BREAK", "AND"};
  std::vector<std::string> found;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const std::string_view rest = prompt.substr(i);
    if (rest[0] == '\\') {
      ++i;
    } else if (rest[0] == '(' || rest[0] == '[') {
      const std::size_t end = bracket_end(rest);
      if (end == rest.npos) continue;
      found.emplace_back(rest.substr(0, end));
      i += end - 1;
    } else if (i == 0 || !is_letter(prompt[i - 1])) {
      for (const std::string_view word : kWords)
        if (rest.starts_with(word) && (rest.size() == word.size() || !is_letter(rest[word.size()])))
          found.emplace_back(word);
    }
  }
  return found;
}

}  // namespace veneer::service
