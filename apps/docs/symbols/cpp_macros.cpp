#include "docs/symbols/cpp_macros.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace veneer::docs {
namespace {

constexpr int kDeepest = 16;  // macros that name each other

}  // namespace

bool is_specifier(std::string_view word) {
  static constexpr std::array<std::string_view, 18> kWords{
      "static",     "virtual",       "inline",   "constexpr",     "consteval", "constinit",
      "explicit",   "extern",        "friend",   "thread_local",  "mutable",   "register",
      "__inline__", "__forceinline", "__inline", "__extension__", "noexcept",  "_Noreturn"};
  return std::ranges::find(kWords, word) != kWords.end();
}

void CppMacros::define(std::string_view definition) {
  const std::size_t end = std::min(definition.find_first_of(" \t\n\r(\\"), definition.size());
  definitions_.insert_or_assign(definition.substr(0, end), definition);
}

bool CppMacros::stands_for_attributes(std::string_view name) const {
  const auto found = definitions_.find(name);
  if (found == definitions_.end()) return false;
  const std::vector<CppToken> definition = all_tokens(found->second);
  const bool is_call = definition.size() > 1 && definition[1].is("(") && !definition[1].spaced;
  return says_nothing_else(CppTokens(definition).subspan(is_call ? behind_bracket(definition, 1) : 1), 0);
}

bool CppMacros::says_nothing_else(CppTokens body, int depth) const {
  for (std::size_t i = 0; i < body.size();) {
    if (const std::size_t behind = behind_attribute(body, i); behind > i) {
      i = behind;
    } else if (is_specifier(body[i].text)) {
      ++i;
      const bool takes = body[i - 1].is("explicit") || body[i - 1].is("noexcept");
      if (takes && i < body.size() && body[i].is("(")) i = behind_bracket(body, i);
    } else if (body[i].is("template") && i + 1 < body.size() && body[i + 1].is("<")) {
      i = behind_bracket(body, i + 1);
    } else if (body[i].kind == CppToken::Kind::text) {
      ++i;  // extern "C"
    } else {
      std::vector<CppToken> ignored;
      if (!body[i].is_word() || !expand(body, i, depth + 1, ignored)) return false;
    }
  }
  return true;
}

// Whether there is such a macro at `at`, which then moves behind it.
bool CppMacros::expand(CppTokens tokens, std::size_t& at, int depth, std::vector<CppToken>& out) const {
  const auto found = definitions_.find(tokens[at].text);
  if (found == definitions_.end() || depth > kDeepest) return false;
  const std::vector<CppToken> definition = all_tokens(found->second);
  const bool is_call = definition.size() > 1 && definition[1].is("(") && !definition[1].spaced;
  const std::size_t body_begin = is_call ? behind_bracket(definition, 1) : 1;
  const CppTokens body = CppTokens(definition).subspan(body_begin);
  std::size_t behind = at + 1;
  if (is_call && (behind >= tokens.size() || !tokens[behind].is("("))) return false;
  if (is_call) behind = behind_bracket(tokens, behind);
  if (!says_nothing_else(body, depth)) return false;
  // One parameter is enough for what takes any: the reason of a deprecation.
  const std::string_view parameter = is_call && body_begin == 4 ? definition[2].text : std::string_view();
  for (std::size_t i = 0; i < body.size();) {
    if (body[i].is_word() && expand(body, i, depth + 1, out)) continue;
    const CppToken& token = body[i++];
    if (!parameter.empty() && token.is(parameter)) {
      out.insert(out.end(), tokens.begin() + static_cast<std::ptrdiff_t>(at) + 2,
                 tokens.begin() + static_cast<std::ptrdiff_t>(behind) - 1);
      continue;
    }
    out.push_back(token);
    out.back().offset = tokens[at].offset;
    out.back().spaced = out.back().spaced || i == 1;
  }
  at = behind;
  return true;
}

std::size_t CppMacros::with_attributes(std::string_view source, std::size_t begin) const {
  while (true) {
    const std::string_view before = source.substr(0, source.find_last_not_of(" \t\r\n", begin - 1) + 1);
    if (begin == 0 || before.empty()) return begin;
    if (before.ends_with("]]")) {
      const std::size_t open = before.rfind("[[");
      if (open == std::string_view::npos) return begin;
      begin = open;
      continue;
    }
    std::size_t end = before.size();
    if (before.ends_with(')')) {
      int depth = 0;
      do {
        --end;
        depth += before[end] == ')' ? 1 : before[end] == '(' ? -1 : 0;
      } while (end > 0 && depth > 0);
    }
    std::size_t first = end;
    while (first > 0 && (std::isalnum(static_cast<unsigned char>(before[first - 1])) != 0 || before[first - 1] == '_'))
      --first;
    const std::string_view word = before.substr(first, end - first);
    // A directive above ends in a macro's name, too.
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    if (word.empty() || !stands_for_attributes(word) || line.find('#') != std::string_view::npos) return begin;
    begin = first;
  }
}

std::vector<CppToken> CppMacros::expanded(CppTokens tokens) const {
  std::vector<CppToken> code;
  bool spaced = false;
  for (const CppToken& token : tokens) {
    spaced = spaced || token.spaced || token.kind == CppToken::Kind::comment;
    if (token.kind == CppToken::Kind::comment) continue;
    code.push_back(token);
    code.back().spaced = std::exchange(spaced, false);
  }
  std::vector<CppToken> out;
  for (std::size_t i = 0; i < code.size();)
    if (!code[i].is_word() || !expand(code, i, 0, out)) out.push_back(code[i++]);
  return out;
}

}  // namespace veneer::docs
