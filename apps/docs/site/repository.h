// The repository that a checkout was cloned from, from Git's own files. Nothing is run. Stateless.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace veneer::docs {

/// The address of the remote "origin", or of the only remote, if it is on a host whose pages are known (see
/// kHosts in repository.cpp): "https://github.com/owner/name". Else empty. It holds no names of users and no secrets.
std::string origin_of(const std::filesystem::path& checkout);

/// The default branch of the remote "origin", as far as the checkout knows it; else empty.
std::string origin_branch(const std::filesystem::path& checkout);

/// What is checked out: the commit's name; empty if there is none.
std::string commit_of(const std::filesystem::path& checkout);

/// What a reader calls the host of such an address: "GitHub".
std::string_view host_name(std::string_view repository);
/// What the addresses of files begin with, for a branch, tag or commit: to be read, to be edited. Empty if the host is
/// not known.
std::string reading_address(std::string_view repository, std::string_view revision);
std::string editing_address(std::string_view repository, std::string_view branch);

}  // namespace veneer::docs
