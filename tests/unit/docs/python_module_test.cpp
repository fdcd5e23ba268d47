#include "docs/symbols/python_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/symbols/python_outline.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;

PythonModule read(std::string_view text, bool is_package = false) {
  return read_python_module(text, "lib.sub.mod", is_package, "src/lib/sub/mod.py");
}

const Symbol& at(const PythonModule& module, std::string_view path) {
  for (const Symbol& symbol : module.symbols)
    if (symbol.path == "lib.sub.mod." + std::string(path)) return symbol;
  ADD_FAILURE() << "no " << path;
  return module.symbols.front();
}

std::vector<std::string> shown(const std::vector<Parameter>& parameters) {
  std::vector<std::string> all;
  for (const Parameter& parameter : parameters) {
    std::string text = parameter.kind == ParameterKind::var_positional ? "*"
                       : parameter.kind == ParameterKind::var_keyword  ? "**"
                                                                       : "";
    text += parameter.name;
    if (!parameter.annotation.empty()) text.append(": ").append(parameter.annotation);
    if (!parameter.default_value.empty()) text.append(" = ").append(parameter.default_value);
    all.push_back(text);
  }
  return all;
}

TEST(PythonOutline, CutsBodiesAndKeepsLines) {
  EXPECT_EQ(
      outline_python("def f(a,\n      b={':'}):  # c\n    \"\"\"Doc:\n  x\"\"\"\n    if a:\n        b\n\nx = 1\n"),
      "def f(a,\n      b={':'}):  # c\n    \"\"\"Doc:\n  x\"\"\"\n\n\n\nx = 1\n");
  EXPECT_EQ(outline_python(
                "class A:\n    async def g(self): # :\n        s = '''\nnot code\n'''\n        return s\n    y = 2"),
            "class A:\n    async def g(self): # :\n        pass\n\n\n\n    y = 2");
  EXPECT_EQ(outline_python("def one(): return 1\nz = \"def two():\"\n"), "def one(): return 1\nz = \"def two():\"\n");
  EXPECT_EQ(outline_python("default = 3\n    indented\n"), "default = 3\n    indented\n");
}

TEST(PythonOutline, SurvivesTextThatIsNotPython) {
  for (const char* text : {"def f(:\n  '''open\n", "def f():\n    \\", "(((\n", "'", "def f():", "\\\n"}) {
    const std::string outline = outline_python(text);
    EXPECT_LE(std::ranges::count(outline, '\n'), std::ranges::count(std::string_view(text), '\n')) << text;
  }
}

TEST(PythonString, ResolvesEscapesUnlessRaw) {
  EXPECT_EQ(python_string_value(R"("a\n\"b\\\q")"), "a\n\"b\\\\q");
  EXPECT_EQ(python_string_value(R"('''x\
y''')"),
            "xy");
  EXPECT_EQ(python_string_value(R"(r"a\n")"), "a\\n");
  EXPECT_EQ(python_string_value(R"(Rb'''a\n''')"), "a\\n");
  EXPECT_EQ(python_string_value("'\\u00e9\\x41\\101\\N'"),
            "\xC3\xA9"
            "AA\\N");
  EXPECT_EQ(python_string_value("''"), "");
  EXPECT_EQ(python_string_value("'''"), "'") << "cut short";
}

TEST(PythonModule, SignaturesAreSourceText) {
  const PythonModule module = read(R"(
def f(a, b: int = 3, /, *args: str, c, d: "X | None" = X.y(
        1, 2), **kw) -> tuple[str, ...]:
    pass
def g(x, *, y=None): ...
)");
  EXPECT_THAT(shown(at(module, "f").parameters),
              ElementsAre("a", "b: int = 3", "*args: str", "c", "d: \"X | None\" = X.y(1, 2)", "**kw"));
  EXPECT_EQ(at(module, "f").returns, "tuple[str, ...]");
  EXPECT_EQ(at(module, "f").line, 2);
  EXPECT_EQ(at(module, "f").file, "src/lib/sub/mod.py");
  EXPECT_EQ(at(module, "g").parameters.at(1).kind, ParameterKind::keyword_only);
}

TEST(PythonModule, MethodsLoseSelfAndKnowTheirKind) {
  const PythonModule module = read(R"(
class A(Base, Generic[T], metaclass=M):
    """Doc of A."""
    x: int = 1
    def __init__(self, a): pass
    @classmethod
    def make(cls, b): pass
    @staticmethod
    def free(c): pass
    @property
    def size(self) -> int:
        "Size."
    @size.setter
    def size(self, value): pass
    @torch.no_grad()
    @replace_example_docstring(DOC)
    def __call__(self, *, d=1): pass
    class Inner: pass
)");
  const Symbol& a = at(module, "A");
  EXPECT_THAT(a.bases, ElementsAre("Base", "Generic[T]"));
  EXPECT_EQ(a.docstring, "Doc of A.");
  EXPECT_EQ(a.docstring_line, 3);
  EXPECT_THAT(shown(at(module, "A.make").parameters), ElementsAre("b"));
  EXPECT_THAT(shown(at(module, "A.free").parameters), ElementsAre("c"));
  EXPECT_EQ(at(module, "A.size").kind, SymbolKind::property);
  EXPECT_EQ(at(module, "A.size").docstring, "Size.");
  EXPECT_EQ(at(module, "A.make").kind, SymbolKind::method);
  EXPECT_THAT(at(module, "A.__call__").decorators, ElementsAre("torch.no_grad()", "replace_example_docstring(DOC)"));
  EXPECT_EQ(at(module, "A.__call__").line, 15) << "the first decorator";
  EXPECT_EQ(at(module, "A.Inner").kind, SymbolKind::class_);
  EXPECT_EQ(a.members.size(), 7u);
}

TEST(PythonModule, ImportsAreAbsolute) {
  const PythonModule module = read(R"(
import torch.nn as nn
import os.path
from . import sibling
from ..utils import (a, b as c)
from .deep.er import *
if TYPE_CHECKING:
    from x import T
try:
    from y import both
except ImportError:
    both = None
)");
  const auto import = [&](const char* name) {
    const PythonImport& found = module.imports.at(name);
    return found.module + "|" + found.attribute;
  };
  EXPECT_EQ(import("nn"), "torch.nn|");
  EXPECT_EQ(import("os"), "os|");
  EXPECT_EQ(import("sibling"), "lib.sub|sibling");
  EXPECT_EQ(import("a"), "lib.utils|a");
  EXPECT_EQ(import("c"), "lib.utils|b");
  EXPECT_EQ(import("both"), "y|both") << "not the fallback";
  EXPECT_TRUE(module.imports.at("T").only_for_types);
  EXPECT_THAT(module.star_imports, ElementsAre("lib.sub.deep.er"));
  EXPECT_EQ(read("from .x import y", true).imports.at("y").module, "lib.sub.mod.x") << "in a package";
}

TEST(PythonModule, LazyTableCountsEveryBackend) {
  const PythonModule module = read(R"(
_import_structure = {"config": ["A"], "empty": []}
try:
    if not is_torch_available():
        raise OptionalDependencyNotAvailable()
except OptionalDependencyNotAvailable:
    _import_structure["utils.dummy"] = ["Dummy"]
else:
    _import_structure["models.unet"] = ["B", "C"]
    _import_structure["config"].append("D")
    _import_structure["config"].extend(["E"])
    _import_structure.update({"late": ("F",)})
if is_scipy_available():
    _import_structure["g"] = ["G"]
else:
    _import_structure["h"] = ["H"]
)",
                                   true);
  EXPECT_TRUE(module.is_lazy);
  std::vector<std::string> names;
  for (const auto& [name, import] : module.table) names.push_back(name + "=" + import.module + "|" + import.attribute);
  EXPECT_THAT(names, testing::UnorderedElementsAre(
                         "config=lib.sub.mod.config|", "A=lib.sub.mod.config|A", "empty=lib.sub.mod.empty|",
                         "models=lib.sub.mod.models|", "B=lib.sub.mod.models.unet|B", "C=lib.sub.mod.models.unet|C",
                         "D=lib.sub.mod.config|D", "E=lib.sub.mod.config|E", "late=lib.sub.mod.late|",
                         "F=lib.sub.mod.late|F", "g=lib.sub.mod.g|", "G=lib.sub.mod.g|G"));
}

TEST(PythonModule, BranchesForMissingBackendsAreFallbacks) {
  const PythonModule module = read(R"(
if not is_x_available():
    class A:
        "fallback"
else:
    class A:
        "real"
try:
    class B:
        "real"
except ImportError:
    class B:
        "fallback"
)");
  for (const char* name : {"A", "B"}) EXPECT_EQ(module.symbols.front().scope.at(name)->docstring, "real") << name;
}

TEST(PythonModule, SyntaxErrorsAreFindingsAndTheRestIsRead) {
  const PythonModule module = read("def good(): 'a'\nclass (:\n  = 3\ndef also(): 'b'\n");
  ASSERT_FALSE(module.findings.empty());
  EXPECT_EQ(module.findings[0].where.line, 2);
  EXPECT_EQ(at(module, "good").docstring, "a");
}

}  // namespace
}  // namespace veneer::docs
