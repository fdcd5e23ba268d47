// Output type, shape and rate of an operation; where every rule about what fits what stands.
#pragma once

#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace veneer::graph {

struct Inferred {
  DType dtype = DType::f32;
  Shape shape;
  Rate rate;
  Extent extent = Extent::batch;
};

/// Throws Error invalid_argument "name: Op: expected X, got Y" when inputs or attributes do not fit.
Inferred infer(const Op& op, const std::vector<const Node*>& inputs, std::string_view name);

}  // namespace veneer::graph
