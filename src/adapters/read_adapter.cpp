#include "adapters/read_adapter.h"

#include <fmt/ranges.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "adapters/key_map.h"
#include "adapters/original_names.h"
#include "adapters/scale_statements.h"
#include "adapters/sha256.h"
#include "adapters/source_files.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"

namespace veneer::adapters {
namespace {

namespace fs = std::filesystem;

/// A tensor and the name that it has in the file.
struct Found {
  std::string name;
  Tensor tensor;
};

/// The tensors of one target.
struct Pieces {
  std::array<std::optional<Found>, 3> parts;  // by Part
  [[nodiscard]] const std::optional<Found>& operator[](Part part) const {
    return parts[static_cast<std::size_t>(part)];
  }
};

// --- values ----------------------------------------------------------------------------------------------------------

/// True if some element has all bits of `exponent` set: NaN or infinity. Without a branch, so that it vectorises.
template <class Bits>
bool any_not_finite(std::span<const std::byte> bytes, Bits exponent) {
  bool found = false;
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    found |= (value & exponent) == exponent;
  }
  return found;
}

bool all_finite(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::f16:
      return !any_not_finite<std::uint16_t>(tensor.bytes(), 0x7c00);
    case DType::bf16:
      return !any_not_finite<std::uint16_t>(tensor.bytes(), 0x7f80);
    default:
      return !any_not_finite<std::uint32_t>(tensor.bytes(), 0x7f800000);
  }
}

/// A down or up: f32, f16 or bf16 as stored, f64 rounded to f32.
Tensor factor(const Found& found, std::string_view where) {
  if (!is_floating(found.tensor.dtype()))
    fail(ErrorCode::unsupported, "{}: {}: expected f32, f16, bf16 or f64, got {}", where, found.name,
         found.tensor.describe());
  Tensor tensor =
      found.tensor.dtype() == DType::f64 ? Tensor::from_f32(found.tensor.shape(), found.tensor.to_f32()) : found.tensor;
  if (!all_finite(tensor))
    fail(ErrorCode::corrupt_file, "{}: {}: expected finite values, got NaN or infinity", where, found.name);
  return tensor;
}

/// Scripts write alphas as they come: a scalar or one element, of any number type.
double alpha_value(const Found& found, std::string_view where) {
  const Tensor& tensor = found.tensor;
  const bool scalar = tensor.shape().empty() || tensor.shape() == Shape{1};
  if (!scalar || tensor.dtype() == DType::boolean)
    fail(ErrorCode::corrupt_file, "{}: {}: expected one number, got {}", where, found.name, tensor.describe());
  if (is_floating(tensor.dtype())) {
    const double alpha = tensor.to_f32().front();
    if (!std::isfinite(alpha)) fail(ErrorCode::corrupt_file, "{}: {}: expected a finite alpha", where, found.name);
    return alpha;
  }
  const auto read = [&]<class Stored>(Stored value) {
    std::memcpy(&value, tensor.bytes().data(), sizeof value);
    return static_cast<double>(value);
  };
  switch (tensor.dtype()) {
    case DType::i64:
      return read(std::int64_t{});
    case DType::i32:
      return read(std::int32_t{});
    case DType::i16:
      return read(std::int16_t{});
    case DType::i8:
      return read(std::int8_t{});
    default:
      return read(std::uint8_t{});
  }
}

// --- one module ------------------------------------------------------------------------------------------------------

/// down [r,in] or [r,in,kh,kw] with up [out,r] or [out,r,1,1]; no extent is 0.
void check_shapes(const Found& down, const Found& up, std::string_view where) {
  const auto check_one = [&](const Found& found, const char* expected) {
    const Shape& shape = found.tensor.shape();
    bool good = shape.size() == 2 || shape.size() == 4;
    for (const auto extent : shape) good = good && extent > 0;
    if (!good)
      fail(ErrorCode::corrupt_file, "{}: {}: expected {}, got {}", where, found.name, expected,
           found.tensor.describe());
  };
  check_one(down, "[rank,in] or [rank,in,kh,kw] with a rank of at least 1");
  check_one(up, "[out,rank] or [out,rank,1,1] with a rank of at least 1");
  const Shape &a = down.tensor.shape(), &b = up.tensor.shape();
  if (a.size() != b.size())
    fail(ErrorCode::corrupt_file, "{}: {}: expected {} dimensions as in {}, got {}", where, up.name, a.size(),
         down.name, up.tensor.describe());
  if (b[1] != a[0])
    fail(ErrorCode::corrupt_file, "{}: {}: expected rank {} as in {} ({}), got {}", where, up.name, a[0], down.name,
         down.tensor.describe(), up.tensor.describe());
  if (b.size() == 4 && (b[2] != 1 || b[3] != 1))
    fail(ErrorCode::corrupt_file, "{}: {}: expected a 1x1 kernel, got {}", where, up.name, up.tensor.describe());
}

/// Both halves of a pair are there and fit.
void check_pieces(const std::string& target, const Pieces& pieces, std::string_view where) {
  const auto &down = pieces[Part::down], &up = pieces[Part::up];
  if (!down || !up) {
    const auto& present = down ? down : up ? up : pieces[Part::alpha];
    fail(ErrorCode::corrupt_file, "{}: {}: the {} tensor of {} is missing", where, present->name,
         to_string(down ? Part::up : Part::down), target);
  }
  check_shapes(*down, *up, where);
}

ScaleStatements::Stated stated_scale(const std::string& target, const Pieces& pieces, const ScaleStatements& statements,
                                     std::string_view where) {
  const auto& alpha = pieces[Part::alpha];
  const auto own = alpha ? std::optional(alpha_value(*alpha, where)) : std::nullopt;
  auto stated = statements.of(target, pieces[Part::down]->tensor.dim(0), own);
  if (!std::isfinite(static_cast<float>(stated.scale)))
    fail(ErrorCode::corrupt_file, "{}: {}: the scale {} does not fit f32", where, target, stated.scale);
  return stated;
}

// --- one file --------------------------------------------------------------------------------------------------------

/// Embeddings have names without a module: "<style>" as diffusers saves it, kohya's "emb_params", "clip_l".
void refuse_textual_inversion(const checkpoint::Checkpoint& file) {
  const auto is_embedding = [](const auto& entry) {
    return entry.second.shape().size() <= 2 &&
           (entry.first.find('.') == std::string::npos || entry.first.starts_with("string_to_param."));
  };
  if (!file.tensors().empty() && std::ranges::all_of(file.tensors(), is_embedding))
    fail(ErrorCode::unsupported,
         "{}: {}: this is a textual-inversion embedding and no LoRA; embeddings are not supported yet", file.where(),
         file.tensors().begin()->first);
}

std::map<std::string, Pieces> collect(const checkpoint::Checkpoint& file, std::set<std::string_view>& dialects) {
  std::map<std::string, Pieces> targets;
  for (const auto& [name, tensor] : file.tensors()) {
    const MappedKey key = map_key(name, file.where());
    auto& slot = targets[key.target].parts[static_cast<std::size_t>(key.part)];
    if (slot)
      fail(ErrorCode::corrupt_file, "{}: {} and {} are both the {} of {}", file.where(), slot->name, name,
           to_string(key.part), key.target);
    slot = Found{name, tensor};
    if (!key.dialect.empty()) dialects.insert(key.dialect);
    if (is_original(key.target)) dialects.insert("original");
  }
  return targets;
}

void add_source(AdapterSource source, Adapter& adapter, std::set<std::string_view>& dialects) {
  adapter.bytes += source.bytes.size();
  const auto bytes = std::make_shared<const std::string>(std::move(source.bytes));
  const auto file = checkpoint::Checkpoint::from_bytes(bytes, source.where);
  refuse_textual_inversion(file);
  const auto targets = collect(file, dialects);
  if (targets.empty()) fail(ErrorCode::corrupt_file, "{}: expected the tensors of an adapter, got none", file.where());
  const ScaleStatements statements(file.metadata(), source.peft_config, file.where());
  if (!source.warning.empty()) adapter.warnings.push_back(source.warning);
  int contradictions = 0;  // the first is reported, with how many there are
  for (const auto& [target, pieces] : targets) {
    if (!source.component.empty() && !target.starts_with(source.component + '.'))
      fail(ErrorCode::corrupt_file, "{}: expected adapters of {}, got one of {}", file.where(), source.component,
           target);
    check_pieces(target, pieces, file.where());
    const auto stated = stated_scale(target, pieces, statements, file.where());
    adapter.deltas.push_back({target, factor(*pieces[Part::down], file.where()),
                              factor(*pieces[Part::up], file.where()), static_cast<float>(stated.alpha),
                              static_cast<float>(stated.scale), stated.source});
    if (stated.warning.empty()) continue;
    if (contradictions++ == 0)
      adapter.warnings.push_back(fmt::format("{}: {}: {}", file.where(), target, stated.warning));
  }
  if (contradictions > 1) adapter.warnings.back() += fmt::format(" (and {} more)", contradictions - 1);
  adapter.metadata.insert(file.metadata().begin(), file.metadata().end());
  adapter.sha256 = std::async(std::launch::deferred,
                              [bytes] { return sha256(checkpoint::tensor_bytes(std::as_bytes(std::span(*bytes)))); });
}

ContentHash hash_of(const std::vector<AdapterSource>& sources) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  if (state == nullptr) fail(ErrorCode::out_of_memory, "read_adapter: no memory for a hash");
  XXH3_128bits_reset(state.get());
  for (const auto& source : sources) {
    for (const std::string* part : {&source.bytes, &source.peft_config}) {
      const std::uint64_t size = part->size();  // so that bytes cannot wander from one part to the next
      XXH3_128bits_update(state.get(), &size, sizeof size);
      XXH3_128bits_update(state.get(), part->data(), part->size());
    }
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return {hash.high64, hash.low64};
}

}  // namespace

std::string to_string(const ContentHash& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::string_view to_string(AlphaSource source) {
  switch (source) {
    case AlphaSource::tensor:
      return "tensor";
    case AlphaSource::adapter_config:
      return "adapter_config.json";
    case AlphaSource::header:
      return "header";
    case AlphaSource::rank:
      return "rank";
  }
  return "unknown";
}

std::shared_ptr<const Adapter> read_adapter(const fs::path& path) {
  const fs::path named = path.has_filename() ? path : path.parent_path();
  const std::string name = (fs::is_directory(named) ? named.filename() : named.stem()).string();
  return read_adapter(read_sources(path), name, path);
}

std::shared_ptr<const Adapter> read_adapter(std::vector<AdapterSource> sources, std::string name, fs::path path) {
  auto adapter = std::make_shared<Adapter>();
  adapter->name = std::move(name);
  adapter->path = std::move(path);
  adapter->content_hash = hash_of(sources);
  std::set<std::string_view> dialects;
  for (auto& source : sources) add_source(std::move(source), *adapter, dialects);
  if (sources.size() > 1) adapter->sha256 = {};
  adapter->dialect = fmt::format("{}", fmt::join(dialects, "+"));
  auto& deltas = adapter->deltas;
  std::sort(deltas.begin(), deltas.end(), [](const auto& a, const auto& b) { return a.target < b.target; });
  const auto twice = std::adjacent_find(deltas.begin(), deltas.end(),
                                        [](const auto& a, const auto& b) { return a.target == b.target; });
  if (twice != deltas.end())
    fail(ErrorCode::corrupt_file, "{}: {} stands in two files", adapter->path.string(), twice->target);
  return adapter;
}

}  // namespace veneer::adapters
