#include "adapters/source_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/nearest.h"

namespace veneer::adapters {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPeftConfig = "adapter_config.json";
constexpr const char* kPeftWeights = "adapter_model.safetensors";

/// The files that make one AdapterSource.
struct SourceFiles {
  fs::path weights, peft_config;
  std::string component, warning;
};

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<std::string> safetensors_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".safetensors") files.push_back(entry->path().filename().string());
  if (error) fail(ErrorCode::not_found, "{}: cannot list: {}", folder.string(), error.message());
  std::ranges::sort(files);
  return files;
}

/// peft names the weights adapter_model.safetensors; a single file of another name is meant too.
SourceFiles peft_files(const fs::path& folder, std::string component) {
  const auto files = safetensors_in(folder);
  const bool named = std::ranges::find(files, kPeftWeights) != files.end();
  if (!named && files.size() != 1)
    fail(ErrorCode::not_found, "{}: expected {} beside {}{}", folder.string(), kPeftWeights, kPeftConfig,
         is_there(folder / "adapter_model.bin")
             ? ": adapter_model.bin is a pickle, which may run programs; save with safe_serialization=True"
             : "");
  return {folder / (named ? kPeftWeights : files.front()), folder / kPeftConfig, std::move(component), ""};
}

std::vector<SourceFiles> folder_files(const fs::path& folder) {
  if (is_there(folder / kPeftConfig)) return {peft_files(folder, "")};
  std::vector<SourceFiles> sources;
  for (const char* component : {"text_encoder", "text_encoder_2", "unet"})
    if (is_there(folder / component / kPeftConfig)) sources.push_back(peft_files(folder / component, component));
  if (!sources.empty()) return sources;
  const auto files = safetensors_in(folder);
  if (files.size() == 1) return {{folder / files.front(), {}, "", ""}};
  if (files.empty())
    fail(ErrorCode::not_found, "{}: expected {} or one .safetensors file, found none", folder.string(), kPeftConfig);
  fail(ErrorCode::invalid_argument, "{}: expected one adapter, found {}: name the file", folder.string(),
       fmt::join(files, ", "));
}

/// A file that is named counts with the configuration beside it, as its folder would.
SourceFiles single_file(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (!is_there(folder / kPeftConfig)) return {path, {}, "", ""};
  if (path.filename() == kPeftWeights || safetensors_in(folder).size() == 1)
    return {path, folder / kPeftConfig, "", ""};
  return {
      path,
      {},
      "",
      fmt::format("{}: the {} beside it does not count, because it may be another file's", path.string(), kPeftConfig)};
}

/// Files of weights, and folders that hold some or a configuration of peft's.
bool may_be_adapter(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path.extension() == ".safetensors";
  if (is_there(path / kPeftConfig)) return true;
  fs::directory_iterator entries(path, error);
  return !error && std::any_of(fs::begin(entries), fs::end(entries),
                               [](const auto& entry) { return entry.path().extension() == ".safetensors"; });
}

[[noreturn]] void refuse_missing(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::vector<std::string> stems;
  std::map<std::string, std::string> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (may_be_adapter(entry->path()))
      files[stems.emplace_back(entry->path().stem().string())] = entry->path().filename().string();
  const auto nearest = nearest_names(path.stem().string(), stems, 1);
  fail(ErrorCode::not_found, "{}: no such file or folder{}", path.string(),
       nearest.empty() ? "" : fmt::format("; did you mean {}?", files.at(nearest[0])));
}

std::vector<SourceFiles> source_files(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) refuse_missing(path);
  if (fs::is_directory(status)) return folder_files(path);
  if (path.extension() != ".safetensors")
    fail(ErrorCode::unsupported, "{}: expected a .safetensors file or a folder", path.string());
  return {single_file(path)};
}

AdapterSource read_source(const SourceFiles& files) {
  AdapterSource source{read_text_file(files.weights), files.weights.string(), "", files.component, files.warning};
  if (files.peft_config.empty()) return source;
  source.peft_config = read_text_file(files.peft_config);
  if (source.peft_config.empty()) fail(ErrorCode::corrupt_file, "{}: empty", files.peft_config.string());
  return source;
}

}  // namespace

std::vector<fs::path> adapter_files(const fs::path& path) {
  std::vector<fs::path> files;
  for (const SourceFiles& source : source_files(path)) {
    files.push_back(source.weights);
    if (!source.peft_config.empty()) files.push_back(source.peft_config);
  }
  return files;
}

std::vector<AdapterSource> read_sources(const fs::path& path) {
  std::vector<AdapterSource> sources;
  for (const SourceFiles& files : source_files(path)) sources.push_back(read_source(files));
  return sources;
}

}  // namespace veneer::adapters
