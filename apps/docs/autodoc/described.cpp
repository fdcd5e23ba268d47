#include "docs/autodoc/described.h"

#include <algorithm>

namespace veneer::docs {
namespace {

// A C++ class's data members, or an enumeration's values, as a group of entries.
DocGroup described_members(const Symbol& symbol) {
  DocGroup group{.line = symbol.line};
  const bool is_enum = symbol.kind == SymbolKind::enum_;
  for (const Symbol* member : symbol.members) {
    if (member->kind != (is_enum ? SymbolKind::enumerator : SymbolKind::variable)) continue;
    DocEntry entry{.name = member->name, .line = member->docstring_line, .text_line = member->docstring_line};
    if (!is_enum && !member->returns.empty()) entry.head = "(`" + member->returns + "`";
    // What cannot change has a value, what can has a default.
    const bool is_constant = is_enum || member->returns.empty() || member->head.find("const") != std::string::npos;
    if (!member->value.empty())
      entry.head.append(entry.head.empty() ? "(" : ", ")
          .append(is_constant ? "= `" : "defaults to `")
          .append(member->value)
          .append("`");
    if (!entry.head.empty()) entry.head += ")";
    for (const DocBlock& block : parse_docstring(member->docstring, {member->file, member->docstring_line}).body)
      entry.text.append(entry.text.empty() ? "" : "\n\n").append(block.markdown);
    group.entries.push_back(std::move(entry));
  }
  return group;
}

}  // namespace

std::vector<std::string_view> entry_names(const DocEntry& entry) {
  std::vector<std::string_view> names;
  for (std::string_view rest = entry.name; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(", "), rest.size());
    names.push_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  return names;
}

std::string_view bare_name(std::string_view name) {
  return name.substr(std::min(name.find_first_not_of('*'), name.size()));
}

Described describe(const Symbol& symbol) {
  const Symbol* source = &symbol;
  if (symbol.is_class() && symbol.docstring.empty())
    if (const auto constructor = symbol.scope.find("__init__"); constructor != symbol.scope.end())
      source = constructor->second;
  Described described{.source = source,
                      .doc = parse_docstring(source->docstring, {source->file, source->docstring_line}),
                      .parameters_title = "Parameters",
                      .names = {}};
  for (Finding& finding : described.doc.findings) finding.where = source->docstring_position(finding.where.line);
  const bool has_members = symbol.language == Language::cpp && (symbol.kind == SymbolKind::enum_ || symbol.is_class());
  if (has_members && !described.doc.has_parameters()) {
    described.parameters_title = symbol.kind == SymbolKind::enum_ ? "Values" : "Fields";
    DocGroup members = described_members(symbol);
    if (!members.entries.empty()) described.doc.parameters.push_back(std::move(members));
  }
  for (const DocGroup& group : described.doc.parameters)
    for (const DocEntry& entry : group.entries)
      for (const std::string_view name : entry_names(entry)) described.names.emplace_back(bare_name(name));
  return described;
}

}  // namespace veneer::docs
