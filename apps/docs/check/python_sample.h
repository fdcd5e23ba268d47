// Python as documentation shows it. Stateless and thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace veneer::docs {

/// The number (from 1) of the first line of `code` that is not Python, or nothing. A sample may be indented as a whole,
/// be a session (">>> "), whose output is not looked at, and hold a notebook's commands ("!pip install", "%time").
std::optional<int> first_bad_python_line(std::string_view code);

}  // namespace veneer::docs
