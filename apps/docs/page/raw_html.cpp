#include "docs/page/raw_html.h"

#include <algorithm>
#include <array>

#include "docs/page/fence.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr auto kElements = std::to_array<std::string_view>(
    {"a",       "abbr",    "address", "article", "aside", "audio",      "b",        "bdi",    "bdo",    "blockquote",
     "br",      "caption", "center",  "cite",    "code",  "col",        "colgroup", "dd",     "del",    "details",
     "dfn",     "div",     "dl",      "dt",      "em",    "figcaption", "figure",   "font",   "footer", "h1",
     "h2",      "h3",      "h4",      "h5",      "h6",    "header",     "hr",       "i",      "iframe", "img",
     "ins",     "kbd",     "label",   "li",      "main",  "mark",       "nav",      "ol",     "p",      "pre",
     "q",       "s",       "samp",    "section", "small", "source",     "span",     "strike", "strong", "sub",
     "summary", "sup",     "table",   "tbody",   "td",    "tfoot",      "th",       "thead",  "time",   "tr",
     "track",   "tt",      "u",       "ul",      "var",   "video",      "wbr"});
constexpr auto kComponents = std::to_array<std::string_view>({"Tip",
                                                              "hfoptions",
                                                              "hfoption",
                                                              "frameworkcontent",
                                                              "pt",
                                                              "tf",
                                                              "jax",
                                                              "flax",
                                                              "Added",
                                                              "Changed",
                                                              "Deprecated",
                                                              "Youtube",
                                                              "PipelineTag",
                                                              "PipelineIcon",
                                                              "Question",
                                                              "CourseFloatingBanner",
                                                              "tokenizerslangcontent",
                                                              "InferenceSnippet",
                                                              "DocNotebookDropdown",
                                                              "CopyLLMTxtMenu",
                                                              "include",
                                                              "literalinclude"});
constexpr auto kDropped = std::to_array<std::string_view>(
    {"script",   "style",    "object", "embed",    "applet", "base",    "meta",   "link",   "title",  "head",
     "html",     "body",     "frame",  "frameset", "form",   "input",   "button", "select", "option", "textarea",
     "noscript", "template", "slot",   "dialog",   "canvas", "marquee", "math",   "svg"});
constexpr auto kAddresses = std::to_array<std::string_view>({"href", "src", "poster", "cite", "longdesc", "srcset"});

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_';
}

void skip_space(std::string_view text, std::size_t& i) {
  while (i < text.size() && is_space(static_cast<unsigned char>(text[i]))) ++i;
}

// The value after '=': quoted, in braces (as components write it), or bare. Nothing if a quote is not closed.
std::optional<std::string> parse_value(std::string_view text, std::size_t& i) {
  skip_space(text, i);
  if (i >= text.size()) return std::nullopt;
  const char first = text[i];
  if (first == '"' || first == '\'' || first == '{') {
    const std::size_t end = text.find(first == '{' ? '}' : first, i + 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(text.substr(i + 1, end - i - 1));
    i = end + 1;
    return value;
  }
  const std::size_t start = i;
  while (i < text.size() && !is_space(static_cast<unsigned char>(text[i])) && text[i] != '>' && text[i] != '<' &&
         text[i] != '"' && text[i] != '\'' && text[i] != '`')
    ++i;
  return std::string(text.substr(start, i - start));
}

// What swallows all that follows until it is closed: anywhere, or only at the start of a line.
struct Swallower {
  std::string_view opening, closing;
  bool anywhere = false;
};
constexpr std::array<Swallower, 7> kSwallowers{{{"<!--", "-->", true},
                                                {"<?", "?>"},
                                                {"<![cdata[", "]]>"},
                                                {"<script", "</script>"},
                                                {"<style", "</style>"},
                                                {"<pre", "</pre>"},
                                                {"<textarea", "</textarea>"}}};

}  // namespace

bool Tag::has(std::string_view wanted) const {
  return std::any_of(attributes.begin(), attributes.end(), [wanted](const auto& pair) { return pair.first == wanted; });
}

std::string_view Tag::attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes)
    if (key == wanted) return value;
  return {};
}

std::optional<Tag> parse_tag(std::string_view text) {
  if (text.size() < 3 || text[0] != '<') return std::nullopt;
  Tag tag;
  std::size_t i = 1;
  if (text[i] == '/') {
    tag.closing = true;
    ++i;
  }
  const std::size_t name_start = i;
  if (i >= text.size() || !is_letter(static_cast<unsigned char>(text[i]))) return std::nullopt;
  while (i < text.size() && name_character(text[i]) && text[i] != ':') ++i;
  tag.name = text.substr(name_start, i - name_start);
  for (;;) {
    const std::size_t before = i;
    skip_space(text, i);
    if (i >= text.size()) return std::nullopt;
    if (text[i] == '>') break;
    if (text[i] == '/' && i + 1 < text.size() && text[i + 1] == '>') {
      tag.self_closing = true;
      ++i;
      break;
    }
    if (i == before || tag.closing || !name_character(text[i])) return std::nullopt;
    const std::size_t start = i;
    while (i < text.size() && name_character(text[i])) ++i;
    std::string name = lower_case(text.substr(start, i - start));
    std::string value;
    std::size_t after = i;
    skip_space(text, after);
    if (after < text.size() && text[after] == '=') {
      i = after + 1;
      std::optional<std::string> parsed = parse_value(text, i);
      if (!parsed) return std::nullopt;
      value = unescape_html(*parsed);
    }
    tag.attributes.emplace_back(std::move(name), std::move(value));
  }
  tag.length = i + 1;
  return tag;
}

TagKind classify(std::string_view name) {
  if (std::find(kComponents.begin(), kComponents.end(), name) != kComponents.end()) return TagKind::component;
  const std::string lower = lower_case(name);
  if (std::find(kElements.begin(), kElements.end(), lower) != kElements.end()) return TagKind::html;
  if (std::find(kDropped.begin(), kDropped.end(), lower) != kDropped.end()) return TagKind::dropped;
  return TagKind::text;
}

std::string_view element_name(std::string_view name) {
  const std::string lower = lower_case(name);
  const auto* found = std::find(kElements.begin(), kElements.end(), lower);
  return found != kElements.end() ? *found : std::string_view();
}

bool address_allowed(std::string_view address) {
  std::string scheme;
  for (const char c : address) {
    if (c == ':') {
      for (const std::string_view known : {"http", "https", "mailto", "tel", "ftp"})
        if (scheme == known) return true;
      return scheme == "data" && lower_case(address).starts_with("data:image/") &&
             !lower_case(address).starts_with("data:image/svg");
    }
    if (c == '/' || c == '?' || c == '#') return true;
    // Browsers skip control characters and white space here: so do we, and judge the rest.
    if (static_cast<unsigned char>(c) > ' ') scheme += static_cast<char>(lower_case(static_cast<unsigned char>(c)));
  }
  return true;
}

bool attribute_allowed(std::string_view name, std::string_view value) {
  if (name.starts_with("on") || name == "srcdoc" || name == "action" || name == "formaction" || name == "ping" ||
      name.find(':') != std::string_view::npos)
    return false;
  if (std::find(kAddresses.begin(), kAddresses.end(), name) != kAddresses.end()) return address_allowed(value);
  if (name == "style") {
    const std::string lower = lower_case(value);
    for (const std::string_view bad : {"javascript", "expression", "url(", "behavior", "@import", "\\", "position"})
      if (lower.find(bad) != std::string::npos) return false;
  }
  return true;
}

std::optional<UnclosedHtml> unclosed_html(const std::vector<std::string_view>& lines, std::size_t at) {
  constexpr std::size_t kNowhere = std::string_view::npos;
  const std::string text = lower_case(lines[at]);
  if (text.size() != lines[at].size() || text.find('<') == kNowhere) return std::nullopt;
  const std::size_t indent = text.find_first_not_of(' ');
  for (const Swallower& one : kSwallowers) {
    const std::string_view start = std::string_view(text).substr(std::min(indent, text.size()));
    std::size_t begin = indent < 4 && start.starts_with(one.opening) ? indent : kNowhere;
    if (one.anywhere) begin = find_outside_code(text, one.opening);
    while (begin != kNowhere) {
      const std::string_view after = std::string_view(text).substr(begin + one.opening.size());
      const bool is_longer_name = is_letter(static_cast<unsigned char>(one.opening.back())) && !after.empty() &&
                                  is_letter(static_cast<unsigned char>(after[0]));
      if (is_longer_name) break;
      const std::size_t end = after.find(one.closing);
      if (end == kNowhere) {
        const bool closed =
            std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(at) + 1, lines.end(),
                        [&](std::string_view line) { return lower_case(line).find(one.closing) != kNowhere; });
        if (closed) break;
        return UnclosedHtml{begin, one.opening, one.closing};
      }
      begin = one.anywhere ? text.find(one.opening, begin + one.opening.size() + end) : kNowhere;
    }
  }
  return std::nullopt;
}

}  // namespace veneer::docs
