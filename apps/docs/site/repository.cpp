#include "docs/site/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

struct Host {
  std::string_view domain;  ///< or what it begins with, if it ends in a dot
  std::string_view name;
  std::string_view read, edit;  ///< between the repository's address and the revision
};
constexpr std::array<Host, 4> kHosts{{{"github.com", "GitHub", "/blob/", "/edit/"},
                                      {"gitlab.com", "GitLab", "/-/blob/", "/-/edit/"},
                                      {"gitlab.", "GitLab", "/-/blob/", "/-/edit/"},
                                      {"codeberg.org", "Codeberg", "/src/", "/_edit/"}}};

const Host* host_of(std::string_view domain) {
  const auto* found = std::ranges::find_if(kHosts, [&](const Host& host) {
    return domain == host.domain || (host.domain.ends_with('.') && domain.starts_with(host.domain));
  });
  return found == kHosts.end() ? nullptr : found;
}

const Host* host_of_address(std::string_view repository) {
  constexpr std::string_view kScheme = "https://";
  if (!repository.starts_with(kScheme)) return nullptr;
  repository.remove_prefix(kScheme.size());
  return host_of(repository.substr(0, repository.find('/')));
}

std::string read_line(const fs::path& file) {
  if (!fs::is_regular_file(file)) return {};
  const std::string text = read_text_file(file);
  return std::string(trim(std::string_view(text).substr(0, text.find('\n'))));
}

// The checkout's own folder of Git, and the one that it shares with other worktrees.
struct GitFolders {
  fs::path own, common;
};
std::optional<GitFolders> git_folders(const fs::path& checkout) {
  fs::path own = checkout / ".git";
  if (fs::is_regular_file(own)) {
    constexpr std::string_view kMark = "gitdir: ";
    const std::string line = read_line(own);
    if (!line.starts_with(kMark)) return std::nullopt;
    own = checkout / line.substr(kMark.size());
  }
  if (!fs::is_directory(own)) return std::nullopt;
  const std::string common = read_line(own / "commondir");
  return GitFolders{own, common.empty() ? own : own / common};
}

// "git@host:owner/name.git", "https://token@host/owner/name", "ssh://git@host:22/owner/name" -> host, path.
std::pair<std::string, std::string> host_and_path(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const std::size_t slash = std::min(url.find('/'), url.size());
  if (const std::size_t user = url.substr(0, slash).rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  const std::size_t end = url.find_first_of(scheme == std::string_view::npos ? ":/" : "/");
  if (end == std::string_view::npos) return {};
  const std::string_view host = url.substr(0, std::min(end, url.find(':')));
  std::string_view path = url.substr(end + 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  while (path.starts_with('/')) path.remove_prefix(1);
  return {std::string(host), std::string(path)};
}

// The addresses of all remotes by their names.
std::vector<std::pair<std::string, std::string>> remotes(const std::string& config) {
  std::vector<std::pair<std::string, std::string>> list;
  std::string remote;
  for (const std::string_view line : split_lines(config)) {
    const std::string_view text = trim(line);
    if (text.starts_with('[')) {
      constexpr std::string_view kSection = "[remote \"";
      remote = text.starts_with(kSection) ? text.substr(kSection.size(), text.rfind('"') - kSection.size()) : "";
    } else if (!remote.empty() && text.starts_with("url")) {
      const std::size_t equals = text.find('=');
      if (equals != std::string_view::npos) list.emplace_back(remote, trim(text.substr(equals + 1)));
    }
  }
  return list;
}

}  // namespace

std::string origin_of(const fs::path& checkout) {
  const std::optional<GitFolders> git = git_folders(checkout);
  if (!git || !fs::is_regular_file(git->common / "config")) return {};
  const auto list = remotes(read_text_file(git->common / "config"));
  auto origin = std::ranges::find(list, "origin", &std::pair<std::string, std::string>::first);
  if (origin == list.end() && list.size() == 1) origin = list.begin();
  if (origin == list.end()) return {};
  const auto [host, path] = host_and_path(origin->second);
  if (host_of(host) == nullptr || path.find('/') == std::string::npos) return {};
  return fmt::format("https://{}/{}", host, path);
}

std::string origin_branch(const fs::path& checkout) {
  const std::optional<GitFolders> git = git_folders(checkout);
  constexpr std::string_view kBranches = "ref: refs/remotes/origin/";
  const std::string line = git ? read_line(git->common / "refs/remotes/origin/HEAD") : "";
  if (!line.starts_with(kBranches) || line.find('/', kBranches.size()) != std::string::npos) return {};
  return line.substr(kBranches.size());
}

std::string commit_of(const fs::path& checkout) {
  const std::optional<GitFolders> git = git_folders(checkout);
  if (!git) return {};
  constexpr std::string_view kRef = "ref: ";
  std::string head = read_line(git->own / "HEAD");
  if (!head.starts_with(kRef)) return head;
  const std::string name = head.substr(kRef.size());
  if (std::string commit = read_line(git->common / name); !commit.empty()) return commit;
  if (!fs::is_regular_file(git->common / "packed-refs")) return {};
  const std::string packed = read_text_file(git->common / "packed-refs");
  for (const std::string_view line : split_lines(packed))
    if (line.ends_with(" " + name)) return std::string(line.substr(0, line.find(' ')));
  return {};
}

std::string_view host_name(std::string_view repository) {
  const Host* host = host_of_address(repository);
  return host == nullptr ? "Repository" : host->name;
}

std::string reading_address(std::string_view repository, std::string_view revision) {
  const Host* host = host_of_address(repository);
  return host == nullptr ? "" : fmt::format("{}{}{}/", repository, host->read, revision);
}

std::string editing_address(std::string_view repository, std::string_view branch) {
  const Host* host = host_of_address(repository);
  return host == nullptr ? "" : fmt::format("{}{}{}/", repository, host->edit, branch);
}

}  // namespace veneer::docs
