// peft's LoraConfig, as files carry it: `adapter_config.json` in a folder, or `lora_adapter_metadata` in the header of
// a safetensors file. Only what changes the arithmetic is kept; what would change it in a way that Veneer does not have
// is refused by name. A value: any thread may read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/name_pattern.h"
#include "base/json.h"

namespace veneer::adapters {

/// `rank` is what the configuration says, or the tensor's where it says nothing.
struct Scaling {
  std::int64_t rank = 0;
  double alpha = 0;
  double scale = 0;
};

class PeftConfig {
 public:
  /// `where` opens the message of an error. Throws Error corrupt_file for a field of the wrong type, unsupported for a
  /// field whose value asks for something that is not plain LoRA.
  PeftConfig(const OrderedJson& fields, std::string_view where);

  /// The same for fields that stand alone in a file's header and not as a whole configuration: no default of peft's
  /// counts. None without an alpha, because then nothing says a scale.
  static std::optional<PeftConfig> from_header(const OrderedJson& fields, std::string_view where);

  /// What the configuration says of the module with this name (without its component). The first pattern in the order
  /// of the file's keys counts.
  [[nodiscard]] Scaling scaling_of(std::string_view module, std::int64_t tensor_rank) const;

 private:
  using Pattern = std::pair<NamePattern, double>;
  static std::vector<Pattern> read_patterns(const OrderedJson& fields, const char* key, std::string_view where);

  std::optional<double> rank_ = 8, alpha_ = 8;  // peft's defaults; none: the tensor's rank
  bool rank_stabilised_ = false;
  std::vector<Pattern> rank_patterns_;
  std::vector<Pattern> alpha_patterns_;
};

}  // namespace veneer::adapters
