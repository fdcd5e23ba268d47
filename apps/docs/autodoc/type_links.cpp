#include "docs/autodoc/type_links.h"

#include <cctype>
#include <optional>

#include "docs/text/escape.h"

namespace veneer::docs {
namespace {

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// "a.b::C" at the start of the text: its length.
std::size_t name_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (starts_name(text[i]) || (i > 0 && std::isdigit(static_cast<unsigned char>(text[i])) != 0)) {
      ++i;
      continue;
    }
    const std::size_t divider = text[i] == '.' ? 1 : text.substr(i, 2) == "::" ? 2 : 0;
    if (i == 0 || divider == 0 || i + divider >= text.size() || !starts_name(text[i + divider])) break;
    i += divider;
  }
  return i;
}

// Text without tags. What stands in quotes within Literal[...] is no name.
void append_linked(std::string_view text, const TypeContext& context, std::string& out) {
  const bool has_literals = text.find("Literal[") != std::string_view::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      const std::size_t end = std::min(text.find(';', i), text.size() - 1);
      if (text.substr(i, end + 1 - i) == "&quot;") quoted = !quoted;
      out += text.substr(i, end + 1 - i);
      i = end + 1;
      continue;
    }
    if (text[i] == '\'') quoted = !quoted;
    if (!starts_name(text[i])) {
      out += text[i++];
      continue;
    }
    const std::size_t length = name_length(text.substr(i));
    const std::string_view name = text.substr(i, length);
    const auto address = has_literals && quoted
                             ? std::nullopt
                             : context.references.type_address(name, context.scope, context.anchor, context.page);
    if (address)
      out.append("<a href=\"").append(escape_html(*address)).append("\">").append(name).append("</a>");
    else
      out += name;
    i += length;
  }
}

enum class Where { everywhere, types };

std::string linked(std::string_view html, const TypeContext& context, Where where) {
  std::string out;
  int links = 0, spans = 0, type_span = 0;
  for (std::size_t i = 0; i < html.size();) {
    if (html[i] != '<') {
      const std::size_t end = std::min(html.find('<', i), html.size());
      const std::string_view text = html.substr(i, end - i);
      if (links == 0 && (where == Where::everywhere || type_span > 0))
        append_linked(text, context, out);
      else
        out += text;
      i = end;
      continue;
    }
    const std::size_t end = std::min(html.find('>', i), html.size() - 1);
    const std::string_view tag = html.substr(i, end + 1 - i);
    if (tag.starts_with("<a ")) ++links;
    if (tag == "</a>") --links;
    if (tag.starts_with("<span")) {
      ++spans;
      const bool is_type = tag == "<span class=\"sig-type\">" || tag == "<span class=\"sig-return\">";
      if (is_type && type_span == 0) type_span = spans;
    }
    if (tag == "</span>" && spans-- == type_span) type_span = 0;
    out += tag;
    i = end + 1;
  }
  return out;
}

}  // namespace

std::string linked_names(std::string_view html, const TypeContext& context) {
  return linked(html, context, Where::everywhere);
}

std::string linked_signature(std::string_view html, const TypeContext& context) {
  return linked(html, context, Where::types);
}

}  // namespace veneer::docs
