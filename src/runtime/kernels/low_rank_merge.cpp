#include "runtime/kernels/low_rank_merge.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/parallel.h"
#include "runtime/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/kernels/low_rank_merge.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "runtime/kernels/row_tile-inl.h"

#ifndef VENEER_RUNTIME_MERGE_WORK_
#define VENEER_RUNTIME_MERGE_WORK_
namespace veneer::runtime {

// A range of input channels of one block of output channels at one kernel position: what a thread takes at a time.
struct MergeItem {
  std::int64_t out_block, spatial, first_in, last_in;  // last_in <= padded_in
};

// The layouts of the fast path: rows of `lanes` output channels, a multiple of 16, one row per input channel.
struct LaneLayout {
  PackedLayout layout;
  std::int64_t lanes, in_block;
};

struct MergeWork {
  LaneLayout lane_layout;
  std::span<const MergePart> parts;
  const float* base;
  float* dst;
};

inline std::int64_t panel_count(std::int64_t channels) {
  return (channels + kLowRankPanel - 1) / kLowRankPanel;
}

inline bool covers(const MergePart& part, std::int64_t panel) {
  const std::int64_t first = part.out_begin / kLowRankPanel;
  return panel >= first && panel < first + panel_count(part.factors.shape.out);
}

}  // namespace veneer::runtime
#endif

HWY_BEFORE_NAMESPACE();
namespace veneer::runtime::HWY_NAMESPACE {

// Few input channels and many panels: a line of weights is read and written whole.
constexpr int kMergeRows = kTilePanels > 1 ? 4 : kTileRows, kMergePanels = kTilePanels > 1 ? 4 : 1;

// The base's weights are fetched so many floats ahead, a line for each of the first ranks: arithmetic of one tile and
// memory traffic of the next would take turns otherwise, because a tile's arithmetic fills the processor's window.
constexpr std::int64_t kAhead = 1024;

struct FetchAhead {
  const float* base;
  HWY_INLINE void operator()(std::int64_t k) const { hwy::Prefetch(base + k * 16); }
};

// Adds one part's update to kRows input channels times kPanels panels of output channels.
template <int kRows, int kPanels>
HWY_INLINE void add_update(const LowRankFactors& factors, std::int64_t part_panel, std::int64_t spatial,
                           std::int64_t in, const float* ahead, V32 (&sum)[kRows][kPanels * kPanelVectors]) {
  const LowRankShape& shape = factors.shape;
  const std::int64_t rank_panels = panel_count(shape.rank), up_panel = shape.rank * kLowRankPanel;
  const float* up = factors.up + part_panel * up_panel;
  for (std::int64_t panel = 0; panel < rank_panels; ++panel, up += kLowRankPanel * kLowRankPanel) {
    const float* down = factors.down + ((spatial * rank_panels + panel) * shape.in + in) * kLowRankPanel;
    const std::int64_t ranks = std::min(kLowRankPanel, shape.rank - panel * kLowRankPanel);
    const float* rows[kRows];
    for (int r = 0; r < kRows; ++r) rows[r] = down + r * kLowRankPanel;
    if (panel == 0)
      multiply_add<kRows, kPanels>(rows, {up, up_panel}, ranks, sum, FetchAhead{ahead});
    else
      multiply_add<kRows, kPanels>(rows, {up, up_panel}, ranks, sum);
  }
}

// kRows input channels from `in` on times kPanels panels; all panels are covered by the same parts.
template <int kRows, int kPanels>
HWY_INLINE void merge_tile(const MergeWork& work, const MergeItem& item, std::int64_t in, std::int64_t panel) {
  constexpr int kVectors = kPanels * kPanelVectors;
  const F32 d;
  const LaneLayout& lane = work.lane_layout;
  const std::int64_t block = item.out_block * lane.layout.out_stride + item.spatial * lane.layout.spatial_stride +
                             panel * kLowRankPanel - item.out_block * lane.lanes;
  std::int64_t at[kRows];
  V32 sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    const std::int64_t i = in + r;
    at[r] = block + i / lane.in_block * lane.layout.in_stride + i % lane.in_block * lane.lanes;
  }
  fill(sum, -0.0F);  // leaves every value as it is, where no part covers the panels too
  for (const MergePart& part : work.parts) {
    if (!covers(part, panel)) continue;
    add_update<kRows, kPanels>(part.factors, panel - part.out_begin / kLowRankPanel, item.spatial, in,
                               work.base + at[0] + kAhead, sum);
  }
  // Written past the caches: the weights are read next by whatever layer runs first, long after.
  for (int r = 0; r < kRows; ++r) {
    const float* HWY_RESTRICT base = work.base + at[r];
    float* HWY_RESTRICT dst = work.dst + at[r];
    for (int v = 0; v < kVectors; ++v) {
      hn::Stream(hn::Add(hn::LoadU(d, base + v * kLanes), sum[r][v]), d, dst + v * kLanes);
    }
  }
}

template <int kPanels>
HWY_INLINE void merge_panels(const MergeWork& work, const MergeItem& item, std::int64_t panel) {
  std::int64_t i = item.first_in;
  const std::int64_t last = std::min(item.last_in, work.lane_layout.layout.in);
  for (; i + kMergeRows <= last; i += kMergeRows) merge_tile<kMergeRows, kPanels>(work, item, i, panel);
  for (; i < last; ++i) merge_tile<1, kPanels>(work, item, i, panel);
}

// How many of the panels from `panel` on, at most kMergePanels, have the same parts.
HWY_INLINE std::int64_t panels_alike(const MergeWork& work, std::int64_t panel, std::int64_t end) {
  const std::int64_t left = end - panel;
  const std::int64_t most = std::min<std::int64_t>(kMergePanels, left);
  for (std::int64_t count = 1; count < most; ++count) {
    for (const MergePart& part : work.parts) {
      if (covers(part, panel + count) != covers(part, panel)) return count;
    }
  }
  return most;
}

void merge_item(const MergeWork& work, const MergeItem& item) {
  const LaneLayout& lane = work.lane_layout;
  const std::int64_t first = item.out_block * lane.lanes / kLowRankPanel, end = first + lane.lanes / kLowRankPanel;
  for (std::int64_t panel = first; panel < end;) {
    const std::int64_t width = panels_alike(work, panel, end);
    if (width == 1) merge_panels<1>(work, item, panel);
    if constexpr (kMergePanels > 1) {
      if (width == 2) merge_panels<2>(work, item, panel);
      if (width == 3) merge_panels<3>(work, item, panel);
      if (width == 4) merge_panels<4>(work, item, panel);
    }
    panel += width;
  }
  for (std::int64_t i = std::max(item.first_in, lane.layout.in); i < item.last_in; ++i) {
    const std::int64_t at = item.out_block * lane.layout.out_stride + item.spatial * lane.layout.spatial_stride +
                            i / lane.in_block * lane.layout.in_stride + i % lane.in_block * lane.lanes;
    std::memcpy(work.dst + at, work.base + at, static_cast<std::size_t>(lane.lanes) * sizeof(float));
  }
  hwy::FlushStream();
}

// tile [count][16] = the update of input channels [first, first + count) and one panel of output channels.
void update_tile(const LowRankFactors& factors, std::int64_t panel, std::int64_t spatial, std::int64_t first,
                 std::int64_t count, float* tile) {
  const F32 d;
  std::int64_t i = 0;
  const auto rows = [&](auto row_count) HWY_ATTR {
    constexpr int kRows = decltype(row_count)::value;
    V32 sum[kRows][kPanelVectors];
    fill(sum, 0.0F);
    add_update<kRows, 1>(factors, panel, spatial, first + i, tile, sum);
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kPanelVectors; ++v) hn::StoreU(sum[r][v], d, tile + (i + r) * kLowRankPanel + v * kLanes);
    }
    i += kRows;
  };
  while (i + kMergeRows <= count) rows(std::integral_constant<int, kMergeRows>{});
  while (i < count) rows(std::integral_constant<int, 1>{});
}

}  // namespace veneer::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <optional>

namespace veneer::runtime {
namespace {

HWY_EXPORT(merge_item);
HWY_EXPORT(update_tile);

// The layout as rows of output channels, if it and the parts allow that.
std::optional<LaneLayout> lane_layout(PackedLayout layout, std::span<const MergePart> parts, const float* dst) {
  if (reinterpret_cast<std::uintptr_t>(dst) % 64 != 0) return std::nullopt;  // for the streaming stores
  for (const MergePart& part : parts) {
    if (part.out_begin % kLowRankPanel != 0) return std::nullopt;
  }
  if (layout.block_count == 0 && layout.out_stride == 1 && layout.padded_out % kLowRankPanel == 0) {
    layout.block_count = 1;
    layout.blocks[0] = {kLowRankPanel, WeightDim::out};
    layout.out_stride = kLowRankPanel;
  }
  const bool in_then_out = layout.block_count == 2 && layout.blocks[0].dim == WeightDim::in;
  if (layout.block_count != 1 && !in_then_out) return std::nullopt;
  const PackedLayout::Block& last = layout.blocks[in_then_out ? 1 : 0];
  if (last.dim != WeightDim::out || last.size % kLowRankPanel != 0) return std::nullopt;
  if (layout.spatial == 1) layout.spatial_stride = 0;
  for (const std::int64_t stride : {layout.out_stride, layout.in_stride, layout.spatial_stride}) {
    if (stride % kLowRankPanel != 0) return std::nullopt;
  }
  return LaneLayout{layout, last.size, in_then_out ? layout.blocks[0].size : 1};
}

// Input channels of an item: enough that the item's cost outweighs finding it, few enough to share out.
constexpr std::int64_t kItemChannels = kTileIn;

void merge_lanes(const MergeWork& work) {
  const LaneLayout& lane = work.lane_layout;
  const PackedLayout& layout = lane.layout;
  const std::int64_t step = (kItemChannels + lane.in_block - 1) / lane.in_block * lane.in_block;
  struct Axis {
    std::int64_t count, stride;
  };
  const std::array<Axis, 3> axes{{{layout.padded_out / lane.lanes, layout.out_stride},
                                  {layout.spatial, layout.spatial_stride},
                                  {(layout.padded_in + step - 1) / step, layout.in_stride * (step / lane.in_block)}}};
  // In the order of memory: the axis of the smallest stride runs fastest.
  std::array<std::size_t, 3> order{0, 1, 2};
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return axes[a].stride < axes[b].stride; });

  parallel_for(axes[0].count * axes[1].count * axes[2].count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      std::array<std::int64_t, 3> index{};
      std::int64_t rest = item;
      for (const std::size_t axis : order) {
        index[axis] = rest % axes[axis].count;
        rest /= axes[axis].count;
      }
      const std::int64_t first = index[2] * step;
      HWY_DYNAMIC_DISPATCH(merge_item)
      (work, {index[0], index[1], first, std::min(first + step, layout.padded_in)});
    }
  });
}

// Adds one part's update to a panel of output channels and up to kItemChannels input channels in any layout. Offsets
// are sums of what each index contributes, because every inner block belongs to one dimension.
void add_scattered(const PackedLayout& layout, const MergePart& part, std::int64_t panel, std::int64_t spatial,
                   std::int64_t first_in, float* dst) {
  HWY_ALIGN float tile[kItemChannels * kLowRankPanel];
  std::int64_t in_offset[kItemChannels];
  const std::int64_t inputs = std::min(kItemChannels, layout.in - first_in);
  HWY_DYNAMIC_DISPATCH(update_tile)(part.factors, panel, spatial, first_in, inputs, tile);
  for (std::int64_t i = 0; i < inputs; ++i) in_offset[i] = packed_weight_offset(layout, 0, first_in + i, 0);
  const std::int64_t first_out = panel * kLowRankPanel;
  const std::int64_t outputs = std::min(kLowRankPanel, part.factors.shape.out - first_out);
  for (std::int64_t o = 0; o < outputs; ++o) {
    float* to = dst + packed_weight_offset(layout, part.out_begin + first_out + o, 0, spatial);
    for (std::int64_t i = 0; i < inputs; ++i) to[in_offset[i]] += tile[i * kLowRankPanel + o];
  }
}

// Any layout: a copy, then one part after the other.
void merge_scattered(const PackedLayout& layout, const float* base, std::span<const MergePart> parts, float* dst) {
  parallel_for(packed_weight_size(layout), 16384, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(dst + begin, base + begin, static_cast<std::size_t>(end - begin) * sizeof(float));
  });
  for (const MergePart& part : parts) {
    const std::int64_t panels = panel_count(part.factors.shape.out);
    const std::int64_t chunks = (layout.in + kItemChannels - 1) / kItemChannels;
    parallel_for(panels * layout.spatial * chunks, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t item = begin; item < end; ++item) {
        const std::int64_t spatial = item / chunks % layout.spatial;
        add_scattered(layout, part, item / chunks / layout.spatial, spatial, item % chunks * kItemChannels, dst);
      }
    });
  }
}

}  // namespace

void low_rank_tile(const LowRankFactors& factors, std::int64_t first_out, std::int64_t spatial, std::int64_t first_in,
                   std::int64_t ins, float* tile) {
  HWY_DYNAMIC_DISPATCH(update_tile)(factors, first_out / kLowRankPanel, spatial, first_in, ins, tile);
}

void merge_low_rank(const PackedLayout& layout, const float* base, std::span<const MergePart> parts, float* dst) {
  if (const auto lane = lane_layout(layout, parts, dst)) {
    merge_lanes({*lane, parts, base, dst});
  } else {
    merge_scattered(layout, base, parts, dst);
  }
}

}  // namespace veneer::runtime

#endif  // HWY_ONCE
