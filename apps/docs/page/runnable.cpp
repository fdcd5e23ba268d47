// What a runnable block shows: the reference's rules for "# doc-builder: hide" (section 2.1 of the specification).
#include <algorithm>
#include <array>

#include "docs/page/prepare.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

bool is_comment(std::string_view line, std::string_view what) {
  for (std::size_t hash = line.find('#'); hash != std::string_view::npos; hash = line.find('#', hash + 1))
    if (trim(line.substr(hash + 1)).starts_with(what)) return true;
  return false;
}

bool is_hidden(std::string_view line) {
  return is_comment(line, "doc-builder: hide") ||
         (line.starts_with('#') && trim(line.substr(1)).starts_with("pytest-decorator:"));
}

bool opens_block(std::string_view line) {
  for (const std::string_view word : {"for ", "if ", "while ", "with ", "elif "})
    if (line.starts_with(word)) return true;
  return line.starts_with("else") && trim(line.substr(4)).starts_with(":");
}

std::ptrdiff_t bracket_depth(std::string_view line) {
  return std::count(line.begin(), line.end(), '(') - std::count(line.begin(), line.end(), ')') +
         std::count(line.begin(), line.end(), '[') - std::count(line.begin(), line.end(), ']');
}

bool continues(std::string_view line) {
  return trim(line).ends_with('\\');
}

// "for x in y:" is not left alone when all of its body is hidden: `indent` is that of the line behind the hidden ones.
void drop_empty_openers(std::vector<std::string_view>& shown, std::size_t indent) {
  for (;;) {
    std::size_t last = shown.size();
    while (last > 0 && trim(shown[last - 1]).empty()) --last;
    if (last == 0) return;
    const std::string_view line = shown[last - 1];
    if (line.find_first_not_of(' ') < indent || !trim(line).ends_with(':') || !opens_block(trim(line))) return;
    shown.resize(last - 1);
  }
}

std::string_view without_silencer(std::string_view line) {
  for (const std::string_view comment : {"# doc-builder: ignore-bare-assert", "# ignore-bare-assert"})
    if (const std::size_t at = line.find(comment); at != std::string_view::npos) {
      line = line.substr(0, at);
      while (line.ends_with(' ')) line.remove_suffix(1);
    }
  return line;
}

}  // namespace

std::string shown_code(std::string_view code) {
  std::vector<std::string_view> shown;
  std::ptrdiff_t depth = 0;
  bool skipping = false, skipping_body = false, after_hidden = false;
  std::size_t body_indent = 0;
  for (const std::string_view line : split_lines(code)) {
    const std::string_view stripped = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::size_t indent = line.size() - stripped.size();
    if (skipping_body) {
      if (stripped.empty() || indent > body_indent) continue;
      skipping_body = false;
    }
    if (skipping) {
      depth += bracket_depth(stripped);
      skipping = depth > 0 || continues(stripped);
      continue;
    }
    if (is_hidden(stripped)) {
      depth = bracket_depth(stripped);
      if (depth > 0 || continues(stripped)) {
        skipping = true;
      } else if (opens_block(stripped)) {
        skipping_body = true;
        body_indent = indent;
      }
      after_hidden = true;
      continue;
    }
    if (stripped.empty() && !shown.empty() && trim(shown.back()).empty()) continue;
    if (after_hidden && !stripped.empty()) {
      drop_empty_openers(shown, indent);
      after_hidden = false;
    }
    shown.push_back(without_silencer(line));
  }
  if (after_hidden) drop_empty_openers(shown, 0);
  std::string out;
  for (const std::string_view line : shown) {
    out += line;
    out += '\n';
  }
  return out;
}

}  // namespace veneer::docs
