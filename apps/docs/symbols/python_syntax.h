// tree-sitter's Python tree as values: a node knows its text and its children. For python_*.cpp alone.
#pragma once

#include <tree_sitter/api.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// A node of a PythonSyntax, which must outlive it.
class SyntaxNode {
 public:
  SyntaxNode() : node_{} {}
  SyntaxNode(TSNode node, std::string_view text) : node_(node), text_(text) {}

  explicit operator bool() const { return node_.id != nullptr && !ts_node_is_null(node_); }
  [[nodiscard]] std::string_view type() const { return *this ? ts_node_type(node_) : std::string_view(); }
  [[nodiscard]] bool is(std::string_view name) const { return type() == name; }
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] int line() const { return static_cast<int>(ts_node_start_point(node_).row) + 1; }
  [[nodiscard]] int end_line() const { return static_cast<int>(ts_node_end_point(node_).row) + 1; }
  [[nodiscard]] bool has_error() const { return *this && ts_node_has_error(node_); }
  [[nodiscard]] bool is_error() const { return *this && (ts_node_is_missing(node_) || is("ERROR")); }

  [[nodiscard]] SyntaxNode field(std::string_view name) const;
  /// Named children without comments.
  [[nodiscard]] std::vector<SyntaxNode> children() const;
  /// The children that a field name has.
  [[nodiscard]] std::vector<SyntaxNode> children(std::string_view field) const;

 private:
  TSNode node_;
  std::string_view text_;
};

/// A parsed text. Movable; belongs to one thread. The text must outlive it.
class PythonSyntax {
 public:
  explicit PythonSyntax(std::string_view text);
  [[nodiscard]] SyntaxNode root() const { return {ts_tree_root_node(tree_.get()), text_}; }

 private:
  struct DeleteTree {
    void operator()(TSTree* tree) const { ts_tree_delete(tree); }
  };
  std::string_view text_;
  std::unique_ptr<TSTree, DeleteTree> tree_;
};

/// Source text on one line: each run of white space with a line end in it becomes one space.
std::string on_one_line(std::string_view source);

}  // namespace veneer::docs
