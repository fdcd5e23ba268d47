#include "docs/highlight/highlight.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace veneer::docs {
namespace {

// What the HTML shows, as "class:text" for each span; plain text is left out.
std::string spans(std::string_view code, std::string_view language) {
  const std::string html = highlight(code, language);
  constexpr std::string_view kOpen = "<span class=\"";
  std::string list;
  std::size_t at = 0;
  while ((at = html.find(kOpen, at)) != std::string::npos) {
    at += kOpen.size();
    const std::size_t quote = html.find("\">", at), end = html.find("</span>", at);
    list += (list.empty() ? "" : " | ") + html.substr(at, quote - at) + ":" + html.substr(quote + 2, end - quote - 2);
    at = end;
  }
  return list;
}

TEST(Highlight, Python) {
  EXPECT_EQ(spans("import torch  # why\nx: int = len(\"a\\\"b\")\n", "py"),
            "k:import | c:# why | t:int | f:len | s:&quot;a\\&quot;b&quot;");
  EXPECT_EQ(spans("@torch.no_grad()\ndef f(a=1.5e-3): return rf'{a}'", "python"),
            "f:@torch.no_grad | k:def | f:f | m:1.5e-3 | k:return | s:rf'{a}'");
  EXPECT_EQ(spans("s = '''a\n# b'''\nclass DDIM(Base): pass", "python"),
            "s:'''a\n# b''' | k:class | t:DDIM | t:Base | k:pass");
  EXPECT_EQ(spans("a.print, b.type", "python"), "t:type");  // a member is not the builtin
}

TEST(Highlight, PythonSession) {
  EXPECT_EQ(spans(">>> x = 1\n>>> if x:\n...     print(x)\n1\n", "py"),
            "gp:&gt;&gt;&gt;  | m:1 | gp:&gt;&gt;&gt;  | k:if | gp:...  | f:print | go:1\n");
  // A string goes on behind the next line's prompt.
  EXPECT_EQ(highlight(">>> s = \"\"\"a\n... b\"\"\"\n", "python"),
            "<span class=\"gp\">&gt;&gt;&gt; </span>s = <span class=\"s\">&quot;&quot;&quot;a\n</span>"
            "<span class=\"gp\">... </span><span class=\"s\">b&quot;&quot;&quot;</span>\n");
}

TEST(Highlight, Cpp) {
  EXPECT_EQ(spans("#include <vector>\nint main() { return 1'000; }", "cpp"),
            "k:#include | s:&lt;vector&gt; | t:int | f:main | k:return | m:1'000");
  EXPECT_EQ(spans("auto s = R\"x(a)\" b)x\"; /* c\nd */ char c = '\\'';", "c++"),
            "k:auto | s:R&quot;x(a)&quot; b)x&quot; | c:/* c\nd */ | t:char | s:'\\''");
  EXPECT_EQ(spans("struct Point {}; Point p; p.new_x();", "cpp"), "k:struct | t:Point | t:Point | f:new_x");
}

TEST(Highlight, Shell) {
  EXPECT_EQ(spans("pip install -U \"diffusers[torch]\" | grep -v x  # y", "bash"),
            "f:pip | v:-U | s:&quot;diffusers[torch]&quot; | f:grep | v:-v | c:# y");
  EXPECT_EQ(spans("export A=$HOME/${B}\nCUDA=0 python run.py --seed 3", "sh"),
            "f:export | v:$HOME | v:${B} | v:CUDA | f:python | v:--seed | m:3");
  EXPECT_EQ(spans("$ ls -l\ntotal 0\n", "console"), "gp:$  | f:ls | v:-l | go:total 0\n");
}

TEST(Highlight, Diff) {
  EXPECT_EQ(spans("--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n", "diff"),
            "gh:--- a | gh:+++ b | gh:@@ -1 +1 @@ | gd:-old | gi:+new");
}

TEST(Highlight, Data) {
  EXPECT_EQ(spans("{\"a\": [1, \"b\", null]}", "json"), "v:&quot;a&quot; | m:1 | s:&quot;b&quot; | k:null");
  EXPECT_EQ(spans("- local: index  # c\n  title: \"T: x\"\nurl: http://a\n", "yaml"),
            "v:local | c:# c | v:title | s:&quot;T: x&quot; | v:url");
  EXPECT_EQ(spans("[tool]\nname = \"x\" # c\n", "toml"), "gh:[tool] | v:name | s:&quot;x&quot; | c:# c");
  EXPECT_EQ(spans("add_library(x STATIC ${SOURCES}) # c", "cmake"), "f:add_library | t:STATIC | v:${SOURCES} | c:# c");
}

TEST(Highlight, Markup) {
  EXPECT_EQ(spans("<a href=\"x\">t</a><!-- c --><script>let a = 1;</script>", "html"),
            "k:&lt;a | v:href | s:&quot;x&quot; | k:&gt; | k:&lt;/a | k:&gt; | c:&lt;!-- c --&gt; | k:&lt;script | "
            "k:&gt; | k:let | m:1 | k:&lt;/script | k:&gt;");
  EXPECT_EQ(spans("# Title\nuse `x` **not\n> quoted\n", "md"), "gh:# Title | s:`x` | c:&gt; quoted");
}

TEST(Highlight, LanguageIsGuessedOnlyIfNoneIsNamed) {
  EXPECT_EQ(spans("from diffusers import Pipe", ""), "k:from | k:import | t:Pipe");
  EXPECT_EQ(spans("{\n \"a\": 1}", ""), "v:&quot;a&quot; | m:1");
  EXPECT_EQ(spans("from diffusers import Pipe", "text"), "");
  EXPECT_EQ(highlight("a < b & \"c\"", "unheard-of"), "a &lt; b &amp; &quot;c&quot;");
}

TEST(Highlight, UnclosedTokensEndWithTheLineOrTheCode) {
  EXPECT_EQ(spans("a = 'x\nb = 2", "python"), "s:'x | m:2");
  EXPECT_EQ(spans("/* x\ny", "cpp"), "c:/* x\ny");
  EXPECT_EQ(spans("<a href='x", "html"), "k:&lt;a | v:href | s:'x");
  EXPECT_EQ(highlight("", "python"), "");
}

}  // namespace
}  // namespace veneer::docs
