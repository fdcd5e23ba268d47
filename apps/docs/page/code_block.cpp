#include "docs/page/code_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "docs/highlight/highlight.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  text = trim(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 ? std::optional(value) : std::nullopt;
}

// "2,4-6"
void read_lines(std::string_view text, FenceInfo& info) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (first && last && *first <= *last)
      info.lines.emplace_back(*first, *last);
    else
      info.problem = fmt::format("expected lines such as {{2,4-6}}, got `{}`", part);
    begin = end + 1;
  }
}

std::string read_title(std::string_view rest) {
  if (rest.empty()) return {};
  if (rest[0] == '"' || rest[0] == '\'') return std::string(rest.substr(1, rest.find(rest[0], 1) - 1));
  return std::string(rest.substr(0, rest.find_first_of(" \t{")));
}

// Highlighted code whose marked lines are elements of their own: tokens that go over a line's end are cut there.
std::string with_marked_lines(std::string_view html, const std::vector<std::pair<int, int>>& lines) {
  if (lines.empty()) return std::string(html);
  const auto is_marked = [&](int line) {
    return std::ranges::any_of(lines, [line](const auto& run) { return run.first <= line && line <= run.second; });
  };
  std::string out;
  std::vector<std::string_view> open;
  int line = 1;
  for (std::size_t begin = 0; begin < html.size(); ++line) {
    const std::size_t end = std::min(html.find('\n', begin), html.size() - 1) + 1;
    const bool marked = is_marked(line);
    if (marked) out += "<mark class=\"line\">";
    for (const std::string_view tag : open) out += tag;
    for (std::size_t at = begin; at < end;) {
      const std::size_t tag = std::min(html.find('<', at), end);
      out += html.substr(at, tag - at);
      if (tag == end) break;
      const std::size_t close = html.find('>', tag) + 1;
      const std::string_view text = html.substr(tag, close - tag);
      if (text.starts_with("</"))
        open.pop_back();
      else
        open.push_back(text);
      out += text;
      at = close;
    }
    // A line that ends within its tag's text has been closed above.
    for (std::size_t i = 0; i < open.size(); ++i) out += "</span>";
    if (marked) out += "</mark>";
    begin = end;
  }
  return out;
}

std::string one_block(std::string_view code, const FenceInfo& info) {
  std::string html = "<div class=\"code\"";
  if (!info.language.empty()) html += fmt::format(" data-language=\"{}\"", escape_html(info.language));
  html += ">";
  if (!info.title.empty()) html += fmt::format("<p class=\"code-title\">{}</p>", escape_html(info.title));
  html += "<pre tabindex=\"0\"><code";
  if (!info.language.empty()) html += fmt::format(" class=\"language-{}\"", escape_html(info.language));
  html += '>';
  html += with_marked_lines(highlight(code, info.language), info.lines);
  html += "</code></pre></div>";
  return html;
}

// What stands above and below the line "===PT-TF-SPLIT===", which may be a comment or a session's line.
std::optional<std::pair<std::string_view, std::string_view>> framework_versions(std::string_view code) {
  constexpr std::string_view kSplit = "===PT-TF-SPLIT===";
  const std::size_t split = code.find(kSplit);
  if (split == std::string_view::npos) return std::nullopt;
  const std::size_t begin = code.rfind('\n', split) + 1;
  const std::size_t end = std::min(code.find('\n', split), code.size() - 1) + 1;
  if (code.substr(begin, split - begin).find_first_not_of("># ") != std::string_view::npos ||
      !trim(code.substr(split + kSplit.size(), end - split - kSplit.size())).empty())
    return std::nullopt;
  return std::pair(code.substr(0, begin), code.substr(end));
}

}  // namespace

FenceInfo parse_fence_info(std::string_view text) {
  text = trim(text);
  FenceInfo info;
  info.language = lower_case(text.substr(0, text.find_first_of(" \t{:")));
  if (const std::size_t title = text.find("title="); title != std::string_view::npos)
    info.title = read_title(text.substr(title + 6));
  // "{python}" and "{.py}" are languages of other tools.
  const std::size_t open = text.rfind('{'), close = text.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return info;
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  if (!inside.empty() && is_digit(static_cast<unsigned char>(trim(inside)[0]))) read_lines(inside, info);
  return info;
}

std::string code_block_html(std::string_view code, const FenceInfo& info) {
  const auto lines = std::count(code.begin(), code.end(), '\n');
  const auto versions = framework_versions(code);
  if (!versions || lines == 0) return one_block(code, info);
  return fmt::format(
      "<doc-tabs data-group=\"framework\"><doc-tab data-name=\"PyTorch\"><p class=\"tab-title\">PyTorch</p>"
      "{}</doc-tab><doc-tab data-name=\"TensorFlow\"><p class=\"tab-title\">TensorFlow</p>{}"
      "</doc-tab></doc-tabs>",
      one_block(versions->first, info), one_block(versions->second, info));
}

}  // namespace veneer::docs
