#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "docs/page/fence.h"
#include "docs/page/page_text.h"
#include "docs/page/raw_html.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// A line without component tags; nothing if tags were all there was.
std::optional<std::string> without_components(std::string_view line) {
  std::string out;
  bool removed = false;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '`') {
      const std::size_t end = end_of_code_span(line, i);
      out += line.substr(i, end - i);
      i = end;
      continue;
    }
    const std::optional<Tag> tag = line[i] == '<' ? parse_tag(line.substr(i)) : std::nullopt;
    if (tag && classify(tag->name) == TagKind::component) {
      removed = true;
      if (!tag->closing && tag->name == "hfoption") out += fmt::format("**{}**", tag->attribute("id"));
      i += tag->length;
    } else {
      out += line[i++];
    }
  }
  return removed && trim(out).empty() ? std::nullopt : std::optional(out);
}

// Puts the inserts of a line back as they were written; a block's own line becomes what it stands for.
std::string with_inserts(std::string_view line, const PreparedText& prepared,
                         const std::vector<std::string>& directives) {
  if (const auto mark = lone_mark(line); mark && *mark < prepared.inserts.size()) {
    const Insert& insert = prepared.inserts[*mark];
    if (insert.kind == Insert::Kind::directive) return directives[insert.directive];
    if (insert.kind == Insert::Kind::colab || insert.kind == Insert::Kind::moved) return {};
  }
  std::string out(line);
  for (std::size_t at = out.find(kMarkBegin); at != std::string::npos; at = out.find(kMarkBegin, at)) {
    const std::size_t end = out.find(kMarkEnd, at);
    if (end == std::string::npos) break;
    const std::size_t length = end + kMarkEnd.size() - at;
    const auto mark = lone_mark(std::string_view(out).substr(at, length));
    const std::string source = mark && *mark < prepared.inserts.size() ? prepared.inserts[*mark].source : "";
    out.replace(at, length, source);
    at += source.size();
  }
  return out;
}

}  // namespace

std::string export_markdown(const PreparedText& prepared, const std::vector<std::string>& directives) {
  std::string out;
  FenceState fence;
  const std::vector<std::string_view> lines = split_lines(prepared.text);
  // A page without a heading begins where it begins.
  bool started = std::ranges::none_of(lines, [](std::string_view line) { return trim(line).starts_with('#'); });
  if (!prepared.title.empty() && started) out.append("# ").append(prepared.title).append("\n\n");
  bool in_comment = false, runnable = false;
  std::string runnable_code;
  int blank = started ? 1 : 0;
  for (std::string_view line : lines) {
    const bool was_open = fence.open();
    if (fence.step(line) || was_open) {
      blank = 0;
      if (!was_open) {
        runnable = opens_runnable_fence(line);
        if (runnable) line = line.substr(0, line.find(" runnable:"));
      } else if (runnable && fence.open()) {
        runnable_code.append(line).append("\n");
        continue;
      }
      if (!started) continue;
      out += shown_code(std::exchange(runnable_code, {}));
      out += with_inserts(line, prepared, directives);
      out += '\n';
      continue;
    }
    std::string kept;
    while (!line.empty()) {
      const std::size_t edge = in_comment ? line.find("-->") : find_outside_code(line, "<!--");
      if (!in_comment) kept += line.substr(0, edge);
      if (edge == std::string_view::npos) break;
      line.remove_prefix(edge + (in_comment ? 3 : 4));
      in_comment = !in_comment;
    }
    if (!started && !trim(kept).starts_with('#')) continue;
    started = true;
    if (kept.find('<') != std::string::npos) kept = without_components(kept).value_or("");
    if (kept.find(kMarkBegin) != std::string::npos) kept = with_inserts(kept, prepared, directives);
    const bool empty = trim(kept).empty();
    if (empty && ++blank > 1) continue;
    if (!empty) blank = 0;
    out += empty ? "" : kept;
    out += '\n';
  }
  if (started) out += shown_code(runnable_code);
  if (!prepared.footnotes.empty() && out.ends_with("\n\n")) out.pop_back();
  for (const Footnote& note : prepared.footnotes) {
    out.append("\n[^").append(note.name).append("]: ");
    for (const char c : note.text) out.append(1, c).append(c == '\n' ? "    " : "");
    out += '\n';
  }
  return out;
}

}  // namespace veneer::docs
