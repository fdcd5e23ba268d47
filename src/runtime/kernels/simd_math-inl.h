// Vector exp2, and the activations made of it. Included once per Highway target (hence the guard that flips).
//
// The polynomials are our own minimax fits; the errors stated were measured against correctly rounded values.
#if defined(VENEER_RUNTIME_SIMD_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VENEER_RUNTIME_SIMD_MATH_INL_H_
#undef VENEER_RUNTIME_SIMD_MATH_INL_H_
#else
#define VENEER_RUNTIME_SIMD_MATH_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using V32 = hn::Vec<F32>;
inline constexpr std::int64_t kLanes = HWY_LANES(float);

/// Loads lanes [0, count) and zeroes the others; count may exceed the vector.
HWY_INLINE V32 load_first(F32 d, const float* from, std::int64_t count) {
  if (count >= kLanes) return hn::LoadU(d, from);
#if HWY_TARGET <= HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, from);
#else
  HWY_ALIGN float padded[kLanes] = {};
  for (std::int64_t i = 0; i < count; ++i) padded[i] = from[i];
  return hn::Load(d, padded);
#endif
}

/// Stores lanes [0, count); count may exceed the vector.
HWY_INLINE void store_first(V32 v, F32 d, float* to, std::int64_t count) {
  if (count >= kLanes) {
    hn::StoreU(v, d, to);
    return;
  }
#if HWY_TARGET <= HWY_AVX2
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, to);
#else
  HWY_ALIGN float padded[kLanes];
  hn::Store(v, d, padded);
  for (std::int64_t i = 0; i < count; ++i) to[i] = padded[i];
#endif
}

/// 2^x for x in [-126, 127]; outside of it the result is meaningless. Relative error 1.2e-7.
HWY_INLINE V32 exp2_in_range(F32 d, V32 x) {
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
  const V32 magic = hn::Set(d, 12582912.0F);
  const V32 shifted = hn::Add(x, magic);
  const V32 r = hn::Sub(x, hn::Sub(shifted, magic));
  V32 p = hn::Set(d, 1.53533606e-04F);
  p = hn::MulAdd(p, r, hn::Set(d, 1.33988749e-03F));
  p = hn::MulAdd(p, r, hn::Set(d, 9.61843737e-03F));
  p = hn::MulAdd(p, r, hn::Set(d, 5.55033247e-02F));
  p = hn::MulAdd(p, r, hn::Set(d, 2.40226479e-01F));
  p = hn::MulAdd(p, r, hn::Set(d, 6.93147203e-01F));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0F));
  const hn::RebindToSigned<F32> di;
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(hn::BitCast(di, shifted))));
}

/// 2^x for x <= 127: zero below -126.
HWY_INLINE V32 exp2_or_zero(F32 d, V32 x) {
  return hn::IfThenElseZero(hn::Ge(x, hn::Set(d, -126.0F)), exp2_in_range(d, x));
}

/// 1 / (1 + 2^-x): the logistic function of x ln 2.
HWY_INLINE V32 logistic_base2(F32 d, V32 x) {
  const V32 clamped = hn::Max(hn::Min(hn::Neg(x), hn::Set(d, 126.0F)), hn::Set(d, -126.0F));
  return hn::Div(hn::Set(d, 1.0F), hn::Add(hn::Set(d, 1.0F), exp2_in_range(d, clamped)));
}

inline constexpr float kLog2E = 1.44269504088896341F;

/// x / (1 + e^-x).
HWY_INLINE V32 silu_of(F32 d, V32 x) {
  return hn::Mul(x, logistic_base2(d, hn::Mul(x, hn::Set(d, kLog2E))));
}

/// x / (1 + e^(-1.702 x)).
HWY_INLINE V32 quick_gelu_of(F32 d, V32 x) {
  return hn::Mul(x, logistic_base2(d, hn::Mul(x, hn::Set(d, 1.702F * kLog2E))));
}

/// x / 2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), as x times the logistic function of twice the argument.
HWY_INLINE V32 gelu_tanh_of(F32 d, V32 x) {
  constexpr float kTwice = 2.0F * 0.797884560802865356F * kLog2E;
  const V32 factor = hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.044715F * kTwice), hn::Set(d, kTwice));
  return hn::Mul(x, logistic_base2(d, hn::Mul(x, factor)));
}

/// x / 2 (1 + erf(x / sqrt 2)). With e = erfc(|x| / sqrt 2), that is x - x e / 2 for x >= 0 and x e / 2 below, so that
/// the negative tail keeps its relative accuracy (2e-5 at -5). e = 2^-q(|x|), q a polynomial. Absolute error 1.5e-7
/// |x|.
HWY_INLINE V32 gelu_of(F32 d, V32 x) {
  const V32 u = hn::Min(hn::Abs(x), hn::Set(d, 9.0F));
  V32 q = hn::Set(d, -1.4249383e-09F);
  q = hn::MulAdd(q, u, hn::Set(d, 6.28442928e-08F));
  q = hn::MulAdd(q, u, hn::Set(d, -1.19171929e-06F));
  q = hn::MulAdd(q, u, hn::Set(d, 1.26746339e-05F));
  q = hn::MulAdd(q, u, hn::Set(d, -8.12030667e-05F));
  q = hn::MulAdd(q, u, hn::Set(d, 2.85633294e-04F));
  q = hn::MulAdd(q, u, hn::Set(d, 1.61939552e-06F));
  q = hn::MulAdd(q, u, hn::Set(d, -6.96076774e-03F));
  q = hn::MulAdd(q, u, hn::Set(d, 5.24563036e-02F));
  q = hn::MulAdd(q, u, hn::Set(d, 4.59214721e-01F));
  q = hn::MulAdd(q, u, hn::Set(d, 1.15110493F));
  const V32 half_tail = hn::Mul(hn::Mul(x, hn::Set(d, 0.5F)), exp2_in_range(d, hn::Neg(hn::Mul(q, u))));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), half_tail, hn::Sub(x, half_tail));
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
