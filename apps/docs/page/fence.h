// Whether a line of Markdown is code. One text's state; belongs to one thread.
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

}  // namespace veneer::docs
