// Numbers that people write. Stateless.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

namespace veneer {

/// The number that fills the whole text, or nothing.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Not NaN, and not infinite as an f32.
inline bool is_finite(double value) {
  return std::isfinite(static_cast<float>(value));
}

}  // namespace veneer
