#include "checkpoint/safetensors.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/json.h"

namespace veneer::checkpoint {
namespace {

constexpr std::size_t kPrefix = 8;                   // the header's length, little-endian
constexpr std::size_t kLongestHeader = 100'000'000;  // the format's limit
constexpr std::size_t kAlignment = 8;                // of the first tensor, when we write
constexpr int kDeepest = 8;                          // the format needs 3
constexpr std::string_view kMetadata = "__metadata__";

constexpr std::array<std::pair<std::string_view, DType>, 10> kTypes{{
    {"F64", DType::f64},
    {"F32", DType::f32},
    {"F16", DType::f16},
    {"BF16", DType::bf16},
    {"I64", DType::i64},
    {"I32", DType::i32},
    {"I16", DType::i16},
    {"I8", DType::i8},
    {"U8", DType::u8},
    {"BOOL", DType::boolean},
}};

DType parse_dtype(std::string_view text, std::string_view where, std::string_view name) {
  for (const auto& [spelling, dtype] : kTypes)
    if (text == spelling) return dtype;
  fail(ErrorCode::unsupported, "{}: {}: element type {} is not supported", where, name, text);
}

std::string_view spell_dtype(DType dtype) {
  for (const auto& [spelling, known] : kTypes)
    if (dtype == known) return spelling;
  fail(ErrorCode::internal, "safetensors: no spelling for {}", to_string(dtype));
}

std::uint64_t header_length(std::span<const std::byte> file) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kPrefix; ++i) length |= std::to_integer<std::uint64_t>(file[i]) << (8 * i);
  return length;
}

/// If the bytes are known as something else, that is what is wrong with them.
void refuse_foreign(std::span<const std::byte> file, std::string_view where) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  std::string got(foreign_kind(bytes));
  if (got.empty()) got = foreign_text(bytes);
  if (!got.empty()) fail(ErrorCode::corrupt_file, "{}: expected a safetensors file, got {}", where, got);
}

/// The text between the length and the first tensor.
std::string_view header_text(std::span<const std::byte> file, std::string_view where) {
  if (file.empty()) fail(ErrorCode::corrupt_file, "{}: expected a safetensors file, got an empty one", where);
  if (file.size() < kPrefix) {
    refuse_foreign(file, where);
    fail(ErrorCode::corrupt_file, "{}: expected a safetensors file, got {} bytes", where, file.size());
  }
  const std::uint64_t length = header_length(file);
  if (length > kLongestHeader) {
    refuse_foreign(file, where);
    fail(ErrorCode::corrupt_file, "{}: expected a safetensors header of at most {} bytes, got {}", where,
         kLongestHeader, length);
  }
  if (length > file.size() - kPrefix)
    fail(ErrorCode::corrupt_file, "{}: the header of {} bytes ends beyond the file of {} bytes: the file is cut off",
         where, length, file.size());
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + kPrefix, length);
  if (!text.starts_with('{')) {
    refuse_foreign(file, where);
    fail(ErrorCode::corrupt_file, "{}: the safetensors header does not begin with {{", where);
  }
  return text;
}

const Json& field(const Json& tensor, const char* key, std::string_view where, std::string_view name) {
  if (!tensor.is_object()) fail(ErrorCode::corrupt_file, "{}: {}: expected an object", where, name);
  const auto found = tensor.find(key);
  if (found == tensor.end()) fail(ErrorCode::corrupt_file, "{}: {}: \"{}\" is missing", where, name, key);
  return *found;
}

Shape parse_shape(const Json& extents, std::string_view where, std::string_view name) {
  if (!extents.is_array()) fail(ErrorCode::corrupt_file, "{}: {}: expected a list as \"shape\"", where, name);
  Shape shape;
  for (const auto& extent : extents) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > kMost)
      fail(ErrorCode::corrupt_file, "{}: {}: expected whole numbers in \"shape\", got {}", where, name, extent.dump());
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

/// Bytes of such a tensor; a product that does not fit is refused even where a later extent is 0.
std::size_t byte_count(DType dtype, const Shape& shape, std::string_view where, std::string_view name) {
  auto bytes = static_cast<std::int64_t>(size_of(dtype));
  for (const std::int64_t extent : shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes))
      fail(ErrorCode::corrupt_file, "{}: {}: the size of shape {} overflows", where, name, to_string(shape));
  return static_cast<std::size_t>(bytes);
}

/// [begin, end) relative to the first tensor byte, both within `data_size`.
std::pair<std::size_t, std::size_t> parse_offsets(const Json& offsets, std::size_t data_size, std::string_view where,
                                                  std::string_view name) {
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned())
    fail(ErrorCode::corrupt_file, "{}: {}: expected two whole numbers as \"data_offsets\"", where, name);
  const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data_size)
    fail(ErrorCode::corrupt_file, "{}: {}: bytes {} to {} do not lie within the {} bytes of data", where, name, begin,
         end, data_size);
  return {begin, end};
}

SafetensorsEntry parse_entry(const std::string& name, const Json& tensor, std::size_t data_begin, std::size_t data_size,
                             std::string_view where) {
  const Json& dtype = field(tensor, "dtype", where, name);
  if (!dtype.is_string()) fail(ErrorCode::corrupt_file, "{}: {}: expected a string as \"dtype\"", where, name);
  SafetensorsEntry entry;
  entry.name = name;
  entry.dtype = parse_dtype(dtype.get_ref<const std::string&>(), where, name);
  entry.shape = parse_shape(field(tensor, "shape", where, name), where, name);
  const auto [begin, end] = parse_offsets(field(tensor, "data_offsets", where, name), data_size, where, name);
  const std::size_t expected = byte_count(entry.dtype, entry.shape, where, name);
  if (end - begin != expected)
    fail(ErrorCode::corrupt_file, "{}: {}: expected {} bytes for {}{}, got {}", where, name, expected,
         to_string(entry.dtype), to_string(entry.shape), end - begin);
  entry.begin = data_begin + begin;
  entry.end = data_begin + end;
  return entry;
}

std::map<std::string, std::string> parse_metadata(const Json& metadata, std::string_view where) {
  if (metadata.is_null()) return {};  // as the format's own library
  if (!metadata.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object as {}", where, kMetadata);
  std::map<std::string, std::string> result;
  for (const auto& [key, value] : metadata.items()) {
    if (!value.is_string()) fail(ErrorCode::corrupt_file, "{}: {}: {}: expected a string", where, kMetadata, key);
    result.emplace(key, value.get<std::string>());
  }
  return result;
}

/// Sorts by offset, then demands that each tensor begins where the one before it ended.
void check_cover(std::vector<SafetensorsEntry>& entries, std::size_t data_begin, std::size_t file_size,
                 std::string_view where) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::size_t position = data_begin;
  for (const auto& entry : entries) {
    if (entry.begin != position)
      fail(ErrorCode::corrupt_file, "{}: {}: {} at byte {}: expected to begin at {}", where, entry.name,
           entry.begin < position ? "overlaps another tensor" : "leaves a hole", entry.begin, position);
    position = entry.end;
  }
  if (position != file_size)
    fail(ErrorCode::corrupt_file, "{}: {} bytes after the last tensor belong to none", where, file_size - position);
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file, std::string_view where) {
  const std::string_view text = header_text(file, where);
  const Json json = parse_json(text, where, kDeepest);
  const std::size_t data_begin = kPrefix + text.size();
  SafetensorsHeader header;
  header.entries.reserve(json.size());
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadata)
      header.metadata = parse_metadata(value, where);
    else
      header.entries.push_back(parse_entry(name, value, data_begin, file.size() - data_begin, where));
  }
  check_cover(header.entries, data_begin, file.size(), where);
  return header;
}

std::span<const std::byte> tensor_bytes(std::span<const std::byte> file) {
  return file.subspan(kPrefix + header_length(file));
}

std::string serialize_safetensors(const std::map<std::string, Tensor>& tensors,
                                  const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string_view, const Tensor*>> order;
  for (const auto& [name, tensor] : tensors) {
    if (name == kMetadata) fail(ErrorCode::invalid_argument, "safetensors: a tensor may not be named {}", name);
    order.emplace_back(name, &tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return size_of(a.second->dtype()) > size_of(b.second->dtype());
  });

  auto json = nlohmann::ordered_json::object();
  if (!metadata.empty()) json[std::string(kMetadata)] = metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : order) {
    const std::size_t end = offset + tensor->bytes().size();
    json[std::string(name)] = {
        {"dtype", spell_dtype(tensor->dtype())}, {"shape", tensor->shape()}, {"data_offsets", {offset, end}}};
    offset = end;
  }

  std::string text;
  try {
    text = json.dump();
  } catch (const Json::exception& e) {
    fail(ErrorCode::invalid_argument, "safetensors: names and metadata must be UTF-8: {}", e.what());
  }
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  if (text.size() > kLongestHeader)
    fail(ErrorCode::invalid_argument, "safetensors: expected a header of at most {} bytes, got {}", kLongestHeader,
         text.size());

  std::string file;
  file.reserve(kPrefix + text.size() + offset);
  for (std::size_t i = 0; i < kPrefix; ++i) file += static_cast<char>((text.size() >> (8 * i)) & 0xff);
  file += text;
  for (const auto& [name, tensor] : order)
    file.append(reinterpret_cast<const char*>(tensor->bytes().data()), tensor->bytes().size());
  return file;
}

void write_safetensors(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  write_file(path, serialize_safetensors(tensors, metadata));
}

}  // namespace veneer::checkpoint
