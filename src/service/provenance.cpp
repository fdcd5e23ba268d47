#include "service/provenance.h"

#include <fmt/format.h>

namespace veneer::service {
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

}  // namespace

std::string sampler_name(std::string_view scheduler) {
  constexpr std::string_view kKarras = "_karras";
  const bool karras = scheduler.ends_with(kKarras);
  const std::string_view base = karras ? scheduler.substr(0, scheduler.size() - kKarras.size()) : scheduler;
  for (const auto& [name, a1111] : kSamplers)
    if (base == name) return std::string(a1111) + (karras ? " Karras" : "");
  return std::string(scheduler);
}

std::string parameters_text(const Job& job, const Provenance& provenance, std::int64_t width, std::int64_t height) {
  std::string text = provenance.prompt + tags(provenance);
  if (!job.negative_prompt.empty()) text += "\nNegative prompt: " + job.negative_prompt;
  text += fmt::format("\nSteps: {}, Sampler: {}, CFG scale: {}, Seed: {}, Size: {}x{}, Model: {}", job.steps,
                      provenance.sampler, provenance.guidance_scale, provenance.seed, width, height, provenance.model);
  std::string hashes;
  for (const AppliedLora& lora : provenance.loras)
    if (!lora.short_hash.empty())
      hashes += fmt::format("{}{}: {}", hashes.empty() ? "" : ", ", lora.name, lora.short_hash);
  if (!hashes.empty()) text += fmt::format(", Lora hashes: \"{}\"", hashes);
  return text + ", Version: veneer";
}

}  // namespace veneer::service
