#include "docs/autodoc/render_html.h"

#include <algorithm>

#include "docs/autodoc/described.h"
#include "docs/autodoc/signature.h"
#include "docs/autodoc/type_links.h"
#include "docs/page/markdown.h"

namespace veneer::docs {
namespace {

class ItemWriter {
 public:
  ItemWriter(const DocumentedItem& item, const std::string& source_url, const ReferenceTable& references, Page& page)
      : item_(item),
        symbol_(*item.symbol),
        source_url_(source_url),
        references_(references),
        page_(page),
        described_(describe(symbol_)) {}

  // Everything but the closing tag: a class's members go inside its section.
  std::string open() {
    std::string kind(to_string(symbol_.kind));
    std::ranges::replace(kind, ' ', '-');
    html_.append("<section class=\"object object-").append(kind);
    if (item_.is_member) html_ += " object-member";
    html_ += "\">\n";
    write_bar();
    // Overloads stand for the Python function that implements them; that one's own signature is nobody's to call.
    const bool is_implementation = symbol_.language == Language::python && !symbol_.overloads.empty() &&
                                   std::ranges::find(symbol_.decorators, "overload") == symbol_.decorators.end();
    if (!is_implementation) write_signature(symbol_);
    for (const Symbol* overload : symbol_.overloads)
      if (!has_own_text(*overload)) write_signature(*overload);
    write_description();
    for (const Symbol* overload : symbol_.overloads) {
      if (!has_own_text(*overload)) continue;
      described_ = describe(*overload);
      anchor_ = overload->public_name;
      write_signature(*overload);
      write_description();
    }
    return std::move(html_);
  }

 private:
  TypeContext types() const { return {symbol_, item_.anchor, references_, page_}; }

  SourcePosition at(int line) const { return described_.source->docstring_position(line); }

  std::string claim(const std::string& suffix) { return page_.claim_id(anchor_ + suffix); }

  void write_bar() {
    const int level = std::min(6, page_.heading_level() + (item_.is_member ? 2 : 1));
    const std::string id = page_.claim_id(item_.anchor);
    const std::string tag = std::string("h").append(std::to_string(level)),
                      href = std::string("#").append(escape_html(id));
    const std::string title = item_.is_member ? item_.name : item_.anchor;
    page_.add_outline({level, item_.name, id, std::string(to_string(symbol_.kind))});
    html_.append("<header class=\"object-bar\"><").append(tag).append(" class=\"object-name\" id=\"");
    html_.append(escape_html(id)).append("\"><span class=\"object-kind\">");
    html_.append(kind_name(symbol_)).append("</span> ").append(breakable_html(title));
    html_.append("<a class=\"permalink\" href=\"").append(href).append("\" aria-label=\"Link to ");
    html_.append(escape_html(title)).append("\">#</a></").append(tag).append(">");
    if (!source_url_.empty() && !symbol_.file.empty()) {
      html_.append("<a class=\"source\" href=\"").append(escape_html(source_url_ + symbol_.file)).append("#L");
      html_.append(std::to_string(symbol_.line)).append("\">source</a>");
    }
    html_ += "</header>\n";
  }

  // An overload without a comment, or with the first one's, shares its description.
  bool has_own_text(const Symbol& overload) const {
    return !overload.docstring.empty() && overload.docstring != symbol_.docstring;
  }

  void write_signature(const Symbol& symbol) {
    const std::string signature =
        linked_signature(signature_html(symbol, item_.name, anchor_, described_.names), types());
    if (!signature.empty()) html_.append("<pre class=\"signature\"><code>").append(signature).append("</code></pre>\n");
  }

  void write_description() {
    for (const Finding& finding : described_.doc.findings) page_.report(finding);
    // As its author wrote it: what the thing does, its parameters and results, then notes and examples.
    const std::size_t before = blocks_before_sections();
    write_body(0, before);
    write_parameters();
    if (described_.doc.returns) write_result(*described_.doc.returns, "Returns", "returns");
    if (described_.doc.yields) write_result(*described_.doc.yields, "Yields", "yields");
    write_named(described_.doc.raises, "Raises", "raises");
    write_named(described_.doc.warns, "Warns", "warns");
    write_body(before, described_.doc.body.size());
    write_named(described_.doc.see_also, "See also", "see-also");
  }

  std::size_t blocks_before_sections() const {
    const Docstring& doc = described_.doc;
    int first = 0;
    for (const int line :
         {doc.parameters.empty() ? 0 : doc.parameters.front().line, doc.returns ? doc.returns->line : 0,
          doc.yields ? doc.yields->line : 0, doc.raises.empty() ? 0 : doc.raises.front().line})
      if (line > 0 && (first == 0 || line < first)) first = line;
    const auto after = std::ranges::find_if(doc.body, [&](const DocBlock& block) { return block.line > first; });
    return static_cast<std::size_t>(after - doc.body.begin());
  }

  void write_parameters() {
    std::size_t count = 0;
    for (const DocGroup& group : described_.doc.parameters) count += group.entries.size();
    if (count == 0) return;
    html_.append("<div class=\"params\" data-count=\"")
        .append(std::to_string(count))
        .append("\">\n<p class=\"params-title\">");
    html_.append(described_.parameters_title).append("</p>\n");
    for (const DocGroup& group : described_.doc.parameters) {
      if (!group.title.empty())
        html_.append("<p class=\"params-group\">").append(inline_html(group.title, group.line)).append("</p>\n");
      if (group.entries.empty()) continue;
      html_ += "<dl>\n";
      for (const DocEntry& entry : group.entries) write_entry(entry);
      html_ += "</dl>\n";
    }
    html_ += "</div>\n";
  }

  void write_entry(const DocEntry& entry) {
    const std::vector<std::string_view> names = entry_names(entry);
    for (std::size_t i = 0; i < std::max<std::size_t>(1, names.size()); ++i) {
      const std::string_view name = names.empty() ? entry.name : names[i];
      const std::string id = escape_html(claim(std::string(".").append(bare_name(name))));
      html_.append(i == 0 ? "<dt id=\"" : ", <span id=\"").append(id).append("\"><a href=\"#").append(id);
      html_.append("\"><code>").append(escape_html(name)).append("</code></a>").append(i == 0 ? "" : "</span>");
    }
    if (!entry.head.empty())
      html_.append(" <span class=\"param-type\">").append(type_html(entry.head, entry.line)).append("</span>");
    html_ += "</dt>\n<dd>";
    if (!entry.text.empty()) html_ += render_markdown(entry.text, at(entry.text_line), page_);
    html_ += "</dd>\n";
  }

  std::string type_html(const std::string& markdown, int line) {
    return linked_names(inline_html(markdown, line), types());
  }

  std::string inline_html(const std::string& markdown, int line) {
    return render_inline_markdown(markdown, at(line), page_);
  }

  void write_result(const DocResult& result, std::string_view title, std::string_view anchor) {
    html_.append("<div class=\"results\" id=\"").append(escape_html(claim(std::string(".").append(anchor))));
    html_.append("\">\n<p class=\"results-title\">").append(title).append("</p>\n");
    if (!result.type.empty())
      html_.append("<p class=\"results-type\">").append(type_html(result.type, result.line)).append("</p>\n");
    if (!result.text.empty()) html_ += render_markdown(result.text, at(result.text_line), page_);
    if (!result.values.empty()) html_ += "<dl>\n";
    for (const DocEntry& value : result.values) {
      html_.append("<dt><code>").append(linked_names(escape_html(value.name), types())).append("</code>");
      if (!value.head.empty())
        html_.append(" <span class=\"param-type\">").append(type_html(value.head, value.line)).append("</span>");
      html_ += "</dt>\n<dd>";
      if (!value.text.empty()) html_ += render_markdown(value.text, at(value.text_line), page_);
      html_ += "</dd>\n";
    }
    if (!result.values.empty()) html_ += "</dl>\n";
    html_ += "</div>\n";
  }

  // Errors, warnings and other things, each with its text; those that are documented are links.
  void write_named(const std::vector<DocRaise>& list, std::string_view title, std::string_view anchor) {
    if (list.empty()) return;
    html_.append("<div class=\"results\" id=\"").append(escape_html(claim(std::string(".").append(anchor))));
    html_.append("\">\n<p class=\"results-title\">").append(title).append("</p>\n<dl>\n");
    for (const DocRaise& named : list) {
      const Reference reference = references_.resolve(named.type);
      const bool is_linked = reference.status == Reference::Status::linked;
      std::string name = escape_html(named.type);
      name = is_linked
                 ? "<a href=\"" + escape_html(page_.link_to(reference.page, reference.anchor)) + "\">" + name + "</a>"
                 : linked_names(name, types());
      html_.append("<dt><code>").append(name).append("</code></dt>\n<dd>");
      if (!named.text.empty()) html_ += render_markdown(named.text, at(named.text_line), page_);
      html_ += "</dd>\n";
    }
    html_ += "</dl>\n</div>\n";
  }

  void write_body(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const DocBlock& block = described_.doc.body[i];
      if (block.example > 0) {
        const std::string suffix = block.example == 1 ? "" : std::string("-").append(std::to_string(block.example));
        const std::string id = escape_html(claim(std::string(".example").append(suffix)));
        html_.append("<div class=\"example\" id=\"").append(id).append("\"><a class=\"permalink\" href=\"#").append(id);
        html_ += "\" aria-label=\"Link to this example\">#</a>\n";
      }
      html_ += render_markdown(block.markdown, at(block.line), page_);
      if (block.example > 0) html_ += "</div>\n";
    }
  }

  const DocumentedItem& item_;
  const Symbol& symbol_;
  const std::string& source_url_;
  const ReferenceTable& references_;
  Page& page_;
  Described described_;
  std::string anchor_ = item_.anchor;  ///< of what is being written: an overload's parameters have their own
  std::string html_;
};

}  // namespace

std::string render_object_html(const std::vector<DocumentedItem>& items, const std::string& source_url,
                               const ReferenceTable& references, Page& page) {
  std::string html;
  for (const DocumentedItem& item : items) {
    html += ItemWriter(item, source_url, references, page).open();
    if (item.is_member) html += "</section>\n";
  }
  return items.empty() ? html : html + "</section>\n";
}

}  // namespace veneer::docs
