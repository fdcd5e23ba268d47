// [[autodoc]] with the list of members below it. Stateless.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "docs/page/object_docs.h"

namespace veneer::docs {

struct DirectiveText {
  Directive directive;    ///< object and members
  std::size_t lines = 0;  ///< that it takes, with blank ones
};

/// The directive that is all of line `at`, or nothing.
std::optional<DirectiveText> directive_at(const std::vector<std::string_view>& lines, std::size_t at);

}  // namespace veneer::docs
