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
#include "adapters/transformer_names.h"
#include "base/error.h"
#include "base/out_of_memory.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"

namespace veneer::adapters {
namespace {

namespace fs = std::filesystem;

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

/// f32, f16 or bf16 as stored, f64 rounded to f32.
Tensor finite_values(const Found& found, std::string_view where) {
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

/// The algorithm that the module's parts belong to: exactly one.
const Algorithm& algorithm_of(const Pieces& pieces) {
  const Algorithm* found = nullptr;
  const Found* first = nullptr;
  for (const auto& [part, tensor] : pieces.parts) {
    const Algorithm* algorithm = adapters::algorithm_of(part);
    if (!algorithm) continue;
    if (found && algorithm != found)
      fail(ErrorCode::corrupt_file, "{}: {} is {} and {} {}: expected one kind for {}", pieces.where, first->name,
           found->name, tensor.name, algorithm->name, pieces.target);
    if (!found) first = &tensor;
    found = algorithm;
  }
  return found ? *found : kLowRankAlgorithm;  // whose tensors are missing then
}

ScaleStatements::Stated stated_scale(const Pieces& pieces, const ScaleStatements& statements, std::int64_t rank) {
  const auto own =
      pieces.has(Part::alpha) ? std::optional(alpha_value(pieces.at(Part::alpha), pieces.where)) : std::nullopt;
  if (pieces.has(Part::difference)) return {0, 1, AlphaSource::rank, ""};  // the difference is what it is
  auto stated = statements.of(pieces.target, rank, own);
  if (!std::isfinite(static_cast<float>(stated.scale)))
    fail(ErrorCode::corrupt_file, "{}: {}: the scale {} does not fit f32", pieces.where, pieces.target, stated.scale);
  return stated;
}

/// [out], [out,1...] or [1,in...] as f32 [out] or [1,in]; peft's convolutions have [1,out,1,1].
Tensor read_magnitude(const Pieces& pieces) {
  const Found& found = pieces.at(Part::magnitude);
  const Tensor& tensor = found.tensor;
  const std::int64_t size = tensor.size();
  const bool one_axis = size > 0 && std::ranges::find(tensor.shape(), size) != tensor.shape().end();
  if (!one_axis)
    fail(ErrorCode::corrupt_file, "{}: {}: expected one length a channel, got {}", pieces.where, found.name,
         tensor.describe());
  const bool columns = tensor.shape().size() > 1 && tensor.dim(0) == 1 && found.name.ends_with(".dora_scale");
  return Tensor::from_f32(columns ? Shape{1, size} : Shape{size}, tensor.to_f32());
}

Tensor read_bias(const Pieces& pieces, std::int64_t out, float scale) {
  std::vector<float> sum;
  for (const auto& [part, factor] : {std::pair(Part::bias, 1.0f), std::pair(Part::up_bias, scale)}) {
    if (!pieces.has(part)) continue;
    const Found& found = pieces.at(part);
    if (found.tensor.size() != out)
      fail(ErrorCode::corrupt_file, "{}: {}: expected [{}], got {}", pieces.where, found.name, out,
           found.tensor.describe());
    const std::vector<float> values = found.tensor.to_f32();
    sum.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) sum[i] += factor * values[i];
  }
  if (sum.empty()) return {};
  return Tensor::from_f32({out}, std::move(sum));
}

Delta make_delta(const Pieces& pieces, ReadForm form, const ScaleStatements::Stated& stated) {
  Delta delta{pieces.target, std::move(form.form)};
  delta.alpha = static_cast<float>(stated.alpha);
  delta.scale = static_cast<float>(stated.scale);
  delta.rank = form.rank;
  delta.alpha_source = stated.source;
  if (pieces.has(Part::magnitude)) delta.magnitude = read_magnitude(pieces);
  if (pieces.has(Part::magnitude) && pieces.has(Part::up_bias))
    fail(ErrorCode::unsupported, "{}: {}: a bias of the up projection beside a magnitude is not supported",
         pieces.where, pieces.at(Part::up_bias).name);
  delta.bias = read_bias(pieces, matrix_shape(delta.form).out, delta.scale);
  return delta;
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
    Pieces& pieces = targets[key.target];
    pieces.target = key.target;
    pieces.where = file.where();
    Found found{name, tensor};
    if (key.part != Part::alpha) found.tensor = finite_values(found, file.where());
    const auto [place, is_new] = pieces.parts.emplace(key.part, std::move(found));
    if (!is_new)
      fail(ErrorCode::corrupt_file, "{}: {} and {} are both the {} of {}", file.where(), place->second.name, name,
           to_string(key.part), key.target);
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
    const ReadForm form = algorithm_of(pieces).read(pieces);
    const auto stated = stated_scale(pieces, statements, form.rank);
    Delta delta = make_delta(pieces, form, stated);
    if (is_original_transformer(target)) {
      dialects.insert("original");
      for (Delta& part : in_diffusers_names(delta, file.where())) adapter.deltas.push_back(std::move(part));
    } else {
      adapter.deltas.push_back(std::move(delta));
    }
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
  return or_out_of_memory(path.native(), [&] {
    const fs::path named = path.has_filename() ? path : path.parent_path();
    std::error_code error;
    const std::string name = (fs::is_directory(named, error) ? named.filename() : named.stem()).string();
    return read_adapter(read_sources(path), name, path);
  });
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
