// The one exception type of the project. Libraries throw it and never print, exit or abort.
// Messages read "where: expected X, got Y" and name the file, tensor, option or field at fault.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace veneer {

/// Who has to act, and how.
enum class ErrorCode {
  invalid_argument,  ///< the caller's value is out of range or of the wrong form
  not_found,         ///< a file, tensor, name or scheduler that does not exist
  corrupt_file,      ///< a file that contradicts itself or ends too soon
  unsupported,       ///< well-formed, but not implemented here
  out_of_memory,
  cancelled,
  internal,  ///< a defect of ours
};

std::string_view to_string(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Throws Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace veneer
