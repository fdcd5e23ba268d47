#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "docs/symbols/python.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SymbolIndex read(const std::map<std::string, std::string>& files) {
  const TemporaryTree tree(files);
  std::vector<SymbolTree> trees;
  trees.push_back(read_python_package({"lib", tree.root() / "src/lib", tree.root()}));
  return SymbolIndex(std::move(trees));
}

std::vector<std::string> parameter_names(const SymbolIndex& index, std::string_view name) {
  std::vector<std::string> names;
  const Symbol* symbol = index.find(name);
  if (symbol != nullptr)
    for (const Parameter& parameter : symbol->parameters)
      names.push_back(parameter.name + (parameter.default_value.empty() ? "" : "=" + parameter.default_value));
  return names;
}

std::vector<std::string> ancestors(const SymbolIndex& index, std::string_view name) {
  std::vector<std::string> names;
  for (const Symbol* ancestor : index.find(name)->ancestors) names.push_back(ancestor->name);
  return names;
}

TEST(PythonPackage, LazyTablesGiveTheShortestPublicName) {
  const SymbolIndex index =
      read({{"src/lib/__init__.py",
             "_import_structure = {'models': []}\nif is_torch_available():\n"
             "    _import_structure['models'].extend(['UNet'])\n"},
            {"src/lib/models/__init__.py",
             "_import_structure = {'unets.unet': ['UNet', 'Output']}\nif TYPE_CHECKING:\n    from .unets import UNet, "
             "Hidden\n"},
            {"src/lib/models/unets/__init__.py", "from .unet import UNet, Hidden\n"},
            {"src/lib/models/unets/unet.py",
             "class UNet:\n    def forward(self): 'x'\nclass Output: pass\nclass Hidden: pass\nclass Deep: pass\n"}});
  const auto public_name = [&](std::string_view name) { return index.find(name)->public_name; };
  EXPECT_EQ(public_name("UNet"), "lib.UNet");
  EXPECT_EQ(public_name("lib.models.unets.unet.UNet"), "lib.UNet");
  EXPECT_EQ(public_name("UNet.forward"), "lib.UNet.forward");
  EXPECT_EQ(public_name("models.Output"), "lib.models.Output");
  EXPECT_EQ(public_name("models.unets.Hidden"), "lib.models.unets.Hidden") << "not by way of TYPE_CHECKING";
  EXPECT_EQ(public_name("models.unets.unet.Deep"), "lib.models.unets.unet.Deep");
  EXPECT_EQ(index.find("Output"), nullptr);
  EXPECT_EQ(index.find("models.Hidden"), nullptr) << "only the table counts";
  EXPECT_EQ(index.find("UNet")->file, "src/lib/models/unets/unet.py");
}

TEST(PythonPackage, ReexportsStarsRenamesAndCycles) {
  const SymbolIndex index =
      read({{"src/lib/__init__.py", "from .a import *\nfrom .b import Old, loop\nfrom . import c as see\n"},
            {"src/lib/a.py", "class A: pass\nclass _Private: pass\n"},
            {"src/lib/b.py", "from .a import A as New\nOld = New\nfrom .c import loop\n"},
            {"src/lib/c.py", "from .b import loop\nclass C: pass\n"}});
  EXPECT_EQ(index.find("A")->path, "lib.a.A");
  EXPECT_EQ(index.find("lib.Old")->path, "lib.a.A");
  EXPECT_EQ(index.find("see.C")->path, "lib.c.C");
  EXPECT_EQ(index.find("_Private"), nullptr);
  EXPECT_EQ(index.find("loop"), nullptr);
  EXPECT_EQ(index.find("c")->kind, SymbolKind::module_);
}

TEST(PythonPackage, StarsInACircleStillFindTheName) {
  const SymbolIndex index = read({{"src/lib/__init__.py", "from .a import *\n"},
                                  {"src/lib/a.py", "from .b import *\nfrom .c import *\n"},
                                  {"src/lib/b.py", "from .a import *\nclass InB: pass\n"},
                                  {"src/lib/c.py", "class InC: pass\n"}});
  for (const char* name : {"InB", "InC", "a.InB", "a.InC", "b.InC", "b.InB"})
    EXPECT_NE(index.find(name), nullptr) << name;
}

TEST(PythonPackage, InheritanceIsC3AcrossModules) {
  const SymbolIndex index =
      read({{"src/lib/__init__.py", "from .d import D\n"},
            {"src/lib/a.py",
             "import torch\nclass A(torch.nn.Module):\n    def f(self): 'A'\n    def __init__(self, a): pass\n"},
            {"src/lib/b.py", "from .a import A\nclass B(A):\n    pass\nclass C(A):\n    def f(self): 'C'\n"},
            {"src/lib/d.py", "from . import b\nclass D(b.B, b.C, Generic[T]): pass\nclass Loop(Loop): pass\n"}});
  EXPECT_THAT(ancestors(index, "D"), ElementsAre("B", "C", "A"));
  EXPECT_EQ(index.find("D.f")->docstring, "C");
  EXPECT_THAT(parameter_names(index, "D"), ElementsAre("a"));
  EXPECT_THAT(ancestors(index, "d.Loop"), IsEmpty());
}

TEST(PythonPackage, DataclassesHaveTheirFieldsAsParameters) {
  const SymbolIndex index = read({{"src/lib/__init__.py", ""}, {"src/lib/a.py", R"(
@dataclass
class Base:
    x: int
    kind: ClassVar[str] = "no"
    y: list = field(default_factory=list)
@dataclasses.dataclass(frozen=True)
class Derived(Base):
    z: "str" = field(default="q", init=True)
    x: float = 2.0
    hidden: int = field(init=False)
    def method(self): pass
class Plain(Derived): pass
class Own(Base):
    def __init__(self, only): pass
class Point(NamedTuple):
    u: int
    v: int = 0
)"}});
  EXPECT_THAT(parameter_names(index, "a.Base"), ElementsAre("x", "y=list()"));
  EXPECT_THAT(parameter_names(index, "a.Derived"), ElementsAre("x=2.0", "y=list()", "z=\"q\""));
  EXPECT_THAT(parameter_names(index, "a.Plain"), ElementsAre("x=2.0", "y=list()", "z=\"q\""));
  EXPECT_THAT(parameter_names(index, "a.Own"), ElementsAre("only"));
  EXPECT_THAT(parameter_names(index, "a.Point"), ElementsAre("u", "v=0"));
}

TEST(PythonPackage, ExamplesComeFromTheConstant) {
  const SymbolIndex index =
      read({{"src/lib/__init__.py", ""}, {"src/lib/shared.py", "EXAMPLE = '''There'''\n"}, {"src/lib/a.py", R"(
from .shared import EXAMPLE as THERE
HERE = """
    Examples:
        ```py
        >>> f()
        ```
"""
@replace_example_docstring(HERE)
def f():
    """Does.

    Examples:

    Returns:
        `int`: x
    """
@replace_example_docstring(THERE)
def g():
    """
    Example:
    """
@replace_example_docstring(NOWHERE)
def h():
    """
    Examples:
    """
)"}});
  EXPECT_EQ(index.find("a.f")->docstring,
            "Does.\n\n\n    Examples:\n        ```py\n        >>> f()\n        ```\n\n\n    Returns:\n        `int`: "
            "x\n    ");
  EXPECT_EQ(index.find("a.g")->docstring, "\nThere\n    ");
  ASSERT_EQ(index.trees()[0].findings.size(), 1u);
  EXPECT_EQ(index.trees()[0].findings[0].rule, "missing-example");
  EXPECT_EQ(index.trees()[0].findings[0].where, (SourcePosition{"src/lib/a.py", 23}));
}

TEST(PythonPackage, DocumentedMethodsAreThoseThatSaySomethingNew) {
  const SymbolIndex index = read({{"src/lib/__init__.py", ""}, {"src/lib/a.py", R"(
class Base:
    def same(self): "Same."
    def other(self): "Base."
    def inherited(self): "Inherited."
class Derived(Base):
    def same(self): "Same."
    def other(self): "Derived."
    def zeta(self): "Own."
    def alpha(self): "Own."
    def silent(self): pass
    def _private(self): "Hidden."
    @property
    def shape(self): "A property."
    class Nested:
        "A class."
    again = zeta
)"}});
  std::vector<std::string> names;
  for (const Symbol* method : SymbolIndex::documented_methods(*index.find("a.Derived"))) names.push_back(method->name);
  EXPECT_THAT(names, ElementsAre("alpha", "other", "zeta"));
}

TEST(PythonPackage, AnEditedFileAloneIsParsedAgain) {
  const TemporaryTree tree(
      {{"src/lib/__init__.py", "from .a import A\n"},
       {"src/lib/a.py", "from .b import B\n@dataclass\nclass A(B):\n    x: int\n    def f(self): 'old'\n"},
       {"src/lib/b.py", "class B:\n    def g(self): 'kept'\n"}});
  const PythonPackage package{"lib", tree.root() / "src/lib", tree.root()};
  PythonModuleCache cache;
  const auto read_again = [&] {
    std::vector<SymbolTree> trees;
    trees.push_back(read_python_package(package, &cache));
    return SymbolIndex(std::move(trees));
  };
  const SymbolIndex first = read_again();
  EXPECT_EQ(first.find("A.f")->docstring, "old");
  write_file(tree.root() / "src/lib/a.py", "from .b import B\nclass A(B):\n    def f(self): 'newer'\n");
  const SymbolIndex second = read_again();
  EXPECT_EQ(second.find("A.f")->docstring, "newer");
  EXPECT_EQ(second.find("A.g")->docstring, "kept");
  EXPECT_THAT(parameter_names(second, "A"), IsEmpty());
  EXPECT_THAT(parameter_names(first, "A"), ElementsAre("x")) << "the first reading is not touched";
  EXPECT_NE(first.find("A.g"), second.find("A.g"));
  std::filesystem::remove(tree.root() / "src/lib/a.py");
  EXPECT_EQ(read_again().find("A"), nullptr);
}

TEST(PythonPackage, MissingFoldersAndBadFilesAreToldApart) {
  EXPECT_THROW(read({{"src/other/__init__.py", ""}}), Error);
  const SymbolIndex index = read({{"src/lib/__init__.py",
                                   "\xEF\xBB\xBF"
                                   "class A:\r\n    '''One\r\n    two'''\r\n"}});
  EXPECT_EQ(index.find("A")->docstring, "One\n    two");
}

TEST(SymbolIndex, NearestNamesAreSuggested) {
  const SymbolIndex index = read({{"src/lib/__init__.py", "from .a import DDIMScheduler, DDPMScheduler, UNet\n"},
                                  {"src/lib/a.py",
                                   "class DDIMScheduler:\n    def step(self): 'x'\nclass DDPMScheduler: pass\nclass "
                                   "UNet:\n    def stop(self): 'x'\n"}});
  EXPECT_THAT(index.nearest("DDIMSheduler"), testing::Contains("lib.DDIMScheduler"));
  EXPECT_EQ(index.nearest("lib.ddimscheduler", 1).at(0), "lib.DDIMScheduler");
  EXPECT_EQ(index.nearest("DDIMScheduler.stap", 1).at(0), "lib.DDIMScheduler.step");
  EXPECT_EQ(index.nearest("UNte", 1).at(0), "lib.UNet") << "swapped letters are one mistake";
  EXPECT_THAT(index.nearest("Completely.different"), IsEmpty());
}

TEST(SymbolIndex, PathsSplitAtDotsAndColons) {
  EXPECT_THAT(split_path("a.b::c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_path("a::operator()"), ElementsAre("a", "operator()"));
  EXPECT_THAT(split_path("A<b::c>::d"), ElementsAre("A<b::c>", "d"));
  EXPECT_THAT(split_path(""), ElementsAre(""));
}

}  // namespace
}  // namespace veneer::docs
