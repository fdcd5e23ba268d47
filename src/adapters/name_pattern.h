// Patterns of module names in peft's configurations: the part of Python's regular expressions that has a meaning for
// names. Matching takes time in proportion to pattern times name, whatever the pattern.
#pragma once

#include <bitset>
#include <string_view>
#include <vector>

namespace veneer::adapters {

/// A value: any thread may match with it.
class NamePattern {
 public:
  /// Characters, `.`, `\.`, `\d`, `\w`, `\s` and their opposites, `[a-z]`, groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`,
  /// `$`. `where` opens the message of an error. Throws Error unsupported for what else Python has (lookaround,
  /// references...), corrupt_file for what Python would refuse too, and for a pattern that repeats too much.
  NamePattern(std::string_view pattern, std::string_view where);

  /// As peft's `re.match(rf"(.*\.)?({pattern})$", name)`: the end of a name, from a "." or from its start.
  [[nodiscard]] bool matches(std::string_view name) const;

 private:
  using Letters = std::bitset<256>;
  /// Steps of a machine that is in many places at once (Thompson 1968); targets are relative.
  struct Step {
    enum Kind { letter, split, jump, begin, end } kind;
    Letters letters{};
    int first = 1, second = 1;
  };
  using Code = std::vector<Step>;
  class Parser;

  Code code_;
};

}  // namespace veneer::adapters
