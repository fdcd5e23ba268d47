// Where a Builder takes its parameters from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "checkpoint/checkpoint.h"
#include "tensor/tensor.h"

namespace veneer::nn {

/// A checkpoint, or anything that can stand for one (models/random_checkpoint.h makes tensors of the asked shape).
/// Refers to the checkpoint, which outlives it.
struct WeightSource {
  /// The tensor of that name; `expected` is the shape that the caller is going to require of it.
  using Find = std::function<std::optional<Tensor>(const std::string& name, const Shape& expected)>;

  WeightSource(const checkpoint::Checkpoint& checkpoint);  // NOLINT(google-explicit-constructor): a checkpoint is one
  WeightSource(Find find_tensor, std::string name) : find(std::move(find_tensor)), where(std::move(name)) {}

  Find find;
  std::string where;  ///< for messages
};

/// Checkpoints of one architecture that spell part of a path otherwise: `stored` stands where we write `canonical`.
struct Spelling {
  std::string_view canonical;
  std::string_view stored;
};

}  // namespace veneer::nn
