#include "checkpoint/checkpoint.h"

#include <fmt/ranges.h>

#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/out_of_memory.h"
#include "checkpoint/safetensors.h"

namespace veneer::checkpoint {
namespace {

namespace fs = std::filesystem;

/// What a component's folder may hold, best first: the names under which diffusers and transformers save.
constexpr std::array<std::string_view, 8> kFileNames{
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.safetensors.index.fp16.json",
    "model.fp16.safetensors",
    "model.safetensors.index.fp16.json",
};

bool is_pickle(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt";
}

/// Files before version 0.3 of the format's library do not align tensors; those are copied, so that a Tensor's bytes
/// can always be read as its element type.
Tensor tensor_of(const SafetensorsEntry& entry, std::span<const std::byte> file, std::shared_ptr<const void> owner) {
  const auto bytes = file.subspan(entry.begin, entry.end - entry.begin);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(entry.dtype) == 0)
    return {entry.dtype, entry.shape, bytes, std::move(owner)};
  auto copy = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  const std::span<const std::byte> copied(*copy);
  return {entry.dtype, entry.shape, copied, std::move(copy)};
}

/// "weight_map" of an index file: tensor name -> shard. A shard is a file beside the index, never a path elsewhere.
std::map<std::string, std::string> read_weight_map(const fs::path& path) {
  const Json index = read_json_file(path);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (!index.is_object() || map == index.end() || !map->is_object())
    fail(ErrorCode::corrupt_file, "{}: expected an object as \"weight_map\"", path.string());
  std::map<std::string, std::string> shards;
  for (const auto& [name, shard] : map->items()) {
    const auto* file = shard.get_ptr<const std::string*>();
    if (file == nullptr || fs::path(*file).filename() != *file || *file == "." || *file == ".." || file->empty())
      fail(ErrorCode::corrupt_file, "{}: {}: expected the name of a file beside the index, got {}", path.string(), name,
           shard.dump());
    shards.emplace(name, *file);
  }
  return shards;
}

}  // namespace

Checkpoint::Checkpoint(Tensors tensors, std::string where, Metadata metadata)
    : tensors_(std::move(tensors)), metadata_(std::move(metadata)), where_(std::move(where)) {}

Checkpoint Checkpoint::open(const fs::path& path) {
  return or_out_of_memory(path.native(), [&] {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) fail(ErrorCode::not_found, "{}: no such file or folder", path.string());
    if (fs::is_directory(status)) return open_folder(path);
    if (is_pickle(path))
      fail(ErrorCode::unsupported, "{}: expected a .safetensors file: pickle files can run code and are not read",
           path.string());
    return path.extension() == ".json" ? open_index(path) : open_file(path);
  });
}

void Checkpoint::add_file(std::span<const std::byte> file, const std::shared_ptr<const void>& owner) {
  auto header = parse_safetensors_header(file, where_);
  for (auto& entry : header.entries) {
    Tensor tensor = tensor_of(entry, file, owner);
    tensors_.emplace(std::move(entry.name), std::move(tensor));
  }
  metadata_ = std::move(header.metadata);
}

Checkpoint Checkpoint::open_file(const fs::path& path) {
  Checkpoint result(path.string());
  auto file = MappedFile::open(path);
  result.add_file(file->bytes(), file);
  result.files_.push_back(std::move(file));
  return result;
}

Checkpoint Checkpoint::from_bytes(const std::shared_ptr<const std::string>& file, std::string where) {
  Checkpoint result(std::move(where));
  result.add_file(std::as_bytes(std::span(*file)), file);
  return result;
}

Checkpoint Checkpoint::open_index(const fs::path& path) {
  Checkpoint result(path.string());
  std::map<std::string, Checkpoint> shards;
  for (const auto& [name, shard] : read_weight_map(path)) {
    auto found = shards.find(shard);
    if (found == shards.end()) found = shards.emplace(shard, open_file(path.parent_path() / shard)).first;
    const Tensor* tensor = found->second.find(name);
    if (tensor == nullptr)
      fail(ErrorCode::corrupt_file, "{}: {}: expected in {}, which does not hold it", path.string(), name, shard);
    result.tensors_.emplace(name, *tensor);
  }
  for (auto& [name, shard] : shards) {
    result.metadata_.merge(shard.metadata_);
    result.files_.insert(result.files_.end(), shard.files_.begin(), shard.files_.end());
  }
  return result;
}

Checkpoint Checkpoint::open_folder(const fs::path& path) {
  for (const auto name : kFileNames)
    if (std::error_code error; fs::exists(path / name, error)) return open(path / name);
  for (const auto& entry : folder_entries(path))
    if (is_pickle(entry))
      fail(ErrorCode::unsupported, "{}: expected a .safetensors file, found only {}: pickle files are not read",
           path.string(), entry.filename().string());
  fail(ErrorCode::not_found, "{}: expected one of {}", path.string(), fmt::join(kFileNames, ", "));
}

const Tensor* Checkpoint::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

const Tensor& Checkpoint::at(std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  const auto alike = nearest_names(name, names());
  if (alike.empty()) fail(ErrorCode::not_found, "{}: there is no tensor {}", where_, name);
  fail(ErrorCode::not_found, "{}: there is no tensor {}; the nearest names are {}", where_, name,
       fmt::join(alike, ", "));
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

void Checkpoint::require_unchanged() const {
  for (const auto& file : files_) file->require_unchanged();
}

void Checkpoint::release_pages() const noexcept {
  for (const auto& file : files_) file->release_pages();
}

}  // namespace veneer::checkpoint
