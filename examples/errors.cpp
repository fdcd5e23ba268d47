// What can go wrong with an adapter or a request, and that it changes nothing. docs/concepts/errors.md shows the parts
// between the marks.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "pipelines/pipeline.h"

int main() {
  using veneer::pipelines::Pipeline;
  using veneer::pipelines::Request;

  Pipeline pipeline("models/demo", {});
  const Request request{.prompt = "castle", .seed = 7, .num_inference_steps = 4, .guidance_scale = 3};
  const auto before = pipeline.generate(request);

  // docs: catch
  try {
    (void)pipeline.load_adapter("models/demo/adapters/oil.safetensors");
  } catch (const veneer::Error& error) {
    fmt::print("{}: {}\n", to_string(error.code()), error.what());
  }
  // docs: end catch

  // docs: request
  try {
    (void)pipeline.generate({.prompt = "castle", .width = 100, .height = 100});
  } catch (const veneer::Error& error) {
    fmt::print("{}: {}\n", to_string(error.code()), error.what());
  }
  // docs: end request

  const auto after = pipeline.generate(request);
  fmt::print("after both failures the same picture: {}\n",
             std::ranges::equal(before.images.bytes(), after.images.bytes()));
}
