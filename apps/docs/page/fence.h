// What of Markdown is code: lines in fences, spans within a line. FenceState is one text's; it belongs to one thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace veneer::docs {

/// Follows fenced code blocks line by line, also indented ones and those in quotations.
class FenceState {
 public:
  /// Takes the next line. True if the line opens or closes a fence.
  bool step(std::string_view line);
  [[nodiscard]] bool open() const { return marker_ != 0; }

 private:
  char marker_ = 0;
  std::size_t length_ = 0;
  std::size_t quotes_ = 0;
};

/// Whether this line opens a fence whose block is run as a test: "```py runnable:label".
bool opens_runnable_fence(std::string_view line);

/// Behind the code span that starts at `begin`, or behind its backticks if it is never closed.
std::size_t end_of_code_span(std::string_view text, std::size_t begin);

/// Where `wanted` first is in a line of text, but for code spans; npos if nowhere.
std::size_t find_outside_code(std::string_view text, std::string_view wanted);

}  // namespace veneer::docs
