#include "docs/symbols/doxygen_words.h"

#include <algorithm>

#include "docs/text/unicode.h"

namespace veneer::docs {

std::string_view trim_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether a command may begin there: "a@b.org" and "C:\new" hold none.
bool may_begin(std::string_view line, std::size_t at) {
  if (at + 1 >= line.size() || (line[at] != '\\' && line[at] != '@')) return false;
  if (line[at + 1] < 'a' || line[at + 1] > 'z') return false;
  return at == 0 || std::string_view(" \t([{\"'*_,;>|").find(line[at - 1]) != std::string_view::npos;
}

std::string_view name_at(std::string_view line, std::size_t at) {
  std::size_t end = at + 1;
  while (end < line.size() && is_letter(line[end])) ++end;
  // Formulas: \f$, \f[, \f{, \f(.
  if (end == at + 2 && line[at + 1] == 'f') return line.substr(at + 1, 1);
  return line.substr(at + 1, end - at - 1);
}

// \f$, \f[, \f{, \f(
bool begins_formula(std::string_view line, std::size_t at) {
  const bool is_f = line.substr(at).starts_with("\\f") || line.substr(at).starts_with("@f");
  return is_f && at + 2 < line.size() && std::string_view("$[({").find(line[at + 2]) != std::string_view::npos;
}

// Behind a code span that begins at `at`; `at` itself if it is not closed on the line.
std::size_t behind_code(std::string_view line, std::size_t at) {
  std::size_t width = 0;
  while (at + width < line.size() && line[at + width] == '`') ++width;
  const std::size_t close = line.find(line.substr(at, width), at + width);
  return close == std::string_view::npos ? at : close + width;
}

std::size_t end_of_name(std::string_view line, std::size_t at) {
  std::size_t end = at;
  while (end < line.size()) {
    if (is_letter(line[end]) || line[end] == '~')
      ++end;
    else if (line.substr(end).starts_with("::"))
      end += 2;
    else if ((line[end] == '.' || line[end] == '#') && end > at && end + 1 < line.size() && is_letter(line[end + 1]))
      ++end;
    else
      break;
  }
  if (line.substr(at, end - at).ends_with("operator")) end = std::min(line.find_first_of(" \t", end), line.size());
  if (end < line.size() && line[end] == '(') {
    const std::size_t close = line.find(')', end);
    if (close != std::string_view::npos) end = close + 1;
  }
  return end;
}

// A name as a reference, or as code if there is nothing of the name.
std::string DoxygenWords::reference(std::string_view written) const {
  std::string_view name = written.substr(0, written.ends_with("operator()") ? written.size() : written.find('('));
  if (written.find("operator()") != std::string_view::npos) name = written;
  if (name.starts_with('#')) name.remove_prefix(1);
  const std::string found = names_.reference ? names_.reference(name) : std::string();
  return found.empty() ? "`" + std::string(written) + "`" : "[`" + found + "`]";
}

void DoxygenWords::read_hash(std::string_view line, std::size_t& i, std::string& text) const {
  const std::size_t end = end_of_name(line, i + 1);
  const std::string found = reference(line.substr(i, end - i));
  text += found.starts_with('[') ? found : std::string(line.substr(i, end - i));
  i = end;
}

// The word behind \c: up to white space, without the punctuation that ends a sentence.
std::string_view word_at(std::string_view line, std::size_t at) {
  std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
  while (end > at + 1 && std::string_view(".,;:!?)").find(line[end - 1]) != std::string_view::npos) {
    if (line[end - 1] == ')' && line.substr(at, end - at).find('(') != std::string_view::npos) break;
    --end;
  }
  return line.substr(at, end - at);
}

// \ref name, \ref name "text"
std::size_t DoxygenWords::read_reference(std::string_view line, std::size_t at, std::string& text) const {
  const std::size_t end =
      line[std::min(at, line.size() - 1)] == '#' ? end_of_name(line, at + 1) : end_of_name(line, at);
  const std::string_view name = line.substr(at, end - at);
  const std::size_t quote = line.find_first_not_of(' ', end);
  if (quote == std::string_view::npos || line[quote] != '"' || line.find('"', quote + 1) == std::string_view::npos) {
    text += reference(name);
    return end;
  }
  const std::size_t close = line.find('"', quote + 1);
  text += linked(name, line.substr(quote + 1, close - quote - 1));
  return close + 1;
}

// A reference has its own text: where another is wanted, it stands beside it.
std::string DoxygenWords::linked(std::string_view name, std::string_view words) const {
  std::string found = reference(name);
  if (words.empty() || words == name) return found;
  return std::string(words) + " (" + found + ")";
}

// \f$ x \f$ and \f( x \f) within the line.
bool read_formula(std::string_view line, std::size_t& i, std::string& text) {
  const char opens = line[i + 2];
  if (opens == '[' || opens == '{') return false;
  std::size_t close = line.find(opens == '$' ? "f$" : "f)", i + 3);
  if (close == std::string_view::npos) return false;
  --close;
  if (!text.empty() && std::string_view(" \t(|").find(text.back()) == std::string_view::npos) text += ' ';
  text.append("\\\\(").append(trim(line.substr(i + 3, close - i - 3))).append("\\\\)");
  i = close + 3;
  return true;
}

}  // namespace veneer::docs
