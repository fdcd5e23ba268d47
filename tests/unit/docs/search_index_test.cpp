#include "docs/site/search_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "docs/site/search_words.h"

namespace veneer::docs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Vocabulary, AWordHasOneNumber) {
  Vocabulary vocabulary;
  EXPECT_THAT(vocabulary.add({"pear", "apple", "pear"}), ElementsAre(0, 1, 0));
  EXPECT_THAT(vocabulary.add({"apple", "plum"}), ElementsAre(1, 2));
  EXPECT_EQ(vocabulary.size(), 3u);
}

TEST(Vocabulary, SettlingSortsRenumbersAndForgets) {
  Vocabulary vocabulary;
  vocabulary.start_with({"apple", "plum"});
  EXPECT_THAT(vocabulary.add({"pear", "fig", "plum"}), ElementsAre(2, 3, 1));
  const std::vector<std::uint32_t> numbers = vocabulary.settle({true, false, true, true});
  EXPECT_THAT(vocabulary.words(), ElementsAre("apple", "fig", "pear"));
  EXPECT_EQ(numbers[0], 0u);
  EXPECT_EQ(numbers[2], 2u);
  EXPECT_EQ(numbers[3], 1u);
  EXPECT_THAT(vocabulary.add({"fig"}), ElementsAre(1));
}

TEST(SearchTerms, Words) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"Load the Pipeline, quickly!", {"load", "the", "pipeline", "quickly"}},
      {"enable_model_cpu_offload()", {"enable_model_cpu_offload", "enable", "model", "cpu", "offload"}},
      {"a b2", {"b2"}},
      {"\u00DCber na\u00EFve cafe\u0301", {"uber", "naive", "cafe"}},
      {"\u6A21\u578B\u578B x", {"\u6A21\u578B", "\u578B\u578B", "\u578B"}},
      {"\u6A21", {"\u6A21"}},
      {"\u304C\uD55C", {"\u304C", "\uD55C"}},
      {"UNet2DConditionModel", {"unet2dconditionmodel", "net", "2d", "condition", "model"}},
      {"HTMLParser getHTTPResponse", {"htmlparser", "html", "parser", "gethttpresponse", "get", "http", "response"}},
      {"StableDiffusion3Pipeline v1 float16",
       {"stablediffusion3pipeline", "stable", "diffusion3", "pipeline", "v1", "float16"}},
      {"load_LoRAWeights", {"load_loraweights", "load", "lo", "ra", "weights"}},
      {"x" + std::string(60, 'y'), {}},
  };
  for (const auto& [text, terms] : cases) EXPECT_EQ(search_terms(text), terms) << text;
}

TEST(SearchSections, ExcerptsAreTheDescription) {
  Vocabulary vocabulary;
  std::vector<SearchSection> sections = search_sections(
      "<section><header><h3 id=\"lib.load\"><span class=\"object-kind\">function</span> lib.<wbr>load<a "
      "class=\"permalink\" href=\"#lib.load\">#</a></h3><a class=\"source\" href=\"x\">source</a></header>"
      "<pre class=\"signature\"><code>load(path: str)</code></pre><p>Loads <em>it</em>.</p>"
      "<div class=\"params\"><dl><dt>path</dt><dd>Where from.</dd></dl></div></section>",
      {{3, "load", "lib.load", "function"}}, vocabulary);
  ASSERT_EQ(sections.size(), 1u);
  EXPECT_EQ(sections[0].excerpt, "Loads it.");
  settle(vocabulary, {&sections});
  std::set<std::string> words;
  for (const SearchTerm& term : sections[0].terms) words.insert(std::string(vocabulary.words()[term.word]));
  EXPECT_EQ(words, (std::set<std::string>{"from", "it", "lib", "load", "loads", "path", "str", "where"}));
}

TEST(SearchSections, LongExcerptsEndWithAWord) {
  Vocabulary vocabulary;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "words ";
  const std::string excerpt =
      search_sections("<h2 id=\"a\">A</h2><p>" + text, {{2, "A", "a", ""}}, vocabulary).back().excerpt;
  EXPECT_TRUE(excerpt.ends_with("words…")) << excerpt;
  EXPECT_LE(excerpt.size(), 144u);
}

TEST(SearchSections, AreCutAtTheOutline) {
  Vocabulary vocabulary;
  std::vector<SearchSection> sections = search_sections(
      "<h1 id=\"a\">Title<a class=\"permalink\" href=\"#a\">#</a></h1><p>first <b>words</b></p><h2 id=\"b\">Next"
      "</h2><p>more &amp; more</p><div id=\"no-section\">tail</div>",
      {{1, "Title", "a", ""}, {2, "Next", "b", "class"}}, vocabulary);
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].anchor, "a");
  EXPECT_EQ(sections[0].title, "Title");
  EXPECT_EQ(sections[0].excerpt, "first words");
  EXPECT_EQ(sections[1].kind, "class");
  EXPECT_EQ(sections[1].excerpt, "more & more tail");
  settle(vocabulary, {&sections});
  std::map<std::string, bool> often;
  for (const SearchTerm& term : sections[0].terms) often.emplace(vocabulary.words()[term.word], term.often == 1);
  EXPECT_THAT(often, ElementsAre(std::pair("first", false), std::pair("title", true), std::pair("words", false)));
}

TEST(SearchIndex, TextOfPagesIsNoCode) {
  const std::vector<SearchSection> sections{{"x", "X\"", "class", "</script>\\", {}}};
  EXPECT_EQ(write_search_index({{"a", "A\tB", &sections}}, Vocabulary()),
            R"(veneerSearchIndex({pages:"a\tA B\n",sections:"0\tx\tX\"\tclass\t\x3c/script>\\\n",terms:""});)"
            "\n");
}

TEST(SearchIndex, ListsEachWordWithItsSections) {
  Vocabulary vocabulary;
  std::vector<SearchSection> first =
      search_sections("<h1 id=\"a\">Alpha</h1><p>plum pear</p><h2 id=\"b\">Beta</h2><p>pear</p>",
                      {{1, "Alpha", "a", ""}, {2, "Beta", "b", ""}}, vocabulary);
  std::vector<SearchSection> second =
      search_sections("<h1 id=\"c\">Gamma</h1><p>plum</p>", {{1, "Gamma", "c", ""}}, vocabulary);
  ASSERT_EQ(first.size(), 2u);
  ASSERT_EQ(second.size(), 1u);
  settle(vocabulary, {&first, &second});
  const std::string index = write_search_index({{"one", "One", &first}, {"two", "Two", &second}}, vocabulary);
  EXPECT_THAT(index, HasSubstr(R"(pages:"one\tOne\ntwo\tTwo\n")"));
  EXPECT_THAT(index, HasSubstr(R"(0alpha\t6\n0beta\t7\n0gamma\t8\n0pear\tde\n1lum\tdf\n)"));
}

}  // namespace
}  // namespace veneer::docs
