// Any text as a page and as a docstring's piece: the HTML is well-formed, nothing in it runs, and no mark of ours is
// left in what is written.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "support/page_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string problem = veneer::docs::problem_of_page({reinterpret_cast<const char*>(data), size});
  if (!problem.empty()) veneer::fail(veneer::ErrorCode::internal, "{}", problem);
  return 0;
}
