// The table of schedulers, and the choice among them.
#include <algorithm>
#include <optional>

#include "base/nearest.h"
#include "schedulers/members.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {
namespace {

enum class Karras { unknown, takes };

struct Member {
  std::string_view name;
  std::string_view class_name;  ///< diffusers'
  Karras karras;
  std::unique_ptr<Scheduler> (*make)(ConfigReader& config, int num_inference_steps);
};

constexpr Member kMembers[] = {
    {"ddim", "DDIMScheduler", Karras::unknown, make_ddim},
    {"pndm", "PNDMScheduler", Karras::unknown, make_pndm},
    {"euler", "EulerDiscreteScheduler", Karras::takes, make_euler},
    {"euler_ancestral", "EulerAncestralDiscreteScheduler", Karras::unknown, make_euler_ancestral},
    {"heun", "HeunDiscreteScheduler", Karras::takes, make_heun},
    {"lms", "LMSDiscreteScheduler", Karras::takes, make_lms},
    {"dpmpp_2m", "DPMSolverMultistepScheduler", Karras::takes, make_dpmpp_2m},
    {"unipc", "UniPCMultistepScheduler", Karras::takes, make_unipc},
    {"lcm", "LCMScheduler", Karras::unknown, make_lcm},
};

struct Alias {
  std::string_view alias;
  std::string_view name;
};

constexpr Alias kAliases[] = {
    {"plms", "pndm"},         {"euler_a", "euler_ancestral"},
    {"k_euler", "euler"},     {"k_euler_a", "euler_ancestral"},
    {"k_heun", "heun"},       {"k_lms", "lms"},
    {"dpm++_2m", "dpmpp_2m"}, {"dpmsolver++", "dpmpp_2m"},
    {"uni_pc", "unipc"},
};

constexpr std::string_view kKarrasSuffix = "_karras";

const Member* find_member(std::string_view name) {
  const auto* alias = std::ranges::find(kAliases, name, &Alias::alias);
  if (alias != std::end(kAliases)) name = alias->name;
  const auto* member = std::ranges::find(kMembers, name, &Member::name);
  return member == std::end(kMembers) ? nullptr : member;
}

/// What a name stands for.
struct Choice {
  const Member* member;
  bool karras;  ///< whatever the configuration says
};

std::optional<Choice> choice_of(std::string_view name) {
  const bool karras = name.ends_with(kKarrasSuffix);
  const Member* member = find_member(karras ? name.substr(0, name.size() - kKarrasSuffix.size()) : name);
  if (!member || (karras && member->karras == Karras::unknown)) return std::nullopt;
  return Choice{member, karras};
}

const Member& member_of_config(const Json& config) {
  const auto class_name = config.is_object() ? config.find("_class_name") : config.end();
  if (class_name == config.end() || !class_name->is_string())
    fail(ErrorCode::corrupt_file, "{}: expected \"_class_name\" with the name of a scheduler, got none", kConfigFile);
  const auto* member = std::ranges::find(kMembers, class_name->get<std::string>(), &Member::class_name);
  if (member != std::end(kMembers)) return *member;
  std::vector<std::string_view> known;
  for (const Member& one : kMembers) known.push_back(one.class_name);
  fail(ErrorCode::unsupported, "scheduler: expected one of {}, got {}: not supported", fmt::join(known, ", "),
       class_name->dump());
}

Choice choose(const Json& config, std::string_view name) {
  if (name.empty()) return {&member_of_config(config), false};
  check_scheduler_name(name);
  return *choice_of(name);
}

}  // namespace

std::unique_ptr<Scheduler> make_scheduler(const Json& config, std::string_view name, int num_inference_steps) {
  ConfigReader reader(config);
  const auto [member, karras] = choose(config, name);
  if (karras) reader.set("use_karras_sigmas", true);
  std::unique_ptr<Scheduler> scheduler = member->make(reader, num_inference_steps);
  if (const auto own = config.find("_class_name"); own != config.end() && *own == member->class_name)
    reader.refuse_unknown();
  return scheduler;
}

std::string scheduler_name(const Json& config, std::string_view name) {
  ConfigReader reader(config);
  const auto [member, named_karras] = choose(config, name);
  const bool karras = named_karras || (member->karras == Karras::takes && reader.flag("use_karras_sigmas", false));
  return fmt::format("{}{}", member->name, karras ? kKarrasSuffix : "");
}

void check_scheduler_name(std::string_view name) {
  if (choice_of(name)) return;
  const std::vector<std::string> known = scheduler_names();
  std::vector<std::string> listed = nearest_names(name, known);
  for (const std::string& one : known)
    if (std::ranges::find(listed, one) == listed.end()) listed.push_back(one);
  fail(ErrorCode::not_found, "scheduler: expected one of {}, got \"{}\"", fmt::join(listed, ", "), name);
}

std::vector<std::string> scheduler_names() {
  std::vector<std::string> names;
  for (const Member& member : kMembers) {
    names.emplace_back(member.name);
    if (member.karras == Karras::takes) names.push_back(fmt::format("{}{}", member.name, kKarrasSuffix));
  }
  return names;
}

}  // namespace veneer::schedulers
