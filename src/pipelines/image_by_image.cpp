#include "pipelines/image_by_image.h"

#include <algorithm>

namespace veneer::pipelines {
namespace {

/// The request for image `i` alone: the same noise, the same picture.
Request request_for_image(const Request& request, std::size_t i) {
  Request one = request;
  one.num_images = 1;
  one.seed = request.seed + i;
  one.adapters = request.image_adapters[i];
  one.image_adapters.clear();
  if (request.latents) {
    const std::vector<float> all = request.latents->to_f32();
    const auto size = static_cast<std::ptrdiff_t>(all.size() / static_cast<std::size_t>(request.num_images));
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i) * size;
    Shape shape = request.latents->shape();
    shape[0] = 1;
    one.latents = Tensor::from_f32(shape, {begin, begin + size});
  }
  if (request.progress)
    one.progress = [&request, i](const Progress& at) {
      request.progress({static_cast<int>(i) * at.steps + at.step, request.num_images * at.steps});
    };
  return one;
}

Tensor stacked(const std::vector<Tensor>& tensors) {
  std::vector<float> values;
  for (const Tensor& tensor : tensors) values.insert(values.end(), tensor.f32().begin(), tensor.f32().end());
  Shape shape = tensors.front().shape();
  shape[0] = static_cast<std::int64_t>(tensors.size());
  return Tensor::from_f32(shape, std::move(values));
}

}  // namespace

bool needs_one_batch_an_image(const Request& request) {
  const auto merged_only = [](const AdapterSet& set) {
    return std::ranges::any_of(set, [](const auto& use) { return !adapters::has_branch_form(*use.adapter); });
  };
  return request.num_images > 1 && std::ranges::any_of(request.image_adapters, merged_only);
}

Result generate_each(const Request& request, const std::function<Result(const Request&)>& generate) {
  Result sum;
  std::vector<Tensor> images, latents;
  for (std::size_t i = 0; i < request.image_adapters.size(); ++i) {
    Result one = generate(request_for_image(request, i));
    images.push_back(std::move(one.images));
    latents.push_back(std::move(one.latents));
    for (std::string& warning : one.warnings)
      if (std::ranges::find(sum.warnings, warning) == sum.warnings.end()) sum.warnings.push_back(std::move(warning));
    sum.swap_seconds += one.swap_seconds;
    sum.encode_seconds += one.encode_seconds;
    sum.denoise_seconds += one.denoise_seconds;
    sum.decode_seconds += one.decode_seconds;
    sum.evaluations += one.evaluations;
  }
  sum.images = stacked(images);
  sum.latents = stacked(latents);
  return sum;
}

}  // namespace veneer::pipelines
