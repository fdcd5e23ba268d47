// Tags that page authors write themselves: parsed, and reduced to what may stand in a page. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veneer::docs {

struct Tag {
  std::string name;  ///< as written ("Tip", "div")
  bool closing = false;
  bool self_closing = false;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< name in lower case, value without quotes or braces
  std::size_t length = 0;                                       ///< of the tag in the text

  [[nodiscard]] bool has(std::string_view wanted) const;
  [[nodiscard]] std::string_view attribute(std::string_view wanted) const;  ///< empty if there is none
};

/// The tag at the start of `text` ('<'), or nothing if that is none.
std::optional<Tag> parse_tag(std::string_view text);

enum class TagKind {
  html,       ///< an element that may stand in a page
  component,  ///< <Tip>, <hfoption>...: ours to render
  dropped,    ///< an HTML element that may not (<script>, <object>, <form>...): left out
  text,       ///< no element at all: shown as it is written
};
TagKind classify(std::string_view name);

/// The static spelling of an HTML element's name, whatever its case ("DIV" -> "div").
std::string_view element_name(std::string_view name);

/// Whether an attribute of a raw tag may stand in a page: no event handlers, no srcdoc, no script addresses.
bool attribute_allowed(std::string_view name, std::string_view value);

/// Whether an address may stand in href or src: relative ones, and http(s), mailto, tel, ftp and (images) data.
bool address_allowed(std::string_view address);

/// What would swallow all that follows, because it is never closed: a comment, a <script>...
struct UnclosedHtml {
  std::size_t begin = 0;  ///< in the line
  std::string_view opening, closing;
};
std::optional<UnclosedHtml> unclosed_html(const std::vector<std::string_view>& lines, std::size_t at);

}  // namespace veneer::docs
