#include "docs/symbols/python_syntax.h"

#include <cstdint>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/error.h"

extern "C" const TSLanguage* tree_sitter_python();

namespace veneer::docs {
namespace {

struct DeleteParser {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
using Parser = std::unique_ptr<TSParser, DeleteParser>;

Parser make_parser() {
  Parser parser(ts_parser_new());
  VENEER_CHECK(ts_parser_set_language(parser.get(), tree_sitter_python()));
  return parser;
}

class Cursor {
 public:
  explicit Cursor(TSNode node) : cursor_(ts_tree_cursor_new(node)) {}
  ~Cursor() { ts_tree_cursor_delete(&cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  TSTreeCursor* get() { return &cursor_; }

 private:
  TSTreeCursor cursor_;
};

}  // namespace

PythonSyntax::PythonSyntax(std::string_view text) : text_(text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max())
    fail(ErrorCode::unsupported, "python: expected a file under 4 GiB, got {} bytes", text.size());
  thread_local const Parser parser = make_parser();
  tree_.reset(ts_parser_parse_string(parser.get(), nullptr, text.data(), static_cast<std::uint32_t>(text.size())));
  VENEER_CHECK(tree_ != nullptr);
}

std::string_view SyntaxNode::text() const {
  if (!*this) return {};
  return text_.substr(ts_node_start_byte(node_), ts_node_end_byte(node_) - ts_node_start_byte(node_));
}

SyntaxNode SyntaxNode::field(std::string_view name) const {
  if (!*this) return {};
  return {ts_node_child_by_field_name(node_, name.data(), static_cast<std::uint32_t>(name.size())), text_};
}

std::vector<SyntaxNode> SyntaxNode::children() const {
  std::vector<SyntaxNode> nodes;
  if (!*this) return nodes;
  Cursor cursor(node_);
  for (bool more = ts_tree_cursor_goto_first_child(cursor.get()); more;
       more = ts_tree_cursor_goto_next_sibling(cursor.get())) {
    const SyntaxNode child(ts_tree_cursor_current_node(cursor.get()), text_);
    if (ts_node_is_named(child.node_) && !child.is("comment")) nodes.push_back(child);
  }
  return nodes;
}

std::vector<SyntaxNode> SyntaxNode::children(std::string_view field) const {
  std::vector<SyntaxNode> nodes;
  if (!*this) return nodes;
  Cursor cursor(node_);
  for (bool more = ts_tree_cursor_goto_first_child(cursor.get()); more;
       more = ts_tree_cursor_goto_next_sibling(cursor.get())) {
    const char* name = ts_tree_cursor_current_field_name(cursor.get());
    if (name != nullptr && field == name) nodes.emplace_back(ts_tree_cursor_current_node(cursor.get()), text_);
  }
  return nodes;
}

std::string on_one_line(std::string_view source) {
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::size_t end = source.find_first_not_of(" \t\r\n", i);
    const std::string_view space = source.substr(i, end == std::string_view::npos ? end : end - i);
    if (space.find('\n') == std::string_view::npos) {
      out += source[i];
      continue;
    }
    const bool after_bracket = !out.empty() && (out.back() == '(' || out.back() == '[');
    const bool before_bracket = end != std::string_view::npos && (source[end] == ')' || source[end] == ']');
    if (before_bracket && !out.empty() && out.back() == ',') out.pop_back();
    if (!after_bracket && !before_bracket) out += ' ';
    i += space.size() - 1;
  }
  return out;
}

}  // namespace veneer::docs
