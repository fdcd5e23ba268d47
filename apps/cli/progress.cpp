#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace veneer::cli {
namespace {

constexpr std::chrono::seconds kBetweenLines{5};

std::string numbers(int done, int steps, double seconds_per_step) {
  return fmt::format("{}/{}, {:.3g} s/step, {:.0f} s left", done, steps, seconds_per_step,
                     seconds_per_step * (steps - done));
}

}  // namespace

ProgressBar::Style ProgressBar::style_of_stderr() {
  return ::isatty(STDERR_FILENO) == 1 ? Style::bar : Style::lines;
}

void ProgressBar::state(const std::string& what) {
  start_ = last_line_ = Clock::now();
  done_at_start_ = 0;
  if (style_ != Style::bar) return;
  clear();
  fmt::print(stderr, "{}...", what);
  drawn_ = true;
}

void ProgressBar::step(int done, int steps) {
  const auto now = Clock::now();
  const double seconds_per_step = std::chrono::duration<double>(now - start_).count() / (done - done_at_start_);
  if (style_ == Style::bar) {
    clear();
    fmt::print(stderr, "{}", bar(done, steps, seconds_per_step));
    drawn_ = true;
  } else if (style_ == Style::lines && now - last_line_ >= kBetweenLines) {
    fmt::print(stderr, "step {}\n", numbers(done, steps, seconds_per_step));
    last_line_ = now;
  }
  if (done == 1) {
    start_ = now;
    done_at_start_ = 1;
  }
}

void ProgressBar::clear() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

std::string ProgressBar::bar(int done, int steps, double seconds_per_step) {
  constexpr int kWidth = 30;
  const int full = static_cast<int>(static_cast<long>(kWidth) * done / steps);
  return fmt::format("[{:#<{}}{:.<{}}] {}", "", full, "", kWidth - full, numbers(done, steps, seconds_per_step));
}

}  // namespace veneer::cli
