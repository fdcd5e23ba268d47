// The same request gives the same bytes, whatever shapes were compiled before it: one layout a weight. At widths where
// oneDNN would like another layout for another image or another number of threads (640 -> 640 at 4x4, linear layers on
// 8 threads and more).
#include <gtest/gtest.h>

#include <random>

#include "runtime/plan.h"
#include "support/golden.h"

namespace veneer::runtime {
namespace {

using graph::Graph;
using graph::Rate;
using graph::Value;

constexpr std::int64_t kWide = 640, kNarrow = 320, kRank = 4;

Tensor random_tensor(const Shape& shape, float bound, unsigned seed) {
  std::minstd_rand random(seed);  // millions of values, under a sanitizer
  const float step = 2 * bound / static_cast<float>(std::minstd_rand::max());
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random()) * step - bound;
  return Tensor::from_f32(shape, std::move(values));
}

graph::SlotWeight slot(const std::string& name, const Shape& shape, unsigned seed) {
  return {name, {name + ".weight", random_tensor(shape, 0.04f, seed)}, std::nullopt};
}

struct Size {
  std::int64_t batch, side;
};

/// Two convolutions and two linear layers in one.
Graph wide_layers(Size size) {
  static const graph::SlotWeight kConv = slot("conv", {kWide, kWide, 3, 3}, 1),
                                 kDown = slot("down", {kNarrow, kWide, 3, 3}, 2), kQ = slot("q", {kNarrow, kNarrow}, 3),
                                 kK = slot("k", {kNarrow, kNarrow}, 4);
  Graph graph;
  const Value x = graph.input("sample", DType::f32, {size.batch, size.side, size.side, kWide}, Rate::latent);
  const Value y = graph.add(graph::Conv2d{kConv, 1, {1, 1, 1, 1}}, {x}, "conv");
  const Value sum = graph.add(graph::Add{}, {x, y}, "sum");
  const Value down = graph.add(graph::Conv2d{kDown, 2, {1, 1, 1, 1}}, {sum}, "down");
  graph::Linear linear;
  linear.parts = {kQ, kK};
  graph.output("result", graph.add(linear, {down}, "linear"));
  return graph;
}

std::shared_ptr<const AdapterBinding> adapter(const WeightStore& weights, BindingForm form) {
  std::vector<SlotDelta> deltas;
  for (const std::string name : {"conv", "down", "q"}) {
    SlotDelta& delta = deltas.emplace_back();
    delta.slot = weights.find_slot(name).value();
    delta.form = form;
    const Shape down = name == "q" ? Shape{kRank, kNarrow} : Shape{kRank, kWide, 3, 3};
    const std::int64_t out = name == "conv" ? kWide : kNarrow;
    delta.terms.push_back({random_tensor(down, 0.05f, 5), random_tensor({out, kRank}, 0.05f, 6), 1.0f});
  }
  return AdapterBinding::make(weights, deltas);
}

/// A component in small: plans over one store, in the order in which they are asked for.
class Layers {
 public:
  explicit Layers(int threads) : threads_(std::make_shared<ThreadBudget>(threads)) {}

  void compile(Size size) { plan_ = Plan::compile(wide_layers(size), weights_, {threads_, 0, {}}); }
  void bind() {  // for the weights as they are now
    const ThreadLease lease(*threads_, threads_->size());
    bindings_ = {nullptr, adapter(*weights_, BindingForm::merged), adapter(*weights_, BindingForm::branch)};
  }
  /// Without an adapter, merged, as a branch.
  std::vector<Tensor> results(Size size) {
    compile(size);  // again: the plan of before was evicted
    if (bindings_.empty()) bind();
    Workspace workspace(plan_);
    const Tensor sample = random_tensor({size.batch, size.side, size.side, kWide}, 1, 7);
    std::vector<Tensor> results;
    for (const auto& binding : bindings_) {
      const std::int64_t side = (size.side + 1) / 2;
      std::vector<float> result(static_cast<std::size_t>(size.batch * side * side * 2 * kNarrow));
      const AdapterBinding* const one[] = {binding.get()};
      plan_->run(workspace, 0, {{"sample", sample.f32()}}, {{"result", result}}, one);
      const Shape shape = {static_cast<std::int64_t>(result.size())};
      results.push_back(Tensor::from_f32(shape, std::move(result)));
    }
    return results;
  }
  [[nodiscard]] std::int64_t times_packed() const { return weights_->times_packed(); }

 private:
  std::shared_ptr<ThreadBudget> threads_;
  std::shared_ptr<WeightStore> weights_ = std::make_shared<WeightStore>();
  std::vector<std::shared_ptr<const AdapterBinding>> bindings_;
  std::shared_ptr<const Plan> plan_;
};

class Shapes : public testing::TestWithParam<int> {};  // threads

TEST_P(Shapes, DoNotChangeEachOthersBytes) {
  constexpr Size kSizes[] = {{1, 4}, {2, 16}};
  std::vector<std::vector<Tensor>> alone;
  for (const Size size : kSizes) alone.push_back(Layers(GetParam()).results(size));
  for (const std::size_t first : {0, 1}) {
    Layers layers(GetParam());
    for (const std::size_t i : {first, 1 - first, first}) {
      const std::vector<Tensor> results = layers.results(kSizes[i]);
      for (std::size_t form = 0; form < results.size(); ++form)
        EXPECT_TRUE(testing_support::identical(results[form], alone[i][form]))
            << kSizes[i].side << "x" << kSizes[i].side << ", form " << form << ", first " << kSizes[first].side;
    }
    EXPECT_EQ(layers.times_packed(), 3) << "conv, down, and q with k";
  }
}

TEST_P(Shapes, FormsAgree) {
  for (const Size size : {Size{1, 4}, Size{2, 16}}) {
    const std::vector<Tensor> results = Layers(GetParam()).results(size);
    EXPECT_TRUE(testing_support::close(results[1], results[2], {.of_range = 1e-5}));
    EXPECT_FALSE(testing_support::close(results[0], results[1], {.of_range = 1e-2}));
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Shapes, testing::Values(1, 2, 16));

/// A store that plans with a pass on and off share: what is a convolution here is a linear layer there.
TEST(WeightStore, KnowsAWeightByItsUseToo) {
  const auto weights = std::make_shared<WeightStore>();
  const auto threads = std::make_shared<ThreadBudget>(1);
  const graph::SlotWeight pointwise = slot("pointwise", {8, 4, 1, 1}, 8);
  const std::vector<float> x(2 * 3 * 3 * 4, 1.0f);
  std::vector<std::vector<float>> results;
  for (const bool linear : {false, true, false}) {
    Graph graph;
    const Value sample = graph.input("sample", DType::f32, {2, 3, 3, 4}, Rate::latent);
    graph::Op op = graph::Conv2d{pointwise, 1, {}};
    if (linear) op = graph::Linear{{pointwise}};
    graph.output("result", graph.add(std::move(op), {sample}, "layer"));
    const auto plan = Plan::compile(graph, weights, {threads, 0, {"fold_pointwise"}});
    Workspace workspace(plan);
    plan->run(workspace, 0, {{"sample", x}}, {{"result", results.emplace_back(2 * 3 * 3 * 8)}});
  }
  EXPECT_EQ(results[0], results[2]);
  EXPECT_TRUE(testing_support::close(results[0], results[1], {.of_range = 1e-6}));
  EXPECT_EQ(weights->times_packed(), 2);
}

}  // namespace
}  // namespace veneer::runtime
