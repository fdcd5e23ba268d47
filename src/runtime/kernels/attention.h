// Multi-head attention with a running softmax (Dao et al. 2022, "FlashAttention"): the scores of a block of keys live
// in the first-level cache and are never written out. Stateless; each output row depends on its own query row, the keys
// and the values alone, not on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "graph/ops.h"

namespace veneer::runtime {

struct AttentionShape {
  std::int64_t batch, heads, head_dim, q_tokens, kv_tokens;
};

/// Tokens [batch, tokens, heads, head_dim] in rows `row_stride` elements apart, so that q, k and v may stand side by
/// side in the rows of one matrix: element (n, t, h, c) is data[(n * tokens + t) * row_stride + h * head_dim + c].
struct TokenRows {
  const float* data;
  std::int64_t row_stride;
};
struct MutableTokenRows {
  float* data;
  std::int64_t row_stride;
};

using graph::AttentionMask;

/// Bytes that attention() needs when it runs on `threads` threads, to be aligned to 64.
std::size_t attention_scratch_bytes(const AttentionShape& shape, int threads);

/// out = softmax(scale q k^T + bias, masked) v for each batch and head; causal needs kv_tokens >= q_tokens. Runs on
/// team_size() threads, but on no more than `scratch_bytes` are enough for. `out` may be q's rows. `relative_bias`
/// [heads, q_tokens + kv_tokens - 1], or null: that of query q and key k is in column q - k + kv_tokens - 1.
void attention(const AttentionShape& shape, AttentionMask mask, float scale, TokenRows q, TokenRows k, TokenRows v,
               MutableTokenRows out, std::byte* scratch, std::size_t scratch_bytes,
               const float* relative_bias = nullptr);

}  // namespace veneer::runtime
