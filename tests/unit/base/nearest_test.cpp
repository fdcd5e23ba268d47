#include "base/nearest.h"

#include <gtest/gtest.h>

namespace veneer {
namespace {

using Names = std::vector<std::string>;

TEST(NearestNames, RanksByEditDistance) {
  const Names names{"attn1.to_k", "attn1.to_q", "attn2.to_q", "conv", "attn1.to_out.0"};
  EXPECT_EQ(nearest_names("atn1.to_q", names, 2), (Names{"attn1.to_q", "attn1.to_k"}));
}

TEST(NearestNames, LeavesOutWhatIsNotAlike) {
  EXPECT_EQ(nearest_names("conv", {"attention", "time_embedding"}), Names{});
  EXPECT_EQ(nearest_names("nope", {"home", "ropes"}), Names{});
  EXPECT_EQ(nearest_names("", {"a"}), Names{});
  EXPECT_EQ(nearest_names(std::string(1000, 'a'), {std::string(1000, 'a')}), Names{}) << "bounded work";
}

}  // namespace
}  // namespace veneer
