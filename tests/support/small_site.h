// A few pages, files and documented objects, for pages to link to.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "docs/page/object_docs.h"
#include "docs/page/page.h"
#include "docs/page/site_map.h"
#include "docs/text/escape.h"

namespace veneer::docs {

/// Knows `Model`, its parameter `size` and its method `run`; `Hidden` is on no page, `torch.Tensor` another project's.
class FewObjects : public ObjectDocs {
 public:
  [[nodiscard]] DirectivePlan plan(const Directive& directive) const override {
    DirectivePlan plan;
    plan.anchors.push_back({"lib." + directive.object, directive.object, "py:class"});
    return plan;
  }
  void set_documented(std::vector<DocumentedPlace> /*places*/) override {}
  DirectiveContent render(const Directive& directive, Page& page) const override {
    std::string members;
    for (const std::string& member : directive.members) members += " " + escape_html(member);
    const std::string object = escape_html(directive.object);
    const std::string id = page.claim_id("lib." + directive.object);
    page.add_outline({page.heading_level() + 1, directive.object, id, "class"});
    return {"<section id=\"" + escape_html(id) + "\">" + object + members + "</section>", "#### " + directive.object};
  }
  [[nodiscard]] Reference resolve(std::string_view written) const override {
    using Status = Reference::Status;
    static const std::map<std::string_view, Reference> kKnown{
        {"Model", {Status::linked, "Model", "api/model", "lib.Model", "", ""}},
        {"~lib.Model.run", {Status::linked, "run()", "api/model", "lib.Model.run", "", ""}},
        {"Model#size", {Status::linked, "size", "api/model", "lib.Model.size", "", ""}},
        {"torch.Tensor", {Status::external, "torch.Tensor", "", "", "https://torch/t.html#Tensor", ""}},
        {"Hidden", {Status::undocumented, "", "", "", "", ""}},
        {"Modle", {Status::unknown, "", "", "", "", "Model"}}};
    const auto found = kKnown.find(written);
    return found != kKnown.end() ? found->second : Reference{};
  }
};

inline SiteMap small_site() {
  SiteMap site;
  site.library = "lib";
  site.language = "en";
  for (const char* page : {"index", "guide/start", "guide/other", "api/model", "api/index", "two words", "C#: 100%?"}) {
    site.pages.emplace(page, page);
    site.page_names.emplace_back(page);
  }
  site.pages.emplace("only_english", "../en/only_english");
  site.pages.emplace("old/place", "guide/other");
  site.assets = {"imgs/cat.png", "guide/dog.png", "notes.pdf", "C#.png"};
  site.external.emplace("numpy.ndarray", "https://numpy/n.html#ndarray");
  return site;
}

}  // namespace veneer::docs
