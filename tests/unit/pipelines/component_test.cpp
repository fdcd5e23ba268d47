#include "pipelines/component.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "base/error.h"
#include "support/scratch.h"

namespace veneer::pipelines {
namespace {

/// Doubles [batch, 4]; needs no weights.
class Doubling : public testing::Test {
 protected:
  graph::Graph build(const PlanShape& shape) {
    ++built_;
    if (building_) building_(shape);
    graph::Graph graph;
    const auto x = graph.input("x", DType::f32, {shape.batch, 4}, graph::Rate::latent);
    graph.output("y", graph.add(graph::Scale{2, 0}, {x}, "double"));
    return graph;
  }

  const testing_support::ScratchFolder folder_;
  const std::filesystem::path weights_file_ = folder_.write("model.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
  const std::shared_ptr<ThreadBudget> threads_ = std::make_shared<ThreadBudget>(2);
  std::atomic<int> built_ = 0;
  std::function<void(const PlanShape&)> building_;
  Component component_{"doubling",
                       checkpoint::Checkpoint::open(weights_file_),
                       [this](const checkpoint::Checkpoint&, const PlanShape& shape) { return build(shape); },
                       PlanShape{1, 0, 0},
                       {threads_, 1, {}}};
};

TEST_F(Doubling, APlanIsCompiledOnceAShape) {
  const auto plan = component_.plan({1, 0, 0});
  EXPECT_EQ(component_.plan({1, 0, 0}), plan);
  EXPECT_NE(component_.plan({2, 0, 0}), plan);
  EXPECT_EQ(component_.plans_compiled(), 2);
}

TEST_F(Doubling, ThePlansUsedLastAreKept) {
  constexpr auto kMost = static_cast<std::int64_t>(Component::kMostPlans);
  for (std::int64_t batch = 1; batch <= kMost; ++batch) (void)component_.plan({batch, 0, 0});
  const std::weak_ptr<const runtime::Plan> first = component_.plan({1, 0, 0}), second = component_.plan({2, 0, 0});
  (void)component_.plan({1, 0, 0});
  for (std::int64_t batch = kMost + 1; batch < 2 * kMost; ++batch) (void)component_.plan({batch, 0, 0});
  EXPECT_FALSE(first.expired());
  EXPECT_TRUE(second.expired());
  EXPECT_EQ(component_.plans_compiled(), 2 * kMost - 1);
}

TEST_F(Doubling, AKnownShapeIsFoundWhileAnotherIsCompiled) {
  const auto known = component_.plan({1, 0, 0});
  building_ = [&](const PlanShape&) { EXPECT_EQ(component_.plan({1, 0, 0}), known); };
  (void)component_.plan({2, 0, 0});
}

TEST_F(Doubling, AWaitForACompilationEndsWhenAStopIsRequested) {
  std::stop_source stop;
  std::thread other;
  std::optional<ErrorCode> code;
  building_ = [&](const PlanShape&) {
    other = std::thread([&] {
      try {
        (void)component_.plan({3, 0, 0}, stop.get_token());
      } catch (const Error& error) {
        code = error.code();
      }
    });
    stop.request_stop();
    other.join();
    building_ = nullptr;
  };
  EXPECT_NE(component_.plan({2, 0, 0}), nullptr);
  EXPECT_EQ(code, ErrorCode::cancelled);
  EXPECT_NE(component_.plan({3, 0, 0}), nullptr);
}

TEST_F(Doubling, ANewShapeDoesNotWaitForThreads) {  // all weights are packed: there are none
  const ThreadLease all(*threads_, threads_->size());
  std::thread other([&] { EXPECT_NE(component_.plan({2, 0, 0}), nullptr); });
  other.join();
}

TEST_F(Doubling, WeightsThatWereWrittenToAreNotServed) {
  (void)component_.plan({1, 0, 0});
  std::filesystem::resize_file(weights_file_, 9);
  try {
    (void)component_.plan({1, 0, 0});
    ADD_FAILURE() << "served";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
  }
}

TEST_F(Doubling, AWorkspaceForgetsWhoWasToldOfItsSteps) {
  const auto plan = component_.plan({1, 0, 0});
  const std::vector<float> x(4);
  std::vector<float> y(4);
  int told = 0;
  for (const bool timed : {true, false}) {
    const auto workspace = component_.workspace(plan);
    if (timed) workspace->time_steps([&](std::string_view, std::string_view, double) { ++told; });
    plan->run(*workspace, 0, {{"x", x}}, {{"y", y}});
  }
  EXPECT_EQ(told, 1);
}

TEST_F(Doubling, AFailedCompilationLeavesNothing) {
  building_ = [](const PlanShape&) { throw std::runtime_error("no"); };
  EXPECT_THROW((void)component_.plan({2, 0, 0}), std::runtime_error);
  EXPECT_EQ(component_.plans_compiled(), 0);
  building_ = nullptr;
  EXPECT_NE(component_.plan({2, 0, 0}), nullptr);
}

TEST_F(Doubling, WorkspacesOfThePlanUsedLastAreUsedAgain) {
  const auto one = component_.plan({1, 0, 0}), two = component_.plan({2, 0, 0});
  const runtime::Workspace* first = component_.workspace(one).get();
  EXPECT_EQ(component_.workspace(one).get(), first);
  EXPECT_EQ(one.use_count(), 3);  // this test's, the component's and the workspace's that nobody uses
  {
    const auto a = component_.workspace(one), b = component_.workspace(one);
    EXPECT_NE(a.get(), b.get());
  }
  (void)component_.workspace(two);  // frees those of the first
  std::weak_ptr<const runtime::Plan> kept = one;
  EXPECT_EQ(kept.use_count(), 2);  // this test's and the component's: no workspace holds it
}

}  // namespace
}  // namespace veneer::pipelines
