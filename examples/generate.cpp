// One picture: load a pipeline, ask it for a picture, write a PNG. docs/getting-started.md shows this file.
#include <fmt/format.h>

#include "base/file.h"
#include "image/png.h"
#include "pipelines/pipeline.h"

int main(int argc, char** argv) {
  const std::filesystem::path output = argc > 1 ? argv[1] : "apple.png";

  veneer::pipelines::Pipeline pipeline("models/demo", {});
  const veneer::pipelines::Result result = pipeline.generate({
      .prompt = "red apple",
      .seed = 7,
      .num_inference_steps = 25,
      .guidance_scale = 3,
  });

  const std::int64_t height = result.images.dim(2), width = result.images.dim(3);
  const veneer::image::Image picture = veneer::image::from_planes(result.images.f32(), height, width);
  veneer::write_file(output, veneer::image::encode_png(picture));
  fmt::print("{} {} evaluations\n", result.images.describe(), result.evaluations);
}
