// The comments of all symbols, when all names are known.
#include "docs/symbols/cpp_reader.h"
#include "docs/symbols/doxygen.h"

namespace veneer::docs {

// What a name means in a scope or the scopes around it.
const Symbol* CppReader::meant(std::string_view name, const Symbol& from) const {
  const std::vector<std::string_view> parts = split_path(name);
  for (const Symbol* scope = &from;; scope = scope->parent) {
    const Symbol* found = scope == nullptr ? &symbols_.front() : scope;
    for (const std::string_view part : parts) found = found == nullptr ? nullptr : SymbolIndex::member(*found, part);
    if (found != nullptr || scope == nullptr) return found;
  }
}

void CppReader::write_docstrings(Findings& findings) {
  for (Symbol& symbol : symbols_) {
    const auto comment = comments_.find(&symbol);
    if (comment == comments_.end()) continue;
    DoxygenNames names;
    names.reference = [&](std::string_view name) {
      const Symbol* found = meant(name, symbol);
      return found == nullptr ? std::string() : found->path;
    };
    names.comment = [&](std::string_view name) -> std::optional<std::string> {
      const Symbol* found = meant(name.substr(0, name.find('(')), symbol.parent == nullptr ? symbol : *symbol.parent);
      if (found == &symbol && !found->overloads.empty()) found = found->overloads.front();
      const auto text = comments_.find(found);
      return found == nullptr || found == &symbol || text == comments_.end() ? std::nullopt
                                                                             : std::optional(text->second.text);
    };
    DoxygenText text = replace_doxygen(comment->second.text, {symbol.file, comment->second.line}, names);
    symbol.docstring = std::move(text.text);
    symbol.docstring_line = comment->second.line;
    symbol.docstring_lines = std::move(text.lines);
    findings.insert(findings.end(), text.findings.begin(), text.findings.end());
  }
}

}  // namespace veneer::docs
