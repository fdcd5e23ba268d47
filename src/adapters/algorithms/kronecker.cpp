// LoKr: the Kronecker product of a small matrix and a larger one, either of them perhaps a product itself
// (https://arxiv.org/abs/2309.14859, LyCORIS).
#include "adapters/algorithms/algorithm.h"
#include "adapters/algorithms/matrices.h"
#include "base/error.h"

namespace veneer::adapters {
namespace {

constexpr Suffix kSuffixes[] = {
    {".lokr_w1", Part::left, "lycoris"},        {".lokr_w1_a", Part::left_up, "lycoris"},
    {".lokr_w1_b", Part::left_down, "lycoris"}, {".lokr_w2", Part::right, "lycoris"},
    {".lokr_w2_a", Part::right_up, "lycoris"},  {".lokr_w2_b", Part::right_down, "lycoris"},
    {".lokr_t2", Part::right_mid, "lycoris"},
};

Tensor flat(const Tensor& tensor) {
  return Tensor::from_f32({tensor.dim(0), tensor.size() / tensor.dim(0)}, tensor.to_f32());
}

struct Factor {
  Tensor matrix;
  std::int64_t rank;  // 0: whole
};

Factor read_pair(const Pieces& pieces, Part up_part, Part down_part) {
  const Found &up = pieces.at(up_part), &down = pieces.at(down_part);
  require_matrix(pieces, down, "[rank,in]");
  require_extent(pieces, up, 1, down.tensor.dim(0), fmt::format("[out,{}]", down.tensor.dim(0)));
  return {product(up.tensor, down.tensor), down.tensor.dim(0)};
}

Factor read_left(const Pieces& pieces) {
  if (!pieces.has(Part::left)) return read_pair(pieces, Part::left_up, Part::left_down);
  const Found& whole = pieces.at(Part::left);
  require_matrix(pieces, whole, "[out,in]");
  return {flat(whole.tensor), 0};
}

Factor read_right(const Pieces& pieces) {
  if (pieces.has(Part::right)) {
    const Found& whole = pieces.at(Part::right);
    require_matrix(pieces, whole, "[out,in] or [out,in,kh,kw]");
    return {flat(whole.tensor), 0};
  }
  if (!pieces.has(Part::right_mid)) return read_pair(pieces, Part::right_up, Part::right_down);
  const LowRank pair =
      tucker(pieces, pieces.at(Part::right_mid), pieces.at(Part::right_up), pieces.at(Part::right_down));
  return {product(pair.up, pair.down), pieces.at(Part::right_down).tensor.dim(0)};
}

/// A tensor that the factors do not need would be passed over in silence.
void refuse_both_ways(const Pieces& pieces, Part whole, std::initializer_list<Part> factors) {
  if (!pieces.has(whole)) return;
  for (const Part part : factors)
    if (pieces.has(part))
      fail(ErrorCode::corrupt_file, "{}: {}: expected {} or its factors, got both", pieces.where, pieces.at(part).name,
           to_string(whole));
}

ReadForm read(const Pieces& pieces) {
  refuse_both_ways(pieces, Part::left, {Part::left_up, Part::left_down});
  refuse_both_ways(pieces, Part::right, {Part::right_up, Part::right_down, Part::right_mid});
  const Factor left = read_left(pieces), right = read_right(pieces);
  return {Kronecker{left.matrix, right.matrix}, left.rank != 0 ? left.rank : right.rank};
}

}  // namespace

const Algorithm kKroneckerAlgorithm = {"LoKr", kSuffixes, read};

runtime::AddTile tiles_of(const Kronecker& form, float scale, std::int64_t taps) {
  return [form, scale, taps](const runtime::TilePlace& place, float* tile) {
    const float *left = form.left.f32().data(), *right = form.right.f32().data();
    const std::int64_t left_in = form.left.dim(1), right_out = form.right.dim(0), right_columns = form.right.dim(1);
    const std::int64_t right_in = right_columns / taps;
    const float *left_rows[runtime::kTileOut], *right_rows[runtime::kTileOut];
    for (std::int64_t o = 0; o < place.outs; ++o) {
      const std::int64_t out = place.first_out + o;
      left_rows[o] = left + out / right_out * left_in;
      right_rows[o] = right + out % right_out * right_columns + place.spatial;
    }
    for (std::int64_t i = 0; i < place.ins; ++i) {
      const std::int64_t in = place.first_in + i, left_column = in / right_in, right_column = in % right_in * taps;
      float* const column = tile + i * runtime::kTileOut;
      for (std::int64_t o = 0; o < place.outs; ++o)
        column[o] += scale * left_rows[o][left_column] * right_rows[o][right_column];
    }
  };
}

}  // namespace veneer::adapters
