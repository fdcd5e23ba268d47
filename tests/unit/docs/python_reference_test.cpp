// What the reference shows of each kind of Python thing, as a reader sees it: the text of its HTML.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/autodoc/autodoc.h"
#include "docs/page/page.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::HasSubstr;

using Sources = std::map<std::string, std::string>;

class ReferenceOf {
 public:
  explicit ReferenceOf(const Sources& files) : tree_(files) {
    AutodocSources sources;
    sources.python = {"lib", tree_.root() / "lib", tree_.root()};
    docs_ = make_object_docs(sources, findings_);
  }

  // The text of what `object` documents, each run of tags as " | "; links as <address>.
  std::string shown(const std::string& object, std::vector<std::string> members = {}) {
    const Directive directive{object, std::move(members), {"page.md", 1}, "page"};
    std::vector<DocumentedPlace> places;
    for (const DocumentedAnchor& anchor : docs_->plan(directive).anchors)
      places.push_back({anchor.anchor, "page", anchor.alias});
    for (const char* type : {"lib.Colour", "lib.Point", "lib.Pair"}) places.push_back({type, "types", false});
    docs_->set_documented(places);
    SiteMap site;
    site.external.emplace("numpy.ndarray", "https://np/#ndarray");
    Page page("page", docs_.get(), &site);
    const std::string html = docs_->render(directive, page).html;
    std::string text;
    for (std::size_t i = 0; i < html.size();) {
      if (html[i] != '<') {
        text += html[i++];
        continue;
      }
      const std::size_t end = html.find('>', i);
      const std::string tag = html.substr(i, end + 1 - i);
      const std::size_t href = tag.find("href=\"");
      if (tag.starts_with("<a ") && href != std::string::npos && tag.find("\"#") == std::string::npos)
        text += "<" + tag.substr(href + 6, tag.find('"', href + 6) - href - 6) + ">";
      else if (!tag.starts_with("<span") && !tag.starts_with("</span") && !tag.starts_with("<a") && tag != "</a>" &&
               tag != "<wbr>" && !text.ends_with("|"))
        text += "|";
      i = end + 1;
    }
    std::string joined;
    for (const char c : unescape_html(text)) {
      if ((c == '|' || c == '\n') && joined.ends_with('|')) continue;
      if (c == '|' && joined.ends_with('\n')) joined.pop_back();
      joined += c;
    }
    return joined;
  }

  [[nodiscard]] const ObjectDocs& docs() const { return *docs_; }
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  TemporaryTree tree_;
  Findings findings_;
  std::unique_ptr<ObjectDocs> docs_;
};

std::string shown(const std::string& source, const std::string& object, std::vector<std::string> members = {}) {
  return ReferenceOf(Sources{{"lib/__init__.py", source}}).shown(object, std::move(members));
}

constexpr const char* kEnums = R"(
from enum import Enum, IntFlag as F, auto
import enum
class Base(str, enum.Enum):
    "Base."
class Colour(Base):
    """A colour."""
    RED = "red"
    """Like blood."""
    GREEN = "green"  #: Like grass.
    AZURE = GREEN
    _ignore_ = []
    def mix(self, other: "Colour") -> int: "Mixes."
class Perm(F):
    R = 4
    W = auto()
Fun = Enum("Fun", ["ONE", "TWO"])
)";

TEST(PythonReference, Enumerations) {
  EXPECT_EQ(
      shown(kEnums, "Colour"),
      "|enum lib.Colour#|class Colour(Base)|A colour.|Values|RED| = |\"red\"|Like blood.|GREEN| = |\"green\"|Like "
      "grass.|AZURE| = |GREEN|method mix#|mix(other: \"Colour\") -> int|Mixes.|");
  EXPECT_THAT(shown(kEnums, "Perm"), HasSubstr("enum lib.Perm#|class Perm(F)|Values|R| = |4|W| = |auto()|"));
  EXPECT_THAT(shown(kEnums, "Fun"), HasSubstr("class Fun(Enum)|Values|ONE| = |auto()|TWO| = |auto()|"));
  ReferenceOf library(Sources{{"lib/__init__.py", kEnums}});
  library.shown("Colour");
  const Reference red = library.docs().resolve("Colour.RED");
  EXPECT_EQ(red.anchor, "lib.Colour.RED");
  EXPECT_EQ(library.docs().resolve("Colour.RDE").suggestion, "lib.Colour.RED");
}

TEST(PythonReference, Records) {
  const std::string source = R"(
from typing import NamedTuple, NotRequired, Required, TypedDict
from collections import namedtuple
class Movie(TypedDict, total=False):
    name: Required[str]
    #: When it came out.
    year: int
class Sequel(Movie):
    number: NotRequired[int]
    of: Movie
class Point(NamedTuple):
    "A point."
    x: int
    "Across."
    y: int = 0
Old = namedtuple("Old", "a, b")
New = TypedDict("New", {"a": int})
)";
  EXPECT_EQ(
      shown(source, "Sequel"),
      "|typed dict lib.Sequel#|class Sequel(Movie)|Keys|name| (|str|, required)|year| (|int|, |not required|)|When "
      "it came out.|number| (|int|, |not required|)|of| (|Movie|, required)|");
  EXPECT_EQ(
      shown(source, "Point"),
      "|named tuple lib.Point#|Point(x: int, y: int = 0)|A point.|Fields|x| (|int|)|Across.|y| (|int|, |optional|, "
      "defaults to |0|)|");
  EXPECT_EQ(shown(source, "Old"), "|named tuple lib.Old#|Old(a, b)|Fields|a|b|");
  EXPECT_EQ(shown(source, "New"), "|typed dict lib.New#|class New(TypedDict)|Keys|a| (|int|, required)|");
}

TEST(PythonReference, ProtocolsAndDataclasses) {
  EXPECT_EQ(shown("from typing import Protocol\nclass Runs[T](Protocol):\n    'It runs.'\n    def run(self, x: T, /): "
                  "'Runs.'\n",
                  "Runs"),
            "|protocol lib.Runs#|class Runs[T](Protocol)|It runs.|method run#|run(x: T, /)|Runs.|");
  EXPECT_EQ(
      shown(R"(
@dataclass
class Config:
    """Settings.

    Args:
        path (`str`): where
    """
    path: str
    #: How many.
    count: int = field(default=3)
    names: list[str] = field(default_factory=list, doc="Who.")
    more: InitVar[int] = 1
    _: KW_ONLY
    fast: bool = False
    hidden: int = field(init=False)
)",
            "Config"),
      "|dataclass lib.Config#|Config(\n  path: str,\n  count: int = 3,\n  names: list[str] = list(),\n  more: int = "
      "1,\n  "
      "*,\n  fast: bool = False\n)|Settings.|Parameters|path| (|str|)|where|count| (|int|, |optional|, defaults to "
      "|3|)|How many.|names| (|list[str]|, |optional|, defaults to |list()|)|Who.|");
}

TEST(PythonReference, VariablesAttributesAndAliases) {
  const std::string source = R"(
#: At most
#: so many.
LIMIT: int = 3
NAMES = ["a"]
"""Who counts."""
type Pair[T] = tuple[T, T]  #: Two.
Loose: TypeAlias = "int | Pair"
UserId = NewType("UserId", int)
class Box:
    "A box."
    #: In pixels.
    width: int = 3
    SIZE = 4
    size = property(None, None, doc="Its size.")
    @property
    def label(self) -> Pair: "What is on it."
    @label.setter
    def label(self, x): ...
    @functools.cached_property
    def area(self): "In pixels."
)";
  EXPECT_EQ(shown(source, "LIMIT"), "|variable lib.LIMIT#|LIMIT: int = 3|At most\nso many.|");
  EXPECT_EQ(shown(source, "NAMES"), "|variable lib.NAMES#|NAMES = [\"a\"]|Who counts.|");
  EXPECT_EQ(shown(source, "Pair"), "|type lib.Pair#|type Pair[T] = tuple[T, T]|Two.|");
  EXPECT_EQ(shown(source, "Loose"), "|type lib.Loose#|Loose: TypeAlias = \"int | <types.html#lib.Pair>Pair\"|");
  EXPECT_EQ(shown(source, "UserId"), "|type lib.UserId#|UserId = NewType(\"UserId\", int)|");
  EXPECT_EQ(shown(source, "Box"), "|class lib.Box#|Box()|A box.|Attributes|width| (|int|, defaults to |3|)|In pixels.|")
      << "properties are listed by name only";
  EXPECT_EQ(shown(source, "Box", {"size", "label", "area", "SIZE"}),
            "|class lib.Box#|Box()|A box.|Attributes|width| (|int|, defaults to |3|)|In pixels.|property size#|Its "
            "size.|settable property label#|label: <types.html#lib.Pair>Pair|What is on it.|property area#|In "
            "pixels.|attribute SIZE#|SIZE = 4|");
}

TEST(PythonReference, SignaturesAndOverloads) {
  const std::string source = R"(
import numpy as np
from other import Thing
@overload
def f(a: int, /, *, b: str = ...) -> int:
    """Of a number.

    Args:
        a: a number
    """
@overload
def f(a: str) -> str: ...
def f(a, b=None):
    """Does it.

    Args:
        a (`np.ndarray`): what
    """
async def g[T: int](x: "list[Point]", *, y: np.ndarray = None, z: Literal["Point"] = 1) -> T: "Waits."
class Point: pass
)";
  EXPECT_EQ(
      shown(source, "f"),
      "|function lib.f#|f(a: str) -> str|Does it.|Parameters|a| (|<https://np/#ndarray>np.ndarray|)|what|f(a: int, "
      "/, *, b: str = ...) -> int|Of a number.|Parameters|a|a number|");
  EXPECT_EQ(shown(source, "g"),
            "|function lib.g#|async g[T: int](x: \"list[<types.html#lib.Point>Point]\", *, y: "
            "<https://np/#ndarray>np.ndarray "
            "= None, z: Literal[\"Point\"] = 1) -> T|Waits.|");
}

TEST(PythonReference, AliasesAreHeadedByTheirOwnName) {
  ReferenceOf library(
      Sources{{"lib/__init__.py", "from .impl import _Real as Real, run\nold_run = run\n"},
              {"lib/impl.py", "class _Real:\n    'It.'\n    def go(self): 'Goes.'\ndef run(): 'Runs.'\n"}});
  EXPECT_EQ(library.shown("lib.Real"), "|class lib.Real#|Real()|It.|method go#|go()|Goes.|");
  EXPECT_EQ(library.docs().resolve("Real.go").anchor, "lib.Real.go");
  EXPECT_EQ(library.shown("old_run"), "|function lib.old_run#|old_run()|Runs.|");
  EXPECT_EQ(library.docs().resolve("lib.impl.run").status, Reference::Status::linked) << "by its place, too";
}

TEST(PythonReference, StubsBesideAndInsteadOfSources) {
  ReferenceOf library(
      {{"lib/__init__.py", "from .core import Engine\nfrom .half import f, C\n"},
       {"lib/core.pyi",
        "class Engine:\n    'In Rust.'\n    @overload\n    def run(self, x: int) -> int: ...\n    "
        "@overload\n    def run(self, x: str) -> str:\n        'Runs.'\n"},
       {"lib/half.py", "def f(a, b=3):\n    'Does it.'\nclass C:\n    'A class.'\n    def m(self, x): pass\n"},
       {"lib/half.pyi",
        "def f(a: int, b: int = ...) -> str: ...\nclass C:\n    def m(self, x: int) -> None:\n        'Of "
        "the stub.'\n    y: int\ndef only(z: int): 'Only here.'\n"}});
  EXPECT_EQ(library.shown("Engine"),
            "|class lib.Engine#|Engine()|In Rust.|method run#|run(x: int) -> int|run(x: str) -> str|Runs.|");
  EXPECT_EQ(library.shown("f"), "|function lib.f#|f(a: int, b: int = 3) -> str|Does it.|");
  EXPECT_EQ(library.shown("C"), "|class lib.C#|C()|A class.|method m#|m(x: int) -> None|Of the stub.|");
  EXPECT_THAT(library.shown("lib.half.only"), HasSubstr("only(z: int)|Only here.|"));
}

TEST(PythonReference, ResultsErrorsAndSeeAlso) {
  EXPECT_EQ(
      shown(
          "class Point: pass\ndef f():\n    \"\"\"Does it.\n\n    Returns:\n        a (Point): one\n        b (int): "
          "two\n\n"
          "    Raises:\n        KeyError: if so\n\n    Warns:\n        UserWarning: if slow\n\n    See Also:\n        "
          "Point: more\n    \"\"\"\n",
          "f"),
      "|function lib.f#|f()|Does it.|Returns|a| (<types.html#lib.Point>Point)|one|b| (int)|two|Raises|KeyError|if "
      "so|Warns|UserWarning|if slow|See also|<types.html#lib.Point>Point|more|");
}

}  // namespace
}  // namespace veneer::docs
