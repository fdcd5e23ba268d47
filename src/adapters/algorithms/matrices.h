// Small products of matrices, for factors that are multiplied out while a file is read or a binding is made.
#pragma once

#include "adapters/algorithms/algorithm.h"

namespace veneer::adapters {

/// [rows, inner] * [inner, columns...] -> f32 [rows, columns]; the dimensions behind the first are one.
Tensor product(const Tensor& a, const Tensor& b);

/// Tucker's core folded into the input side: sum over q of core[p, q, kh, kw] * down[q, in] -> [p, in, kh, kw].
Tensor folded(const Tensor& core, const Tensor& down);

/// [rows, columns...] -> f32 [columns, rows].
Tensor transposed(const Tensor& matrix);

/// Throws Error corrupt_file unless the tensor has at least two dimensions, of which the first or the second is
/// `extent`: "FILE: NAME: expected EXPECTED, got f32[...]".
void require_extent(const Pieces& pieces, const Found& found, std::size_t axis, std::int64_t extent,
                    std::string_view expected);

/// The same for a tensor of two dimensions or more, none of them 0.
void require_matrix(const Pieces& pieces, const Found& found, std::string_view expected);

/// A core of Tucker's decomposition with its two matrices, as LyCORIS stores it: core [p, q, kh, kw], up [p, out],
/// down [q, in].
LowRank tucker(const Pieces& pieces, const Found& core, const Found& up, const Found& down);

}  // namespace veneer::adapters
