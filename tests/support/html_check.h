// A strict reader of HTML fragments: what it accepts is well-formed, has no paragraph that a browser would end early,
// and nothing in it runs.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "docs/text/escape.h"

namespace veneer::docs {

class HtmlCheck {
 public:
  explicit HtmlCheck(std::string_view html) : html_(html) {}

  /// What is wrong first, with its surroundings; empty if nothing is.
  std::string problem() {
    while (problem_.empty() && at_ < html_.size()) {
      if (html_[at_] == '<')
        tag();
      else if (html_[at_] == '&')
        entity();
      else
        refuse(html_[at_] == '>', "a bare >"), ++at_;
    }
    if (problem_.empty() && !open_.empty()) problem_ = "<" + std::string(open_.back()) + "> is never closed";
    return problem_;
  }

 private:
  void refuse(bool wrong, const std::string& what) {
    if (!wrong || !problem_.empty()) return;
    const std::size_t begin = at_ > 60 ? at_ - 60 : 0;
    problem_ = what + " at ..." + std::string(html_.substr(begin, 160));
  }

  std::string_view name(std::string_view more) {
    const std::size_t begin = at_;
    while (at_ < html_.size() &&
           ((html_[at_] >= 'a' && html_[at_] <= 'z') || (html_[at_] >= '0' && html_[at_] <= '9') ||
            more.find(html_[at_]) != std::string_view::npos))
      ++at_;
    return html_.substr(begin, at_ - begin);
  }
  bool take(char c) {
    if (at_ >= html_.size() || html_[at_] != c) return false;
    ++at_;
    return true;
  }

  // What ends an open paragraph.
  static bool is_block(std::string_view element) {
    static const std::set<std::string_view> kBlocks{
        "address", "article", "aside",      "blockquote", "center",  "dd",    "details", "div",
        "dl",      "dt",      "figcaption", "figure",     "footer",  "h1",    "h2",      "h3",
        "h4",      "h5",      "h6",         "hr",         "header",  "li",    "main",    "nav",
        "ol",      "p",       "pre",        "section",    "summary", "table", "ul"};
    return kBlocks.contains(element);
  }

  void entity() {
    const std::size_t end = html_.find(';', at_);
    refuse(end == std::string_view::npos || end - at_ > 34 || end - at_ < 2, "a bare &");
    ++at_;
  }

  void tag() {
    ++at_;
    const bool closing = take('/');
    const std::string_view element = name("-");
    refuse(element.empty(), "a bare <");
    if (closing) {
      refuse(open_.empty() || open_.back() != element, "</" + std::string(element) + "> closes nothing");
      if (!open_.empty()) open_.pop_back();
      refuse(!take('>'), "a closing tag with more than its name");
      return;
    }
    for (const std::string_view bad : {"script", "style", "object", "embed", "applet", "base", "meta", "link", "form",
                                       "frame", "frameset", "html", "head", "body", "svg", "template", "noscript"})
      refuse(element == bad, "<" + std::string(bad) + ">");
    refuse(element == "a" && std::find(open_.begin(), open_.end(), element) != open_.end(), "<a> in <a>");
    refuse(std::find(open_.begin(), open_.end(), "p") != open_.end() && is_block(element),
           "<" + std::string(element) + "> in <p>");
    attributes();
    refuse(!take('>'), "a tag that does not end");
    for (const std::string_view empty : {"br", "img", "hr", "input", "source", "wbr", "track", "col"})
      if (element == empty) return;
    open_.push_back(element);
  }

  void attributes() {
    std::set<std::string_view> seen;
    while (problem_.empty() && take(' ')) {
      const std::string_view key = name("-_");
      refuse(key.empty(), "an attribute without a name");
      refuse(!seen.insert(key).second, "the attribute " + std::string(key) + " twice");
      refuse(key.starts_with("on") || key == "srcdoc" || key == "action" || key == "formaction", std::string(key));
      if (!take('=')) continue;
      refuse(!take('"'), "a value without quotes");
      const std::size_t end = std::min(html_.find_first_of("\"<>", at_), html_.size());
      refuse(end == html_.size() || html_[end] != '"', "a value that does not end");
      value(key, unescape_html(html_.substr(at_, end - at_)));
      at_ = std::min(end + 1, html_.size());
    }
  }

  void value(std::string_view key, const std::string& text) {
    if (key == "id") {
      refuse(text.empty() || text.find_first_of(" \t\n\"") != std::string::npos, "the id " + text);
      refuse(!ids_.insert(text).second, "the id " + text + " twice");
    }
    if (key != "href" && key != "src" && key != "poster" && key != "srcset" && key != "cite") return;
    std::string start;  // without what browsers skip
    for (const char c : text)
      if (static_cast<unsigned char>(c) > ' ') start += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    for (const std::string_view scheme :
         {"javascript:", "vbscript:", "data:text", "data:application", "data:image/svg"})
      refuse(start.starts_with(scheme), "the address " + text);
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::vector<std::string_view> open_;
  std::set<std::string> ids_;
  std::string problem_;
};

}  // namespace veneer::docs
