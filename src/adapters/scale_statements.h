// Where files state how strongly a module acts. A file's tensors, its header and the configuration beside it may each
// say an alpha; all of them count, and two that disagree are never passed over in silence.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/adapter.h"
#include "adapters/peft_config.h"

namespace veneer::adapters {

/// A value: any thread may read it.
class ScaleStatements {
 public:
  /// `metadata` is the file's header, `peft_config` the text of the adapter_config.json beside it (empty: none).
  /// Throws Error corrupt_file or unsupported, as PeftConfig does.
  ScaleStatements(const std::map<std::string, std::string>& metadata, const std::string& peft_config,
                  std::string_view where);

  struct Stated {
    double alpha = 0, scale = 0;
    AlphaSource source = AlphaSource::rank;
    std::string warning;  ///< what disagrees and does not count; usually empty
  };

  /// For the module `target` whose tensors have this rank; 0: none, so that only a configuration can state a scale (a
  /// Kronecker product of two whole matrices). `alpha` is what its own tensor says. Throws Error
  /// corrupt_file where a configuration contradicts a tensor or another configuration.
  [[nodiscard]] Stated of(std::string_view target, std::int64_t rank, std::optional<double> alpha) const;

 private:
  struct Statement {
    std::string component;  // empty: any
    PeftConfig config;
    AlphaSource source;
    std::string where;
    enum class Force { configuration, mention } force;  // a mention yields to tensors and configurations
  };
  void add_configuration(std::string_view text, AlphaSource source, const std::string& where);
  void add_mentions(const std::map<std::string, std::string>& metadata, std::string_view where);

  std::vector<Statement> statements_;
  std::optional<double> trainer_alpha_;  // ss_network_alpha: of the whole training, so it comes last
};

}  // namespace veneer::adapters
