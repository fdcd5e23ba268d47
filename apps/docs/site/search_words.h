// The words of a text as the search index holds them. Stateless. site.js cuts queries in the same way.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// Calls `add` for each word in lower case without accents, and for the parts of names: "UNet2DModel" is also "net",
/// "2d" and "model", "load_weights" also "load" and "weights". Of scripts without spaces every pair of neighbours is a
/// word, and the last character of a run.
void each_search_word(std::string_view text, const std::function<void(std::string_view word)>& add);

std::vector<std::string> search_terms(std::string_view text);

}  // namespace veneer::docs
