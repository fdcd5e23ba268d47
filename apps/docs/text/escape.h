// Text inside HTML. Stateless.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

/// & < > " as entities, for text and attribute values.
void append_escaped(std::string& out, std::string_view text);
std::string escape_html(std::string_view text);

/// The same for text that may hold entities already ("&amp;", "&#8212;"): those stay. What is no entity is escaped.
void append_escaped_keeping_entities(std::string& out, std::string_view text);

/// Entities & < > " ' and numeric ones back to text; others stay as written.
std::string unescape_html(std::string_view html);

/// A JavaScript string literal that may stand inside <script>: quotes, control characters and "</" are escaped.
std::string js_string(std::string_view text);

}  // namespace veneer::docs
