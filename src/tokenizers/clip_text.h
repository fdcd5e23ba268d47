// CLIP's text preparation before byte-pair encoding: well-formed UTF-8, normalisation, and the split into words.
// Unicode comes from ICU. Pure functions: any thread may call them.
//
// The reference is transformers 5.23 (the version beside diffusers 0.42), whose CLIPTokenizer is always the
// `tokenizers` library's chain NFC, \s+ -> " ", Lowercase, Split, ByteLevel. The Python tokenizer of transformers 4
// differs: it ran ftfy, or a BERT-like clean-up that drops control characters and accents and sets CJK characters
// apart. We follow 5.23.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace veneer::tokenizers {

/// The same text with U+FFFD for each maximal ill-formed subsequence (Unicode 3.9, U+FFFD substitution), which is what
/// Python's errors="replace" and Rust's lossy conversion give.
std::string replace_ill_formed(std::string_view bytes);

/// NFC, then each run of white space to one space, then lower case. Takes and gives well-formed UTF-8.
///
/// NFC is that of Unicode 9, the version in the reference's normaliser: later characters pass unchanged. Lower case is
/// taken one character at a time, so a final sigma is an ordinary one. The time is linear in the text but for n log n
/// in a run of combining marks.
std::string normalize_clip(std::string_view text);

/// The words of a normalised text, as views into it: contractions ('s 't 're 've 'm 'll 'd), runs of letters (L),
/// single numbers (N), and runs of anything else that is not white space. White space is dropped.
///
/// The categories are those of the installed ICU. The reference's are of a newer Unicode than ICU 72's 15.0: letters
/// and numbers that came later count as "anything else" here until ICU knows them.
std::vector<std::string_view> split_words(std::string_view normalized);

/// Unicode's White_Space.
bool is_white_space(char32_t c);
/// What Python's str.strip() removes: White_Space and the separators U+001C..U+001F.
bool is_python_space(char32_t c);
/// A character of `\w` in Rust's regular expressions (UTS 18): alphabetic, mark, decimal digit, connector, join
/// control.
bool is_word_character(char32_t c);

/// The character that ends at `end` > 0, and the one that starts at `begin` < size.
char32_t character_before(std::string_view text, std::size_t end);
char32_t character_at(std::string_view text, std::size_t begin);

}  // namespace veneer::tokenizers
