// Lines of text as the names of an adapter's tensors, after a tab the digits of a shape; lines that begin with "{" as
// its configurations. The key map refuses a name or gives a canonical target, which as a name maps to itself; the
// reader refuses the whole or gives an adapter whose parts fit.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/key_map.h"
#include "adapters/read_adapter.h"
#include "base/error.h"
#include "checkpoint/safetensors.h"

namespace {

using namespace veneer;
using namespace veneer::adapters;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_refusal(const Error& e) {
  require(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported);
}

void check_name(std::string_view name) {
  try {
    const MappedKey key = map_key(name, "fuzz");
    constexpr std::string_view kComponents[] = {"unet.", "transformer.", "text_encoder.text_", "text_encoder_2.text_",
                                                "text_encoder_3."};
    require(std::ranges::any_of(kComponents, [&](std::string_view begin) { return key.target.starts_with(begin); }));
    require(key.dialect.empty() == (algorithm_of(key.part) == nullptr));
    const MappedKey again = map_key(key.target + ".lora_B.weight", "fuzz");
    require(again.target == key.target && again.part == Part::up);
  } catch (const Error& e) {
    require_refusal(e);
  }
}

/// A tile of the whole, for the kernel that the form has or for a pointwise layer.
void require_tile(const Delta& delta) {
  require(std::isfinite(delta.scale));
  const auto [out, columns] = matrix_shape(delta.form);
  require(out > 0 && columns > 0);
  float tile[runtime::kTileIn * runtime::kTileOut] = {};
  const runtime::TilePlace place{0, std::min(out, runtime::kTileOut), 0, std::min(columns, runtime::kTileIn), 0};
  tiles_of(delta.form, delta.scale, 1)(place, tile);
}

void check_adapter(const std::map<std::string, Tensor>& tensors, const std::string& header, std::string peft_config) {
  std::map<std::string, std::string> metadata;
  if (!header.empty()) metadata.emplace("lora_adapter_metadata", header);
  try {
    std::vector<AdapterSource> sources;
    sources.push_back({checkpoint::serialize_safetensors(tensors, metadata), "fuzz", std::move(peft_config), ""});
    const auto adapter = read_adapter(std::move(sources), "fuzz");
    require(!adapter->deltas.empty());
    for (const auto& delta : adapter->deltas) require_tile(delta);
  } catch (const Error& e) {
    // invalid_argument: names that are not UTF-8 cannot be written into a file.
    if (e.code() != ErrorCode::invalid_argument) require_refusal(e);
  }
}

/// A tensor of the shape that digits name ("2311" is [2,3,1,1]), or [2,2].
Tensor factor(std::string_view digits) {
  Shape shape;
  for (const char c : digits)
    if (c >= '0' && c <= '9' && shape.size() < 5) shape.push_back(c - '0');
  if (shape.empty()) shape = {2, 2};
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 5) - 2;
  return Tensor::from_f32(shape, std::move(values));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto alpha = Tensor::from_f32({}, {3});
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::map<std::string, Tensor> tensors;
  std::vector<std::string> configs;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with('{')) {
      configs.push_back(line);
      continue;
    }
    const std::string name = line.substr(0, line.find('\t'));
    check_name(name);
    tensors.insert_or_assign(name, name.ends_with("alpha") ? alpha : factor(line.substr(name.size())));
  }
  configs.resize(2);
  check_adapter(tensors, configs[0], configs[1]);
  return 0;
}
