// Code to HTML with <span class="..."> tokens. Stateless and thread-safe.
//
// Classes, for style sheets: k keyword (and tags of markup), s string, c comment, m number, f function or built-in,
// t type, v variable, key or option, gp prompt, go output of a session, gi and gd inserted and deleted lines,
// gh headings (of diffs, Markdown, TOML). What is in no span is plain.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace veneer::docs {

/// The inside of <pre><code>: every character of `code` is there, escaped, in order; nothing but <span> is added.
/// `language` is the first word of the fence's info string in lower case ("py", "python", "bash", ""...). If it is
/// empty the language is guessed from the code; one that is not known is not highlighted. Takes time linear in the
/// code.
///
/// Sessions: Python code with a line that starts with ">>> " or "... ", and shell code with one that starts with "$ ".
/// Their prompts are in <span class="gp">, which cannot be selected and is left out by the copy button; what the
/// commands printed is in <span class="go">. A prompt of Python is recognised in code of any language.
std::string highlight(std::string_view code, std::string_view language);

/// Whether there is a language of this name, be it highlighted here or not ("text" is one). In lower case.
bool is_language(std::string_view name);

/// The highlighted language whose name is most like this one ("pyhton": "python"), if any is.
std::optional<std::string> nearest_language(std::string_view name);

}  // namespace veneer::docs
