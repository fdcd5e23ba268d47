#include "docs/symbols/cpp_lost.h"

#include <algorithm>

#include "docs/symbols/cpp_tokens.h"

namespace veneer::docs {
namespace {

// Where the name of a declaration stands: before "(", "=", "{", "[" or ";". `kind` becomes function for the first.
const CppToken* name_of(CppTokens tokens, SymbolKind& kind) {
  if (tokens.front().is("typedef")) {
    kind = SymbolKind::alias;
    const CppToken* last = tokens.size() > 2 ? &tokens[tokens.size() - 2] : nullptr;
    return last != nullptr && last->is_word() ? last : nullptr;
  }
  std::size_t first = 0;
  while (first + 1 < tokens.size() && tokens[first].is("template")) first = behind_bracket(tokens, first + 1);
  if (first + 2 < tokens.size() && tokens[first].is("using")) {
    kind = SymbolKind::alias;
    return tokens[first + 2].is("=") ? &tokens[first + 1] : nullptr;
  }
  const std::size_t end = find_outside(tokens, first, [](const CppToken& token) {
    return token.is("(") || token.is("=") || token.is("{") || token.is("[") || token.is(";") || token.is(",");
  });
  if (end >= tokens.size() || end < first + 2 || !tokens[end - 1].is_word() || tokens[end].is(",")) return nullptr;
  kind = tokens[end].is("(") ? SymbolKind::function : SymbolKind::variable;
  return &tokens[end - 1];
}

}  // namespace

std::optional<LostDeclaration> lost_declaration(std::string_view source, std::size_t scope, std::size_t error) {
  std::vector<CppToken> tokens = declaration_tokens(source, scope);
  std::erase_if(tokens, [](const CppToken& token) { return token.kind == CppToken::Kind::comment; });
  auto at = std::ranges::find_if(tokens, [](const CppToken& token) { return token.is("{"); });
  if (at == tokens.end()) return std::nullopt;
  LostDeclaration lost;
  lost.is_public = tokens.front().kind != CppToken::Kind::word || !tokens.front().is("class");
  // Declarations one after the other, until the one with the error.
  std::size_t i = static_cast<std::size_t>(at - tokens.begin()) + 1;
  while (i < tokens.size()) {
    const bool is_label = i + 1 < tokens.size() && tokens[i + 1].is(":");
    if (is_label && (tokens[i].is("public") || tokens[i].is("private") || tokens[i].is("protected"))) {
      lost.is_public = tokens[i].is("public");
      i += 2;
      continue;
    }
    std::size_t end = i;
    while (end < tokens.size() && !tokens[end].is(";")) {
      const bool opens = tokens[end].is("(") || tokens[end].is("[") || tokens[end].is("{");
      const bool is_body = tokens[end].is("{") && end > i &&
                           (tokens[end - 1].is(")") || tokens[end - 1].is("const") || tokens[end - 1].is("noexcept"));
      end = opens ? behind_bracket(tokens, end) : end + 1;
      if (is_body) break;
    }
    const std::size_t behind = std::min(end + (end < tokens.size() && tokens[end].is(";") ? 1 : 0), tokens.size());
    if (behind > i && tokens[behind - 1].offset >= error) {
      const CppTokens one = CppTokens(tokens).subspan(i, behind - i);
      if (one.front().offset > error || one.size() < 3 || !(one.front().is_word() || one.front().is("::")))
        return std::nullopt;
      const CppToken* name = name_of(one, lost.kind);
      if (name == nullptr) return std::nullopt;
      lost.name = name->text;
      lost.begin = one.front().offset;
      lost.name_offset = name->offset;
      return lost;
    }
    i = std::max(behind, i + 1);
  }
  return std::nullopt;
}

}  // namespace veneer::docs
