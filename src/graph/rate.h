// What a value depends on, and so how often it must be computed while pictures are made.
#pragma once

#include <cstdint>

namespace veneer::graph {

/// A set of {request, timestep, latent}. What does not depend on the latents is known before the first step.
class Rate {
 public:
  static const Rate request;   ///< what a request brings (text embeddings)
  static const Rate timestep;  ///< the schedule alone, known for all steps before the first
  static const Rate latent;    ///< what the last step left

  /// The empty set: a constant.
  constexpr Rate() = default;

  [[nodiscard]] constexpr bool contains(Rate other) const { return (set_ & other.set_) == other.set_; }
  friend constexpr Rate operator|(Rate a, Rate b) { return Rate(a.set_ | b.set_); }
  friend constexpr bool operator==(Rate, Rate) = default;

 private:
  explicit constexpr Rate(unsigned set) : set_(static_cast<std::uint8_t>(set)) {}
  std::uint8_t set_ = 0;
};

inline constexpr Rate Rate::request{1U};
inline constexpr Rate Rate::timestep{2U};
inline constexpr Rate Rate::latent{4U};

}  // namespace veneer::graph
