#include "docs/autodoc/review.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "docs/autodoc/described.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// A number, a string, True, False, None, or a list or the like of them; else what a default is cannot be compared.
bool is_literal(std::string_view text) {
  if (text.empty()) return false;
  if (text == "True" || text == "False" || text == "None") return true;
  for (std::size_t i = 1; i < text.size(); ++i)  // {f()}
    if (text[i] == '(' && is_letter(static_cast<unsigned char>(text[i - 1]))) return false;
  return number(text).has_value() || std::string_view("\"'([{").find(text.front()) != std::string_view::npos;
}

// 'a' and "a", 1e-4 and 0.0001, (1,2) and (1, 2) are the same.
std::string normalized(std::string_view text) {
  if (const auto value = number(text)) return std::to_string(*value * 1e6);
  std::string out;
  for (const char c : text)
    if (c != ' ') out += c == '\'' ? '"' : c;
  return out;
}

// What "defaults to `x`" of an entry's head says, without the code marks; nothing if it says none in code.
std::optional<std::string> told_default(std::string_view head) {
  constexpr std::string_view kWords = "defaults to ";
  const std::size_t at = head.find(kWords);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = trim(head.substr(at + kWords.size()));
  if (rest.starts_with('`')) {
    const std::size_t end = rest.find('`', 1);
    return end == std::string_view::npos ? std::nullopt : std::optional<std::string>(rest.substr(1, end - 1));
  }
  std::string_view word = rest;  // up to the bracket that ends the head
  while (word.ends_with('.') || word.ends_with(',')) word.remove_suffix(1);
  if (std::ranges::count(word, ')') > std::ranges::count(word, '(')) word.remove_suffix(1);
  return is_literal(word) ? std::optional<std::string>(word) : std::nullopt;
}

class Review {
 public:
  Review(const Symbol& symbol, Findings& findings)
      : symbol_(symbol), described_(describe(symbol)), findings_(findings) {}

  void run() {
    if (described_.source->docstring.empty()) return;
    check_first_sentence();
    if (!symbol_.is_callable() && !symbol_.is_class()) return;
    if (symbol_.kind == SymbolKind::enum_ || !knows_parameters()) return;
    for (const DocGroup& group : described_.doc.parameters)
      if (!group.attributes)
        for (const DocEntry& entry : group.entries) check_entry(entry);
    check_undescribed();
  }

 private:
  void report(int line, std::string_view rule, std::string message, std::string suggestion) {
    findings_.push_back(finding_at(described_.source->docstring_position(line), Severity::warning, rule,
                                   std::move(message), std::move(suggestion)));
  }

  // The constructor of a class may be one of a base that is not seen.
  bool knows_parameters() const { return !symbol_.is_class() || symbol_.bases.empty() || !symbol_.parameters.empty(); }

  void check_first_sentence() {
    if (described_.doc.body.empty()) return;
    const DocBlock& block = described_.doc.body.front();
    if (block.example > 0) return;
    const std::string_view text = trim(std::string_view(block.markdown).substr(0, block.markdown.find("\n\n")));
    if (text.empty() || std::string_view("#<>|-*!$").find(text.front()) != std::string_view::npos ||
        text.starts_with("```"))
      return;
    // "reST" and "x_0" begin a sentence as they are.
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    const bool is_small = std::ranges::all_of(word.substr(0, word.find_last_not_of(",:;") + 1),
                                              [](char c) { return c >= 'a' && c <= 'z'; });
    const std::string_view last = text.substr(text.find_last_of(" \n") + 1);
    std::string_view end = text;
    while (!end.empty() && std::string_view(")`\"'*_]").find(end.back()) != std::string_view::npos)
      end.remove_suffix(1);
    const bool stops =
        last.starts_with("http") ||
        (!end.empty() && (std::string_view(".!?:").find(end.back()) != std::string_view::npos || end.back() < 0));
    if (stops && !is_small) return;
    report(block.line, "no-sentence", "the description of `" + symbol_.name + "` does not begin with a sentence",
           stops ? "begin with a capital" : "end its first paragraph with a full stop");
  }

  void check_entry(const DocEntry& entry) {
    const bool takes_more =
        std::ranges::find(symbol_.parameters, ParameterKind::var_keyword, &Parameter::kind) != symbol_.parameters.end();
    for (const std::string_view written : entry_names(entry)) {
      const std::string_view name = bare_name(written);
      const auto parameter = std::ranges::find(symbol_.parameters, name, &Parameter::name);
      if (parameter != symbol_.parameters.end()) {
        check_head(entry, *parameter);
      } else if (!takes_more) {
        report(entry.line, "unknown-parameter", "`" + symbol_.name + "` has no parameter `" + std::string(name) + "`",
               "describe those that the signature has");
      }
    }
  }

  void check_head(const DocEntry& entry, const Parameter& parameter) {
    const bool is_variable =
        parameter.kind == ParameterKind::var_positional || parameter.kind == ParameterKind::var_keyword;
    if (entry.head.empty() || is_variable) return;
    const auto told = told_default(entry.head);
    if (told == "None") {
      report(entry.line, "needless-default", "`" + parameter.name + "`: that it defaults to `None` need not be said",
             "write *optional* alone");
    } else if (told && parameter.default_value.empty()) {
      report(entry.line, "wrong-default", "`" + parameter.name + "` defaults to " + *told + ", but must be given",
             "leave the default out");
    } else if (told && is_literal(*told) && is_literal(parameter.default_value) &&
               normalized(*told) != normalized(parameter.default_value)) {
      report(entry.line, "wrong-default",
             "`" + parameter.name + "` defaults to " + parameter.default_value + ", not to " + *told,
             "write defaults to `" + parameter.default_value + "`");
    }
    if (!parameter.default_value.empty() && entry.head.find("optional") == std::string::npos)
      report(entry.line, "missing-optional", "`" + parameter.name + "` has a default and is not said to be optional",
             "write *optional* behind its type");
  }

  void check_undescribed() {
    const auto first = std::ranges::find_if(
        described_.doc.parameters, [](const DocGroup& group) { return !group.attributes && !group.entries.empty(); });
    if (first == described_.doc.parameters.end()) return;
    std::string missing;
    for (const Parameter& parameter : symbol_.parameters) {
      const bool is_variable =
          parameter.kind == ParameterKind::var_positional || parameter.kind == ParameterKind::var_keyword;
      if (is_variable || parameter.name.starts_with('_')) continue;
      if (std::ranges::find(described_.names, parameter.name) == described_.names.end())
        missing.append(missing.empty() ? "`" : ", `").append(parameter.name).append("`");
    }
    if (!missing.empty())
      report(first->line, "undescribed-parameter", "`" + symbol_.name + "` does not say what " + missing + " is for",
             "add an entry for each");
  }

  const Symbol& symbol_;
  const Described described_;
  Findings& findings_;
};

}  // namespace

void review_docstrings(const Symbol& symbol, Findings& findings) {
  if (symbol.language == Language::python) Review(symbol, findings).run();
}

}  // namespace veneer::docs
