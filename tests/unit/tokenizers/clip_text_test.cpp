#include "tokenizers/clip_text.h"

#include <gtest/gtest.h>

namespace veneer::tokenizers {
namespace {

using Words = std::vector<std::string_view>;

TEST(ClipText, IllFormedUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(replace_ill_formed("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(replace_ill_formed("\xE2\x82"), "\xEF\xBF\xBD");                              // truncated: one
  EXPECT_EQ(replace_ill_formed("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate: three
  EXPECT_EQ(replace_ill_formed("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
  EXPECT_EQ(replace_ill_formed("\xF0\x9F\x99\x82 \xF0\x9F"), "\xF0\x9F\x99\x82 \xEF\xBF\xBD");
  EXPECT_EQ(replace_ill_formed(std::string_view("\0", 1)), std::string_view("\0", 1));
}

TEST(ClipText, NormalizesComposesAndLowers) {
  EXPECT_EQ(normalize_clip("E\u0301 \u00C9"), "\u00E9 \u00E9");
  EXPECT_EQ(normalize_clip("A\u2003 \t\u3000B\n"), "a b ");
  EXPECT_EQ(normalize_clip("\u0130"), "i\u0307");
  EXPECT_EQ(normalize_clip("\u03A3\u0391\u03A3"), "\u03C3\u03B1\u03C3");  // no final sigma
  EXPECT_EQ(normalize_clip("\u01C5\u1E9E"), "\u01C6\u00DF");
  EXPECT_EQ(normalize_clip("\u1112\u1161\u11AB"), "\uD55C");
}

TEST(ClipText, OrdersMarksAsUnicode9Knew) {
  EXPECT_EQ(normalize_clip("q\u0307\u0323"), "q\u0323\u0307");
  EXPECT_EQ(normalize_clip("q\u0898\u0334"), "q\u0898\u0334");  // U+0898 came with Unicode 14: not a mark here
  EXPECT_EQ(normalize_clip("q\u0307\u0898\u0323"), "q\u0307\u0898\u0323");
}

TEST(ClipText, SplitsIntoWords) {
  EXPECT_EQ(split_words("it's 42 a--b"), (Words{"it", "'s", "4", "2", "a", "--", "b"}));
  EXPECT_EQ(split_words("!'s"), (Words{"!'", "s"}));
  EXPECT_EQ(split_words("'sun 'x"), (Words{"'s", "un", "'", "x"}));
  EXPECT_EQ(split_words("\u00BD\u2167\u00E9"), (Words{"\u00BD", "\u2167", "\u00E9"}));
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words("  "), Words{});
}

TEST(ClipText, SpelledOutTokensStandApart) {
  EXPECT_EQ(split_words("<|endoftext|>!!"), (Words{"<|", "endoftext", "|>", "!!"}));
  EXPECT_EQ(split_words("!<|endoftext|>!!"), (Words{"!<|", "endoftext", "|>!!"}));
  EXPECT_EQ(split_words("<|endoftex|>"), (Words{"<|", "endoftex", "|>"}));
}

}  // namespace
}  // namespace veneer::tokenizers
