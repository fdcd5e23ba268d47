#include "service/find_lora.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "checkpoint/checkpoint.h"

namespace veneer::service {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".safetensors";
constexpr std::size_t kMostHints = 10;

struct Candidate {
  fs::path path;
  std::string relative;  ///< below the folder, with "/" and without .safetensors
  std::string stem;      ///< its last part
};

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string without_extension(std::string name) {
  if (lowered(name).ends_with(kExtension)) name.resize(name.size() - std::string_view(kExtension).size());
  return name;
}

Candidate candidate(const fs::path& path, const fs::path& folder) {
  const std::string relative = without_extension(path.lexically_relative(folder).generic_string());
  return {path, relative, relative.substr(relative.rfind('/') + 1)};
}

bool is_peft_folder(const fs::path& folder) {
  for (const char* component : {"", "unet", "text_encoder", "text_encoder_2"})
    if (fs::exists(folder / component / "adapter_config.json")) return true;
  return false;
}

/// Files and peft's folders, in order of name.
std::vector<Candidate> candidates_in(const fs::path& folder) {
  std::vector<Candidate> found;
  std::error_code error;
  const auto options = fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator entry(folder, options, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    constexpr int kDeepest = 8;  // links may lead in a circle
    std::error_code broken;
    const bool is_folder = entry->is_directory(broken);
    if (is_folder && (is_peft_folder(entry->path()) || entry.depth() == kDeepest)) entry.disable_recursion_pending();
    if (is_folder ? is_peft_folder(entry->path()) : entry->path().extension() == kExtension)
      found.push_back(candidate(entry->path(), folder));
  }
  if (error) fail(ErrorCode::not_found, "{}: {}", folder.string(), error.message());
  std::ranges::sort(found, {}, &Candidate::path);
  return found;
}

/// What the trainer called the file before it was renamed; empty if nothing says so or the file cannot be read.
std::string output_name(const Candidate& candidate) {
  try {
    if (fs::is_directory(candidate.path)) return "";
    const auto file = checkpoint::Checkpoint::open(candidate.path);
    const auto found = file.metadata().find("ss_output_name");
    return found == file.metadata().end() ? "" : found->second;
  } catch (const Error&) {
    return "";
  }
}

[[noreturn]] void refuse_unknown(const fs::path& folder, const std::string& name,
                                 const std::vector<Candidate>& candidates) {
  std::vector<std::string> names, lower;
  for (const Candidate& one : candidates) {
    names.push_back(one.stem);
    lower.push_back(lowered(one.stem));
  }
  std::vector<std::string> hints;
  const auto add = [&](const std::string& hint) {
    if (hints.size() < kMostHints && std::ranges::find(hints, hint) == hints.end()) hints.push_back(hint);
  };
  const auto nearest = nearest_names(lowered(name), lower, kMostHints);
  for (const std::string& near : nearest)
    add(names[static_cast<std::size_t>(std::ranges::find(lower, near) - lower.begin())]);
  const std::string meant = hints.empty() ? "" : fmt::format("; did you mean {}", hints.front());
  for (const std::string& other : names) add(other);
  const std::string all = hints.size() < names.size() ? fmt::format("are {}, such as", names.size()) : "are:";
  fail(ErrorCode::not_found, "<lora:{}>: no such adapter in {}{}; there {}", name, folder.string(), meant,
       names.empty() ? "is none" : fmt::format("{} {}", all, fmt::join(hints, ", ")));
}

}  // namespace

fs::path find_lora(const fs::path& folder, const std::string& name) {
  const std::vector<Candidate> candidates = candidates_in(folder);
  const std::string bare = without_extension(name), lower = lowered(bare);
  const bool names_a_file = bare.size() < name.size();
  // A folder of another kind is an adapter when its very name is asked for: pytorch_lora_weights.safetensors in it.
  fs::path direct = folder / name;
  const bool is_plain = name.find('/') == name.npos && name != "." && name != "..";
  const std::function<bool(const Candidate&)> rules[] = {
      [&](const Candidate& one) { return one.relative == bare; },
      [&](const Candidate& one) { return one.stem == bare; },
      [&](const Candidate& one) { return lowered(one.relative) == lower || lowered(one.stem) == lower; },
      [&](const Candidate& one) { return lowered(output_name(one)) == lower; },
  };
  for (const auto& rule : rules) {
    std::vector<std::string> fitting;
    const Candidate* found = nullptr;
    for (const Candidate& one : candidates) {
      if (!rule(one) || (names_a_file && fs::is_directory(one.path))) continue;
      found = &one;
      fitting.push_back(one.path.lexically_relative(folder).generic_string());
    }
    if (fitting.size() > 1)
      fail(ErrorCode::invalid_argument, "<lora:{}>: expected one adapter in {}, found {}: write more of the name", name,
           folder.string(), fmt::join(fitting, ", "));
    if (found) return found->path;
    if (&rule == &rules[0] && is_plain && fs::is_directory(direct)) return direct;
  }
  refuse_unknown(folder, name, candidates);
}

}  // namespace veneer::service
