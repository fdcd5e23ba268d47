// What an address of the preview stands for. Stateless.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace veneer::docs {

/// "/guide/start.html" -> "guide/start.html"; "/" and folders get "index.html", what has no extension ".html". Nothing
/// for what could lead out of a folder: "..", empty or hidden components, backslashes, control characters.
std::optional<std::string> served_path(std::string_view address);

/// The regular file `path` below `folder`; nothing if it is none, or lies (by symbolic links) outside the folder.
std::optional<std::filesystem::path> file_inside(const std::filesystem::path& folder, const std::string& path);

std::string_view content_type(std::string_view path);

/// Whether a Host header names this machine: a page of another site whose name leads here must not read the preview.
bool is_local_host(std::string_view host);

}  // namespace veneer::docs
