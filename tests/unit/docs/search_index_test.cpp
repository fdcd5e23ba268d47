#include "docs/site/search_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_THAT(index, HasSubstr(R"(alpha\t0!\nbeta\t1!\ngamma\t2!\npear\t0 1\nplum\t0 2\n)"));
}

}  // namespace
}  // namespace veneer::docs
