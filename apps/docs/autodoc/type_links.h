// Names of documented things in the HTML of types, as links. Stateless.
#pragma once

#include <string>
#include <string_view>

#include "docs/autodoc/references.h"
#include "docs/page/page.h"

namespace veneer::docs {

/// Where names are looked for, and what is being documented (which needs no link to itself).
struct TypeContext {
  const Symbol& scope;
  std::string_view anchor;
  const ReferenceTable& references;
  const Page& page;
};

/// `html` with each dotted name that is documented here or in an inventory as a link; text in links stays.
std::string linked_names(std::string_view html, const TypeContext& context);

/// The same within <span class="sig-type"> and <span class="sig-return"> only.
std::string linked_signature(std::string_view html, const TypeContext& context);

}  // namespace veneer::docs
