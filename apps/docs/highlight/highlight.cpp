#include "docs/highlight/highlight.h"

#include <algorithm>
#include <array>
#include <vector>

#include "docs/highlight/lexer.h"
#include "docs/text/escape.h"

namespace veneer::docs {
namespace {

constexpr std::array<std::string_view, 12> kClasses{"k", "s", "c", "m", "f", "t", "v", "gp", "go", "gi", "gd", "gh"};

void append_span(std::string& html, std::string_view text, TokenClass kind) {
  html += "<span class=\"";
  html += kClasses[static_cast<std::size_t>(kind)];
  html += "\">";
  append_escaped(html, text);
  html += "</span>";
}

// Code without sessions.
std::string plain_html(std::string_view code, const Lexer* lexer) {
  std::string html;
  html.reserve(code.size() * 2);
  std::size_t at = 0;
  if (lexer != nullptr) {
    for (const Token& token : lexer->run(code)) {
      append_escaped(html, code.substr(at, token.begin - at));
      append_span(html, code.substr(token.begin, token.end - token.begin), token.kind);
      at = token.end;
    }
  }
  append_escaped(html, code.substr(at));
  return html;
}

// The next line of `code` with its line end, taken off it.
std::string_view take_line(std::string_view& code) {
  const std::string_view line = code.substr(0, std::min(code.find('\n'), code.size() - 1) + 1);
  code.remove_prefix(line.size());
  return line;
}

std::size_t python_prompt(std::string_view line) {
  if (line.starts_with(">>> ") || line.starts_with("... ")) return 4;
  const std::string_view bare = line.substr(0, line.find_last_not_of("\r\n") + 1);
  return bare == ">>>" || bare == "..." ? 3 : 0;
}

// "$ " and continuation "> ". A "#" is more often a comment than a prompt of root's.
std::size_t shell_prompt(std::string_view line) {
  return line.starts_with("$ ") || line.starts_with("> ") ? 2 : 0;
}

// A session's commands are read as one code, without their prompts, so that a string or a comment may go over several
// of its lines; then everything is put together again in order.
template <class PromptOf>
std::string session_html(std::string_view code, const Lexer* lexer, PromptOf&& prompt_of) {
  std::string commands;
  for (std::string_view rest = code; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (const std::size_t prompt = prompt_of(line)) commands += line.substr(prompt);
  }
  const std::vector<Token> tokens = lexer != nullptr ? lexer->run(commands) : std::vector<Token>();
  std::string html;
  html.reserve(code.size() * 2);
  auto token = tokens.begin();
  std::size_t at = 0;  // in the commands
  while (!code.empty()) {
    std::string_view line = take_line(code);
    const std::size_t prompt = prompt_of(line);
    if (prompt == 0) {
      append_span(html, line, TokenClass::output);
      continue;
    }
    append_span(html, line.substr(0, prompt), TokenClass::prompt);
    const std::size_t end = at + line.size() - prompt;
    const std::string_view text = commands;
    while (at < end) {
      while (token != tokens.end() && token->end <= at) ++token;
      const bool inside = token != tokens.end() && token->begin <= at;
      std::size_t stop = end;
      if (token != tokens.end()) stop = std::min(end, inside ? token->end : token->begin);
      if (inside)
        append_span(html, text.substr(at, stop - at), token->kind);
      else
        append_escaped(html, text.substr(at, stop - at));
      at = stop;
    }
  }
  return html;
}

bool any_line(std::string_view code, std::string_view start) {
  for (std::size_t at = code.find(start); at != std::string_view::npos; at = code.find(start, at + 1))
    if (at == 0 || code[at - 1] == '\n') return true;
  return false;
}

// By how code of a language usually begins; for fences without an info string.
std::string_view guess(std::string_view code) {
  struct Sign {
    std::string_view start, language;
  };
  constexpr std::array<Sign, 19> kSigns{{{"diff --git", "diff"},
                                         {"#include", "cpp"},
                                         {"template <", "cpp"},
                                         {"namespace ", "cpp"},
                                         {"from ", "python"},
                                         {"import ", "python"},
                                         {"def ", "python"},
                                         {"class ", "python"},
                                         {"pip install", "bash"},
                                         {"git clone", "bash"},
                                         {"sudo ", "bash"},
                                         {"export ", "bash"},
                                         {"python ", "bash"},
                                         {"accelerate launch", "bash"},
                                         {"#!/", "bash"},
                                         {"<!DOCTYPE", "html"},
                                         {"<html", "html"},
                                         {"<?xml", "xml"},
                                         {"cmake_minimum_required", "cmake"}}};
  const std::size_t first = code.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  const std::string_view start = code.substr(first);
  for (const Sign& sign : kSigns)
    if (start.starts_with(sign.start)) return sign.language;
  const std::size_t quote = code.find_first_not_of(" \t\r\n", first + 1);
  if (start[0] == '{' && quote != std::string_view::npos && code[quote] == '"') return "json";
  if (any_line(code, "from ") && any_line(code, "import ")) return "python";
  return {};
}

}  // namespace

std::string highlight(std::string_view code, std::string_view language) {
  const bool python_session = any_line(code, ">>> ");
  if (language.empty()) language = python_session ? "python" : any_line(code, "$ ") ? "console" : guess(code);
  const Lexer* lexer = find_lexer(language);
  if (python_session || (lexer == find_lexer("python") && any_line(code, "... ")))
    return session_html(code, find_lexer("python"), python_prompt);
  if (lexer != nullptr && lexer->language().form == Form::shell && any_line(code, "$ "))
    return session_html(code, lexer, shell_prompt);
  return plain_html(code, lexer);
}

}  // namespace veneer::docs
