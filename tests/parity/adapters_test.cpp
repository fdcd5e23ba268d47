// Adapter files of every dialect against what diffusers and peft hold in memory after loading them
// (tools/reference/adapter_goldens.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "adapters/key_map.h"
#include "adapters/name_pattern.h"
#include "adapters/original_names.h"
#include "adapters/read_adapter.h"
#include "base/json.h"
#include "checkpoint/safetensors.h"
#include "support/golden.h"

namespace veneer::adapters {
namespace {

struct Case {
  const char* file;
  const char* dialect;
};

void PrintTo(const Case& value, std::ostream* out) {
  *out << value.file;
}

class AdapterParity : public testing::TestWithParam<Case> {};

/// Rounding of the reference's own sums is the only difference: the values themselves are stored, not computed.
void expect_values(const Tensor& tensor, const Json& expected, const std::string& what) {
  const auto shape = expected["shape"].get<Shape>();
  ASSERT_EQ(tensor.shape(), shape) << what;
  const auto values = tensor.to_f32();
  double weighted_sum = 0, weighted_size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double term = static_cast<double>(i + 1) * double{values[i]};
    weighted_sum += term;
    weighted_size += std::abs(term);
  }
  EXPECT_NEAR(weighted_sum, expected["weighted_sum"].get<double>(), 1e-12 * weighted_size) << what;
  for (std::size_t i = 0; i < expected["head"].size(); ++i)
    EXPECT_EQ(values.at(i), expected["head"][i].get<float>()) << what;
}

TEST_P(AdapterParity, ResolvesAsTheReferenceDoes) {
  const auto adapter = read_adapter(testing_support::golden_path(std::string("adapters/") + GetParam().file));
  EXPECT_EQ(adapter->dialect, GetParam().dialect);
  const std::string stem = std::filesystem::path(GetParam().file).stem().string();
  const Json golden = read_json_file(testing_support::golden_path("adapters/" + stem + ".json"));
  const Json& modules = golden["modules"];
  ASSERT_GT(modules.size(), 10u);
  EXPECT_EQ(adapter->deltas.size(), modules.size());
  for (const auto& delta : adapter->deltas) {
    const auto found = modules.find(delta.target);
    ASSERT_NE(found, modules.end()) << delta.target << " is not a module of the reference";
    const Json& module = *found;
    EXPECT_EQ(delta.rank, module["rank"].get<std::int64_t>()) << delta.target;
    EXPECT_EQ(delta.alpha, module["alpha"].get<float>()) << delta.target;
    EXPECT_EQ(delta.scale, static_cast<float>(module["scale"].get<double>())) << delta.target;
    expect_values(std::get<LowRank>(delta.form).down, module["down"], delta.target + " down");
    expect_values(std::get<LowRank>(delta.form).up, module["up"], delta.target + " up");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Dialects, AdapterParity,
    testing::Values(Case{"peft.safetensors", "peft"}, Case{"peft_rslora.safetensors", "peft"},
                    Case{"peft_mixed_ranks.safetensors", "peft"}, Case{"unprefixed.safetensors", "peft"},
                    Case{"peft_folder", "peft"}, Case{"diffusers.safetensors", "diffusers"},
                    Case{"attention_processors.safetensors", "diffusers-old"},
                    Case{"diffusers_old.safetensors", "diffusers-old"}, Case{"kohya.safetensors", "kohya"},
                    Case{"kohya_one_alpha.safetensors", "kohya"}, Case{"kohya_many_alphas.safetensors", "kohya"},
                    Case{"kohya_sd2.safetensors", "kohya"}),
    [](const auto& param) { return std::filesystem::path(param.param.file).stem().string(); });

/// diffusers takes the file's most common alpha for attention modules. If this fails after a change of the pinned
/// version, the defect is gone and `scale_of_diffusers` with it.
TEST(AdapterParity, TheReferencesDefectIsStillThereAndNotCopied) {
  const Json golden = read_json_file(testing_support::golden_path("adapters/kohya_many_alphas.json"));
  int differ = 0;
  for (const auto& [target, module] : golden["modules"].items()) {
    if (!module.contains("scale_of_diffusers")) continue;
    ++differ;
    EXPECT_EQ(module["scale"].get<double>(), module["alpha"].get<double>() / module["rank"].get<double>());
    EXPECT_NE(module["scale"], module["scale_of_diffusers"]) << target;
  }
  EXPECT_GT(differ, 10);
}

/// Stable Diffusion's original block names, for each slot of models of three structures.
TEST(AdapterParity, OriginalNamesAreThoseOfTheSingleFileLoader) {
  const Json golden = read_json_file(testing_support::golden_path("adapters/original_names.json"));
  ASSERT_EQ(golden.size(), 3u);
  for (const auto& [model, modules] : golden.items()) {
    std::vector<graph::Slot> slots;
    for (const auto& [original, name] : modules.items()) slots.emplace_back().name = "unet." + name.get<std::string>();
    std::ranges::sort(slots, {}, &graph::Slot::name);
    const OriginalNames names = original_names(slots);
    for (const auto& [original, name] : modules.items()) {
      if (original.starts_with("label_emb.")) continue;  // refused by name: only Stable Diffusion XL has it
      std::string flat = original;
      std::ranges::replace(flat, '.', '_');
      for (const std::string& written : {"lora_unet_" + flat + ".alpha", "diffusion_model." + original + ".alpha"}) {
        const std::string target = map_key(written, "a").target;
        ASSERT_TRUE(is_original(target)) << written;
        EXPECT_EQ(renamed(target, names), "unet." + name.get<std::string>()) << model << " " << written;
      }
    }
    EXPECT_EQ(renamed("unet.input_blocks.30.0.in_layers.2", names), std::nullopt);
    EXPECT_EQ(renamed("unet.input_blocks.1.0.in_layers.7", names), std::nullopt);
  }
}

// Which of diffusers' modules a fused layer is, and its rows, scale included: tools/reference/
// transformer_adapter_goldens.py.
TEST(AdapterParity, FluxInKohyasNamesIsWhatDiffusersMakesOfIt) {
  const checkpoint::Checkpoint golden = testing_support::load_golden("adapters/flux_kohya");
  std::map<std::string, Tensor> file;
  std::map<std::string, Tensor> expected;
  for (const auto& [name, tensor] : golden.tensors()) {
    if (name.starts_with("adapter.")) file[name.substr(8)] = tensor;
    if (name.starts_with("expected.")) expected[name.substr(9)] = tensor;
  }
  std::vector<AdapterSource> sources;
  sources.push_back({checkpoint::serialize_safetensors(file, {}), "flux.safetensors", "", ""});
  const auto adapter = read_adapter(std::move(sources), "flux");
  ASSERT_EQ(adapter->deltas.size(), expected.size());
  for (const Delta& delta : adapter->deltas) {
    ASSERT_TRUE(expected.contains(delta.target)) << delta.target;
    const auto& form = std::get<LowRank>(delta.form);
    const std::vector<float> down = form.down.to_f32(), up = form.up.to_f32();
    const auto rank = static_cast<std::size_t>(form.rank()), rows = up.size() / rank;
    std::vector<float> ends;  // the first and last rows of the difference, applied to ones
    const std::size_t count = static_cast<std::size_t>(expected[delta.target].size()) / 2;
    for (std::size_t i = 0; i < 2 * count; ++i) {
      const std::size_t row = i < count ? i : rows - 2 * count + i;
      double sum = 0;
      for (std::size_t r = 0; r < rank; ++r)
        sum += double{up[row * rank + r]} *
               std::accumulate(down.begin() + static_cast<std::ptrdiff_t>(r * down.size() / rank),
                               down.begin() + static_cast<std::ptrdiff_t>((r + 1) * down.size() / rank), 0.0);
      ends.push_back(static_cast<float>(sum * double{delta.scale}));
    }
    EXPECT_TRUE(testing_support::close(ends, expected[delta.target].f32(), {.of_range = 1e-5})) << delta.target;
  }
}

TEST(AdapterParity, PatternsMatchWhatPythonsExpressionsMatch) {
  const Json golden = read_json_file(testing_support::golden_path("adapters/name_patterns.json"));
  const auto names = golden["names"].get<std::vector<std::string>>();
  ASSERT_GT(golden["matches"].size(), 50u);
  for (const auto& [pattern, expected] : golden["matches"].items()) {
    const NamePattern own(pattern, "golden");
    std::vector<std::string> matched;
    for (const std::string& name : names)
      if (own.matches(name)) matched.push_back(name);
    EXPECT_EQ(matched, expected.get<std::vector<std::string>>()) << pattern;
  }
}

/// The demo's adapters, as its README describes them.
TEST(DemoAdapters, AreWhatTheirReadmeSays) {
  const auto demo = std::filesystem::path(VENEER_SOURCE_DIR) / "models/demo/adapters";
  const auto ink = read_adapter(demo / "ink.safetensors"), flat = read_adapter(demo / "flat.safetensors"),
             gloss = read_adapter(demo / "gloss.safetensors");
  EXPECT_EQ(ink->dialect + " " + flat->dialect + " " + gloss->dialect, "peft kohya peft");
  const auto all = [](const Adapter& adapter, std::int64_t rank, float alpha) {
    for (const auto& delta : adapter.deltas)
      if (delta.rank != rank || delta.alpha != alpha || delta.scale != alpha / static_cast<float>(rank)) return false;
    return true;
  };
  EXPECT_TRUE(all(*ink, 4, 4));
  EXPECT_TRUE(all(*flat, 8, 4));
  EXPECT_TRUE(all(*gloss, 16, 16));
  const auto convolutions = std::count_if(gloss->deltas.begin(), gloss->deltas.end(), [](const Delta& delta) {
    const Tensor& down = std::get<LowRank>(delta.form).down;
    return down.shape().size() == 4 && down.dim(2) == 3;
  });
  EXPECT_GT(convolutions, 10);
  EXPECT_EQ(ink->deltas.size(), flat->deltas.size());
}

}  // namespace
}  // namespace veneer::adapters
