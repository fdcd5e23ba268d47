#include "docs/autodoc/autodoc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/page/page.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::map<std::string, std::string> kFiles{
    {"src/lib/__init__.py", "_import_structure = {'models': ['Model', 'Small', 'load']}\n"},
    {"src/lib/base.py", "class Base:\n    def save(self, path): 'Saves.'\n    def quiet(self): pass\n"},
    {"src/lib/models.py", R"(from .base import Base
class Model(Base):
    """A model.

    Args:
        width (`int`, *optional*): Its <width>.
        **kwargs: More.

    Example:

    ```py
    Model(3)
    ```
    """
    def __init__(self, width: int = 3, **kwargs): pass
    def forward(self, x: "Tensor[int]") -> "Tensor":
        """Runs.

        Returns:
            `Tensor`: what came out

        Raises:
            ValueError: if bad
        """
    def alpha(self): "First."
    def _inner(self): "Private."
    @property
    def size(self) -> int: "Its size."
    @classmethod
    def make(cls): pass
class Small(Model): pass
def load(name, mode=None):
    """Loads.

    Args:
        name, mode: Where from, and how.
    """
)"}};

class Autodoc : public testing::Test {
 protected:
  Autodoc() : tree_(kFiles) {
    AutodocSources sources;
    sources.python = {"lib", tree_.root() / "src/lib", tree_.root()};
    sources.source_url = "https://example.org/blob/main/";
    Findings findings;
    docs_ = make_object_docs(sources, findings);
  }

  std::vector<std::string> anchors(const std::string& object, std::vector<std::string> members = {}) {
    plan_ = docs_->plan({object, std::move(members), {"page.md", 4}, "page"});
    std::vector<std::string> all;
    for (const DocumentedAnchor& anchor : plan_.anchors) all.push_back((anchor.alias ? "=" : "") + anchor.anchor);
    return all;
  }

  std::string html(const std::string& object, std::vector<std::string> members, Page& page) {
    return docs_->render({object, std::move(members), {"page.md", 4}, "page"}, page).html;
  }

  TemporaryTree tree_;
  std::unique_ptr<ObjectDocs> docs_;
  DirectivePlan plan_;
};

TEST_F(Autodoc, SourcesAreThoseOfTheBasesToo) {
  anchors("Small", {"none"});
  EXPECT_THAT(plan_.sources, ElementsAre(tree_.root() / "src/lib/models.py", tree_.root() / "src/lib/base.py"));
}

TEST_F(Autodoc, MemberListsSelect) {
  EXPECT_THAT(anchors("Model"), ElementsAre("lib.Model", "lib.Model.alpha", "lib.Model.forward"));
  EXPECT_THAT(anchors("lib.models.Model", {"none"}), ElementsAre("lib.Model"));
  EXPECT_THAT(anchors("Model", {"make", "_inner", "size"}),
              ElementsAre("lib.Model", "lib.Model.make", "lib.Model._inner", "lib.Model.size"));
  EXPECT_THAT(anchors("Model", {"forward", "all"}), ElementsAre("lib.Model", "lib.Model.forward", "lib.Model.alpha"));
  EXPECT_THAT(anchors("load"), ElementsAre("lib.load"));
  EXPECT_TRUE(plan_.findings.empty());
}

TEST_F(Autodoc, InheritedMembersHaveAnAlias) {
  EXPECT_THAT(anchors("Small", {"forward", "save"}), ElementsAre("lib.Small", "lib.Small.forward", "=lib.Model.forward",
                                                                 "lib.Small.save", "=lib.base.Base.save"));
  EXPECT_THAT(anchors("Small"), ElementsAre("lib.Small"));
  EXPECT_EQ(plan_.anchors[0].role, "py:class");
  EXPECT_THAT(anchors("Model.save"), ElementsAre("lib.Model.save", "=lib.base.Base.save"));
  EXPECT_EQ(plan_.anchors[0].role, "py:method");
  EXPECT_EQ(plan_.sources.at(0), tree_.root() / "src/lib/base.py");
}

TEST_F(Autodoc, UnknownObjectsAreErrorsAndMembersWarnings) {
  EXPECT_THAT(anchors("Modle"), ElementsAre());
  ASSERT_EQ(plan_.findings.size(), 1u);
  EXPECT_EQ(plan_.findings[0].severity, Severity::error);
  EXPECT_EQ(plan_.findings[0].where, (SourcePosition{"page.md", 4}));
  EXPECT_THAT(plan_.findings[0].suggestion, HasSubstr("lib.Model"));
  EXPECT_THAT(anchors("Model", {"forwrd"}), ElementsAre("lib.Model"));
  ASSERT_EQ(plan_.findings.size(), 1u);
  EXPECT_EQ(plan_.findings[0].severity, Severity::warning);
  EXPECT_THAT(plan_.findings[0].suggestion, HasSubstr("lib.Model.forward"));
}

TEST_F(Autodoc, HtmlHasBarSignatureParametersAndExamples) {
  Page page("page", nullptr);
  const std::string text = html("Model", {}, page);
  for (const char* part :
       {"<section class=\"object object-class\">", "id=\"lib.Model\"", "<span class=\"object-kind\">class</span>",
        "href=\"https://example.org/blob/main/src/lib/models.py#L2\"",
        "<a href=\"#lib.Model.width\">width</a><span class=\"sig-type\">: int</span><span class=\"sig-default\"> = "
        "3</span>",
        "<a href=\"#lib.Model.kwargs\">**kwargs</a>", "data-count=\"2\"", "<dt id=\"lib.Model.width\">",
        "id=\"lib.Model.example\"", "<section class=\"object object-method object-member\">",
        "id=\"lib.Model.forward.returns\"", "id=\"lib.Model.forward.raises\"", "<code>ValueError</code>", "Tensor[int]",
        " -&gt; &quot;Tensor&quot;"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("self")));
  EXPECT_LT(text.find("A model."), text.find("data-count")) << "as in the source: first what it is";
  EXPECT_LT(text.find("data-count"), text.find("lib.Model.example"));
  std::vector<std::string> outline;
  for (const OutlineEntry& entry : page.outline())
    outline.push_back(std::to_string(entry.level) + entry.kind + ":" + entry.title);
  EXPECT_THAT(outline, ElementsAre("2class:Model", "3method:alpha", "3method:forward"));
}

TEST_F(Autodoc, SignaturesBeginWithTheName) {
  Page page("page", nullptr);
  EXPECT_THAT(html("Model", {"none"}, page),
              HasSubstr("<pre class=\"signature\"><code>Model(<span class=\"sig-param\">"));
  const std::string made = html("Model.make", {}, page);
  EXPECT_THAT(made, HasSubstr("<span class=\"object-kind\">classmethod</span>"));
  EXPECT_THAT(made, HasSubstr("<code>make()</code>"));
}

TEST_F(Autodoc, RepeatedObjectsHaveIdsOfTheirOwn) {
  Page page("page", nullptr);
  html("load", {}, page);
  EXPECT_THAT(html("load", {}, page), HasSubstr("id=\"lib.load-1\""));
}

TEST_F(Autodoc, ParametersDescribedTogetherHaveAnAnchorEach) {
  Page page("page", nullptr);
  const std::string text = html("load", {}, page);
  for (const char* part : {"<dt id=\"lib.load.name\"><a href=\"#lib.load.name\"><code>name</code></a>",
                           ", <span id=\"lib.load.mode\">", "<a href=\"#lib.load.mode\">mode</a>"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST_F(Autodoc, PropertiesHaveNoParentheses) {
  Page page("page", nullptr);
  const std::string text = html("Model", {"size"}, page);
  EXPECT_THAT(text, HasSubstr("<pre class=\"signature\"><code>size<span class=\"sig-type\">: int</span></code></pre>"));
  EXPECT_THAT(text, HasSubstr("object-property"));
}

TEST_F(Autodoc, MarkdownExportHasEverythingInOrder) {
  Page page("page", nullptr);
  const std::string text = docs_->render({"Model", {"forward"}, {"page.md", 1}, "page"}, page).markdown;
  EXPECT_EQ(text, R"(#### lib.Model[[lib.Model]]

```python
lib.Model(width: int = 3, **kwargs)
```

[Source](https://example.org/blob/main/src/lib/models.py#L2)

**Parameters:**

width (`int`, *optional*) : Its <width>.

**kwargs : More.

A model.

Example:

```py
Model(3)
```

#### forward[[lib.Model.forward]]

```python
forward(x: "Tensor[int]") -> "Tensor"
```

[Source](https://example.org/blob/main/src/lib/models.py#L16)

**Returns:**

`Tensor`

what came out

**Raises:**

- `ValueError` if bad

Runs.

)");
}

TEST_F(Autodoc, ReferencesResolve) {
  docs_->set_documented({{"lib.Model", "first", false},
                         {"lib.Model.forward", "alias", true},
                         {"lib.Model", "second", false},
                         {"lib.Model.forward", "second", false},
                         {"lib.load", "first", false},
                         {"lib.base.Base.save", "second", true}});
  const auto shown = [&](std::string_view written) {
    const Reference r = docs_->resolve(written);
    const char* status[] = {"linked", "external", "undocumented", "unknown"};
    return std::string(status[static_cast<int>(r.status)]) + " " + r.text + " " + r.page + "#" + r.anchor +
           r.suggestion;
  };
  EXPECT_EQ(shown("Model"), "linked Model first#lib.Model");
  EXPECT_EQ(shown("~lib.models.Model"), "linked Model first#lib.Model");
  EXPECT_EQ(shown("Model.forward"), "linked Model.forward() second#lib.Model.forward") << "an alias never overrides";
  EXPECT_EQ(shown("~Small.forward"), "linked forward() second#lib.Model.forward")
      << "inherited: where it is documented";
  EXPECT_EQ(shown("base.Base.save"), "linked base.Base.save() second#lib.base.Base.save");
  EXPECT_EQ(shown("load"), "linked load() first#lib.load");
  EXPECT_EQ(shown("Model#width"), "linked width first#lib.Model.width");
  EXPECT_EQ(shown("~lib.Model#nothing"), "linked nothing first#lib.Model") << "no such parameter: the object";
  EXPECT_EQ(shown("Small"), "undocumented Small #");
  EXPECT_EQ(shown("Model.size"), "undocumented Model.size #");
  EXPECT_EQ(shown("~a.Modell"), "unknown Modell #lib.Model");
  EXPECT_EQ(shown("transformers.CLIPTextModel"), "external transformers.CLIPTextModel #");
}

TEST(AutodocCpp, FieldsAndValuesAreListedWithoutCommentsToo) {
  const std::string header =
      "namespace lib {\n"
      "struct Size { int width = 3; double ratio{}; };\n"
      "enum class Mode { fast, good };\n"
      "}\n";
  const TemporaryTree tree({{"src/a.h", header}});
  AutodocSources sources;
  sources.cpp = CppLibrary{"lib", {tree.root() / "src/a.h"}, {}, tree.root()};
  Findings findings;
  const auto docs = make_object_docs(sources, findings);
  ASSERT_TRUE(findings.empty());
  Page page("page", nullptr);
  EXPECT_THAT(docs->render({"Size", {}, {"page.md", 1}, "page"}, page).markdown,
              HasSubstr("**Fields:**\n\nwidth (`int`, defaults to `3`) : \n\nratio (`double`) : \n"));
  EXPECT_THAT(docs->render({"Mode", {}, {"page.md", 1}, "page"}, page).markdown,
              HasSubstr("**Values:**\n\nfast : \n\ngood : \n"));
}

TEST(AutodocCpp, OverloadsHaveParametersOfTheirOwn) {
  const std::string header =
      "namespace lib {\n"
      "/// By path.\n/// @param name where\nvoid open(const char* name);\n"
      "/// By number.\n/// @param name which\nvoid open(int name);\n"
      "struct Box {\n  /// Makes one.\n  explicit Box(int n);\n};\n"
      "}\n";
  const TemporaryTree tree({{"src/a.h", header}});
  AutodocSources sources;
  sources.cpp = CppLibrary{"lib", {tree.root() / "src/a.h"}, {}, tree.root()};
  Findings findings;
  const auto docs = make_object_docs(sources, findings);
  Page page("page", nullptr);
  const std::string html = docs->render({"open", {}, {"page.md", 1}, "page"}, page).html;
  for (const char* part : {"<dt id=\"lib::open.name\"><a href=\"#lib::open.name\">",
                           "<dt id=\"lib::open-2.name\"><a href=\"#lib::open-2.name\">",
                           "<span class=\"sig-type\">const char* </span><a href=\"#lib::open.name\">name</a>",
                           "<span class=\"sig-type\">int </span><a href=\"#lib::open-2.name\">name</a>"})
    EXPECT_THAT(html, HasSubstr(part));
  EXPECT_THAT(docs->render({"Box", {}, {"page.md", 1}, "page"}, page).html,
              HasSubstr("<section class=\"object object-constructor object-member\">"));
}

}  // namespace
}  // namespace veneer::docs
