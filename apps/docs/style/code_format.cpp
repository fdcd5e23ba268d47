#include "docs/style/code_format.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "docs/highlight/lexer.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

bool installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string file = fmt::format("{}/{}", rest.substr(0, end), program);
    if (::access(file.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string formatted_by(const std::vector<std::string>& command, std::string_view code) {
  ProcessResult result = run_process(command, code);
  if (result.status == 0) return std::move(result.output);
  const std::string_view reason = trim(result.errors);
  fail(ErrorCode::corrupt_file, "{}", reason.substr(0, reason.find('\n')));
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  std::string out;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(text, at, found - at);
    out += to;
  }
  out.append(text, at);
  text = std::move(out);
}

// Some lines of Python, formatted, with the placeholders out of the formatter's sight.
std::string formatted(std::string code, std::size_t width, const Formatter& formatter, const AvoidPatterns& avoid) {
  for (const auto& [placeholder, name] : avoid) replace_all(code, placeholder, name);
  code = formatter(code, width);
  for (const auto& [placeholder, name] : avoid) replace_all(code, name, placeholder);
  return code;
}

// Which lines of the code begin a statement of a session: those that are not indented, in brackets, in a string,
// closing ones, behind a decorator or a branch of the statement before.
std::vector<bool> begins_statement(std::string_view code, const std::vector<std::string_view>& lines) {
  const std::vector<Token> tokens = find_lexer("python")->run(code);
  auto token = tokens.begin();
  std::vector<bool> begins;
  int depth = 0;
  bool decorated = false;
  for (const std::string_view line : lines) {
    const auto at = static_cast<std::size_t>(line.data() - code.data());
    while (token != tokens.end() && token->end <= at) ++token;
    const bool in_string = token != tokens.end() && token->begin < at;
    const std::string_view word = line.substr(0, line.find_first_of(" :("));
    const bool branch = word == "else" || word == "elif" || word == "except" || word == "finally";
    const bool inner =
        line.empty() || line[0] == ' ' || std::string_view(")]}").find(line[0]) != std::string_view::npos;
    begins.push_back(!in_string && !inner && !branch && depth == 0 && !decorated);
    if (!line.empty()) decorated = !in_string && line[0] == '@';
    auto inside = token;
    for (std::size_t i = at; i < at + line.size(); ++i) {
      while (inside != tokens.end() && inside->end <= i) ++inside;
      if (inside != tokens.end() && inside->begin <= i) continue;
      if (std::string_view("([{").find(code[i]) != std::string_view::npos) ++depth;
      if (std::string_view(")]}").find(code[i]) != std::string_view::npos) --depth;
    }
  }
  return begins;
}

// The inputs of a session, formatted, with their prompts.
std::string format_inputs(const std::string& inputs, std::size_t width, const Formatter& formatter,
                          const AvoidPatterns& avoid) {
  const std::string code = formatted(inputs, width > 4 ? width - 4 : 1, formatter, avoid);
  const std::vector<std::string_view> lines = split_lines(code);
  const std::vector<bool> begins = begins_statement(code, lines);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // A blank line between statements parts two samples; one within a statement needs its prompt.
    const bool between = lines[i].empty() && i + 1 < lines.size() && begins[i + 1];
    if (!between) out += begins[i] ? ">>>" : "...";
    if (!lines[i].empty()) out += ' ';
    out += lines[i];
    out += '\n';
  }
  return out;
}

std::string format_session(std::string_view code, std::size_t width, const Formatter& formatter,
                           const AvoidPatterns& avoid) {
  std::string out, inputs;
  const auto flush = [&] {
    if (!inputs.empty()) out += format_inputs(inputs, width, formatter, avoid);
    inputs.clear();
  };
  for (const std::string_view line : split_lines(code)) {
    if (line.starts_with(">>> ") || line.starts_with("... ")) {
      inputs += line.substr(4);
      inputs += '\n';
    } else if (line == ">>>" || line == "...") {
      inputs += '\n';
    } else {
      flush();
      out += line;
      out += '\n';
    }
  }
  flush();
  return out;
}

std::string without_common_indent(std::string_view code) {
  std::size_t indent = std::string::npos;
  for (const std::string_view line : split_lines(code))
    if (const std::size_t at = line.find_first_not_of(' '); at != std::string_view::npos) indent = std::min(indent, at);
  if (indent == 0 || indent == std::string::npos) return std::string(code);
  std::string out;
  for (const std::string_view line : split_lines(code)) {
    out += line.substr(std::min(indent, line.size()));
    out += '\n';
  }
  return out;
}

}  // namespace

std::optional<Formatter> find_python_formatter() {
  if (installed("ruff"))
    return [](std::string_view code, std::size_t width) {
      return formatted_by({"ruff", "format", "--isolated", "--line-length",
                           std::to_string(std::min(width, std::size_t{320})), "--stdin-filename", "sample.py", "-"},
                          code);
    };
  if (installed("black"))
    return [](std::string_view code, std::size_t width) {
      return formatted_by({"black", "--quiet", "--line-length", std::to_string(width), "-"}, code);
    };
  return std::nullopt;
}

std::optional<Formatter> find_cpp_formatter(const std::filesystem::path& folder) {
  std::string program = "clang-format";
  for (int version = 20; version >= 14 && !installed(program); --version)
    program = "clang-format-" + std::to_string(version);
  if (!installed(program)) return std::nullopt;
  const std::string file = (std::filesystem::absolute(folder) / "sample.cpp").string();
  return [program, file](std::string_view code, std::size_t) {
    return formatted_by({program, "--style=file", "--fallback-style=Google", "--assume-filename=" + file}, code);
  };
}

std::string format_python_sample(std::string_view code, std::size_t width, const Formatter& formatter,
                                 const AvoidPatterns& avoid) {
  std::string sample = without_common_indent(code);
  const std::size_t first = sample.find_first_not_of(" \n");
  if (first == std::string::npos) return sample;
  const std::string_view start = std::string_view(sample).substr(first);
  if (start.starts_with(">>>") || start.starts_with("...")) return format_session(sample, width, formatter, avoid);
  return formatted(sample, width, formatter, avoid);
}

}  // namespace veneer::docs
