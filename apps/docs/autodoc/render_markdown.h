// A documented thing as Markdown, for a page's .md export.
#pragma once

#include <string>
#include <vector>

#include "docs/autodoc/select.h"

namespace veneer::docs {

/// "#### name[[anchor]]", its call in a fence, "[Source](...)", parameters, results, raises, then the description.
std::string render_object_markdown(const std::vector<DocumentedItem>& items, const std::string& source_url);

}  // namespace veneer::docs
