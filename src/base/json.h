// JSON from untrusted files: bounded depth, no duplicate names, errors that say where.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace veneer {

using Json = nlohmann::json;
/// Keeps the order of names, for the few files where it has a meaning.
using OrderedJson = nlohmann::ordered_json;

/// Parses one JSON text. `where` opens the message of an error (a file name, say).
/// Throws Error corrupt_file: not JSON, deeper than `max_depth`, a name twice in one object, or not UTF-8.
Json parse_json(std::string_view text, std::string_view where, int max_depth = 64);

/// The same, in the order of the text.
OrderedJson parse_ordered_json(std::string_view text, std::string_view where, int max_depth = 64);

/// parse_json for a file.
Json read_json_file(const std::filesystem::path& path);

}  // namespace veneer
