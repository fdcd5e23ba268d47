// Typed, named access to the fields of a scheduler_config.json. Internal to src/schedulers.
// Remembers which fields were asked for, so that a field nobody understands can be refused.
#pragma once

#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace veneer::schedulers {

class ConfigReader {
 public:
  /// Throws corrupt_file unless `config` is an object. Fields listed in `_use_default_values` count as absent, as in
  /// diffusers.
  explicit ConfigReader(const Json& config);

  void set(std::string_view name, Json value) { fields_[std::string(name)] = std::move(value); }

  bool flag(std::string_view name, bool fallback);
  int integer(std::string_view name, int fallback, int minimum);
  double number(std::string_view name, double fallback);
  std::optional<double> optional_number(std::string_view name);
  std::optional<std::vector<double>> optional_numbers(std::string_view name);
  std::string text(std::string_view name, std::string_view fallback);

  struct Choice {
    std::string_view text;
    int value;
  };
  /// The value beside the field's text; a text that is not in `choices` is refused by name.
  int choice(std::string_view name, std::string_view fallback, std::span<const Choice> choices);

  /// Refuses the field unless it is absent, null or `supported`.
  void require(std::string_view name, const Json& supported);

  /// Refuses fields that no scheduler of diffusers' knows. Names that start with `_` and fields that only other
  /// schedulers read are passed over, as there: published folders carry them (clip_sample beside PNDM).
  void refuse_unknown() const;

  [[noreturn]] static void unsupported(std::string_view name, std::string_view expected, const Json& got);

 private:
  const Json* find(std::string_view name);
  [[noreturn]] static void wrong_type(std::string_view name, std::string_view expected, const Json& got);

  Json fields_;
  std::set<std::string, std::less<>> asked_;
};

/// How errors name the file; only the caller knows its folder.
inline constexpr std::string_view kConfigFile = "scheduler_config.json";

}  // namespace veneer::schedulers
