// Directives of reStructuredText in docstrings.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "docs/symbols/docstring_entry.h"
#include "docs/symbols/rst.h"

namespace veneer::docs {
namespace {

// ".. name:: argument", its options ":alt: ..." and the block below it.
struct DirectiveBlock {
  std::string name, argument;
  std::map<std::string, std::string> options;
  std::vector<DocLine> content;  // without the block's own indentation
  std::size_t lines = 1;
};

std::optional<DirectiveBlock> directive_block(const std::vector<DocLine>& lines, std::size_t at) {
  const std::string_view text = lines[at].trimmed();
  if (text != ".." && !text.starts_with(".. ")) return std::nullopt;
  DirectiveBlock block;
  const std::string_view rest = trimmed(text.substr(2));
  if (rest.starts_with('[')) return std::nullopt;  // a citation: the References section's own
  const std::size_t colons = rest.find("::");
  const bool is_directive =
      colons != std::string_view::npos && rest.substr(0, colons).find(' ') == std::string_view::npos;
  block.name = is_directive ? rest.substr(0, colons) : "comment";
  if (is_directive) block.argument = trimmed(rest.substr(colons + 2));
  const std::size_t indent = lines[at].indent();
  std::size_t end = at + 1, inner = 0;
  for (std::size_t next = end; next < lines.size(); ++next) {
    if (lines[next].is_blank()) continue;
    if (lines[next].indent() <= indent) break;
    if (inner == 0) inner = lines[next].indent();
    inner = std::min(inner, lines[next].indent());
    end = next + 1;
  }
  block.lines = end - at;
  bool in_options = true;
  for (std::size_t next = at + 1; next < end; ++next) {
    const std::string_view line = lines[next].trimmed();
    const std::size_t colon = line.starts_with(':') ? line.find(':', 1) : std::string_view::npos;
    in_options = in_options && colon != std::string_view::npos;
    if (in_options)
      block.options.emplace(line.substr(1, colon - 1), trimmed(line.substr(colon + 1)));
    else if (!block.content.empty() || !line.empty())
      block.content.push_back({line.empty() ? "" : lines[next].text.substr(inner), lines[next].number});
  }
  return block;
}

struct AlertName {
  std::string_view directive, alert;
};
constexpr std::array<AlertName, 11> kAlerts{{{"note", "NOTE"},
                                             {"seealso", "NOTE"},
                                             {"todo", "NOTE"},
                                             {"admonition", "NOTE"},
                                             {"tip", "TIP"},
                                             {"hint", "TIP"},
                                             {"important", "IMPORTANT"},
                                             {"warning", "WARNING"},
                                             {"attention", "WARNING"},
                                             {"caution", "CAUTION"},
                                             {"danger", "CAUTION"}}};
constexpr std::array<std::string_view, 5> kFences{"code-block", "code", "sourcecode", "parsed-literal", "doctest"};
constexpr std::array<AlertName, 3> kVersions{
    {{"deprecated", "Deprecated"}, {"versionadded", "Added"}, {"versionchanged", "Changed"}}};

class BlockWriter {
 public:
  BlockWriter(const DirectiveBlock& block, const DocLine& first, std::vector<DocLine>& out)
      : block_(block), margin_(first.indent(), ' '), number_(first.number), out_(out) {}

  // False: the directive is unknown.
  bool write() {
    const auto is_named = [this](const AlertName& one) { return one.directive == block_.name; };
    if (const auto* alert = std::ranges::find_if(kAlerts, is_named); alert != kAlerts.end()) {
      line("> [!" + std::string(alert->alert) + "]");
      if (!block_.argument.empty()) line("> " + block_.argument);
      content("> ");
    } else if (const auto* version = std::ranges::find_if(kVersions, is_named); version != kVersions.end()) {
      const std::size_t space = std::min(block_.argument.find(' '), block_.argument.size());
      const std::string name(version->alert);
      line("<" + name + " version=\"" + block_.argument.substr(0, space) + "\">");
      line("");
      if (space < block_.argument.size()) line(block_.argument.substr(space + 1));
      content("");
      line("");
      line("</" + name + ">");
    } else if (std::ranges::find(kFences, block_.name) != kFences.end()) {
      line("```" + (block_.name == "doctest" || block_.argument.empty() ? "python" : block_.argument));
      content("");
      line("```");
    } else if (block_.name == "math") {
      line("$$");
      if (!block_.argument.empty()) line(block_.argument);
      content("");
      line("$$");
    } else if (block_.name == "image" || block_.name == "figure") {
      const auto alt = block_.options.find("alt");
      line("![" + (alt == block_.options.end() ? "" : alt->second) + "](" + block_.argument + ")");
      line("");
      content("");
    } else if (block_.name == "rubric") {
      line("**" + block_.argument + "**");
      line("");
      content("");
    } else if (block_.name == "raw") {
      content("");
    } else {
      return block_.name == "comment" || block_.name == "currentmodule" || block_.name == "_";
    }
    line("");
    return true;
  }

 private:
  void line(const std::string& text) { out_.push_back({text.empty() ? "" : margin_ + text, number_}); }
  void content(const std::string& mark) {
    for (const DocLine& each : block_.content) {
      number_ = each.number;
      line(mark + each.text);
    }
  }

  const DirectiveBlock& block_;
  std::string margin_;
  int number_;
  std::vector<DocLine>& out_;
};

}  // namespace

std::vector<DocLine> with_directives(std::vector<DocLine> lines, const std::string& file, Findings& findings) {
  std::vector<DocLine> out;
  FenceTracker fence;
  for (std::size_t at = 0; at < lines.size();) {
    const auto block = fence.inside(lines[at]) ? std::nullopt : directive_block(lines, at);
    if (!block) {
      out.push_back(lines[at++]);
      continue;
    }
    if (!out.empty() && !out.back().is_blank()) out.push_back({"", out.back().number});
    if (BlockWriter(*block, lines[at], out).write()) {
      at += block->lines;
      continue;
    }
    findings.push_back({.where = {file, lines[at].number},
                        .rule = "rst-directive",
                        .message = "the directive `.. " + block->name + "::` is reStructuredText",
                        .suggestion = "write it in Markdown"});
    out.push_back(lines[at++]);
  }
  return out;
}

}  // namespace veneer::docs
