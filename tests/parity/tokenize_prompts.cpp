// A program for tools/reference/tokenizer_compare.py: tokenize_prompts FOLDER reads prompts from standard input, one
// JSON string a line, and writes [ids, truncated text] for each.
#include <fmt/core.h>

#include <exception>
#include <iostream>
#include <string>

#include "base/json.h"
#include "tokenizers/tokenizer.h"

int main(int argc, char** argv) {
  using namespace veneer;
  if (argc != 2) {
    fmt::print(stderr, "usage: tokenize_prompts FOLDER\n");
    return 2;
  }
  try {
    const auto tokenizer = tokenizers::open_tokenizer(argv[1]);
    for (std::string line; std::getline(std::cin, line);) {
      const auto encoded = tokenizer->encode(parse_json(line, "standard input").get<std::string>());
      std::cout << Json{encoded.ids, encoded.truncated_text}.dump() << '\n';
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
