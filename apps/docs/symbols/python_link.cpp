#include "docs/symbols/python_link.h"

#include <algorithm>
#include <utility>

#include "docs/symbols/python_values.h"

namespace veneer::docs {
namespace {

// Imports that go round in circles end here.
constexpr int kDeepest = 32;

// C3 linearisation of the bases' own orders, as Python's. Where the orders contradict each other (which Python would
// refuse) the first base wins.
std::vector<const Symbol*> merge_c3(std::vector<std::vector<const Symbol*>> orders) {
  std::vector<const Symbol*> merged;
  for (;;) {
    std::erase_if(orders, [](const auto& order) { return order.empty(); });
    if (orders.empty()) return merged;
    const auto in_a_tail = [&](const Symbol* candidate) {
      return std::ranges::any_of(orders, [&](const auto& order) {
        return std::find(order.begin() + 1, order.end(), candidate) != order.end();
      });
    };
    const auto free = std::ranges::find_if(orders, [&](const auto& order) { return !in_a_tail(order.front()); });
    const Symbol* next = free == orders.end() ? orders.front().front() : free->front();
    merged.push_back(next);
    for (auto& order : orders) std::erase(order, next);
  }
}

}  // namespace

PythonLinker::PythonLinker(std::vector<PythonModule>& modules) : modules_(modules) {
  for (PythonModule& module : modules_) {
    by_name_[module.name] = &module;
    for (Symbol& symbol : module.symbols)
      if (symbol.is_class()) classes_[&symbol] = {&module, &symbol};
  }
}

const Symbol* PythonLinker::module(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second->symbols.front();
}

const Symbol* PythonLinker::resolve(const PythonImport& name, int depth) {
  const auto found = by_name_.find(name.module);
  if (found == by_name_.end() || depth > kDeepest) return nullptr;
  if (name.attribute.empty()) return &found->second->symbols.front();
  std::string key = name.module + " " + name.attribute;
  const auto [known, is_new] = resolved_.try_emplace(key);
  if (!is_new) {
    went_in_circles_ = went_in_circles_ || !known->second.is_final;
    return known->second.symbol;
  }
  const bool before = std::exchange(went_in_circles_, false);
  const Symbol* symbol = look_up(*found->second, name, depth);
  // "Not found" by way of a circle says nothing of the names on it: they are looked for again.
  if (symbol != nullptr || !went_in_circles_ || depth == 0)
    resolved_[key] = {symbol, true};
  else
    resolved_.erase(key);
  went_in_circles_ = went_in_circles_ || before;
  return symbol;
}

const Symbol* PythonLinker::look_up(const PythonModule& module, const PythonImport& name, int depth) {
  if (const std::size_t dot = name.attribute.find('.'); dot != std::string::npos) {
    const Symbol* head = resolve({name.module, name.attribute.substr(0, dot), false}, depth + 1);
    if (head == nullptr) return nullptr;
    if (head->kind == SymbolKind::module_)
      return resolve({head->path, name.attribute.substr(dot + 1), false}, depth + 1);
    return SymbolIndex::member(*head, name.attribute.substr(dot + 1));
  }
  const Scope& own = module.symbols.front().scope;
  if (const auto symbol = own.find(name.attribute); symbol != own.end()) return symbol->second;
  for (const auto* names : {&module.table, &module.imports}) {
    const auto import = names->find(name.attribute);
    if (import == names->end()) continue;
    const bool is_itself = import->second.module == name.module && import->second.attribute == name.attribute;
    if (is_itself) continue;
    if (const Symbol* symbol = resolve(import->second, depth + 1); symbol != nullptr) return symbol;
  }
  if (const Symbol* symbol = resolve_star(module, name.attribute, depth); symbol != nullptr) return symbol;
  return this->module(name.module + "." + name.attribute);
}

const Symbol* PythonLinker::resolve_star(const PythonModule& module, const std::string& name, int depth) {
  if (name.starts_with('_')) return nullptr;
  for (const std::string& source : module.star_imports)
    if (const Symbol* symbol = resolve({source, name, false}, depth + 1); symbol != nullptr) return symbol;
  return nullptr;
}

Scope PythonLinker::visible_names(const PythonModule& module, int depth) {
  Scope names;
  if (depth > kDeepest) return names;
  if (!module.is_lazy) names = module.symbols.front().scope;
  for (const auto& [name, import] : module.table)
    if (const Symbol* symbol = resolve(import, 0); symbol != nullptr) names.emplace(name, symbol);
  for (const auto& [name, import] : module.imports) {
    // A lazy package replaces itself: only its table is left. Where that cannot be read, the imports for the type
    // checker say the same.
    if (module.is_lazy && (!module.table.empty() || !import.only_for_types)) continue;
    if (const Symbol* symbol = resolve(import, 0); symbol != nullptr) names.emplace(name, symbol);
  }
  for (const std::string& star : module.star_imports) {
    const auto source = by_name_.find(star);
    if (source == by_name_.end() || source->second == &module) continue;
    for (const auto& [name, symbol] : visible_names(*source->second, depth + 1))
      if (!name.starts_with('_')) names.emplace(name, symbol);
  }
  return names;
}

const Symbol* PythonLinker::resolve_dotted(const PythonModule& module, std::string_view name) {
  name = name.substr(0, name.find_first_of("[("));  // Generic[T]
  return resolve({module.name, std::string(name), false}, 0);
}

const std::vector<const Symbol*>& PythonLinker::find_ancestors(const Symbol& symbol, int depth) {
  static const std::vector<const Symbol*> kNone;
  const auto entry = classes_.find(&symbol);
  if (entry == classes_.end() || depth > kDeepest) return kNone;
  const auto [module, own] = entry->second;
  if (!has_ancestors_.emplace(&symbol, true).second) return own->ancestors;
  std::vector<std::vector<const Symbol*>> orders;
  std::vector<const Symbol*> bases;
  for (const std::string& written : symbol.bases) {
    const Symbol* base = resolve_dotted(*module, written);
    if (base == nullptr || !base->is_class() || base == &symbol) continue;
    std::vector<const Symbol*> order{base};
    const auto& further = find_ancestors(*base, depth + 1);
    order.insert(order.end(), further.begin(), further.end());
    orders.push_back(std::move(order));
    bases.push_back(base);
  }
  orders.push_back(std::move(bases));
  own->ancestors = merge_c3(std::move(orders));
  std::erase(own->ancestors, &symbol);
  return own->ancestors;
}

// Where a name leads that is imported from outside the package: "E" -> "enum.Enum". Empty: it is not.
std::string PythonLinker::foreign_name(const PythonModule& module, std::string_view name) const {
  name = name.substr(0, name.find_first_of("[("));
  const std::size_t dot = std::min(name.find('.'), name.size());
  const auto import = module.imports.find(std::string(name.substr(0, dot)));
  if (import == module.imports.end()) return {};
  const auto& [source, attribute, only_for_types] = import->second;
  if (by_name_.contains(source) || source == module.name) return {};
  return std::string(source).append(attribute.empty() ? "" : "." + attribute).append(name.substr(dot));
}

// What a class is made as shows in its bases, its own or those further up.
void PythonLinker::find_form(PythonModule& module, Symbol& symbol) {
  static const std::unordered_map<std::string_view, ClassForm> kForms{
      {"NamedTuple", ClassForm::named_tuple}, {"TypedDict", ClassForm::typed_dict}, {"Protocol", ClassForm::protocol}};
  bool is_enumeration = false;
  const auto look_at = [&](const PythonModule& where, const Symbol& owner, bool is_own) {
    for (const std::string& base : owner.bases) {
      const std::string foreign = foreign_name(where, base);
      const std::string bare = base.substr(0, base.find_first_of("[("));
      const std::string_view last = last_component(foreign.empty() ? std::string_view(bare) : foreign);
      is_enumeration = is_enumeration || last.ends_with("Enum") || last == "Flag" || last == "IntFlag";
      const auto form = kForms.find(last);
      // A class below a named tuple or a protocol is a class again; one below a TypedDict is a TypedDict.
      if (form != kForms.end() && (is_own || form->second == ClassForm::typed_dict)) symbol.form = form->second;
    }
  };
  look_at(module, symbol, true);
  for (const Symbol* ancestor : symbol.ancestors) look_at(*classes_.at(ancestor).first, *ancestor, false);
  if (!is_enumeration) return;
  symbol.kind = SymbolKind::enum_;
  for (Symbol& member : module.symbols)
    if (member.parent == &symbol && member.kind == SymbolKind::variable && !member.name.starts_with('_') &&
        !member.value.empty() && member.value.find("nonmember(") == std::string::npos)
      member.kind = SymbolKind::enumerator;
}

// The parameters of a class are those of the constructor that it has or inherits; a dataclass's are its fields, those
// of its base classes first. A TypedDict's are its keys.
void PythonLinker::derive_parameters(Symbol& symbol) {
  if (!has_parameters_.emplace(&symbol, true).second) return;
  for (const std::string_view name : {"__init__", "__new__"}) {
    const auto constructor = symbol.scope.find(name);
    if (constructor == symbol.scope.end()) continue;
    symbol.parameters = constructor->second->parameters;
    return;
  }
  for (const Symbol* ancestor : symbol.ancestors) derive_parameters(*classes_.at(ancestor).second);
  const auto is_record = [](const Symbol* owner) {
    return owner->form != ClassForm::plain && owner->form != ClassForm::protocol;
  };
  if (!is_record(&symbol)) {
    const auto maker = std::ranges::find_if(symbol.ancestors, [&](const Symbol* ancestor) {
      return ancestor->scope.contains("__init__") || is_record(ancestor);
    });
    if (maker != symbol.ancestors.end()) symbol.parameters = (*maker)->parameters;
    return;
  }
  std::vector<const Symbol*> owners(symbol.ancestors.rbegin(), symbol.ancestors.rend());
  owners.push_back(&symbol);
  for (const Symbol* owner : owners) {
    const auto& all = classes_.at(owner).first->fields;
    const auto fields = all.find(owner);
    if (!is_record(owner) || fields == all.end()) continue;
    for (const Parameter& field : fields->second) {
      const auto same = std::ranges::find(symbol.parameters, field.name, &Parameter::name);
      if (same == symbol.parameters.end())
        symbol.parameters.push_back(field);
      else
        *same = field;
    }
  }
  std::ranges::stable_partition(symbol.parameters,
                                [](const Parameter& field) { return field.kind != ParameterKind::keyword_only; });
}

// diffusers.utils.replace_example_docstring: the docstring's line "Examples:" becomes the module's constant.
void PythonLinker::replace_examples(PythonModule& module) {
  for (const auto& [symbol, constant] : module.examples) {
    const PythonConstant* example = nullptr;
    if (const auto own = module.strings.find(constant); own != module.strings.end()) {
      example = &own->second;
    } else if (const auto import = module.imports.find(constant); import != module.imports.end()) {
      const auto source = by_name_.find(import->second.module);
      if (source != by_name_.end())
        if (const auto theirs = source->second->strings.find(import->second.attribute);
            theirs != source->second->strings.end())
          example = &theirs->second;
    }
    std::size_t begin = 0;
    std::string& text = symbol->docstring;
    for (bool found = false; !found && begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line(text.data() + begin, end - begin);
      const std::size_t first = line.find_first_not_of(" \t");
      line = first == std::string_view::npos ? "" : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
      found = line == "Examples:" || line == "Example:";
      if (found && example != nullptr) {
        const auto lines_before = static_cast<int>(std::count(text.data(), text.data() + begin, '\n'));
        const auto lines = static_cast<int>(std::ranges::count(example->value, '\n')) + 1;
        symbol->inserted = {symbol->docstring_line + lines_before, lines, example->where};
        text.replace(begin, end - begin, example->value);
      }
      begin = found ? begin : end + 1;
    }
    if (example == nullptr)
      module.findings.push_back({.where = {symbol->file, symbol->line},
                                 .rule = "missing-example",
                                 .message = "expected a string constant named " + constant + " for the examples",
                                 .suggestion = "define it in this module, above the decorator"});
  }
}

// The first package on the way from the root to the module of definition that exposes the thing.
std::string PythonLinker::public_name(const Symbol& symbol) const {
  if (symbol.parent == nullptr) return symbol.path;
  if (symbol.parent->kind != SymbolKind::module_) return symbol.parent->public_name + "." + symbol.name;
  const std::string& home = symbol.parent->path;
  for (std::size_t dot = home.find('.'); dot != std::string::npos; dot = home.find('.', dot + 1)) {
    const Symbol* package = module(home.substr(0, dot));
    if (package == nullptr) continue;
    const auto exposed = package->scope.find(symbol.name);
    if (exposed != package->scope.end() && exposed->second == &symbol) return package->path + "." + symbol.name;
  }
  return symbol.path;
}

std::unordered_map<std::string, std::string> PythonLinker::foreign_names(const PythonModule& module) const {
  std::unordered_map<std::string, std::string> names;
  for (const auto& [name, import] : module.imports)
    if (std::string foreign = foreign_name(module, name); !foreign.empty() && foreign != name)
      names.emplace(name, std::move(foreign));
  return names;
}

void PythonLinker::link() {
  std::vector<Scope> scopes;
  scopes.reserve(modules_.size());
  for (const PythonModule& module : modules_) scopes.push_back(visible_names(module, 0));
  for (const PythonModule& module : modules_) {
    const std::size_t dot = module.name.rfind('.');
    const auto parent = dot == std::string::npos ? by_name_.end() : by_name_.find(module.name.substr(0, dot));
    if (parent == by_name_.end()) continue;
    scopes[static_cast<std::size_t>(parent->second - modules_.data())].emplace(module.name.substr(dot + 1),
                                                                               &module.symbols.front());
  }
  for (const auto& [symbol, entry] : classes_) find_ancestors(*symbol, 0);
  for (std::size_t i = 0; i < modules_.size(); ++i) modules_[i].symbols.front().scope = std::move(scopes[i]);
  for (PythonModule& module : modules_)
    for (Symbol& symbol : module.symbols)
      if (symbol.is_class()) find_form(module, symbol);
  for (PythonModule& module : modules_) {
    replace_examples(module);
    for (Symbol& symbol : module.symbols)
      if (symbol.is_class()) derive_parameters(symbol);
  }
  // A parent stands before its members in a module's symbols.
  for (PythonModule& module : modules_)
    for (Symbol& symbol : module.symbols) symbol.public_name = public_name(symbol);
  // An overload's parameters have anchors of their own.
  for (PythonModule& module : modules_)
    for (Symbol& symbol : module.symbols)
      for (std::size_t i = 0; i < symbol.overloads.size(); ++i)
        for (Symbol& overload : module.symbols)
          if (&overload == symbol.overloads[i]) overload.public_name += "-" + std::to_string(i + 2);
}

}  // namespace veneer::docs
