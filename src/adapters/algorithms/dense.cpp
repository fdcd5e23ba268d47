// A whole difference of a weight (LyCORIS' "full", and what scripts subtract from two checkpoints).
#include "adapters/algorithms/algorithm.h"
#include "adapters/algorithms/matrices.h"

namespace veneer::adapters {
namespace {

constexpr Suffix kSuffixes[] = {{".diff", Part::difference, "lycoris"}};

ReadForm read(const Pieces& pieces) {
  const Found& difference = pieces.at(Part::difference);
  require_matrix(pieces, difference, "[out,in] or [out,in,kh,kw]");
  return {Dense{difference.tensor}, 0};
}

}  // namespace

const Algorithm kDenseAlgorithm = {"full difference", kSuffixes, read};

runtime::AddTile tiles_of(const Dense& form, float scale, std::int64_t taps) {
  const auto values = std::make_shared<const std::vector<float>>(form.difference.to_f32());
  const std::int64_t columns = form.difference.size() / form.difference.dim(0);
  return [values, columns, scale, taps](const runtime::TilePlace& place, float* tile) {
    for (std::int64_t o = 0; o < place.outs; ++o) {
      const float* row = values->data() + (place.first_out + o) * columns + place.first_in * taps + place.spatial;
      for (std::int64_t i = 0; i < place.ins; ++i) tile[i * runtime::kTileOut + o] += scale * row[i * taps];
    }
  };
}

}  // namespace veneer::adapters
