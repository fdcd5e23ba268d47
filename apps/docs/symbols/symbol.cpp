#include "docs/symbols/symbol.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <set>

#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::uint64_t letters_of(std::string_view text) {
  std::uint64_t letters = 0;
  for (const char c : text) letters |= std::uint64_t{1} << (static_cast<unsigned char>(c) % 64);
  return letters;
}

// Differences of whole paths count only between names whose last components are equally near.
constexpr std::size_t kPathLimit = 64;

bool is_overload(const Symbol& symbol) {
  return symbol.language == Language::python && symbol.public_name.find('-') != std::string::npos;
}

std::string_view divider(Language language) {
  return language == Language::cpp ? "::" : ".";
}

}  // namespace

std::string_view to_string(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::module_:
      return "module";
    case SymbolKind::namespace_:
      return "namespace";
    case SymbolKind::class_:
      return "class";
    case SymbolKind::struct_:
      return "struct";
    case SymbolKind::function:
      return "function";
    case SymbolKind::method:
      return "method";
    case SymbolKind::property:
      return "property";
    case SymbolKind::enum_:
      return "enum";
    case SymbolKind::enumerator:
      return "enumerator";
    case SymbolKind::variable:
      return "variable";
    case SymbolKind::alias:
      return "alias";
    case SymbolKind::concept_:
      return "concept";
    case SymbolKind::union_:
      return "union";
    case SymbolKind::constructor:
      return "constructor";
    case SymbolKind::destructor:
      return "destructor";
    case SymbolKind::operator_:
      return "operator";
    case SymbolKind::conversion:
      return "conversion";
    case SymbolKind::guide:
      return "deduction guide";
    case SymbolKind::macro:
      return "macro";
  }
  return "";
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int angle = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string_view part = path.substr(begin, i - begin);
    if (part.starts_with("operator")) continue;  // it is the last component, whatever stands in it
    if (path[i] == '<') ++angle;
    if (path[i] == '>') --angle;
    const std::size_t width = path[i] == '.' ? 1 : path.substr(i, 2) == "::" ? 2 : 0;
    if (width == 0 || angle > 0) continue;
    parts.push_back(part);
    begin = i + width;
    i = begin - 1;
  }
  parts.push_back(path.substr(begin));
  return parts;
}

SymbolIndex::SymbolIndex(std::vector<SymbolTree> trees) : trees_(std::move(trees)) {
  std::unordered_map<std::string, std::size_t> slots;
  for (const SymbolTree& tree : trees_) {
    for (const auto& symbols : tree.storage) {
      for (const Symbol& symbol : symbols) {
        if (symbol.public_name.empty() || symbol.name.starts_with('_') || is_overload(symbol) ||
            symbol.kind == SymbolKind::variable)
          continue;
        std::string name = lowered(symbol.name);
        const auto [slot, is_new] = slots.try_emplace(name, names_.size());
        if (is_new) names_.push_back({std::move(name), letters_of(slot->first), {}});
        names_[slot->second].symbols.push_back(&symbol);
        const bool is_head = symbol.kind == SymbolKind::namespace_ || symbol.parent == nullptr ||
                             symbol.parent->kind == SymbolKind::namespace_;
        if (symbol.language == Language::cpp && is_head && &symbol != tree.root)
          if (symbol.parent == nullptr || symbol.parent->scope.find(symbol.name)->second == &symbol)
            cpp_names_[symbol.name].push_back(&symbol);
      }
    }
  }
}

const Symbol* SymbolIndex::member(const Symbol& scope, std::string_view name) {
  if (const auto own = scope.scope.find(name); own != scope.scope.end()) return own->second;
  for (const Symbol* ancestor : scope.ancestors)
    if (const auto inherited = ancestor->scope.find(name); inherited != ancestor->scope.end()) return inherited->second;
  return nullptr;
}

SymbolIndex::Found SymbolIndex::locate_from(const Symbol& root, const std::vector<std::string_view>& parts) const {
  Found found{.symbol = &root};
  for (std::size_t i = parts.front() == root.name ? 1 : 0; i < parts.size() && found.symbol != nullptr; ++i) {
    found.owner = found.symbol->is_class() || found.symbol->kind == SymbolKind::enum_ ? found.symbol : nullptr;
    found.scope = found.symbol;
    found.name = parts[i];
    found.symbol = member(*found.symbol, parts[i]);
  }
  return found;
}

// A C++ name without its outer namespaces.
SymbolIndex::Found SymbolIndex::locate_inner(const std::vector<std::string_view>& parts) const {
  const auto heads = cpp_names_.find(parts.front());
  if (heads == cpp_names_.end()) return {};
  Found only;
  for (const Symbol* head : heads->second) {
    const Found found = locate_from(*head, parts);
    if (found.symbol == nullptr) continue;
    if (only.symbol != nullptr) return {};
    only = found;
  }
  return only;
}

SymbolIndex::Found SymbolIndex::locate(std::string_view name) const {
  const std::vector<std::string_view> parts = split_path(name);
  for (const SymbolTree& tree : trees_) {
    if (tree.root == nullptr) continue;
    Found found = locate_from(*tree.root, parts);
    if (found.symbol != nullptr) return found;
  }
  return locate_inner(parts);
}

const Symbol* SymbolIndex::find(std::string_view name) const {
  return locate(name).symbol;
}

std::vector<const Symbol*> SymbolIndex::documented_methods(const Symbol& owner) {
  std::vector<const Symbol*> methods;
  if (owner.language == Language::cpp) {
    for (const Symbol* symbol : owner.members) {
      const bool is_type = symbol->is_class() || symbol->kind == SymbolKind::enum_ || symbol->kind == SymbolKind::alias;
      if (symbol->is_callable() || is_type) methods.push_back(symbol);
    }
    return methods;
  }
  for (const auto& entry : owner.scope) {
    const std::string& name = entry.first;
    const Symbol* symbol = entry.second;
    if (name.starts_with('_') || !symbol->is_callable() || !symbol->is_documented()) continue;
    if (name != symbol->name) continue;  // a second name for the same method
    const bool repeats = std::ranges::any_of(owner.ancestors, [&](const Symbol* ancestor) {
      const Symbol* inherited = member(*ancestor, name);
      return inherited != nullptr && inherited->docstring == symbol->docstring;
    });
    if (!repeats) methods.push_back(symbol);
  }
  std::ranges::sort(methods, {}, [](const Symbol* method) -> std::string_view { return method->name; });
  return methods;
}

// A far-fetched suggestion is worse than none: a method is meant only of a class that is named much like its own, and
// a class (with its capital) never by the name of a function.
bool SymbolIndex::may_be_meant(const Symbol& candidate, const std::vector<std::string_view>& written) {
  const bool is_type = std::isupper(static_cast<unsigned char>(written.back().front())) != 0;
  const bool is_same = lowered(written.back()) == lowered(candidate.name);
  if (!is_same && is_type != (std::isupper(static_cast<unsigned char>(candidate.name.front())) != 0)) return false;
  if (written.size() < 2 || candidate.parent == nullptr || !candidate.parent->is_class()) return true;
  const std::string owner = lowered(written[written.size() - 2]), name = lowered(candidate.parent->name);
  return edit_distance(owner, name, owner.size() / 4) <= owner.size() / 4;
}

std::vector<std::string> SymbolIndex::nearest(std::string_view name, std::size_t count) const {
  const std::vector<std::string_view> written = split_path(name);
  const std::string wanted = lowered(written.back());
  if (wanted.empty()) return {};
  const int limit = std::min(static_cast<int>(wanted.size()) / 4, 3);
  const std::uint64_t letters = letters_of(wanted);
  std::vector<std::pair<std::size_t, const Name*>> near;
  for (const Name& candidate : names_) {
    const int longer = std::abs(static_cast<int>(candidate.lowered.size()) - static_cast<int>(wanted.size()));
    // One edit changes at most two letters of the set.
    if (longer > limit || std::popcount(candidate.letters ^ letters) > 2 * limit) continue;
    const std::size_t distance = edit_distance(candidate.lowered, wanted, static_cast<std::size_t>(limit));
    if (distance <= static_cast<std::size_t>(limit)) near.emplace_back(distance, &candidate);
  }
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, const Name*>::first);
  std::set<std::pair<std::size_t, std::string>> ranked;
  for (const auto& [distance, candidate] : near) {
    // Only a smaller distance of the last component, or an equal one and a nearer path, can still win.
    if (ranked.size() == count && distance * kPathLimit > ranked.rbegin()->first) break;
    for (const Symbol* symbol : candidate->symbols) {
      if (!may_be_meant(*symbol, written)) continue;
      const std::size_t path_distance = edit_distance(symbol->public_name, name, kPathLimit - 2);
      ranked.insert({distance * kPathLimit + path_distance, symbol->public_name});
      if (ranked.size() > count) ranked.erase(std::prev(ranked.end()));
    }
  }
  std::vector<std::string> names;
  for (const auto& [rank, found] : ranked) names.push_back(found);
  return names;
}

SourcePosition Symbol::docstring_position(int number) const {
  if (const auto i = static_cast<std::size_t>(number - docstring_line);
      number >= docstring_line && i < docstring_lines.size())
    return {file, docstring_lines[i]};
  if (inserted.count == 0 || number < inserted.first) return {file, number};
  if (number < inserted.first + inserted.count)
    return {inserted.where.file, inserted.where.line + number - inserted.first};
  return {file, number - inserted.count + 1};  // they took one line's place
}

bool Symbol::is_documented() const {
  return !docstring.empty() ||
         std::ranges::any_of(overloads, [](const Symbol* overload) { return !overload->docstring.empty(); });
}

std::string anchor_of(const SymbolIndex::Found& found) {
  const bool is_alias = found.symbol->language == Language::python && found.scope != nullptr &&
                        found.symbol->kind != SymbolKind::module_ && found.name != found.symbol->name;
  if (is_alias) return found.scope->public_name + "." + found.name;
  if (found.owner == nullptr || found.symbol->parent == found.owner) return found.symbol->public_name;
  return found.owner->public_name + std::string(divider(found.symbol->language)) + found.symbol->name;
}

}  // namespace veneer::docs
