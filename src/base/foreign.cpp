#include "base/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace veneer {
namespace {

struct Kind {
  std::string_view start;  ///< in lower case
  std::string_view what;
};

constexpr std::string_view kPage = "a web page (HTML or XML): the download failed";
constexpr std::string_view kPickle =
    "a Python pickle, which can run code and is not read: it was renamed, or the download failed";
/// How torch.save writes: a zip whose first file is `NAME/data.pkl`.
constexpr std::string_view kPickleInZip =
    "a zip file with a Python pickle, which can run code and is not read: it was renamed, or the download failed";

constexpr Kind kKinds[] = {
    {"version https://git-lfs", "a Git LFS pointer: the download failed; git lfs pull fetches the file"},
    {"<", kPage},
    {"\x80\x02", kPickle},
    {"\x80\x03", kPickle},
    {"\x80\x04", kPickle},
    {"\x80\x05", kPickle},
    {"pk\x03\x04", "a zip file: it was renamed, or the download failed"},
    {"\x1f\x8b\x08", "a gzip file: it was renamed, or the download failed"},
    {"7z\xbc\xaf\x27\x1c", "a 7z file: it was renamed, or the download failed"},
    {"rar!", "a RAR file: it was renamed, or the download failed"},
    {"gguf", "a GGUF file: it was renamed, or the download failed"},
    {"\x89hdf\r\n", "an HDF5 file: it was renamed, or the download failed"},
    {"\x89png\r\n", "a PNG picture: the download failed"},
    {"\xff\xd8\xff", "a JPEG picture: the download failed"},
    {"%pdf", "a PDF file: the download failed"},
};

/// Without a byte order mark and white space at the front.
std::string_view trimmed(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  return bytes.substr(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
}

bool is_text(char c) {
  return static_cast<unsigned char>(c) >= ' ' ? c != '\x7f' : c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::string_view foreign_kind(std::string_view bytes) {
  std::string head(trimmed(bytes).substr(0, 256));
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* kind = std::ranges::find_if(kKinds, [&](const Kind& one) { return head.starts_with(one.start); });
  if (kind == std::end(kKinds)) return "";
  return kind->start.starts_with("pk") && head.find("data.pkl") != head.npos ? kPickleInZip : kind->what;
}

std::string foreign_text(std::string_view bytes) {
  constexpr std::size_t kLooked = 1024, kQuoted = 80;
  const std::string_view text = trimmed(bytes);
  if (text.empty() || !std::ranges::all_of(text.substr(0, kLooked), is_text)) return "";
  std::string_view line = text.substr(0, std::min(kQuoted, text.find_first_of("\r\n")));
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80) != 0)  // perhaps half a character
    line.remove_suffix(1);
  if (line.empty()) return "";
  const std::string_view kind = text.front() == '{' || text.front() == '[' ? "JSON" : "text";
  return fmt::format("{} ({}{}): the download failed", kind, line, line.size() < text.size() ? "..." : "");
}

}  // namespace veneer
