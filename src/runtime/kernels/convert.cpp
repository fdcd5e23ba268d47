#include "runtime/kernels/convert.h"

#include "base/check.h"
#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/convert.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "runtime/kernels/simd_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

using U32 = hn::RebindToUnsigned<F32>;
using V32Bits = hn::Vec<U32>;
using U16Half = hn::Rebind<std::uint16_t, F32>;

struct WidenF16 {
  // The f32 whose exponent and fraction are those of the f16 is 2^112 too small, subnormal numbers included.
  HWY_INLINE V32Bits operator()(U32 d, V32Bits half) const {
    const F32 df;
    const V32Bits magnitude = hn::ShiftLeft<13>(hn::And(half, hn::Set(d, 0x7FFFU)));
    const V32Bits sign = hn::ShiftLeft<16>(hn::And(half, hn::Set(d, 0x8000U)));
    const V32 scaled = hn::Mul(hn::BitCast(df, magnitude), hn::Set(df, 0x1p112F));
    // Infinities and NaNs: a magnitude of at least 0x7C00 << 13 gets all exponent bits. Compared as signed, both are.
    const hn::RebindToSigned<F32> di;
    const auto special = hn::Gt(hn::BitCast(di, magnitude), hn::Set(di, (0x7C00 << 13) - 1));
    const auto exponent = hn::IfThenElseZero(special, hn::Set(di, 0x7F800000));
    return hn::Or(hn::Or(hn::BitCast(d, scaled), hn::BitCast(d, exponent)), sign);
  }
};

struct WidenBf16 {
  HWY_INLINE V32Bits operator()(U32, V32Bits half) const { return hn::ShiftLeft<16>(half); }
};

template <class Widen>
HWY_INLINE void widen_range(const std::uint16_t* from, float* to, std::int64_t count, const Widen& widen) {
  const F32 df;
  const U32 d;
  const U16Half d16;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(hn::BitCast(df, widen(d, hn::PromoteTo(d, hn::LoadU(d16, from + i)))), df, to + i);
  }
  if (i == count) return;
  HWY_ALIGN std::uint32_t rest[kLanes] = {};
  for (std::int64_t k = i; k < count; ++k) rest[k - i] = from[k];
  store_first(hn::BitCast(df, widen(d, hn::Load(d, rest))), df, to + i, count - i);
}

void f16_range(const std::uint16_t* from, float* to, std::int64_t count) {
  widen_range(from, to, count, WidenF16{});
}

void bf16_range(const std::uint16_t* from, float* to, std::int64_t count) {
  widen_range(from, to, count, WidenBf16{});
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace veneer::runtime {
namespace {

HWY_EXPORT(f16_range);
HWY_EXPORT(bf16_range);

constexpr std::int64_t kGrain = 32768;

void widen_range(DType dtype, const std::byte* from, float* to, std::int64_t count) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(from) % alignof(std::uint16_t) == 0;
  const auto* halves = reinterpret_cast<const std::uint16_t*>(from);
  if (dtype == DType::f16 && aligned) return HWY_DYNAMIC_DISPATCH(f16_range)(halves, to, count);
  if (dtype == DType::bf16 && aligned) return HWY_DYNAMIC_DISPATCH(bf16_range)(halves, to, count);
  convert_to_f32(dtype, from, {to, static_cast<std::size_t>(count)});
}

}  // namespace

void widen(const Tensor& tensor, float* to) {
  if (!is_floating(tensor.dtype()))
    fail(ErrorCode::internal, "widen: expected a floating type, got {}", tensor.describe());
  const std::size_t size = size_of(tensor.dtype());
  parallel_for(tensor.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    widen_range(tensor.dtype(), tensor.bytes().data() + static_cast<std::size_t>(begin) * size, to + begin,
                end - begin);
  });
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
