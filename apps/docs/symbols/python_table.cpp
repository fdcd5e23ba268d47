#include "docs/symbols/python_table.h"

namespace veneer::docs {
namespace {

bool is_table(SyntaxNode node) {
  return node.is("identifier") && node.text().find("import_structure") != std::string_view::npos;
}

}  // namespace

void ImportTableReader::add_names(const std::string& submodule, SyntaxNode list) {
  const std::string module = module_.name + "." + submodule;
  const std::string top = submodule.substr(0, submodule.find('.'));
  // The submodule itself is exposed too, unless something of its name is.
  module_.table.try_emplace(top, PythonImport{module_.name + "." + top, "", false});
  const auto add = [&](SyntaxNode item) {
    if (item.is("string")) {
      std::string name = python_string_value(item.text());
      module_.table[name] = {module, name, false};
    }
  };
  if (list.is("string")) add(list);
  if (list.is("list") || list.is("tuple") || list.is("set"))
    for (const SyntaxNode& item : list.children()) add(item);
}

void ImportTableReader::add_entry(SyntaxNode key, SyntaxNode names) {
  if (key.is("string")) add_names(python_string_value(key.text()), names);
}

void ImportTableReader::add_dictionary(SyntaxNode dictionary) {
  for (const SyntaxNode& pair : dictionary.children())
    if (pair.is("pair")) add_entry(pair.field("key"), pair.field("value"));
}

bool ImportTableReader::read(SyntaxNode node) {
  if (node.is("assignment")) {
    const SyntaxNode left = node.field("left"), right = node.field("right");
    if (is_table(left) && right.is("dictionary")) {
      module_.is_lazy = true;
      add_dictionary(right);
      return true;
    }
    if (left.is("subscript") && is_table(left.field("value"))) {
      add_entry(left.field("subscript"), right);
      return true;
    }
    return false;
  }
  if (!node.is("call")) return false;
  const SyntaxNode function = node.field("function");
  if (!function.is("attribute")) return false;
  const SyntaxNode object = function.field("object");
  const std::vector<SyntaxNode> arguments = node.field("arguments").children();
  if (arguments.size() != 1) return false;
  if (object.is("subscript") && is_table(object.field("value"))) {
    add_entry(object.field("subscript"), arguments.front());
    return true;
  }
  if (is_table(object) && function.field("attribute").text() == "update") {
    if (arguments.front().is("dictionary")) add_dictionary(arguments.front());
    return true;
  }
  return false;
}

}  // namespace veneer::docs
