#include "docs/page/page.h"

#include <fmt/format.h>

#include <algorithm>

namespace veneer::docs {

std::string Page::claim_id(std::string_view wanted) {
  std::string id(wanted.empty() ? "section" : wanted);
  for (char& c : id)
    if (c == ' ' || c == '\t' || c == '\n' || c == '"') c = '-';
  if (ids_.insert(id).second) return id;
  for (int i = 1;; ++i) {
    std::string next = fmt::format("{}-{}", id, i);
    if (ids_.insert(next).second) return next;
  }
}

std::string Page::link_to(std::string_view path, std::string_view anchor) const {
  std::string url;
  if (!path.empty() && path != path_) {
    for (auto i = std::count(path_.begin(), path_.end(), '/'); i > 0; --i) url += "../";
    url += path;
    url += ".html";
  }
  if (!anchor.empty()) {
    url += '#';
    url += anchor;
  }
  return url.empty() ? "#" : url;
}

}  // namespace veneer::docs
