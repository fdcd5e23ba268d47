// The safetensors format: eight bytes with the header's length, a JSON header, the tensors' bytes without gaps.
// Free functions over bytes that somebody else owns; they may be called from any thread.
//
// The rules are those of the format's own library: the header is at most 100 MB and begins with "{", the tensors cover
// the rest of the file exactly once, and a name stands for one tensor.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace veneer::checkpoint {

/// One tensor of the file: its bytes are [begin, end), counted from the start of the file.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// Reads and checks the header; no byte of a tensor is touched. All ranges of the result lie within `file`.
/// `where` opens the message of an error (the file's name). Throws Error corrupt_file, or unsupported for an element
/// type that Veneer does not have.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file, std::string_view where);

/// What follows the header of a file that parse_safetensors_header has read.
std::span<const std::byte> tensor_bytes(std::span<const std::byte> file);

/// The bytes of a file with these tensors, in the order that the format's own library writes (widest type first, then
/// by name), each aligned for its type. Throws Error invalid_argument for a name that is not UTF-8 or is reserved.
std::string serialize_safetensors(const std::map<std::string, Tensor>& tensors,
                                  const std::map<std::string, std::string>& metadata = {});

/// Writes them beside `path` and renames (base/file.h, write_file).
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace veneer::checkpoint
