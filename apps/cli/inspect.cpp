// veneer inspect: what an adapter or a model holds, and whether the one fits the other.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/algorithms/algorithm.h"
#include "adapters/bind.h"
#include "adapters/family.h"
#include "adapters/read_adapter.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "cli/commands.h"
#include "pipelines/pipeline.h"

namespace veneer::cli {
namespace {

using adapters::Adapter;
using adapters::Delta;

struct Options {
  std::filesystem::path path, model;
};

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::string megabytes(std::size_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string component_of(const Delta& delta) {
  return delta.target.substr(0, delta.target.find('.'));
}

/// The tensor that tells the layer's kernel, where any does.
const Tensor& main_tensor(const Delta& delta) {
  struct Main {
    const Tensor& operator()(const adapters::LowRank& low) const { return low.down; }
    const Tensor& operator()(const adapters::Hadamard& product) const { return product.first.down; }
    const Tensor& operator()(const adapters::Kronecker& product) const { return product.right; }
    const Tensor& operator()(const adapters::Dense& dense) const { return dense.difference; }
  };
  return std::visit(Main{}, delta.form);
}

std::string kernel_of(const Delta& delta) {
  const Shape& shape = main_tensor(delta).shape();
  if (shape.size() == 4) return fmt::format("conv {}x{}", shape[2], shape[3]);
  // Other forms may have a convolution's taps beside its channels: only the model tells.
  return std::holds_alternative<adapters::LowRank>(delta.form) ? "linear" : "matrix";
}

std::string kind_of(const Delta& delta) {
  std::string kind(adapters::algorithm_of(delta.form).name);
  if (!delta.magnitude.empty()) kind += ", DoRA";
  if (!delta.bias.empty()) kind += ", bias";
  return kind;
}

void print_adapter(const Adapter& adapter) {
  std::map<std::string, int> modules;
  std::set<std::int64_t> ranks;
  std::set<float> alphas;
  std::set<std::string_view> alpha_sources;
  std::map<std::string, int> kinds;
  std::size_t longest = 0;
  for (const Delta& delta : adapter.deltas) {
    ++modules[component_of(delta)];
    longest = std::max(longest, delta.target.size());
    ++kinds[kind_of(delta)];
    if (delta.rank == 0) continue;  // no alpha counts
    ranks.insert(delta.rank);
    alphas.insert(delta.alpha);
    alpha_sources.insert(to_string(delta.alpha_source));
  }
  std::vector<std::string> counts;
  for (const auto& [component, count] : modules) counts.push_back(fmt::format("{} in {}", count, component));
  fmt::print("adapter   {}\n", adapter.path.string());
  fmt::print("names     {}\n", adapter.dialect);
  if (const std::string family = adapters::family_of(adapter); !family.empty()) fmt::print("made for  {}\n", family);
  fmt::print("hash      {}\n", to_string(adapter.content_hash));
  fmt::print("size      {}\n", megabytes(adapter.bytes));
  fmt::print("modules   {}: {}\n", adapter.deltas.size(), fmt::join(counts, ", "));
  std::vector<std::string> kind_counts;
  for (const auto& [kind, count] : kinds) kind_counts.push_back(fmt::format("{} x {}", count, kind));
  fmt::print("kinds     {}\n", fmt::join(kind_counts, "; "));
  fmt::print("ranks     {}\n", fmt::join(ranks, ", "));
  fmt::print("alphas    {} (from: {})\n", fmt::join(alphas, ", "), fmt::join(alpha_sources, ", "));
  for (const std::string& warning : adapter.warnings) fmt::print("warning   {}\n", warning);
  fmt::print("\n{:<{}}  {:<8}  {:<10}  {:>5}  {:>6}  {:<19}  {:>13}  {}\n", "module", longest, "layer", "kind", "rank",
             "alpha", "from", "out x in", "type");
  for (const Delta& delta : adapter.deltas) {
    const auto [out, columns] = adapters::matrix_shape(delta.form);
    const Tensor& main = main_tensor(delta);
    const std::int64_t taps = main.shape().size() == 4 ? main.dim(2) * main.dim(3) : 1;
    fmt::print("{:<{}}  {:<8}  {:<10}  {:>5}  {:>6}  {:<19}  {:>13}  {}\n", delta.target, longest, kernel_of(delta),
               kind_of(delta), delta.rank, delta.alpha, to_string(delta.alpha_source),
               fmt::format("{} x {}", out, columns / taps), to_string(main.dtype()));
  }
}

/// Which module cannot act on the model, and why; empty if it can.
std::string misfit(const Adapter& adapter, const Delta& delta, const std::vector<graph::Slot>& slots) {
  const std::string component = component_of(delta);
  const bool known =
      std::ranges::any_of(slots, [&](const graph::Slot& slot) { return slot.name.starts_with(component + "."); });
  if (!known) return fmt::format("{}: the model has no {}", delta.target, component);
  Adapter single;
  single.path = adapter.path;
  single.deltas = {delta};
  try {
    adapters::check_fits(single, component, slots);
  } catch (const Error& error) {
    return std::string(error.what()).substr(adapter.path.string().size() + 2);  // "FILE: ", which stands above
  }
  return "";
}

/// Exit status: 1 if a module does not fit.
int print_fit(const Adapter& adapter, const std::filesystem::path& model) {
  const auto slots = pipelines::Pipeline(model, {}).slots();
  std::vector<std::string> misfits;
  for (const Delta& delta : adapter.deltas)
    if (const std::string why = misfit(adapter, delta, slots); !why.empty()) misfits.push_back(why);
  fmt::print("\nmodel     {}: {} of {} modules match; {} of its {} layers are adapted\n", model.string(),
             adapter.deltas.size() - misfits.size(), adapter.deltas.size(), adapter.deltas.size() - misfits.size(),
             slots.size());
  for (const std::string& why : misfits) fmt::print("no match  {}\n", why);
  return misfits.empty() ? 0 : 1;
}

struct Totals {
  std::size_t tensors = 0, bytes = 0;
  std::int64_t parameters = 0;
  std::set<std::string> dtypes;
};

Totals totals_of(const checkpoint::Checkpoint& checkpoint) {
  Totals totals;
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    ++totals.tensors;
    totals.bytes += tensor.bytes().size();
    totals.parameters += tensor.size();
    totals.dtypes.emplace(to_string(tensor.dtype()));
  }
  return totals;
}

void print_totals(const std::string& name, const Totals& totals) {
  fmt::print("{:<16}  {:>7}  {:>12}  {:>11}  {}\n", name, totals.tensors,
             fmt::format("{:.2f} M", static_cast<double>(totals.parameters) / 1e6), megabytes(totals.bytes),
             fmt::join(totals.dtypes, ", "));
}

void print_totals_header() {
  fmt::print("{:<16}  {:>7}  {:>12}  {:>11}  {}\n", "component", "tensors", "parameters", "size", "types");
}

int inspect_model(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> components;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (is_there(entry->path() / "config.json")) components.push_back(entry->path());
  std::ranges::sort(components);
  const pipelines::Pipeline pipeline(folder, {});
  fmt::print("model     {}: pictures of {}x{}, {} layers that adapters can act on\n\n", folder.string(),
             pipeline.default_size(), pipeline.default_size(), pipeline.slots().size());
  print_totals_header();
  for (const auto& component : components)
    print_totals(component.filename().string(), totals_of(checkpoint::Checkpoint::open(component)));
  return 0;
}

int inspect_checkpoint(const checkpoint::Checkpoint& checkpoint) {
  print_totals_header();
  print_totals(std::filesystem::path(checkpoint.where()).filename().string(), totals_of(checkpoint));
  fmt::print("\n");
  for (const auto& [name, tensor] : checkpoint.tensors()) fmt::print("{}  {}\n", name, tensor.describe());
  for (const auto& [key, value] : checkpoint.metadata()) fmt::print("metadata  {}: {}\n", key, value);
  return 0;
}

/// Whether the names of the tensors are those of an adapter of any kind, known to Veneer or not.
bool holds_adapter(const checkpoint::Checkpoint& checkpoint) {
  return std::ranges::any_of(checkpoint.tensors(), [](const auto& entry) {
    for (const std::string_view mark : {"lora", "lycoris_", "hada_", "lokr_", "oft_", "dora_scale"})
      if (entry.first.find(mark) != std::string::npos) return true;
    return false;
  });
}

bool is_adapter(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return !is_there(path / "model_index.json") && !is_there(path / "config.json");
  return holds_adapter(checkpoint::Checkpoint::open(path));
}

int inspect(const Options& options) {
  if (!is_there(options.path)) fail(ErrorCode::not_found, "{}: no such file or folder", options.path.string());
  if (!is_adapter(options.path)) {
    if (!options.model.empty())
      fail(ErrorCode::invalid_argument, "--model: expected an adapter to compare with it, got {}",
           options.path.string());
    return is_there(options.path / "model_index.json") ? inspect_model(options.path)
                                                       : inspect_checkpoint(checkpoint::Checkpoint::open(options.path));
  }
  const auto adapter = adapters::read_adapter(options.path);
  print_adapter(*adapter);
  return options.model.empty() ? 0 : print_fit(*adapter, options.model);
}

}  // namespace

void add_inspect(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Show what an adapter or a model holds. With --model: exit status 1 if the adapter does not fit.");
  command->add_option("PATH", options->path, "An adapter, a checkpoint, or a model's folder.")
      ->required()
      ->type_name("");
  command->add_option("--model", options->model, "Say which of the adapter's modules match this diffusers folder.")
      ->type_name("MODEL");
  command->callback([options, &run] { run = [options] { return inspect(*options); }; });
}

}  // namespace veneer::cli
