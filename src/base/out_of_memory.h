// What the standard library throws for want of memory, as an Error: at the doors of the library, where it would leave.
#pragma once

#include <new>
#include <string_view>

#include "base/error.h"

namespace veneer {

/// call(), or Error out_of_memory: "WHAT: not enough memory".
template <class Call>
auto or_out_of_memory(std::string_view what, Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::out_of_memory, "{}: not enough memory", what);
  }
}

}  // namespace veneer
