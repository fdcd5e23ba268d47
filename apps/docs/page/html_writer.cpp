#include "docs/page/html_writer.h"

#include <algorithm>
#include <array>

#include "docs/text/escape.h"

namespace veneer::docs {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view tag) {
  return std::find(names.begin(), names.end(), tag) != names.end();
}

constexpr std::array<std::string_view, 8> kVoid{"br", "img", "hr", "input", "source", "wbr", "track", "col"};
// What may stand in a paragraph. Everything else that is opened ends it.
constexpr auto kInline = std::to_array<std::string_view>(
    {"a",     "abbr",   "b",     "bdi",   "bdo", "br",    "cite", "code",   "col",    "del",  "dfn",    "em",  "font",
     "i",     "img",    "input", "ins",   "kbd", "label", "mark", "q",      "s",      "samp", "source", "sub", "sup",
     "small", "strong", "time",  "track", "tt",  "u",     "var",  "strike", "button", "span", "wbr"});
constexpr std::array<std::string_view, 4> kEmbedded{"math", "video", "iframe", "audio"};

bool ends_paragraph(std::string_view tag) {
  return !is_one_of(kInline, tag) && !is_one_of(kEmbedded, tag);
}

// Which open elements a new one closes, and where the search for them stops.
struct Implied {
  std::string_view tag;
  std::array<std::string_view, 3> closes;
  std::array<std::string_view, 2> scope;
};
constexpr std::array<Implied, 8> kImplied{{{"li", {"li", "", ""}, {"ul", "ol"}},
                                           {"dt", {"dt", "dd", ""}, {"dl", ""}},
                                           {"dd", {"dt", "dd", ""}, {"dl", ""}},
                                           {"td", {"td", "th", ""}, {"tr", "table"}},
                                           {"th", {"td", "th", ""}, {"tr", "table"}},
                                           {"tr", {"tr", "td", "th"}, {"tbody", "table"}},
                                           {"tbody", {"tbody", "thead", "tr"}, {"table", ""}},
                                           {"tfoot", {"tbody", "thead", "tr"}, {"table", ""}}}};

}  // namespace

bool is_void_element(std::string_view tag) {
  return is_one_of(kVoid, tag);
}

void HtmlWriter::pop() {
  if (open_.back().owner != Owner::silent) {
    html_ += "</";
    html_ += open_.back().tag;
    html_ += '>';
  }
  open_.pop_back();
}

bool HtmlWriter::inside(std::string_view tag) const {
  return std::any_of(open_.begin(), open_.end(),
                     [tag](const Element& e) { return e.owner != Owner::silent && e.tag == tag; });
}

// Ends an element and all that is open in it. What is ours stays on the stack, silent.
void HtmlWriter::end(std::size_t index) {
  std::vector<Element> ours;
  while (open_.size() > index) {
    if (open_.back().owner != Owner::raw) ours.push_back({open_.back().tag, Owner::silent});
    pop();
  }
  open_.insert(open_.end(), ours.rbegin(), ours.rend());
}

// A paragraph cannot hold blocks: the browser would end it there, so we do.
void HtmlWriter::end_paragraph() {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].owner == Owner::silent || !ends_paragraph(open_[i].tag)) continue;
    if (open_[i].tag == "p") end(i);
    return;
  }
}

// Nor can a link hold links.
void HtmlWriter::end_link() {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].owner == Owner::silent || open_[i].tag != "a") continue;
    end(i);
    return;
  }
}

void HtmlWriter::end_implied(std::string_view tag) {
  const auto* rule =
      std::find_if(kImplied.begin(), kImplied.end(), [tag](const Implied& implied) { return implied.tag == tag; });
  if (rule == kImplied.end()) return;
  std::size_t keep = open_.size();
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].owner != Owner::raw || is_one_of(rule->scope, open_[i].tag)) break;
    if (is_one_of(rule->closes, open_[i].tag)) keep = i;
  }
  while (open_.size() > keep) pop();
}

void HtmlWriter::open(std::string_view tag, std::string_view attributes) {
  if (ends_paragraph(tag)) end_paragraph();
  if (tag == "a" && inside("a")) {
    open_.push_back({tag, Owner::silent});
    return;
  }
  html_ += '<';
  html_ += tag;
  if (!attributes.empty()) {
    html_ += ' ';
    html_ += attributes;
  }
  html_ += '>';
  open_.push_back({tag, Owner::ours});
}

void HtmlWriter::end_raw() {
  while (!open_.empty() && open_.back().owner == Owner::raw) pop();
}

void HtmlWriter::close() {
  end_raw();
  if (!open_.empty()) pop();
}

void HtmlWriter::open_raw(std::string_view tag, std::string_view attributes) {
  if (ends_paragraph(tag)) end_paragraph();
  end_implied(tag);
  if (tag == "a" && inside("a")) return;
  if (tag == "tr" && !open_.empty() && open_.back().tag == "table") open_raw("tbody", {});
  html_ += '<';
  html_ += tag;
  html_ += attributes;
  html_ += '>';
  if (!is_void_element(tag)) open_.push_back({tag, Owner::raw});
}

void HtmlWriter::close_raw(std::string_view tag) {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].owner != Owner::raw) return;
    if (open_[i].tag != tag) continue;
    while (open_.size() > i) pop();
    return;
  }
}

void HtmlWriter::text(std::string_view text) {
  append_escaped(html_, text);
}
void HtmlWriter::markup(std::string_view html) {
  html_ += html;
}
void HtmlWriter::block(std::string_view html) {
  end_paragraph();
  if (html.find("<a ") != std::string_view::npos) end_link();
  html_ += html;
}

std::string HtmlWriter::finish() {
  while (!open_.empty()) pop();
  return std::move(html_);
}

}  // namespace veneer::docs
