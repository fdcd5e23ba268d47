#include "cli/output.h"

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "base/file.h"
#include "checkpoint/safetensors.h"
#include "image/png.h"
#include "image/webp.h"

namespace veneer::cli {
namespace {

struct SamplerName {
  std::string_view name, a1111;
};
constexpr SamplerName kSamplers[] = {
    {"ddim", "DDIM"}, {"pndm", "PLMS"}, {"euler", "Euler"},       {"euler_ancestral", "Euler a"},
    {"heun", "Heun"}, {"lms", "LMS"},   {"dpmpp_2m", "DPM++ 2M"}, {"unipc", "UniPC"},
    {"lcm", "LCM"},
};

std::string tags(const Provenance& provenance) {
  std::string result;
  for (const AppliedLora& lora : provenance.loras) result += fmt::format(" <lora:{}:{}>", lora.name, lora.weight);
  return result;
}

/// "name.png" -> "name-2.png"
std::filesystem::path numbered(const std::filesystem::path& path, std::size_t number) {
  auto result = path;
  return result.replace_filename(fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string()));
}

}  // namespace

std::string sampler_name(std::string_view scheduler) {
  constexpr std::string_view kKarras = "_karras";
  const bool karras = scheduler.ends_with(kKarras);
  const std::string_view base = karras ? scheduler.substr(0, scheduler.size() - kKarras.size()) : scheduler;
  for (const auto& [name, a1111] : kSamplers)
    if (base == name) return std::string(a1111) + (karras ? " Karras" : "");
  return std::string(scheduler);
}

std::string lora_short_hash(const adapters::Adapter& adapter) {
  constexpr std::size_t kDigits = 12;
  if (const auto found = adapter.metadata.find("sshs_model_hash"); found != adapter.metadata.end())
    return found->second.substr(0, kDigits);
  if (!std::filesystem::is_regular_file(adapter.path)) return "";
  const auto file = MappedFile::open(adapter.path);
  const auto entries = checkpoint::parse_safetensors_header(file->bytes(), adapter.path.string()).entries;
  return entries.empty() ? "" : adapters::sha256(file->bytes().subspan(entries.front().begin)).substr(0, kDigits);
}

std::string parameters_text(const Job& job, const Provenance& provenance, std::int64_t width, std::int64_t height) {
  std::string text = provenance.prompt + tags(provenance);
  if (!job.negative_prompt.empty()) text += "\nNegative prompt: " + job.negative_prompt;
  text += fmt::format("\nSteps: {}, Sampler: {}, CFG scale: {}, Seed: {}, Size: {}x{}, Model: {}", job.steps,
                      provenance.sampler, job.guidance_scale, provenance.seed, width, height, provenance.model);
  std::string hashes;
  for (const AppliedLora& lora : provenance.loras)
    if (!lora.short_hash.empty())
      hashes += fmt::format("{}{}: {}", hashes.empty() ? "" : ", ", lora.name, lora.short_hash);
  if (!hashes.empty()) text += fmt::format(", Lora hashes: \"{}\"", hashes);
  return text + ", Version: veneer";
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

}  // namespace veneer::cli
