// The table of schedulers, and the choice among them.
#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>

#include "base/nearest.h"
#include "schedulers/members.h"
#include "schedulers/scheduler.h"

namespace veneer::schedulers {
namespace {

enum class Karras { unknown, takes };
enum class Sigmas { own, takes };  ///< takes: by hand, as ScheduleRequest says

struct Member {
  std::string_view name;
  std::string_view class_name;  ///< diffusers'
  Formulation formulation;
  Karras karras;
  Sigmas sigmas;
  std::unique_ptr<Scheduler> (*make)(ConfigReader& config, const ScheduleRequest& request);
};

constexpr Member kMembers[] = {
    {"ddim", "DDIMScheduler", Formulation::diffusion, Karras::unknown, Sigmas::own, make_ddim},
    {"pndm", "PNDMScheduler", Formulation::diffusion, Karras::unknown, Sigmas::own, make_pndm},
    {"euler", "EulerDiscreteScheduler", Formulation::diffusion, Karras::takes, Sigmas::own, make_euler},
    {"euler_ancestral", "EulerAncestralDiscreteScheduler", Formulation::diffusion, Karras::unknown, Sigmas::own,
     make_euler_ancestral},
    {"heun", "HeunDiscreteScheduler", Formulation::diffusion, Karras::takes, Sigmas::own, make_heun},
    {"lms", "LMSDiscreteScheduler", Formulation::diffusion, Karras::takes, Sigmas::own, make_lms},
    {"dpmpp_2m", "DPMSolverMultistepScheduler", Formulation::diffusion, Karras::takes, Sigmas::own, make_dpmpp_2m},
    {"unipc", "UniPCMultistepScheduler", Formulation::diffusion, Karras::takes, Sigmas::own, make_unipc},
    {"lcm", "LCMScheduler", Formulation::diffusion, Karras::unknown, Sigmas::own, make_lcm},
    {"edm_euler", "EDMEulerScheduler", Formulation::edm, Karras::unknown, Sigmas::own, make_edm_euler},
    {"edm_dpmpp_2m", "EDMDPMSolverMultistepScheduler", Formulation::edm, Karras::unknown, Sigmas::own,
     make_edm_dpmpp_2m},
    {"flow_match_euler", "FlowMatchEulerDiscreteScheduler", Formulation::flow_matching, Karras::takes, Sigmas::takes,
     make_flow_match_euler},
    {"flow_match_heun", "FlowMatchHeunDiscreteScheduler", Formulation::flow_matching, Karras::unknown, Sigmas::own,
     make_flow_match_heun},
    {"flow_match_lcm", "FlowMatchLCMScheduler", Formulation::flow_matching, Karras::takes, Sigmas::takes,
     make_flow_match_lcm},
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

/// "DPM++ 2M Karras", as A1111 and the text in pictures have it -> "dpm++_2m_karras".
std::string plain_spelling(std::string_view name) {
  std::string result(name);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return c == ' ' ? '_' : static_cast<char>(std::tolower(c)); });
  return result;
}

/// What a name stands for.
struct Choice {
  const Member* member;
  bool karras;  ///< whatever the configuration says
};

std::optional<Choice> choice_of(std::string_view written) {
  const std::string spelling = plain_spelling(written);
  std::string_view name = spelling;
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

/// Sigmas given by hand, where any are.
void check_sigmas(const Member& member, const ScheduleRequest& request) {
  const std::vector<double>& sigmas = request.sigmas;
  if (sigmas.empty()) return;
  if (member.sigmas == Sigmas::own)
    fail(ErrorCode::invalid_argument, "{}: expected no sigmas given by hand, got {}", member.name, sigmas.size());
  if (sigmas.size() != static_cast<std::size_t>(request.num_inference_steps))
    fail(ErrorCode::invalid_argument, "sigmas: expected num_inference_steps = {} numbers, got {}",
         request.num_inference_steps, sigmas.size());
  const bool falling = std::ranges::adjacent_find(sigmas, std::less_equal{}) == sigmas.end();
  if (!(falling && sigmas.front() <= 1 && sigmas.back() > 0))
    fail(ErrorCode::invalid_argument, "sigmas: expected numbers that fall from at most 1 towards 0, got {}",
         fmt::join(sigmas, ", "));
}

}  // namespace

std::unique_ptr<Scheduler> make_scheduler(const Json& config, std::string_view name, const ScheduleRequest& request) {
  ConfigReader reader(config);
  const auto [member, karras] = choose(config, name);
  check_sigmas(*member, request);
  if (karras) reader.set("use_karras_sigmas", true);
  std::unique_ptr<Scheduler> scheduler = member->make(reader, request);
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

void check_formulation(const Json& config, std::string_view name, std::span<const Formulation> expected) {
  const auto does = [&](const Member& member) {
    return std::ranges::find(expected, member.formulation) != expected.end();
  };
  const Member& chosen = *choose(config, name).member;
  if (does(chosen)) return;
  std::vector<std::string_view> names;
  for (const Member& member : kMembers)
    if (does(member)) names.push_back(member.name);
  fail(ErrorCode::unsupported, "scheduler: expected one of {} for this model, got {}: not supported",
       fmt::join(names, ", "), chosen.name);
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
