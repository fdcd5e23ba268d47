// The kernels at the shapes of Stable Diffusion 1.5 at 512x512, with what the machine can do beside them: oneDNN's
// sgemm for arithmetic, memcpy for memory. FLOP/s count a fused multiply-add as two; bytes count what must be read and
// written.
#include <benchmark/benchmark.h>
#include <oneapi/dnnl/dnnl.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "runtime/kernels/attention.h"
#include "runtime/kernels/convert.h"
#include "runtime/kernels/elementwise.h"
#include "runtime/kernels/low_rank.h"
#include "runtime/kernels/low_rank_merge.h"
#include "runtime/kernels/normalize.h"

namespace veneer::runtime {
namespace {

// Floats aligned to 64 bytes, all of one value so that the pages exist.
class Floats {
 public:
  explicit Floats(std::int64_t count, float value = 0.01F)
      : memory_(static_cast<float*>(std::aligned_alloc(64, (static_cast<std::size_t>(count) * 4 + 127) / 64 * 64))) {
    for (std::int64_t i = 0; i < count; ++i) memory_.get()[i] = value * static_cast<float>(i % 113 - 56) / 56.0F;
  }
  [[nodiscard]] float* get() const { return memory_.get(); }
  [[nodiscard]] std::byte* bytes() const { return reinterpret_cast<std::byte*>(memory_.get()); }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float, Free> memory_;
};

Floats scratch_of(std::size_t bytes) {
  return Floats(static_cast<std::int64_t>(bytes / 4 + 1));
}

void count_flops(benchmark::State& state, double flops) {
  state.counters["FLOP/s"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}
void count_bytes(benchmark::State& state, double bytes) {
  state.counters["B/s"] = benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate);
}

void onednn_sgemm(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const Floats a(m * k), b(k * n), c(m * n);
  for (auto _ : state) dnnl_sgemm('N', 'N', m, n, k, 1.0F, a.get(), k, b.get(), n, 0.0F, c.get(), n);
  count_flops(state, 2.0 * static_cast<double>(m * n * k));
}
BENCHMARK(onednn_sgemm)->Args({1024, 1024, 1024})->Args({4096, 320, 320})->Args({4096, 2560, 320})->UseRealTime();

void memory_copy(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  const Floats a(count), b(count);
  for (auto _ : state) {
    parallel_for(count, 4096, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(b.get() + begin, a.get() + begin, static_cast<std::size_t>(end - begin) * 4);
    });
  }
  count_bytes(state, 8.0 * static_cast<double>(count));
}
BENCHMARK(memory_copy)->Arg(1 << 18)->Arg(4096 * 320)->Arg(512 * 512 * 128)->Arg(93'000'000)->UseRealTime();

// batch, heads, head_dim, q_tokens, kv_tokens, causal
void attention_heads(benchmark::State& state) {
  const AttentionShape s{state.range(0), state.range(1), state.range(2), state.range(3), state.range(4)};
  const AttentionMask mask = state.range(5) == 0 ? AttentionMask::none : AttentionMask::causal;
  const std::int64_t width = s.heads * s.head_dim;
  const Floats qkv(s.batch * std::max(s.q_tokens, s.kv_tokens) * 3 * width), out(s.batch * s.q_tokens * width);
  const std::size_t bytes = attention_scratch_bytes(s, team_size());
  const Floats scratch = scratch_of(bytes);
  const auto scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim));
  for (auto _ : state) {
    attention(s, mask, scale, {qkv.get(), 3 * width}, {qkv.get() + width, 3 * width},
              {qkv.get() + 2 * width, 3 * width}, {out.get(), width}, scratch.bytes(), bytes);
  }
  count_flops(state, 4.0 * static_cast<double>(s.batch * s.q_tokens * s.kv_tokens * width) /
                         (mask == AttentionMask::causal ? 2.0 : 1.0));
}
BENCHMARK(attention_heads)
    ->Args({1, 8, 40, 4096, 4096, 0})
    ->Args({1, 8, 80, 1024, 1024, 0})
    ->Args({1, 8, 160, 256, 256, 0})
    ->Args({1, 8, 160, 64, 64, 0})
    ->Args({1, 8, 40, 4096, 77, 0})
    ->Args({1, 8, 80, 1024, 77, 0})
    ->Args({1, 8, 160, 256, 77, 0})
    ->Args({1, 1, 512, 4096, 4096, 0})
    ->Args({1, 12, 64, 77, 77, 1})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// pixels, channels, silu
void group_norm_image(benchmark::State& state) {
  const GroupNormShape s{1, state.range(0), state.range(1), 32};
  const std::int64_t count = s.pixels * s.channels;
  const Floats x(count), y(count), gamma(s.channels), beta(s.channels);
  const Floats scratch = scratch_of(group_norm_scratch_bytes(s));
  GroupNormParameters p{gamma.get(), beta.get(), 1e-5F};
  p.activation = state.range(2) == 0 ? Activation::none : Activation::silu;
  for (auto _ : state) group_norm(s, p, x.get(), y.get(), scratch.bytes());
  count_bytes(state, 12.0 * static_cast<double>(count));  // x is read twice
}
BENCHMARK(group_norm_image)
    ->Args({4096, 320, 1})
    ->Args({1024, 640, 1})
    ->Args({256, 1280, 1})
    ->Args({4096, 320, 0})
    ->Args({262144, 128, 1})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

void layer_norm_rows(benchmark::State& state) {
  const std::int64_t rows = state.range(0), channels = state.range(1);
  const Floats x(rows * channels), y(rows * channels), gamma(channels), beta(channels);
  for (auto _ : state) layer_norm(x.get(), rows, channels, 1e-5F, gamma.get(), beta.get(), y.get());
  count_bytes(state, 8.0 * static_cast<double>(rows * channels));
}
BENCHMARK(layer_norm_rows)->Args({4096, 320})->Args({1024, 640})->Args({256, 1280})->UseRealTime();

void activate_values(benchmark::State& state) {
  const std::int64_t count = state.range(1);
  const Floats x(count, 3.0F), y(count);
  for (auto _ : state) activate(static_cast<Activation>(state.range(0)), x.get(), y.get(), count);
  count_bytes(state, 8.0 * static_cast<double>(count));
}
BENCHMARK(activate_values)
    ->ArgsProduct({{static_cast<int>(Activation::silu), static_cast<int>(Activation::gelu),
                    static_cast<int>(Activation::gelu_tanh), static_cast<int>(Activation::quick_gelu)},
                   {4096 * 320}})
    ->UseRealTime();

void geglu_rows(benchmark::State& state) {
  const std::int64_t rows = state.range(0), channels = state.range(1);
  const Floats x(rows * channels * 2, 3.0F), y(rows * channels);
  for (auto _ : state) geglu(x.get(), y.get(), rows, channels);
  count_bytes(state, 12.0 * static_cast<double>(rows * channels));
}
BENCHMARK(geglu_rows)->Args({4096, 1280})->Args({1024, 2560})->UseRealTime();

void add_values(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  const Floats a(count), b(count), y(count);
  for (auto _ : state) add(a.get(), b.get(), y.get(), count);
  count_bytes(state, 12.0 * static_cast<double>(count));
}
BENCHMARK(add_values)->Arg(4096 * 320)->UseRealTime();

void widen_f16(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  const Floats from(count / 2), to(count);
  const Tensor stored(DType::f16, {count},
                      {reinterpret_cast<const std::byte*>(from.get()), static_cast<std::size_t>(count) * 2}, nullptr);
  for (auto _ : state) widen(stored, to.get());
  count_bytes(state, 6.0 * static_cast<double>(count));
}
BENCHMARK(widen_f16)->Arg(1 << 24)->UseRealTime();

struct PackedFactors {
  explicit PackedFactors(const LowRankShape& shape) : down(packed_down_size(shape)), up(packed_up_size(shape)) {
    factors = {shape, down.get(), up.get()};
  }
  Floats down, up;
  LowRankFactors factors{};
};

// channels, taps, rank
void pack_factors(benchmark::State& state) {
  const LowRankShape s{state.range(0), state.range(0), state.range(1), state.range(2)};
  const Floats a(s.rank * s.in * s.taps), b(s.out * s.rank);
  const PackedFactors packed(s);
  const LowRankSource source{a.get(), b.get(), s.rank, 1.0F};
  for (auto _ : state) pack_low_rank(s, {&source, 1}, packed.down.get(), packed.up.get());
  count_bytes(state, 8.0 * static_cast<double>(s.rank * (s.in * s.taps + s.out)));
}
BENCHMARK(pack_factors)
    ->Args({320, 1, 16})
    ->Args({1280, 1, 16})
    ->Args({1280, 9, 16})
    ->Args({1280, 1, 128})
    ->UseRealTime();

// rows, in, out, rank
void low_rank_branch(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const LowRankShape s{state.range(1), state.range(2), 1, state.range(3)};
  const PackedFactors packed(s);
  const Floats x(rows * s.in), y(rows * s.out);
  const std::size_t bytes = low_rank_scratch_bytes(s, team_size());
  const Floats scratch = scratch_of(bytes);
  for (auto _ : state) {
    low_rank_linear(packed.factors, x.get(), s.in, rows, y.get(), s.out, {scratch.bytes(), bytes});
  }
  count_flops(state, 2.0 * static_cast<double>(rows * s.rank * (s.in + s.out)));
}
BENCHMARK(low_rank_branch)
    ->Args({4096, 320, 320, 16})
    ->Args({4096, 320, 2560, 16})
    ->Args({1024, 640, 5120, 16})
    ->Args({1024, 640, 640, 16})
    ->Args({256, 1280, 1280, 16})
    ->Args({4096, 320, 320, 64})
    ->Args({4096, 320, 320, 128})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// side, in, out, rank
void low_rank_branch_3x3(benchmark::State& state) {
  const std::int64_t side = state.range(0);
  const LowRankShape s{state.range(1), state.range(2), 9, state.range(3)};
  const PackedFactors packed(s);
  const Floats x(side * side * s.in), y(side * side * s.out);
  const std::size_t bytes = low_rank_scratch_bytes(s, team_size());
  const Floats scratch = scratch_of(bytes);
  const ConvolutionGeometry g{1, side, side, side, side, 3, 3, 1, 1, 1};
  for (auto _ : state) {
    low_rank_convolution(packed.factors, g, x.get(), y.get(), s.out, {scratch.bytes(), bytes});
  }
  count_flops(state, 2.0 * static_cast<double>(side * side * s.rank * (9 * s.in + s.out)));
}
BENCHMARK(low_rank_branch_3x3)
    ->Args({64, 320, 320, 16})
    ->Args({16, 1280, 1280, 16})
    ->Args({64, 320, 320, 64})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// channels, layers, rank: `layers` weights of channels x channels in blocks of 16 x 64, 93 M weights in all or few.
void merge_weights(benchmark::State& state) {
  const std::int64_t channels = state.range(0), layers = state.range(1), rank = state.range(2);
  PackedLayout layout{channels, channels, 1, channels, channels, 64 * channels, 16 * 64, 0};
  layout.block_count = 2;
  layout.blocks[0] = {16, WeightDim::in};
  layout.blocks[1] = {64, WeightDim::out};
  const std::int64_t size = packed_weight_size(layout);
  const Floats base(size * layers), dst(size * layers);
  const PackedFactors packed({channels, channels, 1, rank});
  const MergePart part{packed.factors, 0};
  for (auto _ : state) {
    for (std::int64_t i = 0; i < layers; ++i) {
      merge_low_rank(layout, base.get() + i * size, {&part, 1}, dst.get() + i * size);
    }
  }
  count_bytes(state, 8.0 * static_cast<double>(size * layers));
}
BENCHMARK(merge_weights)
    ->Args({1280, 57, 16})
    ->Args({320, 909, 16})
    ->Args({320, 1, 16})
    ->Args({1280, 57, 4})
    ->Args({1280, 57, 64})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace veneer::runtime

BENCHMARK_MAIN();
