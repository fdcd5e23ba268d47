// Any bytes: the parser refuses them with an Error, or returns ranges that lie within them and whose tensors survive
// being written and read again.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "checkpoint/safetensors.h"

namespace {

using namespace veneer;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_round_trip(std::span<const std::byte> file, const checkpoint::SafetensorsHeader& header) {
  std::map<std::string, Tensor> tensors;
  for (const auto& entry : header.entries) {
    require(entry.begin <= entry.end && entry.end <= file.size());
    const auto bytes = file.subspan(entry.begin, entry.end - entry.begin);
    require(tensors.emplace(entry.name, Tensor(entry.dtype, entry.shape, bytes, nullptr)).second);
  }
  const std::string again = checkpoint::serialize_safetensors(tensors, header.metadata);
  const auto reread = checkpoint::parse_safetensors_header(std::as_bytes(std::span(again)), "again");
  require(reread.metadata == header.metadata && reread.entries.size() == tensors.size());
  for (const auto& entry : reread.entries) {
    const Tensor& tensor = tensors.at(entry.name);
    require(entry.dtype == tensor.dtype() && entry.shape == tensor.shape());
    const std::string_view bytes(again.data() + entry.begin, entry.end - entry.begin);
    require(bytes == std::string_view(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  try {
    check_round_trip(file, checkpoint::parse_safetensors_header(file, "fuzz"));
  } catch (const Error& e) {
    require(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported);
  }
  return 0;
}
