#include "docs/autodoc/references.h"

#include <algorithm>

#include "docs/autodoc/described.h"
#include "docs/page/foreign_packages.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

std::string divider(Language language) {
  return language == Language::cpp ? "::" : ".";
}

}  // namespace

ReferenceTable::ReferenceTable(const SymbolIndex& index, std::vector<DocumentedPlace> places) : index_(&index) {
  for (const bool aliases : {false, true}) {
    const DocumentedPlace* real = nullptr;  // an alias follows the anchor that it stands for
    for (const DocumentedPlace& place : places) {
      if (!place.alias) real = &place;
      const bool has_real = real != nullptr && real->page == place.page;
      if (place.alias == aliases)
        targets_.try_emplace(place.anchor, Target{place.page, has_real ? real->anchor : place.anchor});
    }
  }
}

const ReferenceTable::Target* ReferenceTable::target(const SymbolIndex::Found& found) const {
  for (const std::string& anchor : {anchor_of(found), found.symbol->public_name}) {
    const auto known = targets_.find(anchor);
    if (known != targets_.end()) return &known->second;
  }
  return nullptr;
}

// Whether a name begins with a library that is documented here.
bool ReferenceTable::is_own(std::string_view first) const {
  return std::ranges::any_of(index_->trees(),
                             [&](const SymbolTree& tree) { return tree.root != nullptr && tree.root->name == first; });
}

std::string ReferenceTable::suggestion(std::string_view name) const {
  for (const std::string& near : index_->nearest(name, 8))
    if (targets_.contains(near)) return near;
  return {};
}

// Of a name whose owner is known: its parameter, [`Plot.name`] as Plot#name, or the nearest of its members.
std::string ReferenceTable::member_suggestion(const std::vector<std::string_view>& parts) const {
  if (parts.size() < 2) return {};
  const std::string_view before = parts[parts.size() - 2], last = parts.back();
  const std::string owner(parts.front().data(), before.data() + before.size());
  const SymbolIndex::Found found = index_->locate(owner);
  if (found.symbol == nullptr) return {};
  const std::vector<std::string> described = describe(*found.symbol).names;
  if (std::ranges::find(described, last) != described.end()) return owner + "#" + std::string(last);
  if (!found.symbol->is_class()) return {};
  std::vector<std::string> members;
  for (const Symbol* scope : found.symbol->ancestors)
    for (const auto& [name, symbol] : scope->scope) members.push_back(name);
  for (const auto& [name, symbol] : found.symbol->scope) members.push_back(name);
  std::ranges::sort(members);
  const std::optional<std::string> near = nearest(last, members);
  if (!near) return {};
  const std::string meant = found.symbol->public_name + divider(found.symbol->language) + *near;
  return resolve(meant).status == Reference::Status::linked ? meant : "";
}

// As the scope itself would look a name up: in the classes and the module around it, then in the library.
SymbolIndex::Found ReferenceTable::found_from(std::string_view name, const Symbol& scope) const {
  const std::vector<std::string_view> parts = split_path(name);
  for (const Symbol* around = &scope; around != nullptr; around = around->parent) {
    SymbolIndex::Found found{.symbol = around, .owner = nullptr, .scope = nullptr, .name = {}};
    for (const std::string_view part : parts) {
      found.owner = found.symbol->is_class() ? found.symbol : nullptr;
      found.scope = found.symbol;
      found.name = part;
      found.symbol = SymbolIndex::member(*found.symbol, part);
      if (found.symbol == nullptr) break;
    }
    if (found.symbol != nullptr) return found;
  }
  return index_->locate(name);
}

// "np.ndarray" where the module says `import numpy as np`: "numpy.ndarray".
std::string ReferenceTable::foreign_name(std::string_view name, const Symbol& scope) const {
  const Symbol* module = &scope;
  while (module->parent != nullptr) module = module->parent;
  const std::size_t dot = std::min(name.find('.'), name.size());
  for (const SymbolTree& tree : index_->trees()) {
    const auto names = tree.foreign_names.find(module);
    if (names == tree.foreign_names.end()) continue;
    const auto foreign = names->second.find(std::string(name.substr(0, dot)));
    if (foreign != names->second.end()) return foreign->second + std::string(name.substr(dot));
  }
  return unabbreviated(name);
}

std::optional<std::string> ReferenceTable::type_address(std::string_view name, const Symbol& scope,
                                                        std::string_view anchor, const Page& page) const {
  const SymbolIndex::Found found = found_from(name, scope);
  if (found.symbol != nullptr) {
    const bool is_type = found.symbol->is_class() || found.symbol->kind == SymbolKind::enum_ ||
                         found.symbol->kind == SymbolKind::alias || found.symbol->kind == SymbolKind::concept_;
    const Target* place = is_type ? target(found) : nullptr;
    if (place == nullptr || place->anchor == anchor) return std::nullopt;
    return page.link_to(place->page, place->anchor);
  }
  if (page.site() == nullptr || page.site()->external.empty()) return std::nullopt;
  const auto& external = page.site()->external;
  const auto entry = external.find(foreign_name(name, scope));
  return entry == external.end() ? std::nullopt : std::optional(entry->second);
}

Reference ReferenceTable::resolve(std::string_view written) const {
  const bool is_short = written.starts_with('~');
  if (is_short) written.remove_prefix(1);
  const std::size_t hash = written.find('#');
  const std::string_view name = written.substr(0, hash);
  const std::string_view parameter = hash == std::string_view::npos ? "" : written.substr(hash + 1);
  const std::vector<std::string_view> parts = split_path(name);

  Reference reference;
  reference.text = !parameter.empty() ? parameter : is_short ? parts.back() : name;
  const SymbolIndex::Found found = index_->locate(name);
  if (found.symbol == nullptr) {
    if (is_own(parts.front()) || foreign_package(name) == nullptr)
      reference.suggestion = parameter.empty() ? member_suggestion(parts) : "";
    else
      reference.status = Reference::Status::external;
    if (reference.status == Reference::Status::unknown && reference.suggestion.empty())
      reference.suggestion = suggestion(name);
    return reference;
  }
  if (parameter.empty() && found.symbol->is_callable()) reference.text += "()";
  const Target* place = target(found);
  // Values and attributes stand in the section of their class.
  const bool is_part = found.symbol->kind == SymbolKind::enumerator || found.symbol->kind == SymbolKind::variable;
  if (place == nullptr && is_part && parameter.empty() && found.owner != nullptr) {
    const Target* owner = target({.symbol = found.owner, .owner = nullptr, .scope = nullptr, .name = {}});
    const std::vector<std::string> names = owner == nullptr ? std::vector<std::string>() : describe(*found.owner).names;
    if (std::ranges::find(names, found.symbol->name) != names.end()) {
      reference.status = Reference::Status::linked;
      reference.page = owner->page;
      reference.anchor = owner->anchor + "." + found.symbol->name;
      return reference;
    }
  }
  reference.status = place == nullptr ? Reference::Status::undocumented : Reference::Status::linked;
  if (place == nullptr) return reference;
  reference.page = place->page;
  reference.anchor = place->anchor;
  if (parameter.empty()) return reference;
  // Only a described parameter has an anchor.
  const std::vector<std::string> names = describe(*found.symbol).names;
  if (std::ranges::find(names, parameter) != names.end()) reference.anchor.append(".").append(parameter);
  return reference;
}

}  // namespace veneer::docs
