// A fenced block of code as HTML: its title, its lines that matter, tabs for two frameworks. Stateless.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veneer::docs {

/// What stands behind a fence's marks: ```py title="train.py" {2,4-6}
struct FenceInfo {
  std::string language;                      ///< in lower case
  std::string title;                         ///< empty: none
  std::vector<std::pair<int, int>> lines{};  ///< first and last one of each run of highlighted lines, from 1
  std::string problem{};                     ///< what of the lines is not understood; empty: nothing
};
FenceInfo parse_fence_info(std::string_view info);

/// "===PT-TF-SPLIT===" on a line of its own makes two tabs of a block.
std::string code_block_html(std::string_view code, const FenceInfo& info);

}  // namespace veneer::docs
