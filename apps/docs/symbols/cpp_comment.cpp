#include "docs/symbols/cpp_comment.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "docs/symbols/docstring_text.h"

namespace veneer::docs {
namespace {

std::string_view trim_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// Drops a marker and one space after it.
std::string_view after_marker(std::string_view line, std::size_t width) {
  line.remove_prefix(std::min(width, line.size()));
  if (line.starts_with('<')) line.remove_prefix(1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return trim_end(line);
}

// "\param[in] x the x" -> {"param", "x the x"}; an empty name: the line has no command at its start.
std::pair<std::string_view, std::string_view> command_of(std::string_view line) {
  if (line.size() < 2 || (line[0] != '\\' && line[0] != '@')) return {};
  std::size_t end = 1;
  while (end < line.size() && line[end] >= 'a' && line[end] <= 'z') ++end;
  const std::string_view name = line.substr(1, end - 1);
  if (end < line.size() && (line[end] == '[' || line[end] == '{'))
    end = std::min(line.find_first_of("]}", end), line.size() - 1) + 1;
  const std::size_t begin = std::min(line.find_first_not_of(" \t", end), line.size());
  return {name, line.substr(begin)};
}

enum class Section { none, parameters, returns, raises, alert };

struct Item {
  Section section;
  std::string head;  // name of a parameter or an error
  std::string text;  // lines joined by '\n'
};

Section section_of(std::string_view command) {
  static constexpr std::array<std::pair<std::string_view, Section>, 11> kCommands{{{"param", Section::parameters},
                                                                                   {"tparam", Section::parameters},
                                                                                   {"return", Section::returns},
                                                                                   {"returns", Section::returns},
                                                                                   {"result", Section::returns},
                                                                                   {"throw", Section::raises},
                                                                                   {"throws", Section::raises},
                                                                                   {"exception", Section::raises},
                                                                                   {"note", Section::alert},
                                                                                   {"warning", Section::alert},
                                                                                   {"attention", Section::alert}}};
  for (const auto& [name, section] : kCommands)
    if (name == command) return section;
  return Section::none;
}

// \c x, \p x, \a x, \e x within a line.
std::string replace_words(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = (line[i] == '\\' || line[i] == '@') && i + 3 < line.size() && line[i + 2] == ' ' &&
                        (i == 0 || line[i - 1] == ' ' || line[i - 1] == '(');
    const std::string_view mark = !starts                                    ? ""
                                  : line[i + 1] == 'c' || line[i + 1] == 'p' ? "`"
                                  : line[i + 1] == 'a' || line[i + 1] == 'e' ? "*"
                                                                             : "";
    if (mark.empty()) {
      out += line[i];
      continue;
    }
    std::size_t end = std::min(line.find_first_of(" ,;)", i + 3), line.size());
    while (end > i + 4 && line[end - 1] == '.') --end;
    out.append(mark).append(line.substr(i + 3, end - i - 3)).append(mark);
    i = end - 1;
  }
  return out;
}

class Translator {
 public:
  std::string translate(std::string_view text) {
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      read_line(text.substr(begin, end - begin));
      begin = end + 1;
    }
    write_sections();
    return std::move(out_);
  }

 private:
  void read_line(std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
    const auto [command, rest] = command_of(line.substr(indent));
    if (in_code_) {
      const bool ends = command == "endcode" || command == "endverbatim";
      in_code_ = !ends;
      append(ends ? "```" : line);
      return;
    }
    if (command == "code" || command == "verbatim") {
      in_code_ = true;
      const std::size_t dot = line.find("{.");
      const std::string language =
          dot == std::string_view::npos ? "cpp" : std::string(line.substr(dot + 2, line.find('}') - dot - 2));
      append("```" + (command == "verbatim" ? "" : language));
      return;
    }
    const Section section = section_of(command);
    if (section != Section::none) {
      open(section, command, rest);
    } else if (command == "brief" || command == "short" || command == "details") {
      open_ = Section::none;
      append(replace_words(rest));
    } else if (command == "see" || command == "sa") {
      open_ = Section::none;
      append("See also: " + replace_words(rest));
    } else if (command == "deprecated") {
      open_ = Section::none;
      append("> [!WARNING]\n> Deprecated. " + replace_words(rest));
    } else {
      if (indent == line.size()) open_ = Section::none;
      append(replace_words(line));
    }
  }

  void open(Section section, std::string_view command, std::string_view rest) {
    open_ = section;
    if (section == Section::alert) {
      out_.append("> [!")
          .append(command == "note" ? "NOTE" : "WARNING")
          .append("]\n> ")
          .append(replace_words(rest))
          .append("\n");
      return;
    }
    std::string head;
    if (section != Section::returns) {
      const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
      head = rest.substr(0, end);
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t", end), rest.size()));
    }
    items_.push_back({section, std::move(head), replace_words(rest)});
  }

  void append(std::string_view line) {
    if (open_ == Section::none) {
      out_.append(line).append("\n");
    } else if (open_ == Section::alert) {
      out_.append("> ").append(line.substr(std::min(line.find_first_not_of(" \t"), line.size()))).append("\n");
    } else {
      items_.back().text.append("\n").append(line);
    }
  }

  void write_sections() {
    for (const auto& [section, title] :
         {std::pair(Section::parameters, "Args:"), std::pair(Section::returns, "Returns:"),
          std::pair(Section::raises, "Raises:")}) {
      bool titled = false;
      for (const Item& item : items_) {
        if (item.section != section) continue;
        if (!titled) out_.append("\n").append(title).append("\n");
        titled = true;
        out_ += "    ";
        if (!item.head.empty()) out_.append(item.head).append(": ");
        for (const DocLine& line : split_lines(item.text, 0)) {
          const bool is_first = out_.ends_with(' ');
          if (!is_first) out_ += section == Section::returns ? "    " : "        ";
          out_.append(line.trimmed()).append("\n");
        }
      }
    }
  }

  std::string out_;
  std::vector<Item> items_;
  Section open_ = Section::none;
  bool in_code_ = false;
};

bool has_command(std::string_view text) {
  for (std::size_t at = text.find_first_of("\\@"); at != std::string_view::npos; at = text.find_first_of("\\@", at + 1))
    if (at + 1 < text.size() && text[at + 1] >= 'a' && text[at + 1] <= 'z' &&
        (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == '('))
      return true;
  return false;
}

}  // namespace

std::string comment_text(std::string_view comment) {
  std::string out;
  bool in_block = false;
  for (std::size_t begin = 0; begin <= comment.size();) {
    const std::size_t end = std::min(comment.find('\n', begin), comment.size());
    std::string_view line = trim_end(comment.substr(begin, end - begin));
    const bool last = end == comment.size();
    begin = end + 1;
    std::string_view inside = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!in_block && (inside.starts_with("///") || inside.starts_with("//!"))) {
      inside = after_marker(inside, 3);
    } else if (!in_block && inside.starts_with("/*")) {
      in_block = inside.find("*/", 2) == std::string_view::npos;
      if (!in_block) inside = inside.substr(0, inside.find("*/", 2));
      inside = after_marker(inside, inside.starts_with("/**") || inside.starts_with("/*!") ? 3 : 2);
    } else if (in_block) {
      const std::size_t close = line.find("*/");
      if (close != std::string_view::npos) {
        in_block = false;
        line = line.substr(0, close);
        inside = inside.substr(0, std::min(inside.find("*/"), inside.size()));
      }
      // "* text" or, without the star, text that keeps its indentation.
      inside = inside.starts_with('*') ? after_marker(inside, 1) : trim_end(line);
    }
    out.append(inside);
    if (!last) out += '\n';
  }
  return out;
}

std::string replace_doxygen(std::string_view text) {
  return has_command(text) ? Translator().translate(text) : std::string(text);
}

}  // namespace veneer::docs
