// Code to HTML with <span class="..."> tokens. Stateless and thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

/// The inside of <pre><code>: every character of `code` is there, escaped, in order; nothing but <span> is added.
/// `language` is the first word of the fence's info string in lower case ("py", "python", "bash", ""...).
/// Prompts of Python sessions (">>> ", "... " at a line's start) are in <span class="gp">, which cannot be selected
/// and is left out by the copy button.
std::string highlight(std::string_view code, std::string_view language);

}  // namespace veneer::docs
