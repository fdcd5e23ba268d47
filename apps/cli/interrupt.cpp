#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace veneer::cli {
namespace {

std::atomic<bool> waiting_for_input = false;
std::mutex writing_output;

/// A thread that waits for the signals, which all others block: a handler could do next to nothing.
class Watch {
 public:
  Watch() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([this, signals] {
      int signal = 0;
      ::sigwait(&signals, &signal);
      stop_.request_stop();
      if (!waiting_for_input) ::sigwait(&signals, &signal);
      const std::lock_guard whole(writing_output);
      ::_exit(kInterruptedStatus);
    }).detach();
  }
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
};

}  // namespace

std::stop_token stop_on_interrupt() {
  static Watch* const watch = new Watch;  // its thread lasts as long as the process
  return watch->token();
}

WaitingForInput::WaitingForInput() {
  waiting_for_input = true;
}

WaitingForInput::~WaitingForInput() {
  waiting_for_input = false;
}

WritingOutput::WritingOutput() : lock_(writing_output) {}

}  // namespace veneer::cli
