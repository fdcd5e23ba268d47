#include "adapters/short_hash.h"

namespace veneer::adapters {

std::string short_hash(const Adapter& adapter) {
  constexpr std::size_t kDigits = 12;
  if (const auto found = adapter.metadata.find("sshs_model_hash"); found != adapter.metadata.end())
    return found->second.substr(0, kDigits);
  const std::shared_future<std::string> sha256 = adapter.sha256;  // a copy, so that threads may ask side by side
  return sha256.valid() ? sha256.get().substr(0, kDigits) : "";
}

}  // namespace veneer::adapters
