// A documented thing as HTML.
//
//   <section class="object object-KIND"> (methods: also object-member, inside their class's section)
//     <header class="object-bar">  <hN class="object-name" id=ANCHOR>, .object-kind, .permalink, .source
//     <pre class="signature"><code>   .sig-param, .sig-type, .sig-default, .sig-return
//     description, as far as it stands before the first section
//     <div class="params" data-count=N>  .params-title, <dl> of <dt id=ANCHOR.NAME> and <dd>, groups' .params-group
//     <div class="results">  .results-title, .results-type, text or <dl> of values; ids ANCHOR.returns, .yields,
//                            .raises, .warns, .see-also
//     the rest of the description; <div class="example" id=ANCHOR.example-N>
#pragma once

#include <string>

#include "docs/autodoc/references.h"
#include "docs/autodoc/select.h"
#include "docs/page/page.h"

namespace veneer::docs {

/// The object with its members. `source_url` begins source links ("https://github.com/O/R/blob/main/"); empty: none.
/// Types lead to where `references` has them.
std::string render_object_html(const std::vector<DocumentedItem>& items, const std::string& source_url,
                               const ReferenceTable& references, Page& page);

}  // namespace veneer::docs
