#include "service/output.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/safetensors.h"
#include "image/png.h"
#include "image/webp.h"

namespace veneer::service {
namespace {

namespace fs = std::filesystem;

/// "name.png" -> "name-2.png"
std::filesystem::path numbered(const std::filesystem::path& path, std::size_t number) {
  auto result = path;
  return result.replace_filename(fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string()));
}

}  // namespace

void check_output_place(const fs::path& output) {
  std::error_code error;
  if (output.has_parent_path() && !fs::is_directory(output.parent_path(), error))
    fail(ErrorCode::not_found, "output: {}: no such folder: {}", output.string(), output.parent_path().string());
  if (fs::is_directory(output, error))
    fail(ErrorCode::invalid_argument, "output: {}: expected a file, got a folder", output.string());
}

std::vector<std::string> write_pictures(const pipelines::Result& result, const Job& job, const Provenance& provenance) {
  const std::filesystem::path output = job.output.empty() ? fmt::format("veneer-{}.png", provenance.seed) : job.output;
  if (output.extension() == ".safetensors") {
    checkpoint::write_safetensors(output, {{"images", result.images}, {"latents", result.latents}});
    return {output.string()};
  }
  const std::int64_t height = result.images.dim(2), width = result.images.dim(3);
  const auto count = static_cast<std::size_t>(result.images.dim(0));
  const auto elements = static_cast<std::size_t>(3 * height * width);
  std::vector<std::string> files;
  for (std::size_t i = 0; i < count; ++i) {
    const image::Image picture = image::from_planes(result.images.f32().subspan(i * elements, elements), height, width);
    Provenance own = provenance;
    own.seed += i;
    const auto path = count == 1 ? output : numbered(output, i + 1);
    write_file(path, output.extension() == ".webp"
                         ? image::encode_webp(picture)
                         : image::encode_png(picture, {{"parameters", parameters_text(job, own, width, height)}}));
    files.push_back(path.string());
  }
  return files;
}

}  // namespace veneer::service
