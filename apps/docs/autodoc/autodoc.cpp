#include "docs/autodoc/autodoc.h"

#include <algorithm>

#include "docs/autodoc/references.h"
#include "docs/autodoc/render_html.h"
#include "docs/autodoc/render_markdown.h"
#include "docs/autodoc/review.h"
#include "docs/autodoc/select.h"

namespace veneer::docs {
namespace {

class SourceDocs final : public ObjectDocs {
 public:
  SourceDocs(const AutodocSources& sources, SymbolIndex index)
      : source_url_(sources.source_url),
        python_root_(sources.python ? sources.python->source_root : std::filesystem::path()),
        cpp_root_(sources.cpp ? sources.cpp->source_root : std::filesystem::path()),
        index_(std::move(index)),
        references_(index_, {}) {}

  DirectivePlan plan(const Directive& directive) const override {
    Selection selection = select_items(directive, index_);
    DirectivePlan plan;
    plan.findings = std::move(selection.findings);
    for (const DocumentedItem& item : selection.items) {
      const std::string role = inventory_role(*item.symbol);
      const Symbol* owner = item.symbol->parent;
      const bool in_class = owner != nullptr && owner->is_class();
      const std::string name = in_class ? owner->name + "." + item.name : item.name;
      plan.anchors.push_back({item.anchor, name, role, false});
      if (!item.alias.empty()) plan.anchors.push_back({item.alias, name, role, true});
      add_source(plan, *item.symbol);
      // A class has parameters of its bases, and not those methods that say the same there.
      for (const Symbol* base : item.symbol->ancestors) add_source(plan, *base);
    }
    return plan;
  }

  void set_documented(std::vector<DocumentedPlace> places) override {
    references_ = ReferenceTable(index_, std::move(places));
  }

  DirectiveContent render(const Directive& directive, Page& page) const override {
    const Selection selection = select_items(directive, index_);
    return {render_object_html(selection.items, source_url_, references_, page),
            render_object_markdown(selection.items, source_url_)};
  }

  Findings review(const Directive& directive) const override {
    Findings findings;
    for (const DocumentedItem& item : select_items(directive, index_).items) review_docstrings(*item.symbol, findings);
    return findings;
  }

  Reference resolve(std::string_view written) const override { return references_.resolve(written); }

 private:
  void add_source(DirectivePlan& plan, const Symbol& symbol) const {
    const bool cpp = symbol.language == Language::cpp;
    const std::filesystem::path file = (cpp ? cpp_root_ : python_root_) / symbol.file;
    if (std::ranges::find(plan.sources, file) == plan.sources.end()) plan.sources.push_back(file);
  }

  std::string source_url_;
  std::filesystem::path python_root_, cpp_root_;
  SymbolIndex index_;
  ReferenceTable references_;
};

}  // namespace

std::unique_ptr<ObjectDocs> make_object_docs(const AutodocSources& sources, Findings& findings,
                                             PythonModuleCache* cache) {
  std::vector<SymbolTree> trees;
  if (sources.python) trees.push_back(read_python_package(*sources.python, cache));
  if (sources.cpp) trees.push_back(read_cpp_library(*sources.cpp));
  for (const SymbolTree& tree : trees) findings.insert(findings.end(), tree.findings.begin(), tree.findings.end());
  return std::make_unique<SourceDocs>(sources, SymbolIndex(std::move(trees)));
}

}  // namespace veneer::docs
