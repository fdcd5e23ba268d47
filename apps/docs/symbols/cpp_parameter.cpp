#include "docs/symbols/cpp_parameter.h"

#include <algorithm>
#include <array>

#include "docs/symbols/cpp_comment.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

bool is_type_word(std::string_view word) {
  static constexpr std::array<std::string_view, 16> kWords{
      "int",    "char", "unsigned", "signed",  "long",  "short",    "bool",    "float",
      "double", "void", "auto",     "wchar_t", "const", "volatile", "char8_t", "char32_t"};
  return std::ranges::find(kWords, word) != kWords.end();
}

// The place of a parameter's name, tokens.size() if it has none.
std::size_t parameter_name(CppTokens tokens) {
  const std::size_t none = tokens.size();
  std::size_t end = tokens.size();
  while (end > 0 && tokens[end - 1].is("]")) {
    while (end > 0 && !tokens[end - 1].is("[")) --end;
    if (end > 0) --end;
  }
  if (end == 0) return none;
  if (tokens[end - 1].is(")")) {
    // "void (*done)(int)", "T (&all)[3]": the name ends the first group that begins with a "*" or "&".
    for (std::size_t i = 0; i + 1 < end; ++i) {
      if (!tokens[i].is("(")) continue;
      const std::size_t behind = behind_bracket(tokens, i);
      const bool points = tokens[i + 1].is("*") || tokens[i + 1].is("&") || tokens[i + 1].is("&&") ||
                          (i + 3 < behind && tokens[i + 2].is("::"));
      if (!points) {
        i = behind - 1;
        continue;
      }
      const CppTokens group = tokens.subspan(i + 1, behind - i - 2);
      const std::size_t inner = find_outside(group, 0, [](const CppToken& t) { return t.is("("); });
      std::size_t last = inner;
      while (last > 0 && !group[last - 1].is_word() && !group[last - 1].is("*") && !group[last - 1].is("&")) --last;
      return last > 0 && group[last - 1].is_word() && !is_type_word(group[last - 1].text) ? i + last : none;
    }
    return none;
  }
  const CppToken& last = tokens[end - 1];
  if (!last.is_word() || is_type_word(last.text) || end == 1 || tokens[end - 2].is("::")) return none;
  // "const Foo" and "struct Foo" are types, "unsigned x" and "Foo x" have a name.
  const bool has_type = std::ranges::any_of(tokens.subspan(0, end - 1), [](const CppToken& token) {
    static constexpr std::array<std::string_view, 6> kNone{"const", "volatile", "struct", "enum", "union", "class"};
    return (token.is_word() && std::ranges::find(kNone, token.text) == kNone.end()) || token.is(">");
  });
  return has_type ? end - 1 : none;
}

}  // namespace

std::vector<CppTokens> split_commas(CppTokens tokens) {
  std::vector<CppTokens> parts;
  for (std::size_t begin = 0; begin < tokens.size();) {
    const std::size_t end = find_outside(tokens, begin, [](const CppToken& token) { return token.is(","); });
    parts.push_back(tokens.subspan(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Parameter read_parameter(CppTokens tokens) {
  Parameter parameter;
  while (!tokens.empty()) {
    const std::size_t behind = behind_attribute(tokens, 0);
    if (behind == 0) break;
    tokens = tokens.subspan(behind);
  }
  const std::size_t equals = find_outside(tokens, 0, [](const CppToken& token) { return token.is("="); });
  if (equals < tokens.size()) parameter.default_value = joined(tokens.subspan(equals + 1));
  tokens = tokens.subspan(0, equals);
  const std::size_t name = parameter_name(tokens);
  if (name == tokens.size()) {
    parameter.annotation = joined(tokens);
    return parameter;
  }
  parameter.name = tokens[name].text;
  parameter.annotation = joined(tokens.subspan(0, name));
  if (tokens[name].spaced) parameter.annotation += ' ';
  parameter.suffix = joined(tokens.subspan(name + 1));
  return parameter;
}

Parameter read_template_parameter(CppTokens tokens) {
  const std::size_t equals = find_outside(tokens, 0, [](const CppToken& token) { return token.is("="); });
  const CppTokens left = tokens.subspan(0, equals);
  if (left.size() < 2 || !left.back().is_word() || left[left.size() - 2].is("::")) return read_parameter(tokens);
  Parameter parameter;
  if (left.back().is("class") || left.back().is("typename") || is_type_word(left.back().text))
    parameter.annotation = joined(left);
  else
    parameter = {.name = std::string(left.back().text), .annotation = joined(left.subspan(0, left.size() - 1)) + " "};
  if (equals < tokens.size()) parameter.default_value = joined(tokens.subspan(equals + 1));
  return parameter;
}

// "int size,  ///< how large": comments behind parameters, as commands of the function's comment.
std::string parameter_comments(CppTokens raw, const std::vector<Parameter>& parameters) {
  std::string text, last;
  const auto is_known = [&](std::string_view name) {
    return std::ranges::any_of(parameters, [&](const Parameter& parameter) { return parameter.name == name; });
  };
  for (const CppToken& token : raw) {
    if (token.is_word() && is_known(token.text)) last = token.text;
    if (token.is("{") || token.is(";")) break;
    if (token.kind != CppToken::Kind::comment || token.text.size() < 4 || token.text[3] != '<' || last.empty())
      continue;
    std::string said = comment_text(token.text);
    std::ranges::replace(said, '\n', ' ');
    const bool goes_on = text.find("\\param " + last + " ") != std::string::npos;
    text.append(goes_on ? " " : "\n\\param " + last + " ").append(trim(said));
  }
  return text;
}

}  // namespace veneer::docs
