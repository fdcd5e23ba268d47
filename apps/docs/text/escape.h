// Text inside HTML. Stateless.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

/// & < > " as entities, for text and attribute values.
void append_escaped(std::string& out, std::string_view text);
std::string escape_html(std::string_view text);

/// The same for the name of a thing, with <wbr> where a long one may break: behind dots, colons and underscores, before
/// the capitals inside a word.
std::string breakable_html(std::string_view name);

/// The same as escape_html for text that may hold entities already ("&amp;", "&#8212;"): those stay. What is no entity
/// is escaped.
void append_escaped_keeping_entities(std::string& out, std::string_view text);

/// Numeric entities and the commonest named ones back to text; others stay as written.
std::string unescape_html(std::string_view html);

/// A path as it stands in an address: what an address may not hold, or would mean something else in it, as "%20" and
/// the like.
std::string percent_encoded(std::string_view path);

/// "%20" and the like as the bytes that they stand for; those that are no UTF-8 as U+FFFD.
std::string percent_decoded(std::string_view address);

/// A JavaScript string literal that may stand inside <script>: quotes, control characters and "</" are escaped.
std::string js_string(std::string_view text);

}  // namespace veneer::docs
