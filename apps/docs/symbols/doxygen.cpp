#include "docs/symbols/doxygen.h"

#include <algorithm>
#include <array>
#include <utility>

#include "docs/symbols/docstring_text.h"
#include "docs/symbols/doxygen_commands.h"
#include "docs/symbols/doxygen_sections.h"
#include "docs/symbols/doxygen_words.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// "<std::string>" and "<lora:name>" would be addresses to Markdown.
bool looks_like_address(std::string_view text) {
  if (!text.starts_with('<')) return false;
  std::size_t end = 1;
  while (end < text.size() && is_letter(text[end])) ++end;
  const std::string_view scheme = text.substr(1, end - 1), rest = text.substr(end);
  return !scheme.empty() && rest.starts_with(':') && !rest.starts_with("://") && scheme != "mailto";
}

bool starts_item(std::string_view text) {
  if (text.starts_with("- ") || text.starts_with("* ") || text.starts_with("+ ") || text.starts_with("-# "))
    return true;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return digits > 0 && text.substr(digits).starts_with(". ");
}

// "Args:", "Raises:": what is indented below is no code.
bool is_section_header(std::string_view text) {
  static constexpr std::array<std::string_view, 14> kWords{"Arg",    "Args",       "Arguments", "Attributes", "Param",
                                                           "Params", "Parameters", "Return",    "Returns",    "Yields",
                                                           "Raises", "Throws",     "Fields",    "Values"};
  return text.ends_with(':') && std::ranges::find(kWords, text.substr(0, text.size() - 1)) != kWords.end();
}

class Translator {
 public:
  Translator(const SourcePosition& where, const DoxygenNames& names) : where_(where), names_(names), words_(names) {}

  DoxygenText run(std::string_view comment) {
    std::vector<DocLine> lines;
    int number = where_.line;
    for (std::size_t begin = 0; begin <= comment.size();) {
      const std::size_t end = std::min(comment.find('\n', begin), comment.size());
      lines.push_back({std::string(comment.substr(begin, end - begin)), number++});
      begin = end + 1;
    }
    for (const DocLine& line : lines) read_line(line);
    if (in_code_) append({"```", number - 1});
    close();
    sections_.write(body_);
    return finish();
  }

 private:
  enum class Open { text, alert, item };

  DoxygenText finish() {
    DoxygenText out;
    while (!body_.empty() && body_.back().is_blank() && body_.size() > 1) body_.pop_back();
    for (const DocLine& line : body_) {
      if (!out.lines.empty()) out.text += '\n';
      out.text += line.text;
      out.lines.push_back(line.number);
    }
    out.findings = std::move(findings_);
    return out;
  }

  void report(int line, const std::string& message, std::string suggestion) {
    findings_.push_back({.where = {where_.file, line},
                         .rule = "doxygen-command",
                         .message = message,
                         .suggestion = std::move(suggestion)});
  }

  void read_line(const DocLine& line) {
    if (!until_.empty()) return read_verbatim(line);
    if (fence_.inside(line)) return append(line);
    if (line.is_blank()) {
      close();
      append({"", line.number});
      after_blank_ = true;
      return;
    }
    if (is_indented_code(line)) {
      if (!in_code_) append({std::string(code_base(), ' ') + "```cpp", line.number});
      if (in_code_)
        for (; blanks_ > 0; --blanks_) body_.push_back({"", line.number - blanks_});
      in_code_ = true;
      append({line.text.substr(4), line.number});
      return;
    }
    end_code(line.number);
    after_blank_ = false;
    const std::string_view text = line.trimmed();
    if (line.indent() < list_content_ && !starts_item(text)) list_content_ = 0;
    if (starts_item(text)) list_content_ = line.indent() + text.find(' ') + 1;
    if (line.indent() == 0) in_section_ = is_section_header(text);
    read_text(line);
  }

  std::size_t code_base() const { return list_content_; }

  // Markdown: what is indented by four behind a blank line. The blank lines inside it wait until it goes on.
  bool is_indented_code(const DocLine& line) {
    if (in_section_ || open_ != Open::text) return false;
    if (in_code_) {
      if (line.indent() >= code_base() + 4) return true;
      return false;
    }
    return after_blank_ && line.indent() >= code_base() + 4;
  }

  void end_code(int number) {
    if (!in_code_) return;
    in_code_ = false;
    body_.push_back({std::string(code_base(), ' ') + "```", number - 1 - blanks_});
    for (; blanks_ > 0; --blanks_) body_.push_back({"", number - blanks_});
  }

  void read_verbatim(const DocLine& line) {
    const std::size_t end = line.text.find(until_);
    const bool ends = end != std::string::npos && end > 0 && (line.text[end - 1] == '\\' || line.text[end - 1] == '@');
    if (!ends) {
      if (!is_hidden_) append(line);
      return;
    }
    const std::string before = line.text.substr(0, end - 1), after = line.text.substr(end + until_.size());
    if (!is_hidden_ && !trim(before).empty()) append({before, line.number});
    if (!is_hidden_) append_lines(std::string(verbatim_indent_, ' ') + close_, line.number);
    until_.clear();
    is_hidden_ = false;
    if (!trim(after).empty()) read_text({std::string(trim(after)), line.number});
  }

  // Text with commands in it: words are replaced where they stand, what begins a section ends the text before it.
  void read_text(const DocLine& line) {
    std::string text(line.text, 0, line.indent());
    const std::string_view all = line.text;
    if (all.substr(line.indent()).starts_with("-# ")) text += "1. ";
    for (std::size_t i = line.indent() + (text.ends_with(". ") ? 3 : 0); i < all.size();) {
      if (all[i] == '`') {
        const std::size_t end = std::max(behind_code(all, i), i + 1);
        text += all.substr(i, end - i);
        i = end;
      } else if (begins_formula(all, i)) {
        if (!read_formula(all, i, text)) {
          const std::string after = open_formula(text, all.substr(i), line);
          if (!after.empty()) read_text({after, line.number});
          return;
        }
      } else if (may_begin(all, i)) {
        const Command command = command_named(name_at(all, i));
        if (!read_word(command, all, i, text, line.number)) {
          if (!trim(text).empty()) append({std::string(trim_end(text)), line.number});
          return read_block(command, DocLine{std::string(all.substr(i)), line.number}, line.indent());
        }
      } else if (all.substr(i).starts_with("<tt>") || all.substr(i).starts_with("</tt>")) {
        const bool closes = all[i + 1] == '/';
        text += closes ? "</code>" : "<code>";
        i += closes ? 5 : 4;
      } else if (looks_like_address(all.substr(i))) {
        text += "\\<";  // "<std::string>" would be an address to Markdown
        ++i;
      } else if (all[i] == '#' && i > 0 && !is_letter(all[i - 1]) && i + 1 < all.size() && is_letter(all[i + 1])) {
        words_.read_hash(all, i, text);
      } else {
        text += all[i++];
      }
    }
    append({text, line.number});
  }

  // A command within a line, replaced; `i` moves behind it. False: it begins a section, or is no command.
  bool read_word(const Command& command, std::string_view line, std::size_t& i, std::string& text, int number) {
    const std::size_t behind = i + 1 + command.name.size();
    const std::size_t argument = std::min(line.find_first_not_of(" \t", behind), line.size());
    switch (command.kind) {
      case CommandKind::word_code:
      case CommandKind::word_emphasis:
      case CommandKind::word_strong: {
        const std::string_view word = word_at(line, argument);
        const std::string_view mark = command.kind == CommandKind::word_code       ? "`"
                                      : command.kind == CommandKind::word_emphasis ? "*"
                                                                                   : "**";
        if (word.empty()) return false;
        text.append(mark).append(word).append(mark);
        i = argument + word.size();
        return true;
      }
      case CommandKind::line_break:
        text += "<br>";
        i = behind;
        return true;
      case CommandKind::reference:
        i = words_.read_reference(line, argument, text);
        return true;
      case CommandKind::link: {
        const std::size_t end = line.find("endlink", argument);
        const std::string_view name = line.substr(argument, end_of_name(line, argument) - argument);
        if (end == std::string_view::npos || name.empty()) return false;
        text += words_.linked(name, trim(line.substr(argument + name.size(), end - 1 - argument - name.size())));
        i = end + 7;
        return true;
      }
      case CommandKind::formula:
        return false;
      case CommandKind::text:
        i = argument;
        return true;
      case CommandKind::unknown:
        unknown(command.name, line[i], number);
        text.append("\\").append(line.substr(i, behind - i));
        i = behind;
        return true;
      default:
        return false;
    }
  }

  void unknown(std::string_view name, char mark, int number) {
    const std::string shown = mark + std::string(name);
    std::vector<std::string> known;
    for (const Command& command : kCommands) known.emplace_back(command.name);
    const auto near = name.size() > 2 ? nearest(name, known) : std::nullopt;
    report(number, "`" + shown + "` is no command of Doxygen's",
           near ? "did you mean `" + (mark + *near) + "`?" : "write `" + shown + "` in backticks if it is text");
  }

  // \f[ ... \f] and \f{align*}{ ... \f}: lines of their own, on one line or several. Returns what stands behind.
  std::string open_formula(const std::string& before, std::string_view line, const DocLine& from) {
    if (!trim(before).empty()) append({std::string(trim_end(before)), from.number});
    start_block(from.number);
    const char opens = line[2];
    std::string_view rest = line.substr(3);
    until_ = opens == '[' ? "f]" : opens == '{' ? "f}" : opens == '(' ? "f)" : "f$";
    std::string first = "$$";
    close_ = "$$";
    if (opens == '{') {
      const std::size_t end = std::min(rest.find('}'), rest.size());
      const std::string name(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (rest.starts_with('{')) rest.remove_prefix(1);
      if (name != "eqnarray*" && !name.empty()) {
        first = "$$\n\\begin{" + name + "}";
        close_ = "\\end{" + name + "}\n$$";
      }
    }
    verbatim_indent_ = 0;
    append_lines(first, from.number);
    if (trim(rest).empty()) return {};
    const std::size_t end = rest.find(until_);
    if (end == std::string_view::npos || end == 0) {
      read_verbatim({std::string(trim(rest)), from.number});
      return {};
    }
    append({std::string(trim(rest.substr(0, end - 1))), from.number});
    append_lines(close_, from.number);
    std::string after(trim(rest.substr(end + until_.size())));
    until_.clear();
    append({"", from.number});
    return after;
  }

  void append_lines(const std::string& text, int number) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      append({text.substr(begin, end - begin), number});
      begin = end + 1;
    }
  }

  // A command that begins something. `line` begins with it.
  void read_block(const Command& command, const DocLine& line, std::size_t indent) {
    std::string_view rest = std::string_view(line.text).substr(1 + command.name.size());
    std::string_view option;
    if (rest.starts_with('[') || rest.starts_with('{')) {
      const std::size_t end = rest.find(rest.front() == '[' ? ']' : '}');
      option = rest.substr(1, end == std::string_view::npos ? end : end - 1);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    rest = trim(rest);
    const int number = line.number;
    switch (command.kind) {
      case CommandKind::parameter:
      case CommandKind::template_parameter:
      case CommandKind::raises:
      case CommandKind::return_value:
        return open_item(command.kind, option, rest, number);
      case CommandKind::returns:
        open_ = Open::item;
        item_ = &sections_.returns.emplace_back(DoxygenItem{"", {{"", number}}});
        return read_rest(rest, number);
      case CommandKind::alert:
        start_block(number);
        append({"> [!" + std::string(command.says) + "]", number});
        open_ = Open::alert;
        if (command.name == "deprecated")
          return read_rest(rest.empty() ? "**Deprecated.**" : "**Deprecated.** " + std::string(rest), number);
        return read_rest(rest, number);
      case CommandKind::titled:
        return open_titled(command, rest, number);
      case CommandKind::own_title:
      case CommandKind::heading: {
        start_block(number);
        if (command.kind == CommandKind::heading) rest = trim(rest.substr(std::min(rest.find(' '), rest.size())));
        if (!rest.empty()) append({"**" + std::string(rest) + "**", number});
        append({"", number});
        return;
      }
      case CommandKind::item:
        close();
        return read_rest("- " + std::string(rest), number);
      case CommandKind::copy:
        return copy(rest, number);
      case CommandKind::image:
        return image(rest, number);
      case CommandKind::unsupported:
        close();
        report(number, "`" + line.text.substr(0, 1 + command.name.size()) + "` is not followed: its text is not shown",
               "write the text here, or include it in the page");
        return;
      case CommandKind::code:
      case CommandKind::raw:
        return open_verbatim(command, option, rest, DocLine{std::string(indent, ' '), number});
      case CommandKind::other:
        close();
        return;
      default:
        append(line);
    }
  }

  void read_rest(std::string_view rest, int number) {
    if (!rest.empty()) read_text({std::string(rest), number});
  }

  void open_item(CommandKind kind, std::string_view direction, std::string_view rest, int number) {
    std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    // "a, b": one text for several.
    while (end > 0 && end < rest.size() && rest[end - 1] == ',') {
      const std::size_t next = rest.find_first_not_of(" \t", end);
      end = next == std::string_view::npos ? rest.size() : std::min(rest.find_first_of(" \t", next), rest.size());
    }
    std::string head(rest.substr(0, end));
    for (std::size_t comma = head.find(','); comma != std::string::npos; comma = head.find(',', comma + 1))
      if (comma + 1 < head.size() && head[comma + 1] != ' ') head.insert(comma + 1, " ");
    if (head.ends_with(':')) head.pop_back();
    if (!direction.empty()) head += " (*" + std::string(direction) + "*)";
    auto& items = kind == CommandKind::parameter            ? sections_.parameters
                  : kind == CommandKind::template_parameter ? sections_.template_parameters
                  : kind == CommandKind::return_value       ? sections_.return_values
                                                            : sections_.raises;
    item_ = &items.emplace_back(DoxygenItem{std::move(head), {{"", number}}});
    open_ = Open::item;
    const std::string_view text = trim(rest.substr(end));
    read_rest(text.starts_with("- ") ? text.substr(2) : text, number);
  }

  void open_titled(const Command& command, std::string_view rest, int number) {
    std::string said(rest);
    if (command.says == "See also") {
      said.clear();
      for (std::size_t begin = 0; begin < rest.size();) {
        const std::size_t end = std::min(
            rest.find(',', rest.find('(', begin) < rest.find(',', begin) ? std::min(rest.find(')', begin), rest.size())
                                                                         : begin),
            rest.size());
        const std::string_view one = trim(rest.substr(begin, end - begin));
        const bool is_name = !one.empty() && end_of_name(one, one.starts_with('#') ? 1 : 0) == one.size();
        const std::string found = is_name ? words_.reference(one) : std::string();
        said.append(said.empty() ? "" : ", ").append(found.starts_with('[') ? found : std::string(one));
        begin = end + 1;
      }
      // One line for all that follow each other.
      if (last_title_ == command.says && title_line_ + 1 >= body_.size() - trailing_blanks()) {
        while (body_.back().is_blank()) body_.pop_back();
        body_.back().text += ",";
        open_ = Open::text;
        return read_rest(said, number);
      }
    }
    start_block(number);
    last_title_ = command.says;
    title_line_ = body_.size();
    read_rest("**" + std::string(command.says) + ":** " + said, number);
  }

  std::size_t trailing_blanks() const {
    std::size_t count = 0;
    while (count < body_.size() && body_[body_.size() - 1 - count].is_blank()) ++count;
    return count;
  }

  void copy(std::string_view name, int number) {
    close();
    const std::optional<std::string> text = names_.comment ? names_.comment(trim(name)) : std::nullopt;
    if (!text || depth_ > 8) {
      report(number, "there is no comment of `" + std::string(trim(name)) + "` to copy",
             "name something that is documented");
      return;
    }
    ++depth_;
    for (std::size_t begin = 0; begin <= text->size();) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      read_line({text->substr(begin, end - begin), number});
      begin = end + 1;
    }
    --depth_;
    close();
  }

  void image(std::string_view rest, int number) {
    close();
    if (!rest.starts_with("html ")) return;
    rest = trim(rest.substr(5));
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::size_t quote = rest.find('"', end),
                      close = quote == std::string_view::npos ? quote : rest.find('"', quote + 1);
    const std::string caption(close == std::string_view::npos ? "" : rest.substr(quote + 1, close - quote - 1));
    append({"![" + caption + "](" + std::string(rest.substr(0, end)) + ")", number});
  }

  void open_verbatim(const Command& command, std::string_view option, std::string_view rest, const DocLine& line) {
    is_hidden_ = command.kind == CommandKind::raw;
    until_ = command.says;
    close_ = "```";
    verbatim_indent_ = line.text.size();
    std::string language = command.name == "code"                                     ? "cpp"
                           : command.name == "startuml" || command.name == "verbatim" ? ""
                                                                                      : std::string(command.name);
    if (command.name == "code" && option.starts_with('.')) language = option.substr(1);
    if (language == "unparsed") language.clear();
    if (is_hidden_) return;
    if (open_ == Open::text) start_block(line.number);
    append({line.text + "```" + language, line.number});
    if (!rest.empty()) read_verbatim({std::string(rest), line.number});
  }

  void close() {
    open_ = Open::text;
    item_ = nullptr;
  }

  // Behind a blank line.
  void start_block(int number) {
    close();
    if (!body_.empty() && !body_.back().is_blank()) body_.push_back({"", number});
  }

  void append(const DocLine& line) {
    if (in_code_ && line.is_blank()) {
      ++blanks_;
      return;
    }
    if (open_ == Open::item) {
      if (item_->lines.size() == 1 && item_->lines[0].text.empty())
        item_->lines[0] = {std::string(line.trimmed()), line.number};
      else
        item_->lines.push_back(line);
    } else if (open_ == Open::alert) {
      body_.push_back({"> " + std::string(trim(line.text)), line.number});
    } else {
      body_.push_back(line);
    }
  }

  SourcePosition where_;
  const DoxygenNames& names_;
  DoxygenWords words_;
  std::vector<DocLine> body_;
  DoxygenSections sections_;
  Findings findings_;
  Open open_ = Open::text;
  DoxygenItem* item_ = nullptr;
  FenceTracker fence_;
  std::string until_, close_;  ///< of a \code block
  std::size_t verbatim_indent_ = 0;
  bool is_hidden_ = false;
  bool in_code_ = false;  ///< in an indented block
  int blanks_ = 0;        ///< blank lines in it, not yet written
  bool after_blank_ = true, in_section_ = false;
  std::size_t list_content_ = 0;  ///< where the text of the list's items stands; 0: no list
  std::string_view last_title_;
  std::size_t title_line_ = 0;
  int depth_ = 0;
};

}  // namespace

DoxygenText replace_doxygen(std::string_view comment, const SourcePosition& where, const DoxygenNames& names) {
  return Translator(where, names).run(comment);
}

bool is_of_another_thing(std::string_view comment) {
  static constexpr std::array<std::string_view, 8> kOthers{"file",     "dir",        "mainpage",  "page",
                                                           "defgroup", "addtogroup", "weakgroup", "name"};
  const std::string_view text = trim(comment);
  for (std::size_t at = text.find_first_of("\\@"); at != std::string_view::npos; at = text.find_first_of("\\@", at + 1))
    if (may_begin(text, at) || (at == 0 && text.size() > 1))
      if (std::ranges::find(kOthers, name_at(text, at)) != kOthers.end() &&
          (at == 0 || text[at - 1] == '\n' || text[at - 1] == ' '))
        return true;
  return text.starts_with("@{") || text.starts_with("@}") || text.starts_with("\\{") || text.starts_with("\\}");
}

}  // namespace veneer::docs
