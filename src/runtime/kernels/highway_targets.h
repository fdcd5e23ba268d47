// Which of Highway's targets the kernels are compiled for. Include it before hwy/foreach_target.h.
//
// Left out: SSSE3 (machines that old run the baseline), and vectors whose length is unknown at compile time, because
// the register tiles are arrays of vectors. AVX3 is AVX-512 F, BW, CD, DQ and VL.
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif
