#include "docs/symbols/cpp_declaration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "docs/symbols/cpp_parameter.h"

namespace veneer::docs {
namespace {

constexpr std::size_t kLongestMacro = 240;

// Specifiers that say nothing to who uses the thing.
bool is_silent(const CppToken& token) {
  static constexpr std::array<std::string_view, 7> kWords{"inline",        "extern",   "register",     "__inline__",
                                                          "__forceinline", "__inline", "__extension__"};
  return std::ranges::find(kWords, token.text) != kWords.end();
}

class DeclarationReader {
 public:
  DeclarationReader(SymbolKind kind, CppTokens tokens, std::size_t name) : kind_(kind), tokens_(tokens), at_(name) {}

  CppDeclaration read() {
    read_head(tokens_.subspan(0, at_));
    read_name();
    switch (kind_) {
      case SymbolKind::class_:
      case SymbolKind::struct_:
      case SymbolKind::union_:
        read_class();
        break;
      case SymbolKind::enum_:
        read_enum();
        break;
      case SymbolKind::alias:
        read_alias();
        break;
      case SymbolKind::enumerator:
      case SymbolKind::concept_:
      case SymbolKind::variable:
        read_value();
        break;
      default:
        read_function();
    }
    return std::move(result_);
  }

 private:
  bool at(std::string_view text) const { return at_ < tokens_.size() && tokens_[at_].is(text); }

  std::size_t find(std::size_t from, std::initializer_list<std::string_view> stops) const {
    return find_outside(tokens_, from, [&](const CppToken& token) {
      return std::ranges::any_of(stops, [&](std::string_view stop) { return token.is(stop); });
    });
  }

  // An attribute's text, without what is told elsewhere or concerns the compiler alone.
  std::string attribute(CppTokens tokens) {
    if (tokens.front().is("__attribute__") || tokens.front().is("__declspec")) {
      for (std::size_t i = 0; i < tokens.size(); ++i)
        if (tokens[i].is("deprecated") || tokens[i].is("__deprecated__")) take_deprecated(tokens.subspan(i));
      return {};
    }
    if (!tokens.front().is("[[")) return joined(tokens);
    std::string kept;
    for (const CppTokens one : split_commas(tokens.subspan(1, tokens.size() - 2))) {
      if (one.empty()) continue;
      if (one.front().is("deprecated")) {
        take_deprecated(one);
      } else if (!one.front().is("maybe_unused") && !one.front().is("gnu") && !one.front().is("clang")) {
        kept.append(kept.empty() ? "" : ", ").append(joined(one));
      }
    }
    return kept.empty() ? kept : "[[" + kept + "]]";
  }

  void take_deprecated(CppTokens tokens) {
    std::string why;
    for (const CppToken& token : tokens.subspan(1)) {
      if (token.is(")") || token.is(",")) break;
      if (token.kind == CppToken::Kind::text && token.text.size() >= 2)
        why += token.text.substr(1, token.text.size() - 2);
    }
    result_.deprecated = why;
  }

  // The head of the second of several declarators is the first one's without its name.
  CppTokens without_other_declarators(CppTokens tokens, std::vector<CppToken>& kept) const {
    if (kind_ != SymbolKind::variable && kind_ != SymbolKind::alias) return tokens;
    const auto is_comma = [](const CppToken& token) { return token.is(","); };
    const std::size_t first = find_outside(tokens, 0, is_comma);
    if (first == tokens.size()) return tokens;
    std::size_t last = first;
    for (std::size_t next = first; next < tokens.size(); next = find_outside(tokens, last + 1, is_comma)) last = next;
    const std::size_t end = find_outside(tokens.subspan(0, first), 0, [](const CppToken& token) {
      return token.is("=") || token.is("{") || token.is("[") || token.is("(") || token.is(":");
    });
    kept.assign(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(end));
    while (!kept.empty() && (kept.back().is_word() || kept.back().is("*") || kept.back().is("&"))) {
      const bool is_name = kept.back().is_word();
      if (is_name && end < first && tokens[end].is("(")) break;
      kept.pop_back();
      if (is_name) break;
    }
    while (!kept.empty() && (kept.back().is("*") || kept.back().is("&"))) kept.pop_back();
    kept.insert(kept.end(), tokens.begin() + static_cast<std::ptrdiff_t>(last) + 1, tokens.end());
    return kept;
  }

  void read_head(CppTokens tokens) {
    std::vector<CppToken> kept;
    tokens = without_qualifier(without_other_declarators(tokens, kept));
    std::string words;
    std::vector<CppToken> type;
    for (std::size_t i = 0; i < tokens.size();) {
      const std::size_t behind = behind_attribute(tokens, i);
      if (behind > i) {
        const std::string text = attribute(tokens.subspan(i, behind - i));
        if (!text.empty()) words.append(text).append(" ");
        i = behind;
      } else if (tokens[i].is("template") && i + 1 < tokens.size() && tokens[i + 1].is("<") && type.empty()) {
        i = read_template(tokens, i);
      } else if (tokens[i].is("requires") && type.empty()) {
        const std::size_t end = behind_constraint(tokens, i + 1);
        result_.head += joined(tokens.subspan(i, end - i)) + "\n";
        i = end;
      } else if (is_specifier(tokens[i].text) && !type_is_open(type)) {
        const bool takes = i + 1 < tokens.size() && tokens[i].is("explicit") && tokens[i + 1].is("(");
        const std::size_t end = takes ? behind_bracket(tokens, i + 1) : i + 1;
        if (!is_silent(tokens[i])) words += joined(tokens.subspan(i, end - i)) + " ";
        const bool is_language =
            tokens[i].is("extern") && end < tokens.size() && tokens[end].kind == CppToken::Kind::text;
        i = is_language ? end + 1 : end;
      } else {
        type.push_back(tokens[i++]);
      }
    }
    finish_head(words, type);
  }

  // Inside brackets of the type nothing is a specifier of the declaration.
  static bool type_is_open(const std::vector<CppToken>& type) {
    int depth = 0;
    for (const CppToken& token : type)
      depth += token.is("(") || token.is("<") ? 1 : token.is(")") || token.is(">") ? -1 : 0;
    return depth > 0;
  }

  void finish_head(const std::string& words, std::vector<CppToken>& type) {
    const bool is_typedef = !type.empty() && type.front().is("typedef");
    if (is_typedef) type.erase(type.begin());
    if (kind_ == SymbolKind::alias && !is_typedef) type.clear();  // "using"
    result_.type = joined(type);
    result_.head += words;
    if (is_typedef) result_.head += "typedef ";
    if (kind_ == SymbolKind::alias && !is_typedef) result_.head += "using ";
    if (kind_ == SymbolKind::enumerator) return;
    result_.head += result_.type;
    is_typedef_ = is_typedef;
    const bool joins = result_.type.empty() || (at_ < tokens_.size() && !tokens_[at_].spaced && !type.back().is_word());
    if (!joins) result_.head += ' ';
  }

  std::size_t read_template(CppTokens tokens, std::size_t i) {
    const std::size_t end = behind_bracket(tokens, i + 1);
    result_.head += joined(tokens.subspan(i, end - i)) + "\n";
    if (end > i + 3)
      for (const CppTokens one : split_commas(tokens.subspan(i + 2, end - i - 3)))
        result_.template_parameters.push_back(read_template_parameter(one));
    return end;
  }

  // "int Picture::" of what is defined outside its class.
  static CppTokens without_qualifier(CppTokens tokens) {
    while (tokens.size() >= 2 && tokens.back().is("::")) {
      std::size_t end = tokens.size() - 1;
      if (tokens[end - 1].is(">")) {
        int depth = 0;
        do {
          --end;
          depth += tokens[end].is(">") ? 1 : tokens[end].is("<") ? -1 : 0;
        } while (end > 0 && depth > 0);
      }
      if (end == 0 || !tokens[end - 1].is_word()) break;
      tokens = tokens.subspan(0, end - 1);
    }
    return tokens;
  }

  void read_name() {
    if (at("operator")) return read_operator();
    if (at("~")) {
      ++at_;
      result_.name = "~";
    }
    if (at_ < tokens_.size()) result_.name += tokens_[at_++].text;
    const bool may_be_special = kind_ != SymbolKind::enumerator && kind_ != SymbolKind::alias;
    if (!may_be_special || !at("<")) return;
    const std::size_t end = behind_bracket(tokens_, at_);
    result_.name += joined(tokens_.subspan(at_, end - at_));
    at_ = end;
  }

  void read_operator() {
    result_.name = "operator";
    const std::size_t first = ++at_;
    while (at_ < tokens_.size() && !at(";") && (!at("(") || at_ == first)) {
      const bool is_call = at("(");
      const CppToken& token = tokens_[at_++];
      const bool is_suffix = at_ > first + 1 && tokens_[at_ - 2].kind == CppToken::Kind::text;
      if ((token.is_word() && !is_suffix) || (token.spaced && tokens_[first].is_word())) result_.name += ' ';
      result_.name += token.text;
      if (is_call && at(")")) {
        result_.name += ')';
        ++at_;
      }
      if (at("<") && kind_ == SymbolKind::conversion) {
        const std::size_t end = behind_bracket(tokens_, at_);
        result_.name += joined(tokens_.subspan(at_, end - at_));
        at_ = end;
      }
    }
  }

  void read_class() {
    while (at_ < tokens_.size() && !at(":") && !at("{") && !at(";")) {
      if (at("final")) result_.tail += " final";
      ++at_;
    }
    if (at(":")) {
      const std::size_t end = find(at_ + 1, {"{", ";"});
      const bool is_class = kind_ == SymbolKind::class_;
      for (CppTokens base : split_commas(tokens_.subspan(at_ + 1, end - at_ - 1))) {
        bool is_public = !is_class;
        std::string text;
        while (!base.empty() && (base.front().is("public") || base.front().is("private") ||
                                 base.front().is("protected") || base.front().is("virtual"))) {
          if (!base.front().is("virtual")) is_public = base.front().is("public");
          if (base.front().is("virtual")) text = "virtual ";
          base = base.subspan(1);
        }
        if (is_public && !base.empty()) result_.bases.push_back(text + joined(base));
      }
      at_ = end;
    }
    for (const std::string& base : result_.bases)
      result_.tail.append(&base == &result_.bases.front() ? " : " : ", ").append(base);
    finish();
  }

  void read_enum() {
    if (at(":")) {
      const std::size_t end = find(at_ + 1, {"{", ";"});
      result_.type = joined(tokens_.subspan(at_ + 1, end - at_ - 1));
      result_.tail = " : " + result_.type;
      at_ = end;
    }
    finish();
  }

  void read_alias() {
    if (is_typedef_) {
      const std::size_t end = find(at_, {",", ";"});
      result_.tail = joined(tokens_.subspan(at_, end - at_));
      result_.type += result_.tail;
      at_ = end;
    } else {
      const std::size_t equals = find(at_, {"=", ";"}), end = find(equals, {";"});
      for (std::size_t i = at_; i < equals;) {
        const std::size_t behind = behind_attribute(tokens_, i);
        if (behind > i) attribute(tokens_.subspan(i, behind - i));
        i = std::max(behind, i + 1);
      }
      if (equals < end) result_.type = joined(tokens_.subspan(equals + 1, end - equals - 1));
      result_.tail = " = " + result_.type;
      at_ = end;
    }
    finish();
  }

  // Of a variable, an enumerator or a concept: "[3] = {1, 2, 3}", " : 4", "{4}", "(4)", " = 5".
  void read_value() {
    std::size_t first = at_;
    while (at_ < tokens_.size() && (at("[") || at(")") || (at("(") && result_.head.find('(') != std::string::npos)))
      at_ = at(")") ? at_ + 1 : behind_bracket(tokens_, at_);
    std::string suffix = joined(tokens_.subspan(first, at_ - first));
    if (at(":") && kind_ == SymbolKind::variable) {
      first = at_ + 1;
      at_ = find(first, {"=", "{", ",", ";"});
      suffix += " : " + joined(tokens_.subspan(first, at_ - first));
    }
    if (at_ < tokens_.size())
      if (const std::size_t behind = behind_attribute(tokens_, at_); behind > at_) {
        attribute(tokens_.subspan(at_, behind - at_));
        at_ = behind;
      }
    if (kind_ == SymbolKind::variable) result_.type += suffix;
    result_.tail = suffix;
    const bool is_set = at("=");
    first = is_set ? at_ + 1 : at_;
    const bool begins = is_set || at("{") || at("(");
    at_ = kind_ == SymbolKind::concept_ ? find(first, {";"}) : find(first, {",", ";", "}"});
    if (begins) result_.value = joined(tokens_.subspan(first, at_ - first));
    if (!is_set && result_.value == "{}") result_.value.clear();
    if (!result_.value.empty()) result_.tail.append(is_set ? " = " : "").append(result_.value);
    finish();
  }

  void read_function() {
    if (!at("(")) return finish();
    const std::size_t behind = behind_bracket(tokens_, at_);
    for (const CppTokens one : split_commas(tokens_.subspan(at_ + 1, behind - at_ - 2)))
      if (!one.empty() && !(one.size() == 1 && one.front().is("void")))
        result_.parameters.push_back(read_parameter(one));
    at_ = behind;
    read_qualifiers();
    finish();
  }

  void read_qualifiers() {
    while (at_ < tokens_.size() && !at(";") && !at("{") && !at(":") && !at("try")) {
      const std::size_t first = at_;
      if (const std::size_t attribute_end = behind_attribute(tokens_, at_); attribute_end > at_) {
        attribute(tokens_.subspan(at_, attribute_end - at_));
        at_ = attribute_end;
        continue;
      }
      if (at("=")) {
        at_ = find(at_, {";"});
      } else if (at("requires")) {
        at_ = behind_constraint(tokens_, at_ + 1);
      } else if (at("->")) {
        at_ = find(at_ + 1, {";", "{", "=", "requires"});
      } else {
        ++at_;
        if (at("(")) at_ = behind_bracket(tokens_, at_);
      }
      const std::string text = joined(tokens_.subspan(first, at_ - first));
      const bool joins =
          !tokens_[first].spaced && !tokens_[first].is_word() && !text.starts_with("->") && !text.starts_with("=");
      result_.tail.append(joins ? "" : " ").append(text);
    }
  }

  // The end, behind bodies and the initialisers of constructors.
  void finish() {
    const std::size_t end = find(at_, {";", "{", "}"});
    if (end >= tokens_.size()) {
      result_.end = tokens_.empty() ? 0 : tokens_.back().offset + tokens_.back().text.size();
      return;
    }
    std::size_t last = end;
    if (tokens_[end].is("{")) last = std::min(behind_bracket(tokens_, end), tokens_.size()) - 1;
    if (last + 1 < tokens_.size() && tokens_[last].is("}") && tokens_[last + 1].is(";")) ++last;
    result_.end = tokens_[last].offset + tokens_[last].text.size();
  }

  SymbolKind kind_;
  CppTokens tokens_;
  std::size_t at_;
  bool is_typedef_ = false;
  CppDeclaration result_;
};

}  // namespace

std::optional<CppDeclaration> read_declaration(SymbolKind kind, std::string_view source, std::size_t begin,
                                               std::size_t name, const CppMacros& macros) {
  const std::vector<CppToken> raw = declaration_tokens(source, macros.with_attributes(source, begin));
  std::vector<CppToken> tokens = macros.expanded(raw);
  if (tokens.size() > 1 && tokens[1].is(":")) tokens.erase(tokens.begin(), tokens.begin() + 2);  // "public:"
  auto found = std::ranges::find_if(tokens, [&](const CppToken& token) { return token.offset >= name; });
  if (found == tokens.end() || found->offset != name || found->text.data() != source.data() + name) return std::nullopt;
  // libclang says of "template <class T> using A = ..." that its name is "using".
  if (found->is("using") && found + 1 != tokens.end()) ++found;
  DeclarationReader reader(kind, tokens, static_cast<std::size_t>(found - tokens.begin()));
  CppDeclaration declaration = reader.read();
  declaration.comments = parameter_comments(raw, declaration.parameters);
  return declaration;
}

CppDeclaration read_macro(std::string_view definition) {
  const std::vector<CppToken> tokens = all_tokens(definition);
  CppDeclaration macro;
  if (tokens.empty()) return macro;
  macro.head = "#define ";
  macro.name = tokens.front().text;
  std::size_t body = 1;
  if (tokens.size() > 1 && tokens[1].is("(") && !tokens[1].spaced) {
    body = behind_bracket(tokens, 1);
    for (const CppTokens one : split_commas(CppTokens(tokens).subspan(2, body - 3)))
      macro.parameters.push_back({.name = joined(one)});
    if (macro.parameters.empty()) macro.tail = "()";
  }
  macro.value = joined(CppTokens(tokens).subspan(body));
  if (!macro.value.empty() && macro.value.size() <= kLongestMacro) macro.tail += " " + macro.value;
  return macro;
}

}  // namespace veneer::docs
