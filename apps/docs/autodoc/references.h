// Where references lead: which page documents which anchor, and what [`X`] says.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "docs/page/object_docs.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// Made once for a site; const use is thread-safe. The index must outlive it.
class ReferenceTable {
 public:
  /// `places` in toctree order: the first page that documents an anchor has it; an alias only fills a gap.
  ReferenceTable(const SymbolIndex& index, std::vector<DocumentedPlace> places);

  /// "X", "~a.b.X" (shows the last component), "X#param". Functions and methods are shown with "()".
  /// Names of other Hugging Face libraries are external.
  [[nodiscard]] Reference resolve(std::string_view written) const;

 private:
  struct Target {
    std::string page, anchor;
  };
  [[nodiscard]] const Target* target(const SymbolIndex::Found& found) const;
  [[nodiscard]] std::string suggestion(std::string_view name) const;

  const SymbolIndex* index_;
  std::unordered_map<std::string, Target> targets_;
};

}  // namespace veneer::docs
