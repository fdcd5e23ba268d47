// How far a picture is, on stderr: a bar that is redrawn on a terminal, a line now and then elsewhere.
// Belongs to one thread.
#pragma once

#include <chrono>
#include <string>

namespace veneer::cli {

class ProgressBar {
 public:
  enum class Style { bar, lines, silent };
  /// A bar if stderr is a terminal.
  static Style style_of_stderr();

  explicit ProgressBar(Style style) : style_(style) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// What happens before the first step or after the last: "compiling".
  void state(const std::string& what);
  /// `done` of `steps` are done. What came before the first step counts as its time only until the second is done.
  void step(int done, int steps);
  /// Wipes the bar off the terminal, so that other lines can be written.
  void clear();

  /// "[#####.....] 12/25, 0.41 s/step, 5 s left"
  static std::string bar(int done, int steps, double seconds_per_step);

 private:
  using Clock = std::chrono::steady_clock;
  const Style style_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  int done_at_start_ = 0;
  Clock::time_point last_line_ = Clock::now();
};

}  // namespace veneer::cli
