// LoHa: the product of two low-rank matrices, element by element (https://arxiv.org/abs/2108.06098, LyCORIS).
#include "adapters/algorithms/algorithm.h"
#include "adapters/algorithms/matrices.h"
#include "adapters/algorithms/packed_low_rank.h"
#include "base/error.h"

namespace veneer::adapters {
namespace {

constexpr Suffix kSuffixes[] = {
    {".hada_w1_a", Part::first_up, "lycoris"},    {".hada_w1_b", Part::first_down, "lycoris"},
    {".hada_t1", Part::first_mid, "lycoris"},     {".hada_w2_a", Part::second_up, "lycoris"},
    {".hada_w2_b", Part::second_down, "lycoris"}, {".hada_t2", Part::second_mid, "lycoris"},
};

LowRank read_factor(const Pieces& pieces, Part up_part, Part down_part, Part mid_part) {
  const Found &up = pieces.at(up_part), &down = pieces.at(down_part);
  if (pieces.has(mid_part)) return tucker(pieces, pieces.at(mid_part), up, down);
  require_matrix(pieces, down, "[rank,in]");
  require_extent(pieces, up, 1, down.tensor.dim(0), fmt::format("[out,{}]", down.tensor.dim(0)));
  return {down.tensor, up.tensor};
}

ReadForm read(const Pieces& pieces) {
  const Hadamard form{read_factor(pieces, Part::first_up, Part::first_down, Part::first_mid),
                      read_factor(pieces, Part::second_up, Part::second_down, Part::second_mid)};
  const MatrixShape first = matrix_shape(form.first), second = matrix_shape(form.second);
  if (first.out != second.out || first.columns != second.columns)
    fail(ErrorCode::corrupt_file, "{}: {}: expected a product of {} x {} as the first, got {} x {}", pieces.where,
         pieces.at(Part::second_down).name, first.out, first.columns, second.out, second.columns);
  return {form, pieces.at(Part::first_down).tensor.dim(0)};
}

}  // namespace

const Algorithm kHadamardAlgorithm = {"LoHa", kSuffixes, read};

runtime::AddTile tiles_of(const Hadamard& form, float scale, std::int64_t taps) {
  const auto first = std::make_shared<const PackedLowRank>(form.first, scale, taps);
  const auto second = std::make_shared<const PackedLowRank>(form.second, 1.0f, taps);
  return [first, second](const runtime::TilePlace& place, float* tile) {
    float a[runtime::kTileIn * runtime::kTileOut], b[runtime::kTileIn * runtime::kTileOut];
    runtime::low_rank_tile(first->factors, place.first_out, place.spatial, place.first_in, place.ins, a);
    runtime::low_rank_tile(second->factors, place.first_out, place.spatial, place.first_in, place.ins, b);
    for (std::int64_t i = 0; i < place.ins * runtime::kTileOut; ++i) tile[i] += a[i] * b[i];
  };
}

}  // namespace veneer::adapters
