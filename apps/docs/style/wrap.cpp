#include "docs/style/wrap.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

bool is_parameters_header(std::string_view line) {
  constexpr std::array<std::string_view, 10> kHeaders{
      "Arg:",        "Args:",  "Argument:", "Arguments:", "Attribute:",
      "Attributes:", "Param:", "Params:",   "Parameter:", "Parameters:"};
  return std::find(kHeaders.begin(), kHeaders.end(), line) != kHeaders.end();
}

bool is_result_header(std::string_view line) {
  return line == "Return:" || line == "Returns:" || line == "Yield:" || line == "Yields:" || line == "Raises:";
}

bool is_header(std::string_view line) {
  return is_parameters_header(line) || is_result_header(line);
}

// Width of "- ", "* ", "+ ", "1. " and the spaces behind it; 0 if the line is no item of a list.
std::size_t item_marker(std::string_view line) {
  std::size_t end = 0;
  if (line.starts_with('-') || line.starts_with('*') || line.starts_with('+')) {
    end = 1;
  } else {
    while (end < line.size() && end < 9 && line[end] >= '0' && line[end] <= '9') ++end;
    if (end == 0 || end >= line.size() || (line[end] != '.' && line[end] != ')')) return 0;
    ++end;
  }
  if (end == line.size()) return 0;
  const std::size_t text = line.find_first_not_of(' ', end);
  return text == std::string_view::npos || text == end ? 0 : text;
}

std::size_t fence_marks(std::string_view line) {
  const std::size_t end = std::min(line.find_first_not_of(line.empty() ? ' ' : line[0]), line.size());
  return (line.starts_with("```") || line.starts_with("~~~")) && end >= 3 ? end : 0;
}

// A line that stands alone as it is, whatever its length.
bool stands_alone(std::string_view line) {
  const bool one_word = line.find(' ') == std::string_view::npos;
  if (one_word && item_marker(std::string(line) + " x") > 0) return true;
  return line[0] == '#' || line[0] == '|' || line[0] == '>' || line[0] == '<' || line.starts_with(".. ") ||
         line.starts_with("[[") || line.starts_with("[!") || line.find_first_not_of("=-*_ ") == std::string_view::npos;
}

// "--- | :-:", below a table's header
bool is_delimiter_row(std::string_view line) {
  return line.find_first_not_of("-:| \r") == std::string_view::npos && line.find('|') != std::string_view::npos &&
         line.find('-') != std::string_view::npos;
}

bool is_doxygen(std::string_view line) {
  return line.size() > 1 && (line[0] == '@' || line[0] == '\\') && std::isalpha(static_cast<unsigned char>(line[1]));
}

bool is_tip(std::string_view line) {
  return line.starts_with("<Tip") || line == "</Tip>";
}

// Whether a line that begins with this word could be taken for something else than a paragraph's next line.
bool begins_something(std::string_view word) {
  if (word.find_first_of("#|><@\\~") == 0 || fence_marks(word) > 0 || word.starts_with("$$")) return true;
  if (word.starts_with("[[") || word.starts_with("[!") || word.starts_with("..")) return true;
  if (word.find_first_not_of("-*_+=") == std::string_view::npos) return true;
  if (is_header(word)) return true;
  const std::string item = std::string(word) + " x";
  return item_marker(item) > 0;
}

class Wrapping {
 public:
  Wrapping(const WrapOptions& options, const FormatCode& format) : options_(options), format_(format) {}

  std::string run(std::string_view text) {
    std::size_t number = 0;
    while (true) {
      ++number;
      const std::size_t end = std::min(text.find('\n'), text.size());
      last_ = end == text.size();
      const std::string_view whole = text.substr(0, end);
      if (last_) {
        line(whole, number);
        break;
      }
      text.remove_prefix(end + 1);
      const bool delimiter = is_delimiter_row(text.substr(0, text.find('\n')));
      if (delimiter && fence_width_ == 0 && whole.find('|') != std::string_view::npos) table_ = true;
      line(whole, number);
    }
    if (fence_width_ > 0) throw UnclosedFence(fence_line_);
    closing_ = true;
    flush();
    out_.pop_back();  // every line has been given an end
    return std::move(out_);
  }

 private:
  enum class Block { none, parameters, result };

  void line(std::string_view whole, std::size_t number) {
    if (whole.ends_with('\r')) whole.remove_suffix(1);
    const std::size_t text_at = std::min(whole.find_first_not_of(' '), whole.size());
    const std::string_view text = trim(whole);
    const std::size_t indent = number == 1 && options_.first_used > 0 ? options_.base_indent : text_at;
    if (fence_width_ > 0) return code_line(whole, text);
    if (verbatim_ != Verbatim::none) return verbatim_line(whole, text);
    if (text.empty()) return blank(whole);
    if (std::exchange(drop_blanks_, false)) first_of_block(indent);
    if (block_ != Block::none && indent <= header_indent_) block_ = Block::none;
    const std::size_t marker = item_marker(text);
    if (const std::size_t marks = fence_marks(text.substr(marker)); marks > 0) {
      if (std::exchange(after_tip_, false)) ensure_blank();
      return open_fence(whole, text.substr(marker), indent + marker, marks, number);
    }
    if (table_ || session_ || (literal_ && indent > literal_indent_)) return keep(whole);
    literal_ = false;
    if (std::exchange(after_tip_, false)) ensure_blank();
    if (text.starts_with(">>>")) {
      session_ = true;
      return keep(whole);
    }
    if (begins_verbatim(text)) return keep(whole);
    if (is_header(text)) return header(whole, text, indent);
    if (marker > 0) {
      start(indent, indent + marker);
      add(text.substr(0, marker), text.substr(marker));
      item_ = true;
      return end_line(whole, text);
    }
    if (stands_alone(text)) return alone(whole, text);
    if (block_ == Block::parameters && indent == entry_indent_) return entry(whole, text, indent);
    if (is_doxygen(text)) {
      start(indent, indent);
      open_ = true;
    } else if (!continues(indent)) {
      start(indent, indent);
    }
    add({}, text);
    end_line(whole, text);
  }

  [[nodiscard]] bool continues(std::size_t indent) const {
    if (!open_) return false;
    return item_ ? indent > indent_ : indent == indent_;
  }

  void start(std::size_t indent, std::size_t hanging) {
    flush();
    open_ = true;
    item_ = false;
    indent_ = indent;
    hanging_ = hanging;
  }

  // `marker` stays before the words.
  void add(std::string_view marker, std::string_view text) {
    bool glued = false;
    if (!marker.empty()) {
      words_.emplace_back(marker);
      glued = true;
    }
    while (!text.empty()) {
      const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
      const std::string_view word = text.substr(0, end);
      const bool no_break = !words_.empty() && !glued &&
                            (words_.back().ends_with('\\') || begins_something(word) || is_header(words_.back()));
      if (glued)
        words_.back() += word;
      else if (no_break)
        words_.back() += ' ' + std::string(word);
      else
        words_.emplace_back(word);
      glued = false;
      text.remove_prefix(std::min(text.find_first_not_of(" \t", end), text.size()));
    }
  }

  // Whether the paragraph goes on behind this line.
  void end_line(std::string_view whole, std::string_view text) {
    if (text.ends_with("::")) {
      literal_ = true;
      literal_indent_ = indent_;
    }
    const bool hard = whole.ends_with("  ") && !last_;
    if (!hard && !text.ends_with(':') && !text.ends_with('\\')) return;
    const bool item = item_;
    const std::size_t indent = indent_, hanging = hanging_;
    flush();
    if (hard) out_.insert(out_.size() - 1, "  ");
    if (!item) return;
    // What goes on is still the item's.
    open_ = item_ = true;
    indent_ = indent;
    hanging_ = hanging;
    continuation_ = true;
  }

  void flush() {
    const bool continuation = std::exchange(continuation_, false);
    open_ = false;
    if (words_.empty()) return;
    const bool inside = out_.empty() && options_.first_used > 0;  // on the first line, behind something
    std::string text(inside ? 0 : (continuation ? hanging_ : indent_), ' ');
    std::size_t used = inside ? options_.first_used : text.size();
    bool first = true;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::size_t width = width_of(words_[i]);
      const std::size_t after = closing_ && i + 1 == words_.size() ? options_.last_used : 0;
      if (!first && used + 1 + width + after > options_.width) {
        text += '\n';
        text.append(hanging_, ' ');
        used = hanging_;
        first = true;
      }
      if (!first) text += ' ';
      text += words_[i];
      used += width + (first ? 0 : 1);
      first = false;
    }
    words_.clear();
    write(text);
  }

  void write(std::string_view text) {
    out_ += text;
    out_ += '\n';
    blank_ = text.find_first_not_of(' ') == std::string_view::npos;
  }
  void ensure_blank() {
    flush();
    if (!out_.empty() && !blank_) write("");
  }
  void keep(std::string_view whole) {
    flush();
    std::size_t end = whole.find_last_not_of(" \t");
    end = end == std::string_view::npos ? 0 : end + 1;
    const bool hard = !last_ && whole.size() >= end + 2 && end > 0 && session_ == false;
    write(std::string(whole.substr(0, end)) + (hard ? "  " : ""));
  }

  void blank(std::string_view whole) {
    flush();
    session_ = table_ = false;
    if (drop_blanks_ && !last_) return;
    // The last line's white space stands before the closing mark.
    write(last_ ? whole : std::string_view());
    if (!last_) after_tip_ = false;
  }

  void alone(std::string_view whole, std::string_view text) {
    if (!is_tip(text)) return keep(whole);
    ensure_blank();
    keep(whole);
    after_tip_ = true;
  }

  void header(std::string_view whole, std::string_view text, std::size_t indent) {
    flush();
    if (is_parameters_header(text)) ensure_blank();
    keep(whole);
    block_ = is_parameters_header(text) ? Block::parameters : Block::result;
    header_indent_ = indent;
    drop_blanks_ = block_ == Block::parameters;
    entry_indent_ = 0;
  }

  void first_of_block(std::size_t indent) {
    if (indent <= header_indent_) block_ = Block::none;
    entry_indent_ = indent;
  }

  // "name (`type`, *optional*): text": whole if it fits, else cut after the first colon.
  void entry(std::string_view whole, std::string_view text, std::size_t indent) {
    const std::size_t colon = text.find(':');
    const bool fits = indent + width_of(text) <= options_.width;
    const std::string_view description = colon == std::string_view::npos ? "" : trim(text.substr(colon + 1));
    const bool cut = !fits && !description.empty() && text[colon + 1] == ' ' &&
                     !begins_something(description.substr(0, description.find(' ')));
    if (!cut) return keep(whole);
    keep(whole.substr(0, whole.find(':') + 1));
    start(indent + 4, indent + 4);
    add({}, description);
    end_line(whole, text);
  }

  void open_fence(std::string_view whole, std::string_view text, std::size_t indent, std::size_t marks,
                  std::size_t number) {
    keep(whole);
    fence_mark_ = text[0];
    fence_width_ = marks;
    fence_line_ = number;
    fence_indent_ = indent;
    language_ = trim(text.substr(marks));
    code_.clear();
    code_verbatim_.clear();
    regular_ = true;
  }

  void code_line(std::string_view whole, std::string_view text) {
    const bool closes = !text.empty() && text[0] == fence_mark_ && fence_marks(text) >= fence_width_ &&
                        text.find_first_not_of(fence_mark_) == std::string_view::npos;
    if (!closes) {
      code_verbatim_ += whole.substr(0, whole.find_last_not_of(" \t") + 1);
      code_verbatim_ += '\n';
      const std::size_t indent = std::min(whole.find_first_not_of(' '), whole.size());
      if (indent < fence_indent_ && !text.empty()) regular_ = false;
      code_ += text.empty() ? std::string_view() : whole.substr(std::min(indent, fence_indent_));
      code_ += '\n';
      return;
    }
    fence_width_ = 0;
    if (regular_ && !code_.empty()) {
      const std::size_t width = options_.width > fence_indent_ ? options_.width - fence_indent_ : 1;
      const std::string formatted = format_(code_, language_, width, fence_line_);
      for (const std::string_view line : split_lines(formatted))
        write(line.empty() ? std::string() : std::string(fence_indent_, ' ') + std::string(line));
    } else {
      out_ += code_verbatim_;
    }
    blank_ = false;
    keep(whole);
  }

  bool begins_verbatim(std::string_view text) {
    if (text.starts_with("$$")) {
      if (text.size() < 4 || !text.ends_with("$$")) verbatim_ = Verbatim::formula;
      return true;
    }
    const std::string_view command = text.substr(1);
    const bool begins = command.starts_with("code") || command.starts_with("verbatim") || command.starts_with("f[");
    if (!is_doxygen(text) || !begins) return false;
    const bool ends = text.find(command[0] == 'f' ? "f]" : "end") != std::string_view::npos;
    if (ends) return true;
    verbatim_ = Verbatim::doxygen;
    return true;
  }

  void verbatim_line(std::string_view whole, std::string_view text) {
    keep(whole);
    const bool ends = verbatim_ == Verbatim::formula
                          ? text.ends_with("$$")
                          : is_doxygen(text) && (text.substr(1).starts_with("end") || text.substr(1).starts_with("f]"));
    if (ends) verbatim_ = Verbatim::none;
  }

  const WrapOptions& options_;
  const FormatCode& format_;
  std::string out_;
  bool last_ = false;     ///< the line is the text's last
  bool closing_ = false;  ///< nothing comes behind the open paragraph
  bool table_ = false;    ///< until the next blank line
  bool blank_ = false;    ///< the last line written is blank

  std::vector<std::string> words_;  ///< of the open paragraph; glued ones hold a space
  bool open_ = false;
  bool item_ = false;
  bool continuation_ = false;
  std::size_t indent_ = 0, hanging_ = 0;

  Block block_ = Block::none;
  std::size_t header_indent_ = 0, entry_indent_ = 0;
  bool drop_blanks_ = false;
  bool after_tip_ = false;
  bool session_ = false;
  enum class Verbatim { none, formula, doxygen } verbatim_ = Verbatim::none;
  bool literal_ = false;
  std::size_t literal_indent_ = 0;

  std::size_t fence_width_ = 0, fence_line_ = 0, fence_indent_ = 0;
  char fence_mark_ = 0;
  bool regular_ = true;  ///< no line of the fence stands left of it
  std::string language_, code_, code_verbatim_;
};

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string wrap_text(std::string_view text, const WrapOptions& options, const FormatCode& format) {
  if (text.find('\t') != std::string_view::npos) return std::string(text);  // indentation of unknown width
  return Wrapping(options, format).run(text);
}

}  // namespace veneer::docs
