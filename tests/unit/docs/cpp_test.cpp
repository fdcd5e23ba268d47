#include "docs/symbols/cpp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "docs/autodoc/signature.h"
#include "docs/symbols/cpp_comment.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;

constexpr const char* kHeader = R"(#include <cstddef>
namespace lib {
class Forward;
/// A picture.
///
/// Args:
///   width: in pixels
class Picture {
 public:
  /// Makes one.
  explicit Picture(int width, const char* name = "a=b");
  Picture(const Picture&) = delete;
  Picture(Picture&&);
  ~Picture();
  [[nodiscard]] virtual int width() const noexcept = 0;
  /** Reads a file.
   *
   * \param path where it is,
   *   all of it
   * @return the picture
   * \throws Error if it is not there
   */
  static Picture* read(const char* path);
  /// By number.
  void draw(int a);
  /// By name.
  void draw(const char* b);
  void draw(double c);
  template <class T, int N = 3>
  T at(T (&all)[N]) const;
  bool operator==(const Picture& other) const;
  int size = 3, depth{4};  ///< how large
  std::nullptr_t none{};
  static constexpr const char* kName = "x";
  int (*call)(int);
  /// Inside.
  struct Part { int x; };
 protected:
  int secret();
 private:
  int hidden_;
};
enum class Mode {
  fast,  ///< soon
  good,  ///< well
};
/// A list.
template <class T>
using List = T*;
struct Derived : Picture {
  int width() const noexcept override;
};
inline int free_function(const Mode& mode, int a[3], int) { return 1; }
namespace detail { void not_public(); }
namespace { void not_here(); }
namespace inner { struct Deep { void run(); }; struct Twice {}; }
namespace other { struct Twice {}; }
template <class T> concept Small = sizeof(T) < 4;
}  // namespace lib
namespace lib { int again(); }
)";

SymbolIndex read(const std::string& header) {
  const TemporaryTree tree({{"src/a.h", header}});
  std::vector<SymbolTree> trees;
  trees.push_back(read_cpp_library({"lib", {tree.root() / "src/a.h"}, {}, tree.root()}));
  return SymbolIndex(std::move(trees));
}

TEST(Cpp, DeclarationsHaveTheirSignatureAndPlace) {
  const SymbolIndex index = read(kHeader);
  EXPECT_TRUE(index.trees()[0].findings.empty());
  const auto signature = [&](std::string_view name) {
    const Symbol* symbol = index.find(name);
    return symbol == nullptr ? "none" : signature_text(*symbol, symbol->name);
  };
  EXPECT_EQ(signature("lib::Picture"), "class Picture");
  EXPECT_EQ(signature("Picture::Picture"), "explicit Picture(int width, const char* name = \"a=b\")");
  EXPECT_EQ(signature("Picture::width"), "[[nodiscard]] virtual int width() const noexcept = 0");
  EXPECT_EQ(signature("Picture::read"), "static Picture* read(const char* path)");
  EXPECT_EQ(signature("Picture::at"), "template <class T, int N = 3>\nT at(T (&all)[N]) const");
  EXPECT_EQ(signature("Picture::operator=="), "bool operator==(const Picture& other) const");
  EXPECT_EQ(signature("lib.free_function"), "int free_function(const Mode& mode, int a[3], int)");
  EXPECT_EQ(signature("lib::List"), "template <class T>\nusing List = T*");
  EXPECT_EQ(signature("Mode"), "enum class Mode");
  EXPECT_EQ(signature("Derived"), "struct Derived : Picture");
  EXPECT_EQ(signature("Derived::width"), "int width() const noexcept override");
  EXPECT_EQ(index.find("Small")->kind, SymbolKind::concept_);
  EXPECT_EQ(index.find("Picture")->file, "src/a.h");
  EXPECT_EQ(index.find("Picture")->line, 8);
  EXPECT_EQ(index.find("Picture")->docstring_line, 4);
  EXPECT_EQ(index.find("again")->public_name, "lib::again");
}

TEST(Cpp, FieldsHaveTheirTypeAndFirstValueAsWritten) {
  const SymbolIndex index = read(kHeader);
  const auto field = [&](std::string_view name) {
    const Symbol* symbol = index.find(name);
    return symbol == nullptr ? "none" : symbol->returns + " | " + symbol->value;
  };
  EXPECT_EQ(field("Picture::size"), "int | 3");
  EXPECT_EQ(field("Picture::depth"), "int | {4}");
  EXPECT_EQ(field("Picture::none"), "std::nullptr_t | ");
  EXPECT_EQ(field("Picture::kName"), "const char* | \"x\"");
  EXPECT_EQ(field("Picture::call"), "int (*)(int) | ");
}

TEST(Cpp, OnlyThePublicInterfaceIsThere) {
  const SymbolIndex index = read(kHeader);
  for (const char* name : {"Forward", "Picture::secret", "Picture::hidden_", "detail", "not_here", "Picture::~Picture"})
    EXPECT_EQ(index.find(name), nullptr) << name;
  std::vector<std::string> names;
  for (const Symbol* method : SymbolIndex::documented_methods(*index.find("Picture"))) names.push_back(method->name);
  EXPECT_THAT(names, ElementsAre("Picture", "width", "read", "draw", "at", "operator==", "Part"));
  EXPECT_TRUE(index.find("Picture::Picture")->overloads.empty()) << "neither copied nor moved";
}

TEST(Cpp, OverloadsAndInheritance) {
  const SymbolIndex index = read(kHeader);
  const Symbol* draw = index.find("Picture::draw");
  ASSERT_EQ(draw->overloads.size(), 2u);
  EXPECT_EQ(draw->docstring, "By number.");
  EXPECT_EQ(draw->overloads[0]->docstring, "By name.");
  EXPECT_EQ(draw->overloads[1]->public_name, "lib::Picture::draw-3");
  EXPECT_EQ(index.find("Derived::draw"), draw);
  EXPECT_THAT(index.find("Derived")->ancestors, ElementsAre(index.find("Picture")));
}

TEST(Cpp, OuterNamespacesMayBeLeftOutWhenThatIsClear) {
  const SymbolIndex index = read(kHeader);
  EXPECT_EQ(index.find("Deep::run")->public_name, "lib::inner::Deep::run");
  EXPECT_EQ(index.find("inner::Deep")->public_name, "lib::inner::Deep");
  EXPECT_EQ(index.find("Twice"), nullptr);
}

TEST(Cpp, BrokenHeadersAreFindings) {
  const SymbolIndex index =
      read("namespace lib {\nint good();\nMissing bad();\n}\n#include \"nowhere.h\"\nint lib::\n");
  ASSERT_FALSE(index.trees()[0].findings.empty());
  EXPECT_EQ(index.trees()[0].findings[0].where, (SourcePosition{"src/a.h", 3}));
  EXPECT_NE(index.find("good"), nullptr);
  EXPECT_THROW(read_cpp_library({"lib", {"/no/such.h"}, {}, "/"}), Error);
}

TEST(Cpp, FlagsComeFromTheNearestFile) {
  const TemporaryTree tree(
      {{"compile_flags.txt", "-DA=1\n\n  -Iinclude\r\n"}, {"src/deep/a.h", ""}, {"src/b.hpp", ""}});
  EXPECT_THAT(read_compile_flags(tree.root() / "src/deep"), ElementsAre("-DA=1", "-Iinclude"));
  EXPECT_THAT(find_headers(tree.root() / "src"), ElementsAre(tree.root() / "src/b.hpp", tree.root() / "src/deep/a.h"));
}

TEST(Cpp, FlagsLoadNoCode) {
  const TemporaryTree tree({{"src/a.h", ""}, {"b", ""}});
  for (const char* flag : {"-fplugin=./evil.so", "-Xclang", "@flags", "-mllvm"})
    EXPECT_THROW(read_cpp_library({"lib", {tree.root() / "src/a.h"}, {flag}, tree.root()}), Error) << flag;
}

TEST(CppComment, MarkersGoAndIndentationStays) {
  EXPECT_EQ(comment_text("/// a\n    ///   b\n  ///\n  //! c"), "a\n  b\n\nc");
  EXPECT_EQ(comment_text("///< after"), "after");
  EXPECT_EQ(comment_text("/** one */"), "one");
  EXPECT_EQ(comment_text("/**\n * a\n *   b\n */"), "\na\n  b\n");
  EXPECT_EQ(comment_text("/*! a\n   b\n     c */"), "a\nb\n  c");
  EXPECT_EQ(comment_text(""), "");
}

}  // namespace
}  // namespace veneer::docs
