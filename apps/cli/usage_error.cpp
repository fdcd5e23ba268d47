#include "cli/usage_error.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/numbers.h"

namespace veneer::cli {

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    const auto value = parse_number<std::int64_t>(text);
    if (value && *value >= least && *value <= most) return "";
    return fmt::format("expected a whole number from {} to {}, got \"{}\"", least, most, text);
  };
  return {check, ""};
}

CLI::Validator one_of(std::vector<std::string> names) {
  const auto check = [names = std::move(names)](const std::string& text) -> std::string {
    if (std::ranges::find(names, text) != names.end()) return "";
    return fmt::format("expected one of {}, got \"{}\"", fmt::join(names, ", "), text);
  };
  return {check, ""};
}

}  // namespace veneer::cli
