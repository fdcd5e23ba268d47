#include "pipelines/start.h"

namespace veneer::pipelines {

Start start_from_noise(const ImageSize& size, const std::optional<Tensor>& given,
                       const schedulers::Scheduler& scheduler, schedulers::NoiseSource& noise) {
  std::vector<float> latents = given ? given->to_f32() : std::vector<float>(size.elements());
  if (!given) noise.fill_normal(latents);
  for (float& value : latents) value *= scheduler.init_noise_sigma();
  return {std::move(latents), 0};
}

}  // namespace veneer::pipelines
