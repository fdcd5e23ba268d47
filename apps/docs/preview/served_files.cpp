#include "docs/preview/served_files.h"

#include <algorithm>
#include <array>
#include <utility>

namespace veneer::docs {

namespace fs = std::filesystem;

std::optional<std::string> served_path(std::string_view address) {
  if (!address.starts_with('/')) return std::nullopt;
  address.remove_prefix(1);
  const auto bad = [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(address.begin(), address.end(), bad)) return std::nullopt;
  std::string path(address);
  if (path.empty() || path.ends_with('/')) path += "index.html";
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    if (part.empty() || part.starts_with('.')) return std::nullopt;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (path.find('.', path.rfind('/') + 1) == std::string::npos) path += ".html";
  return path;
}

std::optional<fs::path> file_inside(const fs::path& folder, const std::string& path) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return std::nullopt;
  fs::path file = fs::canonical(root / path, error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const fs::path inside = file.lexically_relative(root);
  if (inside.empty() || *inside.begin() == "..") return std::nullopt;
  return file;
}

std::string_view content_type(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kTypes{{
      {"html", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"json", "application/json"},
      {"md", "text/plain; charset=utf-8"},
      {"txt", "text/plain; charset=utf-8"},
      {"yml", "text/plain; charset=utf-8"},
      {"xml", "application/xml"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"avif", "image/avif"},
      {"ico", "image/x-icon"},
      {"mp4", "video/mp4"},
      {"webm", "video/webm"},
      {"pdf", "application/pdf"},
      {"woff2", "font/woff2"},
      {"wasm", "application/wasm"},
      {"mp3", "audio/mpeg"},
  }};
  const std::string_view extension = path.substr(path.rfind('.') + 1);
  for (const auto& [name, type] : kTypes)
    if (name == extension) return type;
  return "application/octet-stream";
}

bool is_local_host(std::string_view host) {
  const std::size_t colon = host.starts_with('[') ? host.find("]:") : host.find(':');
  std::string_view name = host.substr(0, colon == std::string_view::npos ? host.size() : colon);
  if (host.starts_with('[') && colon != std::string_view::npos) name = host.substr(0, colon + 1);
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]" || name.ends_with(".localhost");
}

}  // namespace veneer::docs
