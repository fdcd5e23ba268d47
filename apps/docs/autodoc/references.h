// Where references lead: which page documents which anchor, and what [`X`] says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "docs/page/object_docs.h"
#include "docs/page/page.h"
#include "docs/symbols/symbol.h"

namespace veneer::docs {

/// Made once for a site; const use is thread-safe. The index must outlive it.
class ReferenceTable {
 public:
  /// `places` in toctree order: the first page that documents an anchor has it; an alias only fills a gap,
  /// and leads to the anchor before it.
  ReferenceTable(const SymbolIndex& index, std::vector<DocumentedPlace> places);

  /// "X", "~a.b.X" (shows the last component), "X#param". Functions and methods are shown with "()".
  /// Names of packages that are known to be documented elsewhere (page/foreign_packages.h) are external.
  [[nodiscard]] Reference resolve(std::string_view written) const;

  /// Where a type that is named in `scope` is documented, as a link from `page`: here, by the names that its module
  /// knows, or in an inventory of the page's site. Nothing for what is no type, is documented nowhere, or is what
  /// stands at `anchor`.
  [[nodiscard]] std::optional<std::string> type_address(std::string_view name, const Symbol& scope,
                                                        std::string_view anchor, const Page& page) const;

 private:
  struct Target {
    std::string page, anchor;
  };
  [[nodiscard]] const Target* target(const SymbolIndex::Found& found) const;
  [[nodiscard]] std::string member_suggestion(const std::vector<std::string_view>& parts) const;
  [[nodiscard]] SymbolIndex::Found found_from(std::string_view name, const Symbol& scope) const;
  [[nodiscard]] std::string foreign_name(std::string_view name, const Symbol& scope) const;
  [[nodiscard]] bool is_own(std::string_view first) const;
  [[nodiscard]] std::string suggestion(std::string_view name) const;

  const SymbolIndex* index_;
  std::unordered_map<std::string, Target> targets_;
};

}  // namespace veneer::docs
