// Matrices, cases and aligned rows.
#include <fmt/format.h>

#include <algorithm>

#include "docs/page/math_formula.h"

namespace veneer::docs {

std::string Formula::substack(const std::string& /*name*/) {
  if (!take("{")) throw Unknown{"a missing {"};
  std::string rows;
  for (;;) {
    rows += element("mtr", fmt::format("<mtd style=\"padding:0\">{}</mtd>", row(End::stack)));
    if (take("}")) return element("mtable", rows);
    if (!take_line_end()) throw Unknown{"a missing }"};
  }
}

std::string Formula::environment(const std::string& /*name*/) {
  const std::string name(verbatim());
  std::string open, close;
  std::string_view columns;
  if (name == "pmatrix")
    open = "(", close = ")";
  else if (name == "bmatrix")
    open = "[", close = "]";
  else if (name == "vmatrix")
    open = close = "|";
  else if (name == "Vmatrix")
    open = close = "‖";
  else if (name == "Bmatrix")
    open = "{", close = "}";
  else if (name == "cases" || name == "dcases")
    open = "{";
  else if (name == "rcases")
    close = "}";
  else if (name == "array" || name == "subarray")
    columns = verbatim();
  else if (name != "matrix" && name != "aligned" && name != "align" && name != "align*" && name != "gather" &&
           name != "gather*" && name != "gathered" && name != "equation" && name != "equation*" && name != "split" &&
           name != "smallmatrix" && name != "alignedat" && name != "alignat" && name != "alignat*")
    throw Unknown{fmt::format("unknown environment {}", name)};
  std::string rows, cells;
  for (;;) {
    cells += element("mtd", row(End::cell));
    if (take("&")) continue;
    rows += element("mtr", cells);
    cells.clear();
    if (take_line_end()) {
      if (at_end(End::cell) && command() == "end") {
        at_ += 4;
        break;
      }
      continue;
    }
    if (!take("\\end")) throw Unknown{fmt::format("\\begin{{{}}} without \\end", name)};
    break;
  }
  verbatim();
  const bool aligned = name.starts_with("align") || name == "split";
  const bool displayed = aligned || name.starts_with("gather") || name.starts_with("equation") || name == "dcases";
  std::string alignment = aligned ? "right left" : name.ends_with("cases") ? "left left" : "";
  for (const char c : columns)
    if (c == 'l' || c == 'c' || c == 'r')
      alignment.append(alignment.empty() ? "" : " ").append(c == 'l' ? "left" : c == 'r' ? "right" : "center");
  const std::string table =
      fmt::format("<mtable{}{}>{}</mtable>", alignment.empty() ? "" : " columnalign=\"" + alignment + "\"",
                  displayed ? " displaystyle=\"true\"" : "", aligned_rows(rows, alignment));
  return element("mrow", (open.empty() ? "" : fence(open, "")) + table + (close.empty() ? "" : fence(close, "")));
}

// Chromium knows no columnalign: each cell says where it stands, and aligned ones have no gap between them.
std::string Formula::aligned_rows(const std::string& rows, std::string_view alignment) {
  if (alignment.empty()) return rows;
  std::vector<std::string_view> sides;
  for (std::size_t at = 0; at < alignment.size();) {
    const std::size_t end = std::min(alignment.find(' ', at), alignment.size());
    sides.push_back(alignment.substr(at, end - at));
    at = end + 1;
  }
  const bool touching = alignment == "right left";
  std::string out;
  std::size_t column = 0;
  int depth = 0;  // of tables within cells
  for (std::size_t i = 0; i < rows.size();) {
    const std::string_view rest = std::string_view(rows).substr(i);
    if (rest.starts_with("<mtable")) ++depth;
    if (rest.starts_with("</mtable")) --depth;
    if (depth == 0 && rest.starts_with("<mtr>")) column = 0;
    if (depth > 0 || !rest.starts_with("<mtd>")) {
      out += rows[i++];
      continue;
    }
    const bool is_left = touching && column % 2 == 1;
    out += fmt::format("<mtd style=\"text-align:{}{}\">",
                       touching ? sides[column % 2] : sides[std::min(column, sides.size() - 1)],
                       is_left    ? ";padding-left:0"
                       : touching ? ";padding-right:0"
                                  : "");
    ++column;
    i += 5;
  }
  return out;
}

}  // namespace veneer::docs
