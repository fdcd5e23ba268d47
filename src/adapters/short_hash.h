// The hash by which A1111 and the tools around it know an adapter. A free function; any thread may call it.
#pragma once

#include <string>

#include "adapters/adapter.h"

namespace veneer::adapters {

/// 12 hexadecimal digits: the start of `sshs_model_hash` in the file's metadata, or of the SHA-256 of all that follows
/// the header of the file that was read, computed when it is first asked for. Empty for an adapter of several files.
std::string short_hash(const Adapter& adapter);

}  // namespace veneer::adapters
