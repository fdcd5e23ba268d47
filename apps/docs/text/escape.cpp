#include "docs/text/escape.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

std::string_view entity_for(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Length of the entity at the start of `text` ("&name;" or "&#123;" or "&#x1f;"), 0 if there is none.
std::size_t entity_length(std::string_view text) {
  std::size_t i = 1;
  if (i < text.size() && text[i] == '#') ++i;
  const std::size_t start = i;
  while (i < text.size() && i - start < 32 && is_alnum(text[i])) ++i;
  return i > start && i < text.size() && text[i] == ';' ? i + 1 : 0;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view entity = entity_for(text[i]);
    if (entity.empty()) continue;
    out.append(text, start, i - start);
    out += entity;
    start = i + 1;
  }
  out.append(text, start, text.size() - start);
}

std::string escape_html(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

std::string breakable_html(std::string_view name) {
  std::string html;
  for (std::size_t i = 0; i < name.size(); ++i) {
    append_escaped(html, name.substr(i, 1));
    if (i + 1 == name.size()) break;
    const char c = name[i], next = name[i + 1];
    if (c == '.' || c == '_' || (c == ':' && next != ':') || (c >= 'a' && c <= 'z' && next >= 'A' && next <= 'Z'))
      html += "<wbr>";
  }
  return html;
}

void append_escaped_keeping_entities(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      if (const std::size_t length = entity_length(text.substr(i)); length > 0) {
        out.append(text, i, length);
        i += length - 1;
        continue;
      }
    }
    const std::string_view entity = entity_for(text[i]);
    if (entity.empty())
      out += text[i];
    else
      out += entity;
  }
}

std::string unescape_html(std::string_view html) {
  static constexpr auto kNamed = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"amp", "&"},        {"lt", "<"},          {"gt", ">"},          {"quot", "\""},      {"apos", "'"},
       {"nbsp", "\u00a0"},  {"copy", "\u00a9"},   {"reg", "\u00ae"},    {"trade", "\u2122"}, {"deg", "\u00b0"},
       {"times", "\u00d7"}, {"middot", "\u00b7"}, {"hellip", "\u2026"}, {"ndash", "\u2013"}, {"mdash", "\u2014"},
       {"lsquo", "\u2018"}, {"rsquo", "\u2019"},  {"ldquo", "\u201c"},  {"rdquo", "\u201d"}, {"laquo", "\u00ab"},
       {"raquo", "\u00bb"}, {"larr", "\u2190"},   {"rarr", "\u2192"},   {"harr", "\u2194"},  {"le", "\u2264"},
       {"ge", "\u2265"},    {"ne", "\u2260"},     {"lbrace", "{"},      {"rbrace", "}"},     {"lcub", "{"},
       {"rcub", "}"}});
  std::string out;
  for (std::size_t i = 0; i < html.size(); ++i) {
    const std::size_t length = html[i] == '&' ? entity_length(html.substr(i)) : 0;
    if (length == 0) {
      out += html[i];
      continue;
    }
    std::string_view name = html.substr(i + 1, length - 2);
    bool known = false;
    if (name.starts_with('#')) {
      const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      std::uint32_t code = 0;
      const char* first = name.data() + (hex ? 2 : 1);
      const char* last = name.data() + name.size();
      const auto [end, error] = std::from_chars(first, last, code, hex ? 16 : 10);
      known = error == std::errc() && end == last && code > 0 && code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
      if (known) append_utf8(out, static_cast<char32_t>(code));
    } else {
      for (const auto& [word, text] : kNamed)
        if (word == name) {
          out += text;
          known = true;
        }
    }
    if (!known) out.append(html, i, length);
    i += length - 1;
  }
  return out;
}

std::string percent_encoded(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F || std::string_view("\"#%:<>?[\\]^`{|}").find(c) != std::string_view::npos)
      out += fmt::format("%{:02X}", byte);
    else
      out += c;
  }
  return out;
}

std::string percent_decoded(std::string_view address) {
  std::string out;
  for (std::size_t i = 0; i < address.size(); ++i) {
    unsigned byte = 0;
    const char* digits = address.data() + i + 1;
    if (address[i] == '%' && address.size() - i > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += address[i];
    }
  }
  return valid_utf8(out);
}

std::string js_string(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + text.size() / 16 + 2);
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != '<') continue;
    out.append(text, start, i - start);
    start = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '<':
        out += "\\x3c";
        break;
      default:
        out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    }
  }
  out.append(text, start);
  return out += '"';
}

}  // namespace veneer::docs
