// Each kind of C++ declaration, as its source writes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/autodoc/described.h"
#include "docs/autodoc/signature.h"
#include "docs/symbols/cpp.h"
#include "temporary_tree.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;

struct Declared {
  std::string_view name, kind, signature;
};

SymbolIndex read(const std::string& header, std::vector<std::string> flags = {}) {
  const TemporaryTree tree({{"src/a.h", header}});
  std::vector<SymbolTree> trees;
  trees.push_back(read_cpp_library({"lib", {tree.root() / "src/a.h"}, std::move(flags), tree.root()}));
  return SymbolIndex(std::move(trees));
}

void expect_declared(const std::string& header, const std::vector<Declared>& cases) {
  const SymbolIndex index = read(header);
  for (const Finding& finding : index.trees()[0].findings) ADD_FAILURE() << finding.where.line << finding.message;
  for (const auto& [name, kind, signature] : cases) {
    const Symbol* symbol = index.find(name);
    ASSERT_NE(symbol, nullptr) << name;
    EXPECT_EQ(kind_name(*symbol), kind) << name;
    EXPECT_EQ(signature_text(*symbol, symbol->name), signature) << name;
  }
}

std::vector<std::string> entries(const Symbol& symbol) {
  std::vector<std::string> list;
  for (const DocGroup& group : describe(symbol).doc.parameters)
    for (const DocEntry& entry : group.entries) list.push_back(entry.name + " " + entry.head + " " + entry.text);
  return list;
}

TEST(CppDeclaration, TemplatesHaveTheirConstraints) {
  expect_declared(
      R"(namespace lib {
template <class T>
concept Small = sizeof(T) < 4 && requires(T t) { { t + t }; };
template <class T, class U = T*> requires Small<T> || (sizeof(T) > 9)
struct Box {
  Box(T t) requires(sizeof(T) > 1);
  template <class V> requires Small<V> && Small<T> void put(V v);
};
int plain(Small auto x) requires true;
template <template <class...> class C, int N = (3 > 2)> void nested(C<int> c);
template <class T> constexpr int width = sizeof(T);
template <class T> using Pair = Box<T, T>;
}
)",
      {{"Box", "struct", "template <class T, class U = T*>\nrequires Small<T> || (sizeof(T) > 9)\nstruct Box"},
       {"Box::Box", "constructor", "Box(T t) requires(sizeof(T) > 1)"},
       {"Box::put", "method", "template <class V>\nrequires Small<V> && Small<T>\nvoid put(V v)"},
       {"Pair", "alias", "template <class T>\nusing Pair = Box<T, T>"},
       {"Small", "concept", "template <class T>\nconcept Small = sizeof(T) < 4 && requires(T t) { { t + t }; }"},
       {"nested", "function", "template <template <class...> class C, int N = (3 > 2)>\nvoid nested(C<int> c)"},
       {"plain", "function", "int plain(Small auto x) requires true"},
       {"width", "variable", "template <class T>\nconstexpr int width = sizeof(T)"}});
}

TEST(CppDeclaration, MembersAreCalledWhatTheyAre) {
  expect_declared(R"(namespace lib {
template <class T> struct Box {
  explicit(sizeof(T) > 2) Box(int) noexcept(sizeof(T) == 1);
  template <class U> Box(U* u, int n);
  /// Ends it.
  ~Box() noexcept(false);
  int get() const&;
  int take() && noexcept(noexcept(T()));
  operator bool() const;
  explicit operator T*() const volatile;
  Box& operator=(int);
  T operator()(int a) const;
  T* operator->();
  using value_type = T;
  typedef T* pointer;
  friend bool operator==(const Box& a, const Box& b) { return &a == &b; }
  auto trailing(int a) const -> T*;
  virtual void pure(int (*done)(int), T (&all)[3]) = 0;
  static constexpr int kMax = 5;
  unsigned flags : 3 = 1;
  mutable int cache;
};
template <class T> Box(T) -> Box<T>;
template <class T> struct Box<T*> { int only; };
template <> struct Box<char> { int special; };
}
)",
                  {{"Box::Box", "constructor", "explicit(sizeof(T) > 2) Box(int) noexcept(sizeof(T) == 1)"},
                   {"Box::~Box", "destructor", "~Box() noexcept(false)"},
                   {"Box::get", "method", "int get() const&"},
                   {"Box::take", "method", "int take() && noexcept(noexcept(T()))"},
                   {"Box::operator bool", "conversion", "operator bool() const"},
                   {"Box::operator T*", "conversion", "explicit operator T*() const volatile"},
                   {"Box::operator=", "operator", "Box& operator=(int)"},
                   {"Box::operator()", "operator", "T operator()(int a) const"},
                   {"Box::operator->", "operator", "T* operator->()"},
                   {"Box::operator==", "operator", "friend bool operator==(const Box& a, const Box& b)"},
                   {"Box::value_type", "alias", "using value_type = T"},
                   {"Box::pointer", "alias", "typedef T* pointer"},
                   {"Box::trailing", "method", "auto trailing(int a) const -> T*"},
                   {"Box::pure", "method", "virtual void pure(int (*done)(int), T (&all)[3]) = 0"},
                   {"Box::kMax", "variable", "static constexpr int kMax = 5"},
                   {"Box::flags", "variable", "unsigned flags : 3 = 1"},
                   {"Box::cache", "variable", "mutable int cache"},
                   {"Box::deduction guide", "deduction guide", "template <class T>\nBox(T) -> Box<T>"},
                   {"Box<T*>", "struct", "template <class T>\nstruct Box<T*>"},
                   {"Box<char>", "struct", "template <>\nstruct Box<char>"}});
}

TEST(CppDeclaration, ValuesTypesAndMacrosAreShown) {
  expect_declared(R"(#define LIB_API __attribute__((visibility("default")))
#define LIB_OLD(why) [[deprecated(why)]]
/// The larger one.
#define LIB_MAX(a, b) ((a) > (b) ? (a) : (b))
#define LIB_VERSION 3
namespace lib {
enum class Mode : unsigned char { fast = 1, good = fast << 1 };
enum Old { one, two = 4 };
constexpr int kFirst = 3, kSecond = 4;
inline constexpr auto kTwice = [](int x) { return x * 2; };
int (*chosen(int a))(double);
using Function = int (*)(int);
typedef int (*Callback)(int), *Pointer;
extern "C" { int from_c(void); }
union Either { int a; float b; };
inline namespace v1 { int versioned(); }
LIB_API int visible(int x);
LIB_OLD("use visible") int old();
template <class T> T generic(T t);
template <> int generic<int>(int t);
int operator""_d(unsigned long long);
struct Base {};
struct Derived final : public Base { int a[3] = {1, 2, 3}; };
}
)",
                  {{"Mode", "enum", "enum class Mode : unsigned char"},
                   {"Mode::good", "enumerator", "good = fast << 1"},
                   {"Old", "enum", "enum Old"},
                   {"lib::two", "enumerator", "two = 4"},
                   {"kFirst", "variable", "constexpr int kFirst = 3"},
                   {"kSecond", "variable", "constexpr int kSecond = 4"},
                   {"kTwice", "variable", "constexpr auto kTwice = [](int x) { return x * 2; }"},
                   {"chosen", "function", "int (*chosen(int a))(double)"},
                   {"Function", "alias", "using Function = int (*)(int)"},
                   {"Callback", "alias", "typedef int (*Callback)(int)"},
                   {"Pointer", "alias", "typedef int *Pointer"},
                   {"from_c", "function", "int from_c()"},
                   {"Either", "union", "union Either"},
                   {"lib::versioned", "function", "int versioned()"},
                   {"visible", "function", "int visible(int x)"},
                   {"old", "function", "int old()"},
                   {"generic<int>", "function", "template <>\nint generic<int>(int t)"},
                   {"operator\"\"_d", "operator", "int operator\"\"_d(unsigned long long)"},
                   {"Derived", "struct", "struct Derived final : Base"},
                   {"Derived::a", "variable", "int a[3] = {1, 2, 3}"},
                   {"LIB_MAX", "macro", "#define LIB_MAX(a, b) ((a) > (b) ? (a) : (b))"},
                   {"LIB_VERSION", "macro", "#define LIB_VERSION 3"}});
}

TEST(CppDeclaration, FieldsOfUnnamedUnionsAndStructsAreFields) {
  const SymbolIndex index = read(R"(namespace lib { struct Node {
  union {
    int number;   ///< if it is one
    float real;
  };
  struct { int x; } place;
  enum { kMost = 4 };
 private:
  union { int hidden; };
};
enum class Mode { fast = 1, good };
})");
  EXPECT_THAT(entries(*index.find("Node")), ElementsAre("number (`int`) if it is one\n\nShares its memory with `real`.",
                                                        "real (`float`) Shares its memory with `number`.",
                                                        "place (`struct`) ", "place.x (`int`) ", "kMost (= `4`) "));
  EXPECT_THAT(entries(*index.find("Mode")), ElementsAre("fast (= `1`) ", "good  "));
}

TEST(CppDeclaration, WhatTheCompilerCannotResolveStaysAsItIsWritten) {
  const SymbolIndex index = read(R"(#include <boost/optional.hpp>
namespace lib {
struct Options : boost::noncopyable, Generated {
  boost::optional<int> limit;
  std::map<Key, std::vector<Value>> all = {};
  void set(const Generated& g, boost::optional<int> x = boost::none) const;
  explicit Options(Generated a);
};
boost::optional<int> run(const Options& options, std::string name = "a");
template <class T> boost::optional<T> first(T x);
/// A number.
using Number = boost::optional<int>;
typedef Generated Made;
enum class Mode : Small { a, b };
}
)");
  EXPECT_FALSE(index.trees()[0].findings.empty());
  const auto signature = [&](std::string_view name) {
    const Symbol* symbol = index.find(name);
    return symbol == nullptr ? "none" : signature_text(*symbol, symbol->name);
  };
  EXPECT_EQ(signature("run"), "boost::optional<int> run(const Options& options, std::string name = \"a\")");
  EXPECT_EQ(signature("first"), "template <class T>\nboost::optional<T> first(T x)");
  EXPECT_EQ(signature("Options"), "struct Options : boost::noncopyable, Generated");
  EXPECT_EQ(signature("Options::set"), "void set(const Generated& g, boost::optional<int> x = boost::none) const");
  EXPECT_EQ(signature("Options::Options"), "explicit Options(Generated a)");
  EXPECT_EQ(signature("Options::all"), "std::map<Key, std::vector<Value>> all = {}");
  EXPECT_EQ(signature("Number"), "using Number = boost::optional<int>");
  EXPECT_EQ(index.find("Number")->docstring, "A number.");
  EXPECT_EQ(signature("Made"), "typedef Generated Made");
  EXPECT_EQ(signature("Mode"), "enum class Mode : Small");
}

TEST(CppDeclaration, MacrosThatNobodyDefinesStandForNothing) {
  const SymbolIndex index = read(R"(namespace lib {
class LIB_EXPORT Exported {
 public:
  LIB_API void run();
  LIB_DEPRECATED("why") int old();
};
LIB_API int make(int x);
}
)");
  for (const char* name : {"Exported::run", "Exported::old", "make"}) EXPECT_NE(index.find(name), nullptr) << name;
  EXPECT_EQ(signature_text(*index.find("Exported"), "Exported"), "class Exported");
  std::vector<std::string> findings;
  for (const Finding& finding : index.trees()[0].findings)
    findings.push_back(std::to_string(finding.where.line) + " " + finding.rule + " " + finding.message.substr(0, 17));
  EXPECT_THAT(findings, ElementsAre("7 cpp-macro `LIB_API` is defi", "5 cpp-macro `LIB_DEPRECATED(.",
                                    "2 cpp-macro `LIB_EXPORT` is d"));
}

TEST(CppDeclaration, HeadersAreReadAsTheirUsersIncludeThem) {
  // b.h undefines what a.h needs: read first, it would break it.
  const TemporaryTree tree({{"src/a_detail.h", "namespace lib { LIB_INT detail_value(); }\n"},
                            {"src/main.h", "#define LIB_INT int\n#include \"a_detail.h\"\n#undef LIB_INT\n"}});
  const SymbolTree read =
      read_cpp_library({"lib", {tree.root() / "src/a_detail.h", tree.root() / "src/main.h"}, {}, tree.root()});
  EXPECT_NE(read.root->scope.find("detail_value"), read.root->scope.end());
}

}  // namespace
}  // namespace veneer::docs
