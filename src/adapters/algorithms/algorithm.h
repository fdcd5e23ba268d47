// An algorithm is one file: the suffixes of its tensors' names, how its tensors become a form, and how a tile of that
// form is computed. Free functions: any thread may call them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/delta.h"
#include "runtime/merge_tiles.h"

namespace veneer::adapters {

/// What a tensor is to its module.
enum class Part {
  alpha,
  magnitude,
  bias,
  up_bias,  // of the up projection: the scale counts for it too
  down,     // low rank
  up,
  mid,
  first_up,  // Hadamard
  first_down,
  first_mid,
  second_up,
  second_down,
  second_mid,
  left,  // Kronecker
  left_up,
  left_down,
  right,
  right_up,
  right_down,
  right_mid,
  difference,  // dense
};

std::string_view to_string(Part part);

struct Suffix {
  std::string_view text;  ///< "*" stands for one segment: the name that peft gave to the adapter
  Part part;
  std::string_view dialect;  ///< empty where several dialects spell it alike
};

/// A tensor and the name that it has in the file; a part of a form is finite.
struct Found {
  std::string name;
  Tensor tensor;
};

/// The tensors of one target.
struct Pieces {
  std::string target;
  std::string_view where;  ///< opens the message of an error
  std::map<Part, Found> parts;

  [[nodiscard]] bool has(Part part) const { return parts.contains(part); }
  /// Throws Error corrupt_file where it is missing: "FILE: NAME: the up tensor of TARGET is missing".
  [[nodiscard]] const Found& at(Part part) const;
};

struct ReadForm {
  DeltaForm form;
  std::int64_t rank = 0;  ///< that alpha is divided by; 0: the form has no rank, alpha does not count
};

struct Algorithm {
  std::string_view name;  ///< "LoRA"
  std::span<const Suffix> suffixes;
  /// Throws Error corrupt_file for tensors that are missing or do not fit each other.
  ReadForm (*read)(const Pieces& pieces);
};

/// All there are. The suffixes of one do not end those of another.
std::span<const Algorithm> algorithms();

/// The algorithm whose part this is; null for what every algorithm may have (alpha, magnitude, bias).
const Algorithm* algorithm_of(Part part);

/// The algorithm that reads this form.
const Algorithm& algorithm_of(const DeltaForm& form);

/// Rows and columns of the matrix that a form is: [out, in * taps].
struct MatrixShape {
  std::int64_t out = 0, columns = 0;
};
MatrixShape matrix_shape(const DeltaForm& form);

/// Computes tiles of scale * form for a weight of `taps` kernel positions. What it needs is prepared here, on the
/// calling thread's team.
runtime::AddTile tiles_of(const DeltaForm& form, float scale, std::int64_t taps);

// One a file.
extern const Algorithm kLowRankAlgorithm, kHadamardAlgorithm, kKroneckerAlgorithm, kDenseAlgorithm;
runtime::AddTile tiles_of(const LowRank& form, float scale, std::int64_t taps);
runtime::AddTile tiles_of(const Hadamard& form, float scale, std::int64_t taps);
runtime::AddTile tiles_of(const Kronecker& form, float scale, std::int64_t taps);
runtime::AddTile tiles_of(const Dense& form, float scale, std::int64_t taps);

}  // namespace veneer::adapters
