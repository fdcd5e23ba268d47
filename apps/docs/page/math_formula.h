// The parser of formulas: LaTeX read once, from left to right, as MathML. Internal to math*.cpp; one formula's own.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docs/page/math.h"
#include "docs/page/math_symbols.h"

namespace veneer::docs {

constexpr int kMaxDepth = 60;  ///< of groups in each other

// What a formula's author wrote and we do not know. Thrown and caught in math*.cpp only.
struct Unknown {
  std::string what;
};

std::string element(std::string_view name, std::string_view content);
std::string styled(char32_t c, std::string_view font);

class Formula {
 public:
  Formula(std::string_view text, MathDisplay display) : text_(text), display_(display) {}

  std::string whole();

 private:
  enum class End { line, brace, bracket, right, cell, stack };
  void skip_space();
  bool take(std::string_view what);
  [[nodiscard]] std::string_view command() const;
  bool at_end(End end);
  bool take_line_end();
  std::string row(End end);
  static std::optional<std::string_view> font_switch(std::string_view name);
  static std::string_view style_attributes(std::string_view name);
  std::string scripted();
  std::string script();
  std::string argument();
  std::string_view verbatim();
  std::string atom(bool& limits);
  [[nodiscard]] std::string operation(const std::string& text) const;
  std::string delimiter();
  static std::string fence(const std::string& text, std::string_view size);
  std::string run_command(const std::string& name, bool& limits);

  struct Command {
    std::string_view name;
    std::string (Formula::*run)(const std::string& name);
  };
  static const std::vector<Command> kCommands;
  struct Size {
    std::string_view attributes;
    std::array<std::string_view, 4> names;
  };
  static constexpr std::array<Size, 5> kSizes{
      {{" minsize=\"1.2em\" maxsize=\"1.2em\"", {"big", "bigl", "bigr", "bigm"}},
       {" minsize=\"1.8em\" maxsize=\"1.8em\"", {"Big", "Bigl", "Bigr", "Bigm"}},
       {" minsize=\"2.4em\" maxsize=\"2.4em\"", {"bigg", "biggl", "biggr", "biggm"}},
       {" minsize=\"3em\" maxsize=\"3em\"", {"Bigg", "Biggl", "Biggr", "Biggm"}},
       {"", {"middle"}}}};
  std::string fraction(const std::string& name);
  std::string binomial(const std::string& name);
  std::string root(const std::string& name);
  std::string left_right(const std::string& name);
  std::string negated(const std::string& name);
  std::string stacked(const std::string& name);
  std::string long_arrow(const std::string& name);
  std::string modulus(const std::string& name);
  std::string boxed(const std::string& name);
  std::string phantom(const std::string& name);
  std::string coloured(const std::string& name);
  std::string tag(const std::string& name);
  std::string nothing(const std::string& name);
  std::string group(const std::string& name);
  std::string substack(const std::string& name);
  std::string distance(const std::string& name);
  std::string text_of(std::string_view font);
  std::string ruled(std::string_view side);
  std::string run_symbol(const MathSymbol& symbol, bool& limits);
  std::string operator_name(bool& limits);
  std::string environment(const std::string& name);
  static std::string aligned_rows(const std::string& rows, std::string_view alignment);

  std::string_view text_;
  const MathDisplay display_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int scripts_ = 0;  ///< how many are open
  std::string font_;
  bool is_function_ = false;  ///< the last atom
};

}  // namespace veneer::docs
