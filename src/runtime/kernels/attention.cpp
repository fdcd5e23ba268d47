#include "runtime/kernels/attention.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

// How one (batch, head) is computed. Lanes run along queries in both products, so that neither head_dim nor the number
// of keys needs to be a multiple of the vector length and the softmax needs no reduction across lanes:
//
//   S^T [keys, queries] = K Q^T       a tile of kRows keys x up to 3 vectors of queries stays in registers
//   P^T = 2^(S^T - max)               per query, over a block of keys
//   O^T [head_dim, queries] += V^T P^T
//
// Keys are packed once per head as [key / kRows][head_dim][kRows] and values as [head_dim / kRows][key][kRows]: what
// the two products broadcast then is one contiguous stream each. The queries of a tile are transposed and scaled (by
// log2 e too) when the tile begins.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/attention.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/simd_math-inl.h"
#include "runtime/kernels/transpose-inl.h"

#ifndef VENEER_RUNTIME_ATTENTION_TILE_
#define VENEER_RUNTIME_ATTENTION_TILE_
namespace veneer::runtime {

// What a thread works on: consecutive tiles of queries of all heads.
struct AttentionWork {
  AttentionShape shape;
  AttentionMask mask;
  float scale;
  TokenRows q, k, v;
  MutableTokenRows out;
  float *packed_k, *packed_v;  // all heads'
  const float* relative_bias;  // or null
};

// A head's part of packed_k and packed_v, for any kRows up to 8.
inline std::int64_t packed_k_size(const AttentionShape& s) {
  return (s.kv_tokens + 7) / 8 * 8 * s.head_dim;
}
inline std::int64_t packed_v_size(const AttentionShape& s) {
  return (s.head_dim + 7) / 8 * 8 * s.kv_tokens;
}

constexpr std::int64_t kKeyBlock = 80;    // keys whose scores are held at once; the 77 of a prompt make one block
constexpr std::int64_t kWidestTile = 48;  // queries of a tile, at most

}  // namespace veneer::runtime
#endif

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

#if HWY_TARGET <= HWY_AVX3
constexpr int kRows = 8;  // 32 registers: 8 x 3 sums
#else
constexpr int kRows = 4;  // 16 registers: 4 x 3 sums
#endif
constexpr int kTileVectors = 3;

#if HWY_TARGET == HWY_SCALAR
using Group = F32;
#else
using Group = hn::FixedTag<float, kRows>;
#endif

// Packs keys [first, last) of head `head` (counted over the batch). The last group of keys is filled up with
// repetitions of its last one, which leave the largest score as it is; nothing else uses their scores.
void pack_keys_and_values(const AttentionWork& work, std::int64_t head, std::int64_t first, std::int64_t last) {
  const AttentionShape& s = work.shape;
  const Group group;
  constexpr auto kStep = static_cast<std::int64_t>(hn::MaxLanes(Group()));
  const std::int64_t row = head / s.heads * s.kv_tokens, column = head % s.heads * s.head_dim;
  float* packed_k = work.packed_k + head * packed_k_size(s);
  float* packed_v = work.packed_v + head * packed_v_size(s);
  const float* k = work.k.data + row * work.k.row_stride + column;
  for (std::int64_t key = first; key < (last + kRows - 1) / kRows * kRows; key += kStep) {
    rows_to_lanes(group, k + std::min(key, last - 1) * work.k.row_stride, work.k.row_stride,
                  std::max<std::int64_t>(1, last - key), s.head_dim, 1.0F,
                  packed_k + key / kRows * kRows * s.head_dim + key % kRows, kRows);
  }
  const std::int64_t whole = s.head_dim / kRows * kRows;
  for (std::int64_t key = first; key < last; ++key) {
    const float* v = work.v.data + (row + key) * work.v.row_stride + column;
    float* to = packed_v + key * kRows;
    for (std::int64_t c = 0; c < whole; c += kRows) {
      for (std::int64_t i = 0; i < kRows; i += kStep) {
        hn::StoreU(hn::LoadU(group, v + c + i), group, to + c * s.kv_tokens + i);
      }
    }
    for (std::int64_t i = 0; whole + i < s.head_dim; ++i) to[whole * s.kv_tokens + i] = v[whole + i];
    for (std::int64_t i = s.head_dim - whole; whole < s.head_dim && i < kRows; ++i) to[whole * s.kv_tokens + i] = 0.0F;
  }
}

// scores [kRows][kVectors] = kRows keys times the tile's queries; `most` takes the largest.
template <int kVectors>
HWY_INLINE void score_keys(const float* HWY_RESTRICT q, const float* HWY_RESTRICT k, std::int64_t head_dim,
                           float* HWY_RESTRICT scores, V32 (&most)[kVectors]) {
  const F32 d;
  V32 sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);
  }
  for (std::int64_t c = 0; c < head_dim; ++c, q += kVectors * kLanes, k += kRows) {
    V32 b[kVectors];
    for (int v = 0; v < kVectors; ++v) b[v] = hn::Load(d, q + v * kLanes);
    for (int r = 0; r < kRows; ++r) {
      const V32 a = hn::Set(d, k[r]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(a, b[v], sum[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      hn::Store(sum[r][v], d, scores + (r * kVectors + v) * kLanes);
      most[v] = hn::Max(most[v], sum[r][v]);
    }
  }
}

// Adds to the scores of each key what the bias has for the query of each lane, of which `count` are; `bias` is that of
// lane 0 and key 0 and falls by one with each key.
template <int kVectors>
HWY_INLINE void add_relative_bias(float* scores, std::int64_t keys, std::int64_t count, const float* bias,
                                  V32 (&most)[kVectors]) {
  const F32 d;
  const V32 log2e = hn::Set(d, kLog2E);
  for (int v = 0; v < kVectors; ++v) most[v] = hn::Set(d, -std::numeric_limits<float>::infinity());
  for (std::int64_t j = 0; j < keys; ++j) {
    for (std::int64_t v = 0; v < kVectors; ++v) {
      float* s = scores + (j * kVectors + v) * kLanes;
      const V32 b = load_first(d, bias - j + v * kLanes, count - v * kLanes);
      const V32 score = hn::MulAdd(b, log2e, hn::Load(d, s));
      hn::Store(score, d, s);
      most[v] = hn::Max(most[v], score);
    }
  }
}

// Hides from each query the keys behind it; lane 0 sees keys up to `horizon`, every further lane one more.
template <int kVectors>
HWY_INLINE void mask_scores(float* scores, std::int64_t first_key, std::int64_t keys, std::int64_t horizon,
                            V32 (&most)[kVectors]) {
  const F32 d;
  const V32 hidden = hn::Set(d, -std::numeric_limits<float>::infinity());
  for (int v = 0; v < kVectors; ++v) most[v] = hidden;
  for (std::int64_t j = 0; j < keys; ++j) {
    const V32 first_lane = hn::Set(d, static_cast<float>(first_key + j - horizon));
    for (int v = 0; v < kVectors; ++v) {
      float* s = scores + (j * kVectors + v) * kLanes;
      const V32 lane = hn::Iota(d, static_cast<float>(v * kLanes));
      const V32 score = hn::IfThenElse(hn::Ge(lane, first_lane), hn::Load(d, s), hidden);
      hn::Store(score, d, s);
      most[v] = hn::Max(most[v], score);
    }
  }
}

// scores = 2^(scores - most); total += their sum over the keys.
template <int kVectors>
HWY_INLINE void exponentiate(float* HWY_RESTRICT scores, std::int64_t keys, const V32 (&most)[kVectors],
                             V32 (&total)[kVectors]) {
  const F32 d;
  for (std::int64_t j = 0; j < keys; ++j, scores += kVectors * kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      const V32 p = exp2_or_zero(d, hn::Sub(hn::Load(d, scores + v * kLanes), most[v]));
      hn::Store(p, d, scores + v * kLanes);
      total[v] = hn::Add(total[v], p);
    }
  }
}

// out [kRows][kVectors] = decay * out + kRows channels of the values, weighted. `out` is not read when `fresh`.
template <int kVectors>
HWY_INLINE void weigh_values(const float* HWY_RESTRICT p, const float* HWY_RESTRICT values, std::int64_t keys,
                             const V32 (&decay)[kVectors], bool fresh, float* HWY_RESTRICT out) {
  const F32 d;
  V32 sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = fresh ? hn::Zero(d) : hn::Mul(hn::Load(d, out + (r * kVectors + v) * kLanes), decay[v]);
    }
  }
  for (std::int64_t j = 0; j < keys; ++j, p += kVectors * kLanes, values += kRows) {
    V32 b[kVectors];
    for (int v = 0; v < kVectors; ++v) b[v] = hn::Load(d, p + v * kLanes);
    for (int r = 0; r < kRows; ++r) {
      const V32 a = hn::Set(d, values[r]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(a, b[v], sum[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) hn::Store(sum[r][v], d, out + (r * kVectors + v) * kLanes);
  }
}

// One tile: queries [first, first + count) of one head, count <= kVectors vectors.
template <int kVectors>
void attend_tile(const AttentionWork& work, std::int64_t head, std::int64_t first, std::int64_t count, float* scratch) {
  constexpr std::int64_t kWidth = kVectors * kLanes;
  const F32 d;
  const AttentionShape& s = work.shape;
  const std::int64_t row = head / s.heads * s.q_tokens + first, column = head % s.heads * s.head_dim;
  const float* packed_k = work.packed_k + head * packed_k_size(s);
  const float* packed_v = work.packed_v + head * packed_v_size(s);
  float* q = scratch;
  float* scores = q + s.head_dim * kWidth;
  float* out = scores + kKeyBlock * kWidth;

  for (std::int64_t v = 0; v < kVectors; ++v) {
    const std::int64_t lane = std::min(v * kLanes, count - 1);
    rows_to_lanes(d, work.q.data + (row + lane) * work.q.row_stride + column, work.q.row_stride,
                  std::max<std::int64_t>(1, count - v * kLanes), s.head_dim, work.scale * kLog2E, q + v * kLanes,
                  kWidth);
  }

  const std::int64_t horizon = work.mask == AttentionMask::causal ? first + s.kv_tokens - s.q_tokens : s.kv_tokens;
  const std::int64_t all_keys = std::min(s.kv_tokens, horizon + count);
  V32 most[kVectors], total[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    most[v] = hn::Set(d, -std::numeric_limits<float>::infinity());
    total[v] = hn::Zero(d);
  }
  for (std::int64_t key = 0; key < all_keys; key += kKeyBlock) {
    const std::int64_t keys = std::min(kKeyBlock, all_keys - key);
    V32 block_most[kVectors], decay[kVectors];
    for (int v = 0; v < kVectors; ++v) block_most[v] = most[v];
    for (std::int64_t j = 0; j < keys; j += kRows) {
      score_keys<kVectors>(q, packed_k + (key + j) * s.head_dim, s.head_dim, scores + j * kWidth, block_most);
    }
    if (work.relative_bias != nullptr) {
      const float* head_bias = work.relative_bias + head % s.heads * (s.q_tokens + s.kv_tokens - 1);
      add_relative_bias<kVectors>(scores, keys, count, head_bias + first - key + s.kv_tokens - 1, block_most);
    }
    if (key + keys - 1 > horizon) mask_scores<kVectors>(scores, key, keys, horizon, block_most);
    for (int v = 0; v < kVectors; ++v) {
      const V32 raised = hn::Max(most[v], block_most[v]);
      decay[v] = exp2_or_zero(d, hn::Sub(most[v], raised));
      most[v] = raised;
      total[v] = hn::Mul(total[v], decay[v]);
    }
    exponentiate<kVectors>(scores, keys, most, total);
    for (std::int64_t c = 0; c < s.head_dim; c += kRows) {
      weigh_values<kVectors>(scores, packed_v + c * s.kv_tokens + key * kRows, keys, decay, key == 0, out + c * kWidth);
    }
  }

  HWY_ALIGN float inverse[kWidth];
  for (int v = 0; v < kVectors; ++v) hn::Store(hn::Div(hn::Set(d, 1.0F), total[v]), d, inverse + v * kLanes);
  for (std::int64_t v = 0; v < kVectors; ++v) {
    lanes_to_rows(d, out + v * kLanes, kWidth, inverse + v * kLanes, s.head_dim,
                  work.out.data + (row + v * kLanes) * work.out.row_stride + column, work.out.row_stride,
                  count - v * kLanes);
  }
}

// The queries' vectors are shared out evenly among the fewest tiles, which avoids a narrow last one.
std::int64_t tiles_per_head(const AttentionShape& shape) {
  const std::int64_t vectors = (shape.q_tokens + kLanes - 1) / kLanes;
  return (vectors + kTileVectors - 1) / kTileVectors;
}

// Tiles [begin, end), counted over all heads.
void attend_tiles(const AttentionWork& work, std::int64_t begin, std::int64_t end, float* scratch) {
  const std::int64_t vectors = (work.shape.q_tokens + kLanes - 1) / kLanes, tiles = tiles_per_head(work.shape);
  for (std::int64_t item = begin; item < end; ++item) {
    const std::int64_t head = item / tiles, tile = item % tiles;
    const std::int64_t from = vectors * tile / tiles, to = vectors * (tile + 1) / tiles;
    const std::int64_t first = from * kLanes, count = std::min(to * kLanes, work.shape.q_tokens) - first;
    switch (to - from) {
      case 1:
        attend_tile<1>(work, head, first, count, scratch);
        break;
      case 2:
        attend_tile<2>(work, head, first, count, scratch);
        break;
      default:
        attend_tile<3>(work, head, first, count, scratch);
    }
  }
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace veneer::runtime {
namespace {

HWY_EXPORT(pack_keys_and_values);
HWY_EXPORT(tiles_per_head);
HWY_EXPORT(attend_tiles);

std::size_t round_up_to_line(std::int64_t floats) {
  return (static_cast<std::size_t>(floats) * sizeof(float) + 63) / 64 * 64;
}

std::size_t packed_bytes(const AttentionShape& s, std::int64_t per_head) {
  return round_up_to_line(s.batch * s.heads * per_head);
}

// A tile's queries, scores and output.
std::size_t tile_bytes(const AttentionShape& s) {
  return round_up_to_line((s.head_dim + kKeyBlock + (s.head_dim + 7) / 8 * 8) * kWidestTile);
}

}  // namespace

std::size_t attention_scratch_bytes(const AttentionShape& shape, int threads) {
  return packed_bytes(shape, packed_k_size(shape)) + packed_bytes(shape, packed_v_size(shape)) +
         static_cast<std::size_t>(threads) * tile_bytes(shape);
}

void attention(const AttentionShape& shape, AttentionMask mask, float scale, TokenRows q, TokenRows k, TokenRows v,
               MutableTokenRows out, std::byte* scratch, std::size_t scratch_bytes, const float* relative_bias) {
  VENEER_CHECK(scratch_bytes >= attention_scratch_bytes(shape, 1));
  const std::size_t k_bytes = packed_bytes(shape, packed_k_size(shape));
  const std::size_t v_bytes = packed_bytes(shape, packed_v_size(shape));
  const AttentionWork work{shape,
                           mask,
                           scale,
                           q,
                           k,
                           v,
                           out,
                           reinterpret_cast<float*>(scratch),
                           reinterpret_cast<float*>(scratch + k_bytes),
                           relative_bias};
  std::byte* tiles = scratch + k_bytes + v_bytes;

  const std::int64_t heads = shape.batch * shape.heads;
  const std::int64_t blocks = (shape.kv_tokens + kKeyBlock - 1) / kKeyBlock;
  parallel_for(heads * blocks, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item % blocks * kKeyBlock;
      HWY_DYNAMIC_DISPATCH(pack_keys_and_values)
      (work, item / blocks, first, std::min(first + kKeyBlock, shape.kv_tokens));
    }
  });

  const auto room = static_cast<std::int64_t>((scratch_bytes - k_bytes - v_bytes) / tile_bytes(shape));
  const std::int64_t items = heads * HWY_DYNAMIC_DISPATCH(tiles_per_head)(shape);
  const std::int64_t parts = std::min({room, items, static_cast<std::int64_t>(team_size())});
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      auto* tile = reinterpret_cast<float*>(tiles + static_cast<std::size_t>(part) * tile_bytes(shape));
      HWY_DYNAMIC_DISPATCH(attend_tiles)(work, items * part / parts, items * (part + 1) / parts, tile);
    }
  });
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
