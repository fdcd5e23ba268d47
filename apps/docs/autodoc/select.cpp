#include "docs/autodoc/select.h"

#include <algorithm>

namespace veneer::docs {
namespace {

std::string did_you_mean(const SymbolIndex& index, std::string_view name) {
  std::string text;
  for (const std::string& near : index.nearest(name))
    text.append(text.empty() ? "did you mean `" : " or `").append(near).append("`");
  return text.empty() ? "name it as the sources do" : text + "?";
}

Finding unknown(const Directive& directive, std::string_view name, Severity severity, const SymbolIndex& index) {
  Finding finding;
  finding.where = directive.where;
  finding.severity = severity;
  finding.rule = "unknown-object";
  finding.message = "[[autodoc]]: no `" + std::string(name) + "` in the sources";
  finding.suggestion = did_you_mean(index, name);
  return finding;
}

// What a class, enumeration or namespace documents when nothing is said.
std::vector<const Symbol*> default_members(const Symbol& symbol, const std::vector<std::string>& listed) {
  if (symbol.is_class()) return SymbolIndex::documented_methods(symbol);
  const bool wants_all = std::ranges::find(listed, "all") != listed.end();
  std::vector<const Symbol*> members;
  const bool is_scope = symbol.kind == SymbolKind::namespace_ || symbol.kind == SymbolKind::module_;
  if (is_scope && wants_all)
    for (const Symbol* member : symbol.members)
      if (member->is_documented() && !member->name.starts_with('_') &&
          (member->kind != SymbolKind::variable || member->language == Language::python))
        members.push_back(member);
  return members;
}

DocumentedItem make_member(const Symbol& owner, const std::string& owner_anchor, const Symbol& member) {
  DocumentedItem item{
      .symbol = &member, .name = member.name, .anchor = member.public_name, .alias = {}, .is_member = true};
  if (member.parent == &owner && owner_anchor == owner.public_name) return item;
  item.anchor = owner_anchor + (member.language == Language::cpp ? "::" : ".") + member.name;
  if (item.anchor != member.public_name) item.alias = member.public_name;
  return item;
}

}  // namespace

Selection select_items(const Directive& directive, const SymbolIndex& index) {
  Selection selection;
  const SymbolIndex::Found found = index.locate(directive.object);
  if (found.symbol == nullptr) {
    selection.findings.push_back(unknown(directive, directive.object, Severity::error, index));
    return selection;
  }
  const Symbol& object = *found.symbol;
  const std::string anchor = anchor_of(found);
  const bool is_alias = object.language == Language::python && found.scope != nullptr;
  const std::string shown = is_alias ? found.name : object.name;
  selection.items.push_back({.symbol = &object, .name = shown, .anchor = anchor, .alias = {}, .is_member = false});
  if (anchor != object.public_name) selection.items.front().alias = object.public_name;

  const std::vector<std::string>& listed = directive.members;
  if (std::ranges::find(listed, "none") != listed.end()) return selection;
  std::vector<const Symbol*> members;
  for (const std::string& name : listed) {
    if (name == "all") continue;
    const Symbol* member = SymbolIndex::member(object, name);
    if (member == nullptr) {
      selection.findings.push_back(unknown(directive, object.public_name + "." + name, Severity::warning, index));
    } else if (std::ranges::find(members, member) == members.end()) {
      members.push_back(member);
    }
  }
  if (listed.empty() || std::ranges::find(listed, "all") != listed.end())
    for (const Symbol* member : default_members(object, listed))
      if (std::ranges::find(members, member) == members.end()) members.push_back(member);
  for (const Symbol* member : members) selection.items.push_back(make_member(object, anchor, *member));
  return selection;
}

std::string inventory_role(const Symbol& symbol) {
  const bool cpp = symbol.language == Language::cpp;
  std::string role = cpp ? "cpp:" : "py:";
  const bool in_class = symbol.parent != nullptr && symbol.parent->is_class();
  if (!cpp && in_class && (symbol.kind == SymbolKind::variable || symbol.kind == SymbolKind::enumerator))
    return role + "attribute";
  if (!cpp && symbol.kind == SymbolKind::enum_) return role + "class";
  switch (symbol.kind) {
    case SymbolKind::module_:
      return role + "module";
    case SymbolKind::namespace_:
    case SymbolKind::alias:
      return role + (cpp ? "type" : "data");
    case SymbolKind::class_:
    case SymbolKind::struct_:
      return role + "class";
    case SymbolKind::union_:
      return role + "union";
    case SymbolKind::macro:
      return "c:macro";
    case SymbolKind::constructor:
    case SymbolKind::destructor:
    case SymbolKind::operator_:
    case SymbolKind::conversion:
    case SymbolKind::guide:
    case SymbolKind::function:
      return role + "function";
    case SymbolKind::method:
      return role + (cpp ? "function" : "method");
    case SymbolKind::property:
      return role + "property";
    case SymbolKind::enum_:
      return role + "enum";
    case SymbolKind::enumerator:
      return role + "enumerator";
    case SymbolKind::variable:
      return role + (cpp ? "member" : "data");
    case SymbolKind::concept_:
      return role + "concept";
  }
  return role;
}

}  // namespace veneer::docs
