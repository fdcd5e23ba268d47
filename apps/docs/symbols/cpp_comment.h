// Documentation comments of C++: where they stand, and their text without the markers.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

/// The text of one comment, or of several lines of them, as it stands in the source: "///", "//!", "///<", "/** */".
/// Lines keep their count and their indentation after the marker; in a block without stars that of its least indented
/// line counts as the marker.
std::string comment_text(std::string_view comment);

/// The comment that stands right before `offset` in a source, and its first line's number; empty if there is none.
struct SourceComment {
  std::string text;
  int line = 0;
};
SourceComment comment_before(std::string_view source, std::size_t offset);
/// "///<", "//!<" or "/**<" behind `offset` on its line, with the lines of such comments that follow.
SourceComment comment_behind(std::string_view source, std::size_t offset);

}  // namespace veneer::docs
