#include "docs/autodoc/render_markdown.h"

#include "docs/autodoc/described.h"
#include "docs/autodoc/signature.h"

namespace veneer::docs {
namespace {

void write_parameters(const Described& described, std::string& out) {
  if (described.names.empty()) return;
  out.append("**").append(described.parameters_title).append(":**\n\n");
  for (const DocGroup& group : described.doc.parameters) {
    if (!group.title.empty()) out.append("> ").append(group.title).append("\n\n");
    for (const DocEntry& entry : group.entries) {
      out += entry.name;
      if (!entry.head.empty()) out.append(" ").append(entry.head);
      out.append(" : ").append(entry.text).append("\n\n");
    }
  }
}

void write_result(std::string_view title, const std::optional<DocResult>& result, std::string& out) {
  if (!result.has_value()) return;
  out.append("**").append(title).append(":**\n\n");
  if (!result->type.empty()) out.append(result->type).append("\n\n");
  if (!result->text.empty()) out.append(result->text).append("\n\n");
  for (const DocEntry& value : result->values)
    out.append("- `").append(value.name).append("` ").append(value.head).append(" : ").append(value.text).append("\n");
  if (!result->values.empty()) out += "\n";
}

void write_named(std::string_view title, const std::vector<DocRaise>& list, std::string& out) {
  if (list.empty()) return;
  out.append("**").append(title).append(":**\n\n");
  for (const DocRaise& named : list) out.append("- `").append(named.type).append("` ").append(named.text).append("\n");
  out += "\n";
}

void write_item(const DocumentedItem& item, const std::string& source_url, std::string& out) {
  const Symbol& symbol = *item.symbol;
  const Described described = describe(symbol);
  const std::string name = item.is_member ? item.name : item.anchor;
  out.append("#### ").append(name).append("[[").append(item.anchor).append("]]\n\n");
  const bool is_value = symbol.kind == SymbolKind::property;
  const std::string signature = is_value ? "" : signature_text(symbol, name);
  if (!signature.empty()) {
    const bool cpp = symbol.language == Language::cpp;
    out.append(cpp ? "```cpp\n" : "```python\n").append(signature).append("\n");
    for (const Symbol* overload : symbol.overloads) out.append(signature_text(*overload, name)).append("\n");
    out += "```\n\n";
  }
  if (!source_url.empty() && !symbol.file.empty())
    out.append("[Source](")
        .append(source_url)
        .append(symbol.file)
        .append("#L")
        .append(std::to_string(symbol.line))
        .append(")\n\n");
  write_parameters(described, out);
  write_result("Returns", described.doc.returns, out);
  write_result("Yields", described.doc.yields, out);
  write_named("Raises", described.doc.raises, out);
  write_named("Warns", described.doc.warns, out);
  for (const DocBlock& block : described.doc.body) out.append(block.markdown).append("\n\n");
  write_named("See also", described.doc.see_also, out);
}

}  // namespace

std::string render_object_markdown(const std::vector<DocumentedItem>& items, const std::string& source_url) {
  std::string out;
  for (const DocumentedItem& item : items) write_item(item, source_url, out);
  return out;
}

}  // namespace veneer::docs
