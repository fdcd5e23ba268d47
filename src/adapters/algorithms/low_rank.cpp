// LoRA (https://arxiv.org/abs/2106.09685) and LoCon, its form for convolutions, also with a core (Tucker).
#include "adapters/algorithms/algorithm.h"
#include "adapters/algorithms/matrices.h"
#include "adapters/algorithms/packed_low_rank.h"
#include "base/error.h"

namespace veneer::adapters {
namespace {

constexpr Suffix kSuffixes[] = {
    // peft, and diffusers since it stands on peft
    {".lora_A.weight", Part::down, "peft"},
    {".lora_B.weight", Part::up, "peft"},
    {".lora_A.*.weight", Part::down, "peft"},
    {".lora_B.*.weight", Part::up, "peft"},
    {".lora_A", Part::down, "peft"},
    {".lora_B", Part::up, "peft"},
    // diffusers before peft
    {".lora.down.weight", Part::down, "diffusers"},
    {".lora.up.weight", Part::up, "diffusers"},
    {".lora_linear_layer.down.weight", Part::down, "diffusers"},
    {".lora_linear_layer.up.weight", Part::up, "diffusers"},
    // diffusers' attention processors: attn1.processor.to_q_lora.down.weight
    {"_lora.down.weight", Part::down, "diffusers-old"},
    {"_lora.up.weight", Part::up, "diffusers-old"},
    {".lora_down.weight", Part::down, "kohya"},
    {".lora_up.weight", Part::up, "kohya"},
    {".lora_mid.weight", Part::mid, "kohya"},
    // double_blocks.0.processor.qkv_lora1.down.weight
    {".down.weight", Part::down, "xlabs"},
    {".up.weight", Part::up, "xlabs"},
};

/// down [r,in] or [r,in,kh,kw] with up [out,r] or [out,r,1,1]; no extent is 0.
void check_pair(const Pieces& pieces, const Found& down, const Found& up) {
  require_matrix(pieces, down, "[rank,in] or [rank,in,kh,kw] with a rank of at least 1");
  require_matrix(pieces, up, "[out,rank] or [out,rank,1,1] with a rank of at least 1");
  const Shape &a = down.tensor.shape(), &b = up.tensor.shape();
  if (a.size() != b.size())
    fail(ErrorCode::corrupt_file, "{}: {}: expected {} dimensions as in {}, got {}", pieces.where, up.name, a.size(),
         down.name, up.tensor.describe());
  if (b[1] != a[0])
    fail(ErrorCode::corrupt_file, "{}: {}: expected rank {} as in {} ({}), got {}", pieces.where, up.name, a[0],
         down.name, down.tensor.describe(), up.tensor.describe());
  if (b.size() == 4 && (b[2] != 1 || b[3] != 1))
    fail(ErrorCode::corrupt_file, "{}: {}: expected a 1x1 kernel, got {}", pieces.where, up.name, up.tensor.describe());
}

ReadForm read(const Pieces& pieces) {
  const Found &down = pieces.at(Part::down), &up = pieces.at(Part::up);
  if (!pieces.has(Part::mid)) {
    check_pair(pieces, down, up);
    return {LowRank{down.tensor, up.tensor}, down.tensor.dim(0)};
  }
  const Found& core = pieces.at(Part::mid);
  require_matrix(pieces, core, "[rank,rank,kh,kw]");
  require_extent(pieces, down, 0, core.tensor.dim(1), fmt::format("[{},in,1,1]", core.tensor.dim(1)));
  require_extent(pieces, up, 1, core.tensor.dim(0), fmt::format("[out,{},1,1]", core.tensor.dim(0)));
  return {LowRank{folded(core.tensor, down.tensor), up.tensor}, down.tensor.dim(0)};
}

}  // namespace

const Algorithm kLowRankAlgorithm = {"LoRA", kSuffixes, read};

PackedLowRank::PackedLowRank(const LowRank& form, float scale, std::int64_t taps) {
  const runtime::LowRankShape shape{form.down.size() / form.rank() / taps, form.up.dim(0), taps, form.rank()};
  const auto down_size = runtime::packed_down_size(shape), up_size = runtime::packed_up_size(shape);
  data = runtime::Buffer(static_cast<std::size_t>(down_size + up_size) * sizeof(float));
  const std::vector<float> down = form.down.to_f32(), up = form.up.to_f32();
  const runtime::LowRankSource source{down.data(), up.data(), shape.rank, scale};
  factors = {shape, data.f32(), data.f32() + down_size};
  runtime::pack_low_rank(shape, {&source, 1}, data.f32(), data.f32() + down_size);
}

runtime::AddTile tiles_of(const LowRank& form, float scale, std::int64_t taps) {
  const auto packed = std::make_shared<const PackedLowRank>(form, scale, taps);
  return [packed](const runtime::TilePlace& place, float* tile) {
    float own[runtime::kTileIn * runtime::kTileOut];
    runtime::low_rank_tile(packed->factors, place.first_out, place.spatial, place.first_in, place.ins, own);
    for (std::int64_t i = 0; i < place.ins * runtime::kTileOut; ++i) tile[i] += own[i];
  };
}

}  // namespace veneer::adapters
