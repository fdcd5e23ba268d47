// A binding acts as if its deltas had been added to the weights before anything was compiled, in each form.
#include "adapters/bind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "graph/graph.h"
#include "runtime/plan.h"
#include "support/golden.h"

namespace veneer::adapters {
namespace {

using graph::Graph;
using graph::Value;
using runtime::AdapterBinding;
using runtime::BindingForm;
using testing::HasSubstr;
using testing_support::close;
using testing_support::identical;

constexpr std::int64_t kBatch = 3, kSide = 4, kChannels = 20;

Tensor random_tensor(Shape shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.2f);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = normal(random);
  return Tensor::from_f32(std::move(shape), std::move(values));
}

/// Weights by slot: a convolution, two linears fused into one weight, a linear of its own.
using Weights = std::map<std::string, Tensor>;

Weights base_weights() {
  return {{"net.conv", random_tensor({kChannels, kChannels, 3, 3}, 1)},
          {"net.q", random_tensor({24, kChannels}, 2)},
          {"net.v", random_tensor({16, kChannels}, 3)},
          {"net.out", random_tensor({8, 40}, 4)}};
}

Graph make_graph(const Weights& weights) {
  const auto part = [&](const std::string& slot) {
    return graph::SlotWeight{slot, {slot + ".weight", weights.at(slot)}, std::nullopt};
  };
  Graph graph;
  const Value x = graph.input("sample", DType::f32, {kBatch, kSide, kSide, kChannels}, graph::Rate::latent);
  const Value image = graph.add(graph::Conv2d{part("net.conv"), 1, {1, 1, 1, 1}}, {x}, "conv");
  const Value tokens = graph.add(graph::Reshape{{kSide * kSide, kChannels}}, {image}, "tokens");
  const Value both = graph.add(graph::Linear{{part("net.q"), part("net.v")}}, {tokens}, "qv");
  graph.output("result", graph.add(graph::Linear{{part("net.out")}}, {both}, "out"));
  return graph;
}

/// Row-major [rows, columns] whose dimensions behind the first are one.
struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> values;
  explicit Matrix(const Tensor& tensor) : rows(tensor.dim(0)), columns(tensor.size() / rows) {
    const std::vector<float> stored = tensor.to_f32();
    values.assign(stored.begin(), stored.end());
  }
  Matrix(std::int64_t r, std::int64_t c) : rows(r), columns(c), values(static_cast<std::size_t>(r * c)) {}
  double& at(std::int64_t r, std::int64_t c) { return values[static_cast<std::size_t>(r * columns + c)]; }
  [[nodiscard]] double at(std::int64_t r, std::int64_t c) const {
    return values[static_cast<std::size_t>(r * columns + c)];
  }
};

/// Each form as a whole matrix [out, in * taps], in plain loops.
struct Whole {
  std::int64_t taps;

  Matrix operator()(const LowRank& low) const {
    const Matrix up(low.up), down(low.down);
    Matrix result(up.rows, down.columns);
    for (std::int64_t o = 0; o < up.rows; ++o)
      for (std::int64_t r = 0; r < down.rows; ++r)
        for (std::int64_t c = 0; c < down.columns; ++c) result.at(o, c) += up.at(o, r) * down.at(r, c);
    return result;
  }
  Matrix operator()(const Hadamard& product) const {
    Matrix result = (*this)(product.first);
    const Matrix other = (*this)(product.second);
    for (std::size_t i = 0; i < result.values.size(); ++i) result.values[i] *= other.values[i];
    return result;
  }
  Matrix operator()(const Kronecker& product) const {
    const Matrix left(product.left), right(product.right);
    const std::int64_t in = right.columns / taps;
    Matrix result(left.rows * right.rows, left.columns * right.columns);
    for (std::int64_t l = 0; l < left.rows; ++l)
      for (std::int64_t m = 0; m < left.columns; ++m)
        for (std::int64_t k = 0; k < right.rows; ++k)
          for (std::int64_t c = 0; c < right.columns; ++c)
            result.at(l * right.rows + k, (m * in + c / taps) * taps + c % taps) = left.at(l, m) * right.at(k, c);
    return result;
  }
  Matrix operator()(const Dense& dense) const { return Matrix(dense.difference); }
};

/// What a delta changes in `weight`: scale * form, or with a magnitude on the output the way from `weight` to its
/// lengths.
Matrix change(const Tensor& weight, const Delta& delta, double scale) {
  const Matrix base(weight);
  Matrix result = std::visit(Whole{weight.shape().size() == 4 ? weight.dim(2) * weight.dim(3) : 1}, delta.form);
  for (double& value : result.values) value *= scale;
  if (delta.magnitude.empty()) return result;
  const bool inputs = delta.magnitude.shape().size() == 2;
  const std::int64_t taps = weight.size() / weight.dim(0) / weight.dim(1);
  std::vector<double> squares(static_cast<std::size_t>(delta.magnitude.size()));
  const auto channel = [&](std::int64_t r, std::int64_t c) { return static_cast<std::size_t>(inputs ? c / taps : r); };
  for (std::int64_t r = 0; r < base.rows; ++r)
    for (std::int64_t c = 0; c < base.columns; ++c)
      squares[channel(r, c)] += std::pow(base.at(r, c) + result.at(r, c), 2);
  for (std::int64_t r = 0; r < base.rows; ++r)
    for (std::int64_t c = 0; c < base.columns; ++c) {
      const double factor = double{delta.magnitude.f32()[channel(r, c)]} / std::sqrt(squares[channel(r, c)]);
      result.at(r, c) = factor * (base.at(r, c) + result.at(r, c)) - base.at(r, c);
    }
  return result;
}

Tensor plus(const Tensor& weight, const Matrix& added) {
  std::vector<float> sum = weight.to_f32();
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<float>(added.values[i]);
  return Tensor::from_f32(weight.shape(), std::move(sum));
}

std::shared_ptr<Adapter> make_adapter(std::int64_t rank, float alpha, const std::vector<std::string>& targets,
                                      unsigned seed) {
  auto adapter = std::make_shared<Adapter>();
  adapter->path = "a.safetensors";
  for (const auto& [target, weight] : base_weights()) {
    if (std::ranges::find(targets, target) == targets.end()) continue;
    Shape down = weight.shape(), up = {weight.dim(0), rank};
    down[0] = rank;
    if (down.size() == 4) up.insert(up.end(), {1, 1});
    adapter->deltas.push_back({target, LowRank{random_tensor(down, ++seed), random_tensor(up, ++seed)}, alpha,
                               alpha / static_cast<float>(rank), rank});
  }
  return adapter;
}

const std::vector<std::string> kAll = {"net.conv", "net.out", "net.q", "net.v"};

/// The graph over some weights, compiled, with its input.
struct Network {
  explicit Network(const Weights& weights)
      : graph(make_graph(weights)),
        slots(graph::slots(graph)),
        store(std::make_shared<runtime::WeightStore>()),
        plan(runtime::Plan::compile(graph, store, {std::make_shared<ThreadBudget>(2), 0, {}})),
        workspace(plan) {}

  [[nodiscard]] std::shared_ptr<const AdapterBinding> bind(std::vector<WeightedAdapter> adapters, AdapterMode mode,
                                                           double evaluations = 20) const {
    return adapters::bind(adapters, "net", slots, *store, mode, {evaluations});
  }
  std::vector<float> run(std::vector<const AdapterBinding*> binding = {}) {
    const Tensor sample = random_tensor({kBatch, kSide, kSide, kChannels}, 99);
    std::vector<float> result(kBatch * kSide * kSide * 8);
    plan->run(workspace, 0, {{"sample", sample.f32()}}, {{"result", result}}, binding);
    return result;
  }

  const Graph graph;
  const std::vector<graph::Slot> slots;
  const std::shared_ptr<runtime::WeightStore> store;
  const std::shared_ptr<const runtime::Plan> plan;
  runtime::Workspace workspace;
};

std::vector<float> run_with_added(const std::vector<WeightedAdapter>& adapters) {
  const Weights base = base_weights();
  Weights weights = base;
  for (const auto& [adapter, weight] : adapters)
    for (const Delta& delta : adapter->deltas)
      weights[delta.target] =
          plus(weights[delta.target], change(base.at(delta.target), delta, double{weight} * delta.scale));
  return Network(weights).run();
}

class Bind : public testing::Test {
 protected:
  Network network_{base_weights()};
  std::shared_ptr<Adapter> wide_ = make_adapter(5, 12, kAll, 10), narrow_ = make_adapter(1, 0.5f, {"net.v"}, 40);
};

TEST_F(Bind, ActsAsIfAddedToTheWeights) {
  const std::vector<WeightedAdapter> sets[] = {
      {{wide_, 1}}, {{narrow_, 2.5f}}, {{wide_, -0.75f}}, {{wide_, 0.5f}, {narrow_, 3}, {wide_, -1}}};
  for (const auto& set : sets) {
    const std::vector<float> expected = run_with_added(set);
    for (const AdapterMode mode : {AdapterMode::automatic, AdapterMode::merge, AdapterMode::branch}) {
      const auto binding = network_.bind(set, mode);
      EXPECT_TRUE(close(network_.run({binding.get()}), expected, {.of_range = 1e-5})) << static_cast<int>(mode);
    }
  }
}

TEST_F(Bind, TakesTheFormThatIsAskedForWhateverItCosts) {
  constexpr double kNever = 0, kOften = 1e6;
  const auto merged = network_.bind({{wide_, 1}}, AdapterMode::merge, kNever);
  EXPECT_EQ(merged->merged_count(), 3) << "q and v are one weight";
  EXPECT_EQ(merged->branch_count(), 0);
  const auto branch = network_.bind({{wide_, 1}}, AdapterMode::branch, kOften);
  EXPECT_EQ(branch->merged_count(), 0);
  EXPECT_EQ(branch->branch_count(), 4);
  EXPECT_EQ(network_.bind({{narrow_, 1}}, AdapterMode::merge)->merged_count(), 1);
  EXPECT_EQ(network_.bind({{wide_, 1}}, AdapterMode::automatic, kNever)->merged_count(), 0);
  EXPECT_EQ(network_.bind({{wide_, 1}}, AdapterMode::automatic, kOften)->merged_count(), 3);
}

/// Every layer changed by an algorithm each, going round with `first`: a convolution, two parts of one fused weight of
/// which the second begins in the middle of a panel, and a layer of 8 outputs.
std::shared_ptr<Adapter> make_mixed_adapter(std::size_t first) {
  auto adapter = std::make_shared<Adapter>();
  adapter->path = "mixed.safetensors";
  std::size_t turn = first;
  unsigned seed = 100;
  for (const auto& [target, weight] : base_weights()) {
    const std::int64_t out = weight.dim(0), columns = weight.size() / out, left = weight.dim(1) / 2;
    const auto pair = [&](std::int64_t rank) {
      return LowRank{random_tensor({rank, columns}, ++seed), random_tensor({out, rank}, ++seed)};
    };
    Delta delta{target, {}};
    if (turn % 3 == 0) delta.form = Hadamard{pair(3), pair(5)};
    if (turn % 3 == 1)
      delta.form = Kronecker{random_tensor({2, left}, ++seed), random_tensor({out / 2, columns / left}, ++seed)};
    if (turn % 3 == 2) delta.form = Dense{random_tensor(weight.shape(), ++seed)};
    delta.scale = 0.7f;
    if (turn % 2 == 1) {
      std::vector<float> lengths(static_cast<std::size_t>(turn % 4 == 1 ? out : weight.dim(1)), 1.25f);
      lengths.back() = 2;
      const auto size = static_cast<std::int64_t>(lengths.size());
      delta.magnitude = Tensor::from_f32(turn % 4 == 1 ? Shape{size} : Shape{1, size}, std::move(lengths));
    }
    adapter->deltas.push_back(std::move(delta));
    ++turn;
  }
  return adapter;
}

TEST_F(Bind, EveryAlgorithmActsAsIfAddedToTheWeights) {
  for (std::size_t first = 0; first < 12; ++first) {
    const auto mixed = make_mixed_adapter(first);
    EXPECT_FALSE(has_branch_form(*mixed));
    const std::vector<WeightedAdapter> sets[] = {{{mixed, 1}},
                                                 {{wide_, 0.5f}, {mixed, -1.5f}, {narrow_, 3}},
                                                 {{mixed, 0.5f}, {make_mixed_adapter(first + 1), 1}}};
    for (const auto& set : sets) {
      const std::vector<float> expected = run_with_added(set);
      for (const AdapterMode mode : {AdapterMode::automatic, AdapterMode::branch}) {
        const auto binding = network_.bind(set, mode);
        EXPECT_TRUE(binding->merged_only());
        EXPECT_TRUE(close(network_.run({binding.get()}), expected, {.of_range = 1e-5})) << first;
      }
    }
  }
}

TEST_F(Bind, RefusesFormsThatDoNotFit) {
  const auto message = [&](DeltaForm form, Tensor magnitude = {}) -> std::string {
    Adapter adapter;
    adapter.path = "a.safetensors";
    adapter.deltas = {{"net.conv", std::move(form)}};
    adapter.deltas[0].magnitude = std::move(magnitude);
    try {
      check_fits(adapter, "net", network_.slots);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  const Dense dense{random_tensor({20, 20, 3, 3}, 1)};
  EXPECT_EQ(message(dense), "accepted");
  EXPECT_EQ(message(dense, random_tensor({1, 20}, 2)), "accepted");
  EXPECT_EQ(message(dense, random_tensor({19}, 2)),
            "a.safetensors: net.conv: expected magnitude [20] or [1,20], got f32[19]");
  EXPECT_EQ(message(Dense{random_tensor({20, 20, 1, 1}, 1)}),
            "a.safetensors: net.conv: expected diff [20,20,3,3], got f32[20,20,1,1]");
  EXPECT_EQ(message(Kronecker{random_tensor({4, 4}, 1), random_tensor({5, 45}, 2)}), "accepted");
  EXPECT_EQ(message(Kronecker{random_tensor({4, 4}, 1), random_tensor({5, 44}, 2)}),
            "a.safetensors: net.conv: expected lokr_w1 x lokr_w2 of [20,20,3,3], got f32[4,4] x f32[5,44]");
  const LowRank fits{random_tensor({2, 180}, 1), random_tensor({20, 2}, 2)};
  EXPECT_EQ(message(Hadamard{fits, fits}), "accepted");
  EXPECT_THAT(message(Hadamard{fits, {random_tensor({2, 20}, 1), random_tensor({20, 2}, 2)}}),
              HasSubstr("expected hada_w_b [rank,20,3,3], got f32[2,20]"));
}

TEST_F(Bind, NothingIsNoBinding) {
  for (const auto& set : {std::vector<WeightedAdapter>{}, {{wide_, 0}}}) {
    EXPECT_EQ(network_.bind(set, AdapterMode::merge), nullptr);
    EXPECT_EQ(network_.bind(set, AdapterMode::branch), nullptr);
  }
}

TEST_F(Bind, EachSampleHasItsOwn) {
  const auto a = network_.bind({{wide_, 1}}, AdapterMode::merge),
             b = network_.bind({{narrow_, 1}}, AdapterMode::branch);
  const std::vector<float> base = network_.run(), with_a = network_.run({a.get()}), with_b = network_.run({b.get()});
  const std::size_t one = base.size() / kBatch;
  const AdapterBinding* const choices[] = {nullptr, a.get(), b.get()};
  const std::span<const float> alone[] = {base, with_a, with_b};
  for (const std::array<std::size_t, kBatch>& order :
       {std::array<std::size_t, kBatch>{0, 1, 2}, {2, 1, 0}, {1, 1, 2}, {2, 0, 0}, {1, 0, 1}}) {
    const auto mixed = network_.run({choices[order[0]], choices[order[1]], choices[order[2]]});
    for (std::size_t sample = 0; sample < kBatch; ++sample)
      EXPECT_TRUE(close(std::span(mixed).subspan(sample * one, one), alone[order[sample]].subspan(sample * one, one),
                        {.of_range = 1e-5}))
          << "sample " << sample << " of " << order[0] << order[1] << order[2];
  }
  EXPECT_EQ(network_.run(), base);
}

TEST_F(Bind, RefusesWhatDoesNotFit) {
  const auto message = [&](const std::string& target, Shape down, Shape up) -> std::string {
    Adapter adapter;
    adapter.path = "a.safetensors";
    adapter.deltas = {{target, LowRank{random_tensor(std::move(down), 1), random_tensor(std::move(up), 2)}}};
    try {
      check_fits(adapter, "net", network_.slots);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message("net.q", {2, 20}, {24, 2}), "accepted");
  EXPECT_EQ(message("net.q", {2, 20, 1, 1}, {24, 2, 1, 1}), "accepted");
  EXPECT_EQ(message("network.q", {2, 1}, {1, 2}), "accepted") << "of another component";
  EXPECT_EQ(message("net.k", {2, 20}, {24, 2}),
            "a.safetensors: net.k: the model has no such layer; the nearest is net.q");
  EXPECT_EQ(message("net.q", {2, 21}, {24, 2}), "a.safetensors: net.q: expected down [rank,20], got f32[2,21]");
  EXPECT_EQ(message("net.q", {2, 20}, {23, 2}), "a.safetensors: net.q: expected up [24,rank], got f32[23,2]");
  EXPECT_EQ(message("net.conv", {2, 20}, {20, 2}),
            "a.safetensors: net.conv: expected down [rank,20,3,3], got f32[2,20]");
  EXPECT_EQ(message("net.conv", {2, 20, 3, 1}, {20, 2, 1, 1}),
            "a.safetensors: net.conv: expected down [rank,20,3,3], got f32[2,20,3,1]");
}

TEST_F(Bind, SaysWhichModelAFileIsFor) {
  const std::vector<graph::Slot> slots = {{"unet.conv_in", 8, 4}, {"unet.down_blocks.0.resnets.0.conv1", 8, 8}};
  const auto message = [&](const std::string& target, std::map<std::string, std::string> metadata) -> std::string {
    Adapter adapter;
    adapter.path = "a.safetensors";
    adapter.metadata = std::move(metadata);
    adapter.deltas = {{target, LowRank{random_tensor({2, 2048}, 1), random_tensor({8, 2}, 2)}}};
    try {
      check_fits(adapter, "unet", slots);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  const std::string deep = "unet.input_blocks.4.1.transformer_blocks.1.attn2.to_k";
  EXPECT_THAT(message(deep, {}), HasSubstr("no such layer")) << "original names, blocks that the model lacks";
  EXPECT_THAT(message(deep, {}), HasSubstr("the file is for Stable Diffusion XL"));
  EXPECT_THAT(message("unet.input_blocks.11.0.in_layers.2", {}), HasSubstr("for Stable Diffusion 1.x or 2.x"));
  EXPECT_THAT(message("unet.conv_on", {{"modelspec.architecture", "stable-diffusion-v1/lora"}}),
              HasSubstr("the nearest is unet.conv_in; the file is for Stable Diffusion 1.x"));
}

TEST_F(Bind, TwoNamesOfOneLayerAreRefused) {
  const std::vector<graph::Slot> slots = {{"unet.conv_in", 8, 4, 1, 1}};
  Adapter adapter;
  adapter.path = "a.safetensors";
  for (const char* target : {"unet.conv_in", "unet.input_blocks.0.0"})
    adapter.deltas.push_back({target, LowRank{random_tensor({2, 4}, 1), random_tensor({8, 2}, 2)}});
  try {
    check_fits(adapter, "unet", slots);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "a.safetensors: unet.conv_in and unet.input_blocks.0.0 are one layer");
  }
}

TEST(ChooseForm, MoreWorkForEachWeightMeansMerging) {
  const auto form = [](double rows, double evaluations, double rank) {
    return choose_form({320.0 * 320, 320, 320, rows, evaluations, rank});
  };
  EXPECT_EQ(form(16, 1, 8), BindingForm::branch);
  EXPECT_EQ(form(4096, 20, 8), BindingForm::merged);
  EXPECT_EQ(form(4096, 20, 128), BindingForm::merged);
}

}  // namespace
}  // namespace veneer::adapters
