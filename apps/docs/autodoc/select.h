// Which things a directive documents, and under which anchors.
#pragma once

#include <string>
#include <vector>

#include "docs/page/object_docs.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// One documented thing: the object of a directive, or one of its members.
struct DocumentedItem {
  const Symbol* symbol = nullptr;
  std::string name;    ///< by which it was asked for: an alias's own
  std::string anchor;  ///< public path, by way of the class that it was reached through
  std::string alias;   ///< the public path of the class that defines an inherited member; empty: the same
  bool is_member = false;
};

struct Selection {
  std::vector<DocumentedItem> items;  ///< the object first; empty if it was not found
  Findings findings;
};

/// Members: no list, all documented methods; "all" in the list, the listed ones first and then the rest; "none", none;
/// else those listed, private ones and properties included.
Selection select_items(const Directive& directive, const SymbolIndex& index);

/// "py:method", "cpp:class"...: as Sphinx inventories call it.
std::string inventory_role(const Symbol& symbol);

}  // namespace veneer::docs
