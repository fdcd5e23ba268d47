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
}

void write_item(const DocumentedItem& item, const std::string& source_url, std::string& out) {
  const Symbol& symbol = *item.symbol;
  const Described described = describe(symbol);
  const std::string name = item.is_member ? symbol.name : item.anchor;
  out.append("#### ").append(name).append("[[").append(item.anchor).append("]]\n\n");
  const std::string signature = symbol.kind == SymbolKind::property ? "" : signature_text(symbol);
  if (!signature.empty()) {
    const bool cpp = symbol.language == Language::cpp;
    out.append(cpp ? "```cpp\n" : "```python\n").append(cpp ? "" : name).append(signature).append("\n");
    for (const Symbol* overload : symbol.overloads) out.append(signature_text(*overload)).append("\n");
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
  if (!described.doc.raises.empty()) {
    out += "**Raises:**\n\n";
    for (const DocRaise& raise : described.doc.raises)
      out.append("- `").append(raise.type).append("` ").append(raise.text).append("\n");
    out += "\n";
  }
  for (const DocBlock& block : described.doc.body) out.append(block.markdown).append("\n\n");
}

}  // namespace

std::string render_object_markdown(const std::vector<DocumentedItem>& items, const std::string& source_url) {
  std::string out;
  for (const DocumentedItem& item : items) write_item(item, source_url, out);
  return out;
}

}  // namespace veneer::docs
