// SHA-256 (FIPS 180-4), by which tools around A1111 know adapter files. A free function; any thread may call it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace veneer::adapters {

/// 64 hexadecimal digits, in lower case.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace veneer::adapters
