// Which base model an adapter was made for, as far as the file tells: for messages, never for arithmetic.
#pragma once

#include <string>

#include "adapters/adapter.h"

namespace veneer::adapters {

/// "Stable Diffusion XL" and the like; empty if nothing in the header, the names or the shapes says so.
std::string family_of(const Adapter& adapter);

}  // namespace veneer::adapters
