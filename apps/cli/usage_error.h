// What is wrong with a command line itself, before any file is opened: exit status 2.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace veneer::cli {

class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class... Args>
[[noreturn]] void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace veneer::cli
