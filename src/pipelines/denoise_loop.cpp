#include "pipelines/denoise_loop.h"

#include "base/error.h"

namespace veneer::pipelines {

std::vector<float> DenoiseLoop::run(Start start) const {
  std::vector<float> latents = std::move(start.latents);
  const std::size_t count = latents.size();
  const auto rows = static_cast<std::size_t>(guidance.rows());
  const std::span<const float> timesteps = scheduler.timesteps();
  const auto plan = denoiser.plan({guidance.rows() * size.batch, size.height, size.width, tokens}, stop);
  const auto workspace = denoiser.workspace(plan, stop);

  std::unique_ptr<Conditioning> current;
  std::vector<const runtime::AdapterBinding*> binding;
  const auto prepare = [&](std::unique_ptr<Conditioning> changed) {
    current = std::move(changed);
    binding.clear();
    for (const auto& one : current->bindings) binding.push_back(one.get());
    std::vector<runtime::NamedInput> inputs;
    for (const NamedValues& input : current->inputs) inputs.emplace_back(input.name, input.values);
    plan->prepare(*workspace, runtime::NamedInputs(inputs), {{"timestep", timesteps}}, binding);
  };

  std::vector<float> model_input(count), sample(rows * count), predicted(rows * count), noise_pred(count);
  for (std::size_t step = start.first_step; step < timesteps.size(); ++step) {
    if (stop.stop_requested()) fail(ErrorCode::cancelled, "stopped before step {}", step + 1);
    if (auto changed = conditioning(step)) prepare(std::move(changed));
    scheduler.scale_model_input(latents, step, model_input);
    to_rows(packing, size, model_input, std::span(sample).first(count));
    for (std::size_t row = 1; row < rows; ++row)
      std::copy_n(sample.begin(), count, sample.begin() + static_cast<std::ptrdiff_t>(row * count));
    plan->run(*workspace, step, {{"sample", sample}}, {{"noise_pred", predicted}}, binding);
    guidance.combine(predicted);
    from_rows(packing, size, std::span(predicted).first(count), noise_pred);
    scheduler.step(noise_pred, step, latents, noise);
    if (progress) progress({static_cast<int>(step) + 1, static_cast<int>(timesteps.size())});
  }
  return latents;
}

}  // namespace veneer::pipelines
