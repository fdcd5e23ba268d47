#include "docs/autodoc/references.h"

#include <algorithm>
#include <array>

#include "docs/autodoc/described.h"

namespace veneer::docs {
namespace {

constexpr std::array<std::string_view, 9> kExternal{
    "accelerate", "datasets", "evaluate", "huggingface_hub", "optimum", "peft", "tokenizers", "transformers", "trl"};

}  // namespace

ReferenceTable::ReferenceTable(const SymbolIndex& index, std::vector<DocumentedPlace> places) : index_(&index) {
  for (const bool aliases : {false, true})
    for (const DocumentedPlace& place : places)
      if (place.alias == aliases) targets_.try_emplace(place.anchor, Target{place.page, place.anchor});
}

const ReferenceTable::Target* ReferenceTable::target(const SymbolIndex::Found& found) const {
  for (const std::string& anchor : {anchor_of(found), found.symbol->public_name}) {
    const auto known = targets_.find(anchor);
    if (known != targets_.end()) return &known->second;
  }
  return nullptr;
}

std::string ReferenceTable::suggestion(std::string_view name) const {
  for (const std::string& near : index_->nearest(name, 8))
    if (targets_.contains(near)) return near;
  return {};
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
  const bool is_own = std::ranges::any_of(index_->trees(), [&](const SymbolTree& tree) {
    return tree.root != nullptr && tree.root->name == parts.front();
  });
  if (!is_own && std::ranges::find(kExternal, parts.front()) != kExternal.end()) {
    reference.status = Reference::Status::external;
    return reference;
  }
  const SymbolIndex::Found found = index_->locate(name);
  if (found.symbol == nullptr) {
    reference.suggestion = suggestion(name);
    return reference;
  }
  if (parameter.empty() && found.symbol->is_callable()) reference.text += "()";
  const Target* place = target(found);
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
