// Ctrl-C (and SIGTERM): the first asks whatever runs to stop, the second ends the process at once, but for a file that
// is being written.
#pragma once

#include <mutex>
#include <stop_token>

namespace veneer::cli {

/// Exit status of an interrupted process, as a shell gives it.
inline constexpr int kInterruptedStatus = 130;

/// The token that an interrupt stops. The first call must come before any other thread begins.
std::stop_token stop_on_interrupt();

/// While it lives, the process waits for input and holds nothing half-done: the first interrupt ends it.
class WaitingForInput {
 public:
  WaitingForInput();
  ~WaitingForInput();
  WaitingForInput(const WaitingForInput&) = delete;
  WaitingForInput& operator=(const WaitingForInput&) = delete;
};

/// While it lives, no interrupt ends the process: files become whole.
class WritingOutput {
 public:
  WritingOutput();

 private:
  const std::unique_lock<std::mutex> lock_;
};

}  // namespace veneer::cli
