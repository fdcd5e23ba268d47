// What stands within a line of a Doxygen comment: where commands begin, names, references, formulas. For doxygen.cpp
// alone.
#pragma once

#include <string>
#include <string_view>

#include "docs/symbols/doxygen.h"

namespace veneer::docs {

std::string_view trim_end(std::string_view text);
bool is_letter(char c);
/// Whether a command may begin there: "a@b.org" and "C:\\new" hold none.
bool may_begin(std::string_view line, std::size_t at);
/// The name of the command that begins at `at`.
std::string_view name_at(std::string_view line, std::size_t at);
/// \f$, \f[, \f{, \f(
bool begins_formula(std::string_view line, std::size_t at);
/// Behind a code span that begins at `at`; `at` itself if it is not closed on the line.
std::size_t behind_code(std::string_view line, std::size_t at);
/// Behind "Pipe::close()"; `at` if there is no name.
std::size_t end_of_name(std::string_view line, std::size_t at);
/// The word behind \c: up to white space, without the punctuation that ends a sentence.
std::string_view word_at(std::string_view line, std::size_t at);
/// \f$ x \f$ and \f( x \f) within the line: added to `text`, `i` moves behind it.
bool read_formula(std::string_view line, std::size_t& i, std::string& text);

class DoxygenWords {
 public:
  explicit DoxygenWords(const DoxygenNames& names) : names_(names) {}

  /// A name as a reference, or as code if there is nothing of the name.
  [[nodiscard]] std::string reference(std::string_view written) const;
  /// A reference has its own text: where another is wanted, it stands beside it.
  [[nodiscard]] std::string linked(std::string_view name, std::string_view words) const;
  /// "#close" at `i`: a reference if there is such a thing.
  void read_hash(std::string_view line, std::size_t& i, std::string& text) const;
  /// \ref name, \ref name "text". Returns what stands behind.
  std::size_t read_reference(std::string_view line, std::size_t at, std::string& text) const;

 private:
  const DoxygenNames& names_;
};

}  // namespace veneer::docs
