#include "docs/style/style_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "docs/page/fence.h"
#include "docs/style/parts.h"
#include "docs/style/wrap.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// What is found wrong in one file.
struct Reporter {
  const std::string& file;
  Findings& findings;

  void error(std::size_t line, std::string rule, std::string message) const {
    findings.push_back({{file, static_cast<int>(line)}, Severity::error, std::move(rule), std::move(message), {}});
  }
};

std::string unix_lines(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; (at = out.find("\r\n", at)) != std::string::npos;) out.erase(at, 1);
  return out;
}

// Formats samples of the languages that have a formatter; `line` is the fence's in the file.
std::string format_sample(std::string_view code, std::string_view language, std::size_t width, std::size_t line,
                          const StyleOptions& options, const Reporter& reporter) {
  try {
    if ((language == "py" || language == "python") && options.python)
      return format_python_sample(code, width, *options.python, options.avoid);
    if ((language == "cpp" || language == "c++") && options.cpp) return (*options.cpp)(code, width);
  } catch (const Error& error) {
    reporter.error(line, "unformattable-code", fmt::format("the code sample cannot be formatted: {}", error.what()));
  }
  return std::string(code);
}

// The part's text as its comment or docstring shows it.
std::string with_frame(const DocPart& part, std::string_view text) {
  std::string out;
  bool first = true;
  for (std::size_t at = 0; at <= text.size(); first = false) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const std::string& mark = first ? part.first_mark : part.mark;
    if (!first) out += '\n';
    if (!first && (!line.empty() || !mark.empty())) out += part.margin;
    out += mark;
    if (!mark.empty() && !line.empty()) out += ' ';
    out += line;
    at = end + 1;
  }
  return out + part.end_mark;
}

std::string style_part(const DocPart& part, const StyleOptions& options, const Reporter& reporter) {
  const std::size_t margin = part.mark.empty() ? 0 : part.margin.size() + part.mark.size() + 1;
  WrapOptions wrap;
  wrap.width = options.max_len > margin ? options.max_len - margin : 1;
  wrap.base_indent = part.base_indent;
  wrap.first_used = part.first_used;
  wrap.last_used = part.last_used;
  const auto format = [&](std::string_view code, std::string_view language, std::size_t width, std::size_t line) {
    std::string formatted = format_sample(code, language, width, part.line + line - 1, options, reporter);
    if (part.kind == StyledKind::python)  // three double quotes would end the docstring
      for (std::size_t at = 0; (at = formatted.find("\"\"\"", at)) != std::string::npos;)
        formatted.replace(at, 3, "'''");
    return formatted;
  };
  try {
    return with_frame(part, wrap_text(part.text, wrap, format));
  } catch (const UnclosedFence& fence) {
    reporter.error(part.line + fence.line - 1, "unclosed-fence", fence.what());
    return with_frame(part, part.text);
  }
}

std::string style_parts(std::string_view text, const std::vector<DocPart>& parts, const StyleOptions& options,
                        const Reporter& reporter) {
  std::string out;
  std::size_t at = 0;
  for (const DocPart& part : parts) {
    out += text.substr(at, part.begin - at);
    const bool ignored = text.substr(part.previous_end, part.begin - part.previous_end).find("docstyle-ignore") !=
                         std::string_view::npos;
    out += ignored ? std::string(text.substr(part.begin, part.end - part.begin)) : style_part(part, options, reporter);
    at = part.end;
  }
  return out + std::string(text.substr(at));
}

class MarkdownStyle {
 public:
  MarkdownStyle(const StyleOptions& options, const Reporter& reporter) : options_(options), reporter_(reporter) {}

  std::string run(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
      ++number;
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
      text.remove_prefix(line.size());
      take(line, number);
    }
    if (fence_.open()) {
      reporter_.error(opened_, "unclosed-fence", "a code fence is never closed");
      out_ += code_;
    }
    return std::move(out_);
  }

 private:
  void take(std::string_view line, std::size_t number) {
    const bool was_open = fence_.open();
    const bool marks = fence_.step(line.substr(0, line.find('\n')));
    if (was_open && !marks) {
      code_ += line;
      return;
    }
    if (was_open) {
      out_ += formatted();
      code_.clear();
      ignore_ = false;
    } else if (marks) {
      opened_ = number;
      indent_ = line.find_first_not_of(' ');
      const std::string_view open = line.substr(std::min(indent_, line.size()));
      info_ = trim(open.substr(std::min(open.find_first_not_of("`~"), open.size())));
      if (open[0] == '>') info_.clear();  // in a quotation
    } else if (line.find("docstyle-ignore") != std::string_view::npos) {
      ignore_ = true;
    }
    out_ += line;
  }

  [[nodiscard]] std::string formatted() const {
    if (ignore_ || code_.empty()) return code_;
    std::string code;
    for (const std::string_view line : split_lines(code_)) {
      const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
      if (indent < indent_ && indent < line.size()) return code_;
      code += line.substr(std::min(indent_, line.size()));
      code += '\n';
    }
    const std::size_t width = options_.max_len > indent_ ? options_.max_len - indent_ : 1;
    const std::string result = format_sample(code, info_, width, opened_, options_, reporter_);
    if (result == code) return code_;
    std::string out;
    for (const std::string_view line : split_lines(result)) {
      if (!line.empty()) out.append(indent_, ' ') += line;
      out += '\n';
    }
    return out;
  }

  const StyleOptions& options_;
  const Reporter& reporter_;
  FenceState fence_;
  std::string out_, code_, info_;
  std::size_t indent_ = 0, opened_ = 0;
  bool ignore_ = false;
};

}  // namespace

std::optional<StyledKind> styled_kind(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".py") return StyledKind::python;
  if (extension == ".md" || extension == ".mdx") return StyledKind::markdown;
  for (const std::string_view cpp : {".h", ".hh", ".hpp", ".hxx", ".c", ".cc", ".cpp", ".cxx"})
    if (extension == cpp) return StyledKind::cpp;
  return std::nullopt;
}

StyledText style_text(StyledKind kind, std::string_view text, const std::string& file, const StyleOptions& options) {
  StyledText styled;
  const Reporter reporter{file, styled.findings};
  const std::string lines = unix_lines(text);
  if (kind == StyledKind::markdown)
    styled.text = MarkdownStyle(options, reporter).run(lines);
  else
    styled.text = style_parts(lines, kind == StyledKind::python ? python_docstrings(lines) : cpp_comments(lines),
                              options, reporter);
  return styled;
}

}  // namespace veneer::docs
