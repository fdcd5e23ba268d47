#include "docs/autodoc/described.h"

#include <algorithm>

namespace veneer::docs {
namespace {

std::string text_of(const Symbol& symbol) {
  std::string text;
  for (const DocBlock& block : parse_docstring(symbol.docstring, {symbol.file, symbol.docstring_line}).body)
    text.append(text.empty() ? "" : "\n\n").append(block.markdown);
  return text;
}

DocEntry entry_of(const Symbol& member, std::string head) {
  return {.name = member.name,
          .head = std::move(head),
          .text = text_of(member),
          .line = member.docstring_line,
          .text_line = member.docstring_line};
}

// A C++ class's data members, or an enumeration's values, as a group of entries.
DocGroup described_members(const Symbol& symbol) {
  DocGroup group{.line = symbol.line};
  const bool is_enum = symbol.kind == SymbolKind::enum_;
  for (const Symbol* member : symbol.members) {
    if (member->kind != (is_enum ? SymbolKind::enumerator : SymbolKind::variable)) continue;
    std::string head;
    if (!is_enum && !member->returns.empty()) head = "(`" + member->returns + "`";
    // What cannot change has a value, what can has a default.
    const bool is_constant = is_enum || member->returns.empty() || member->head.find("const") != std::string::npos;
    if (!member->value.empty())
      head.append(head.empty() ? "(" : ", ")
          .append(is_constant ? "= `" : "defaults to `")
          .append(member->value)
          .append("`");
    if (!head.empty()) head += ")";
    group.entries.push_back(entry_of(*member, std::move(head)));
  }
  return group;
}

std::string code(const std::string& text) {
  const bool has_tick = text.find('`') != std::string::npos;
  return has_tick ? "`` " + text + " ``" : "`" + text + "`";
}

// "(`int`, *optional*, defaults to `3`)"
std::string head_of(const Symbol& member, const Parameter* field, bool says_required) {
  std::string head = member.returns.empty() ? "" : code(member.returns);
  const auto add = [&head](const std::string& text) { head.append(head.empty() ? "" : ", ").append(text); };
  if (says_required)
    add(std::ranges::find(member.decorators, "required") != member.decorators.end() ? "required" : "*not required*");
  if (!says_required && field != nullptr && !field->default_value.empty())
    add("*optional*, defaults to " + code(field->default_value));
  else if (field == nullptr && !member.value.empty())
    add("defaults to " + code(member.value));
  return head.empty() ? head : "(" + head + ")";
}

struct Members {
  std::string_view title;
  std::vector<DocEntry> entries;
};

// What a Python class has that its docstring may not tell: an enumeration's values, the keys and fields of records, and
// attributes with docstrings of their own.
Members python_members(const Symbol& symbol, const std::vector<std::string>& described) {
  const auto is_told = [&](const std::string& name) { return std::ranges::find(described, name) != described.end(); };
  Members members;
  if (symbol.kind == SymbolKind::enum_) {
    members.title = "Values";
    for (const Symbol* member : symbol.members)
      if (member->kind == SymbolKind::enumerator && !is_told(member->name))
        members.entries.push_back(entry_of(*member, "= " + code(member->value)));
    return members;
  }
  const bool is_keyed = symbol.form == ClassForm::typed_dict;
  const bool is_record = is_keyed || symbol.form == ClassForm::named_tuple;
  members.title = is_keyed                              ? "Keys"
                  : is_record                           ? "Fields"
                  : symbol.form == ClassForm::dataclass ? "Parameters"
                                                        : "Attributes";
  std::vector<std::string> fields;
  if (is_record || symbol.form == ClassForm::dataclass)
    for (const Parameter& field : symbol.parameters) {
      fields.push_back(field.name);
      const Symbol* member = SymbolIndex::member(symbol, field.name);
      if (member == nullptr || is_told(field.name) || (!is_record && member->docstring.empty())) continue;
      members.entries.push_back(entry_of(*member, head_of(*member, &field, is_keyed)));
    }
  for (const Symbol* member : symbol.members) {
    const bool is_attribute =
        member->kind == SymbolKind::variable && !member->docstring.empty() && !member->name.starts_with('_');
    if (is_attribute && !is_told(member->name) && std::ranges::find(fields, member->name) == fields.end())
      members.entries.push_back(entry_of(*member, head_of(*member, nullptr, false)));
  }
  return members;
}

void collect_names(Described& described) {
  described.names.clear();
  for (const DocGroup& group : described.doc.parameters)
    for (const DocEntry& entry : group.entries)
      for (const std::string_view name : entry_names(entry)) described.names.emplace_back(bare_name(name));
}

void add_python_members(const Symbol& symbol, Described& described) {
  Members members = python_members(symbol, described.names);
  if (members.entries.empty()) return;
  DocGroup group{.attributes = true, .line = 0, .entries = std::move(members.entries)};
  const bool is_first = !described.doc.has_parameters();
  const bool are_parameters = members.title == "Parameters";
  if (is_first)
    described.parameters_title = members.title;
  else if (!are_parameters)
    group.title = members.title;
  // They come behind what the docstring says; so they have the place of what stands last.
  group.line = is_first ? described.source->docstring_line + 100'000 : described.doc.parameters.back().line;
  described.doc.parameters.push_back(std::move(group));
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
  collect_names(described);
  if (symbol.language == Language::python && symbol.is_class()) {
    add_python_members(symbol, described);
    collect_names(described);
  }
  return described;
}

}  // namespace veneer::docs
