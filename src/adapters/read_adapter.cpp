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
#include "adapters/peft_config.h"
#include "adapters/sha256.h"
#include "base/error.h"
#include "base/file.h"
#include "base/nearest.h"
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

/// The scale from where the file states it. `config` speaks for the module's component, if there is one.
Scaling scaling_of(const std::string& target, const Pieces& pieces, const PeftConfig* config, std::string_view where) {
  const auto& alpha = pieces[Part::alpha];
  const auto& down = *pieces[Part::down];
  const std::int64_t rank = down.tensor.dim(0);
  if (config == nullptr) {
    const double value = alpha ? alpha_value(*alpha, where) : static_cast<double>(rank);
    return {rank, value, value / static_cast<double>(rank)};
  }
  if (alpha)
    fail(ErrorCode::corrupt_file, "{}: {}: the file states alpha twice, here and in peft's configuration", where,
         alpha->name);
  const Scaling scaling = config->scaling_of(std::string_view(target).substr(target.find('.') + 1));
  if (scaling.rank != rank)
    fail(ErrorCode::corrupt_file, "{}: {}: expected rank {} as peft's configuration says, got {}", where, down.name,
         scaling.rank, down.tensor.describe());
  return scaling;
}

LoraDelta make_delta(const std::string& target, const Pieces& pieces, const PeftConfig* config,
                     std::string_view where) {
  const auto &down = pieces[Part::down], &up = pieces[Part::up];
  if (!down || !up) {
    const auto& present = down ? down : up ? up : pieces[Part::alpha];
    fail(ErrorCode::corrupt_file, "{}: {}: the {} tensor of {} is missing", where, present->name,
         to_string(down ? Part::up : Part::down), target);
  }
  check_shapes(*down, *up, where);
  const Scaling scaling = scaling_of(target, pieces, config, where);
  LoraDelta delta{target, factor(*down, where), factor(*up, where), static_cast<float>(scaling.alpha),
                  static_cast<float>(scaling.scale)};
  if (!std::isfinite(delta.scale))
    fail(ErrorCode::corrupt_file, "{}: {}: the scale {} does not fit f32", where, target, scaling.scale);
  return delta;
}

// --- one file --------------------------------------------------------------------------------------------------------

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
  }
  return targets;
}

/// Configurations by component ("unet", "text_encoder").
using Configs = std::map<std::string, PeftConfig, std::less<>>;

/// `lora_adapter_metadata` holds "unet.r", "text_encoder.r"... in a pipeline's file, plain "r"... in a model's own.
Configs header_configs(const checkpoint::Checkpoint& file, const std::map<std::string, Pieces>& targets) {
  Configs configs;
  const auto found = file.metadata().find("lora_adapter_metadata");
  if (found == file.metadata().end()) return configs;
  const std::string where = file.where() + ": lora_adapter_metadata";
  const OrderedJson fields = parse_ordered_json(found->second, where);
  if (!fields.is_object()) fail(ErrorCode::corrupt_file, "{}: expected an object", where);
  std::map<std::string, OrderedJson> split;
  for (const auto& [name, value] : fields.items()) {
    const auto dot = name.find('.');
    const std::string component = dot == std::string::npos ? "" : name.substr(0, dot);
    split[component][dot == std::string::npos ? name : name.substr(dot + 1)] = value;
  }
  for (const auto& [component, own] : split) {
    const PeftConfig config(own, component.empty() ? where : where + ": " + component);
    if (!component.empty()) {
      configs.insert_or_assign(component, config);
      continue;
    }
    for (const auto& [target, pieces] : targets) configs.try_emplace(target.substr(0, target.find('.')), config);
  }
  return configs;
}

Configs folder_configs(const AdapterSource& source, const std::map<std::string, Pieces>& targets) {
  Configs configs;
  const std::string where = source.where + ": adapter_config.json";
  const PeftConfig config(parse_ordered_json(source.peft_config, where), where);
  for (const auto& [target, pieces] : targets) configs.try_emplace(target.substr(0, target.find('.')), config);
  return configs;
}

void add_source(AdapterSource source, Adapter& adapter, std::set<std::string_view>& dialects) {
  adapter.bytes += source.bytes.size();
  const auto bytes = std::make_shared<const std::string>(std::move(source.bytes));
  const auto file = checkpoint::Checkpoint::from_bytes(bytes, source.where);
  const auto targets = collect(file, dialects);
  if (targets.empty()) fail(ErrorCode::corrupt_file, "{}: expected the tensors of an adapter, got none", file.where());
  const Configs configs = source.peft_config.empty() ? header_configs(file, targets) : folder_configs(source, targets);
  for (const auto& [target, pieces] : targets) {
    const auto component = std::string_view(target).substr(0, target.find('.'));
    if (!source.component.empty() && component != source.component)
      fail(ErrorCode::corrupt_file, "{}: expected adapters of {}, got one of {}", file.where(), source.component,
           target);
    const auto config = configs.find(component);
    adapter.deltas.push_back(
        make_delta(target, pieces, config == configs.end() ? nullptr : &config->second, file.where()));
  }
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

// --- files and folders -----------------------------------------------------------------------------------------------

constexpr const char* kPeftConfig = "adapter_config.json";
constexpr const char* kPeftWeights = "adapter_model.safetensors";

/// The files that make one AdapterSource.
struct SourceFiles {
  fs::path weights, peft_config;
  std::string component;
};

SourceFiles peft_files(const fs::path& folder, std::string component) {
  if (!fs::exists(folder / kPeftWeights))
    fail(ErrorCode::not_found, "{}: expected {} beside {}", folder.string(), kPeftWeights, kPeftConfig);
  return {folder / kPeftWeights, folder / kPeftConfig, std::move(component)};
}

std::vector<SourceFiles> folder_files(const fs::path& folder) {
  if (fs::exists(folder / kPeftConfig)) return {peft_files(folder, "")};
  std::vector<SourceFiles> sources;
  for (const char* component : {"text_encoder", "unet"})
    if (fs::exists(folder / component / kPeftConfig)) sources.push_back(peft_files(folder / component, component));
  if (!sources.empty()) return sources;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path().filename().string());
  if (files.size() == 1) return {{folder / files.front(), {}, ""}};
  if (files.empty())
    fail(ErrorCode::not_found, "{}: expected {} or one .safetensors file, found none", folder.string(), kPeftConfig);
  std::sort(files.begin(), files.end());
  fail(ErrorCode::invalid_argument, "{}: expected one adapter, found {}: name the file", folder.string(),
       fmt::join(files, ", "));
}

[[noreturn]] void refuse_missing(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::vector<std::string> stems;
  std::map<std::string, std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".safetensors" || fs::is_directory(entry.path(), error))
      files[stems.emplace_back(entry.path().stem().string())] = entry.path().filename().string();
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
  return {{path, {}, ""}};
}

AdapterSource read_source(const SourceFiles& files) {
  AdapterSource source{read_text_file(files.weights), files.weights.string(), "", files.component};
  if (files.peft_config.empty()) return source;
  source.peft_config = read_text_file(files.peft_config);
  if (source.peft_config.empty()) fail(ErrorCode::corrupt_file, "{}: empty", files.peft_config.string());
  return source;
}

}  // namespace

std::string to_string(const ContentHash& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::vector<fs::path> adapter_files(const fs::path& path) {
  std::vector<fs::path> files;
  for (const SourceFiles& source : source_files(path)) {
    files.push_back(source.weights);
    if (!source.peft_config.empty()) files.push_back(source.peft_config);
  }
  return files;
}

std::shared_ptr<const Adapter> read_adapter(const fs::path& path) {
  std::vector<AdapterSource> sources;
  for (const SourceFiles& files : source_files(path)) sources.push_back(read_source(files));
  const fs::path named = path.has_filename() ? path : path.parent_path();
  const std::string name = (fs::is_directory(named) ? named.filename() : named.stem()).string();
  return read_adapter(std::move(sources), name, path);
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
