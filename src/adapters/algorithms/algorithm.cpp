#include "adapters/algorithms/algorithm.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/error.h"

namespace veneer::adapters {
namespace {

struct PartName {
  Part part;
  std::string_view name;
};
constexpr auto kPartNames = std::to_array<PartName>({
    {Part::alpha, "alpha"},
    {Part::magnitude, "magnitude"},
    {Part::bias, "bias"},
    {Part::up_bias, "up projection's bias"},
    {Part::down, "down"},
    {Part::up, "up"},
    {Part::mid, "mid"},
    {Part::first_up, "hada_w1_a"},
    {Part::first_down, "hada_w1_b"},
    {Part::first_mid, "hada_t1"},
    {Part::second_up, "hada_w2_a"},
    {Part::second_down, "hada_w2_b"},
    {Part::second_mid, "hada_t2"},
    {Part::left, "lokr_w1"},
    {Part::left_up, "lokr_w1_a"},
    {Part::left_down, "lokr_w1_b"},
    {Part::right, "lokr_w2"},
    {Part::right_up, "lokr_w2_a"},
    {Part::right_down, "lokr_w2_b"},
    {Part::right_mid, "lokr_t2"},
    {Part::difference, "diff"},
});

}  // namespace

std::string_view to_string(Part part) {
  return std::ranges::find(kPartNames, part, &PartName::part)->name;
}

const Found& Pieces::at(Part part) const {
  const auto found = parts.find(part);
  if (found != parts.end()) return found->second;
  VENEER_CHECK(!parts.empty());
  // The part that says most about the module: an alpha only if there is nothing else.
  const Found& present = std::prev(parts.end())->second;
  fail(ErrorCode::corrupt_file, "{}: {}: the {} tensor of {} is missing", where, present.name, to_string(part), target);
}

static_assert(std::variant_size_v<DeltaForm> == 4);
std::span<const Algorithm> algorithms() {
  static const std::array all = {kLowRankAlgorithm, kHadamardAlgorithm, kKroneckerAlgorithm, kDenseAlgorithm};
  return all;
}

const Algorithm* algorithm_of(Part part) {
  for (const Algorithm& algorithm : algorithms())
    if (std::ranges::find(algorithm.suffixes, part, &Suffix::part) != algorithm.suffixes.end()) return &algorithm;
  return nullptr;
}

const Algorithm& algorithm_of(const DeltaForm& form) {
  return algorithms()[form.index()];  // in the order of the variant
}

MatrixShape matrix_shape(const DeltaForm& form) {
  struct Shape {
    MatrixShape operator()(const LowRank& low) const { return {low.up.dim(0), low.down.size() / low.rank()}; }
    MatrixShape operator()(const Hadamard& product) const { return (*this)(product.first); }
    MatrixShape operator()(const Kronecker& product) const {
      return {product.left.dim(0) * product.right.dim(0), product.left.dim(1) * product.right.dim(1)};
    }
    MatrixShape operator()(const Dense& dense) const {
      return {dense.difference.dim(0), dense.difference.size() / dense.difference.dim(0)};
    }
  };
  return std::visit(Shape{}, form);
}

runtime::AddTile tiles_of(const DeltaForm& form, float scale, std::int64_t taps) {
  return std::visit([&](const auto& one) { return tiles_of(one, scale, taps); }, form);
}

}  // namespace veneer::adapters
