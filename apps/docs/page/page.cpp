#include "docs/page/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "docs/text/escape.h"

namespace veneer::docs {

std::string Page::claim_id(std::string_view wanted) {
  std::string id(wanted.empty() ? "section" : wanted);
  for (char& c : id)
    if (c == ' ' || c == '\t' || c == '\n' || c == '"') c = '-';
  if (ids_.insert(id).second) return id;
  ++renamed_ids_;
  for (int i = 1;; ++i) {
    std::string next = fmt::format("{}-{}", id, i);
    if (ids_.insert(next).second) return next;
  }
}

std::string Page::link_to(std::string_view path, std::string_view anchor) const {
  std::string url;
  if (!path.empty() && path != path_) {
    url = to_root();
    url += percent_encoded(path);
    url += ".html";
  }
  if (!anchor.empty()) {
    url += '#';
    url += anchor;
  }
  return url.empty() ? "#" : url;
}

std::string Page::to_root() const {
  std::string up;
  for (auto i = std::count(path_.begin(), path_.end(), '/'); i > 0; --i) up += "../";
  return up;
}

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else
      parts.push_back(part);
  }
  std::string out;
  for (const std::string_view part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

}  // namespace veneer::docs
