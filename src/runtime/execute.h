// Runs a program in a workspace's memory.
#pragma once

#include <cstddef>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/binding.h"
#include "runtime/program.h"
#include "runtime/step_timer.h"

namespace veneer::runtime {

/// What one running request holds of one program: where each value lies, and oneDNN's memory objects for it. Refers to
/// the program, an arena and a scratchpad, which outlive it. For one thread at a time.
class ProgramState {
 public:
  ProgramState(const Program& program, std::byte* arena, std::span<std::byte> scratch);

  /// Where an input or output lies: bytes as its shape says.
  void set_outside(ValueIndex value, std::byte* address) { addresses_[static_cast<std::size_t>(value)] = address; }

  /// Nothing is timed unless this was called.
  void time_steps(StepTimer timer) { timer_ = std::move(timer); }

  /// Runs all steps. Inputs and outputs must have been set. Allocates only scratch for ranks above all seen so far.
  void execute(const BatchBinding& binding);

 private:
  /// Memory objects of one weighted step, in the order that fill_arguments() gives them.
  struct Arguments {
    dnnl::memory src, dst, residual, scratchpad;
  };

  [[nodiscard]] std::byte* address(ValueIndex value) const {
    return addresses_[static_cast<std::size_t>(program_->values[static_cast<std::size_t>(value)].root)];
  }
  [[nodiscard]] float* f32(ValueIndex value) const { return reinterpret_cast<float*>(address(value)); }
  void run(const WeightedStep& step, Arguments& arguments, const BatchBinding& binding) const;
  void run_primitive(const WeightedStep& step, const dnnl::memory& weights, const dnnl::memory& bias,
                     Arguments& arguments) const;
  void run_convolution(const WeightedStep& step, const dnnl::memory& weights, const dnnl::memory& bias) const;
  void add_branches(const WeightedStep& step, const BatchBinding& binding) const;
  void run(const KernelStep& step) const;

  friend struct KernelCall;

  const Program* program_;
  std::span<std::byte> scratch_;
  std::vector<std::byte*> addresses_;
  std::vector<Arguments> arguments_;  // by step; empty for those that have no primitive
  Buffer branch_scratch_;             // grows with the ranks of the bindings met
  dnnl::stream stream_;
  StepTimer timer_;
};

/// Bytes of scratch that the step needs with the calling thread's team. Throws Error unsupported for a layer that
/// nothing can run.
std::size_t weighted_scratch_bytes(const WeightedStep& step);
std::size_t kernel_scratch_bytes(const KernelStep& step, const std::vector<Program::ValuePlace>& values);

}  // namespace veneer::runtime
