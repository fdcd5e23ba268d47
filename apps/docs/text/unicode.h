// UTF-8 text: characters, anchors made of headings, words for the search index, nearest names. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// The character at `text[position]` (position < size), which moves behind it. Bytes that are no UTF-8 give U+FFFD, one
/// each.
char32_t next_character(std::string_view text, std::size_t& position);
void append_utf8(std::string& out, char32_t character);

bool is_letter(char32_t c);
bool is_digit(char32_t c);
bool is_space(char32_t c);
char32_t lower_case(char32_t c);
std::string lower_case(std::string_view text);
/// The letter that an accent (U+0300..U+036F) stands on: "é" -> "e"; 0 for an accent alone, else the character itself.
char32_t without_accent(char32_t c);

/// `text` with every byte that is no UTF-8 replaced by U+FFFD, and without a leading byte order mark.
std::string valid_utf8(std::string_view text);

/// Why bytes are no text in UTF-8, and the line (from 1) where that shows.
struct EncodingProblem {
  int line = 1;
  std::string what;  ///< "is UTF-16", "the byte 0xFC is no UTF-8"
};
std::optional<EncodingProblem> encoding_problem(std::string_view bytes);

/// The anchor of a heading: lower case, runs of white space as "-", and of the rest only letters, digits and "-".
std::string slug(std::string_view heading);

/// Letters changed, added, left out or swapped with their neighbour; or `limit` + 1 as soon as it must be more.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// The one of `names` that `wanted` was most likely meant to be: by edit distance, at most a third of its length.
std::optional<std::string> nearest(std::string_view wanted, const std::vector<std::string>& names);

/// The same for paths: the last component must be near, the folders only decide between equals.
std::optional<std::string> nearest_path(std::string_view wanted, const std::vector<std::string>& paths);

std::string_view trim(std::string_view text);
std::vector<std::string_view> split_lines(std::string_view text);  ///< without line ends; "a\n" is one line

}  // namespace veneer::docs
