#include "docs/symbols/cpp.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "docs/symbols/cpp_reader.h"
#include "docs/symbols/docstring_text.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

constexpr int kMostReadings = 3;  // a macro that is taken as empty may hide another

// As their users include them: those that no other one includes come first, and bring the others in their order.
std::vector<fs::path> reading_order(const std::vector<fs::path>& headers) {
  std::set<std::string> included;  // names of files, without folders
  for (const fs::path& header : headers) {
    const std::string text = read_text_file(header);
    for (std::size_t at = text.find("#include"); at != std::string::npos; at = text.find("#include", at + 1)) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::size_t close = text.find_last_of("\">", end), slash = text.find_last_of("/\"<", close - 1);
      if (close != std::string::npos && slash != std::string::npos && close > slash && slash > at)
        if (std::string name = text.substr(slash + 1, close - slash - 1); name != header.filename())
          included.insert(std::move(name));
    }
  }
  std::vector<fs::path> order = headers;
  std::ranges::stable_partition(order, [&](const fs::path& header) { return !included.contains(header.filename()); });
  return order;
}

// Flags come from the checkout, which may be a stranger's: none may load code into this program.
void refuse_plugins(const std::vector<std::string>& flags) {
  for (const std::string& flag : flags)
    if (flag.find("plugin") != std::string::npos || flag == "-Xclang" || flag == "-load" || flag == "-mllvm" ||
        flag.starts_with('@') || flag.starts_with("--config"))
      fail(ErrorCode::invalid_argument, "compile_flags.txt: expected flags of the language and paths, got {}", flag);
}

}  // namespace

SymbolTree read_cpp_library(const CppLibrary& library) {
  std::string text;
  for (const fs::path& header : library.headers)
    if (!fs::is_regular_file(header)) fail(ErrorCode::not_found, "{}: no such header", header.string());
  for (const fs::path& header : reading_order(library.headers)) {
    text.append("#include \"").append(fs::absolute(header).string()).append("\"\n");
  }
  refuse_plugins(library.flags);
  std::vector<std::string> flags{"-xc++", "-std=c++20", "-w", "-ferror-limit=0"};
  flags.insert(flags.end(), library.flags.begin(), library.flags.end());
  MacroPlaces empty_macros;
  for (int reading = 1;; ++reading) {
    const ClangUnit unit(text, flags);
    CppReader reader(library, unit, empty_macros);
    MacroPlaces missing = reader.missing_macros();
    std::erase_if(missing, [&](const auto& macro) { return empty_macros.contains(macro.first); });
    if (missing.empty() || reading == kMostReadings) return reader.read();
    for (const auto& [macro, where] : missing) flags.push_back("-D" + macro + "=");
    empty_macros.merge(missing);
  }
}

std::vector<std::string> read_compile_flags(const fs::path& folder) {
  std::vector<std::string> flags;
  for (fs::path at = fs::absolute(folder); at.has_relative_path(); at = at.parent_path()) {
    if (!fs::is_regular_file(at / "compile_flags.txt")) continue;
    for (const DocLine& line : split_lines(read_text_file(at / "compile_flags.txt"), 1))
      if (!line.is_blank()) flags.emplace_back(line.trimmed());
    break;
  }
  return flags;
}

std::vector<fs::path> find_headers(const fs::path& folder) {
  std::vector<fs::path> headers;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".h" || extension == ".hpp" || extension == ".hh"))
      headers.push_back(entry.path());
  }
  std::ranges::sort(headers);
  return headers;
}

}  // namespace veneer::docs
