// Named weights over memory-mapped safetensors files.
//
// Immutable: may be shared by threads, and a copy shares the mappings. Each tensor keeps its file mapped by itself, so
// it may outlive the checkpoint. Nothing is read from disk before somebody touches a tensor's bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tensor/tensor.h"

namespace veneer::checkpoint {

class Checkpoint {
 public:
  using Tensors = std::map<std::string, Tensor, std::less<>>;
  using Metadata = std::map<std::string, std::string>;

  /// `path` is
  ///   - a .safetensors file;
  ///   - a *.index.json, whose "weight_map" names the shard of each tensor (shards stand beside it);
  ///   - a component's folder of a diffusers pipeline: `diffusion_pytorch_model` or `model`, one file or an index, and
  ///     their fp16 variants where the plain ones are missing.
  /// Throws Error not_found, corrupt_file, or unsupported (pickle files: .bin, .pt, .pth, .ckpt).
  static Checkpoint open(const std::filesystem::path& path);

  /// The bytes of a safetensors file, shared. For files that somebody may overwrite while they are in use: a mapped
  /// file must not change or shrink. Throws like parse_safetensors_header.
  static Checkpoint from_bytes(const std::shared_ptr<const std::string>& file, std::string where);

  /// Weights that are in memory already. `where` names them in messages.
  Checkpoint(Tensors tensors, std::string where, Metadata metadata = {});

  /// nullptr if there is no such tensor.
  [[nodiscard]] const Tensor* find(std::string_view name) const;

  /// Throws Error not_found with the names that are spelt most alike.
  [[nodiscard]] const Tensor& at(std::string_view name) const;

  [[nodiscard]] const Tensors& tensors() const { return tensors_; }
  [[nodiscard]] std::vector<std::string> names() const;                 ///< sorted
  [[nodiscard]] const Metadata& metadata() const { return metadata_; }  ///< of all shards; the first one's value counts
  [[nodiscard]] const std::string& where() const { return where_; }     ///< the path, for messages

  /// Throws Error corrupt_file if one of the files was written to since (MappedFile::require_unchanged).
  void require_unchanged() const;

  /// Tells the system that the files' pages are not needed soon (MappedFile::release_pages).
  void release_pages() const noexcept;

 private:
  explicit Checkpoint(std::string where) : where_(std::move(where)) {}
  static Checkpoint open_file(const std::filesystem::path& path);
  static Checkpoint open_index(const std::filesystem::path& path);
  static Checkpoint open_folder(const std::filesystem::path& path);
  void add_file(std::span<const std::byte> file, const std::shared_ptr<const void>& owner);

  Tensors tensors_;
  Metadata metadata_;
  std::vector<std::shared_ptr<const MappedFile>> files_;
  std::string where_;
};

}  // namespace veneer::checkpoint
