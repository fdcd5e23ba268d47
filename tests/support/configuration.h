// The configuration that tests of whole pipelines run under: as they are, and again for each row of the table in
// tests/configurations.cmake, which sets VENEER_TEST_CONFIGURATION ("threads=16 team=16 before=larger").
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>

#include "base/error.h"
#include "pipelines/pipeline.h"

namespace veneer::testing_support {

/// What pipelines of these tests make before anything is looked at.
enum class Before { nothing, larger, more_sizes_than_are_kept };

struct Configuration {
  pipelines::Options options;
  Before before = Before::nothing;
};

/// `options` where the environment says nothing else.
inline Configuration configured(pipelines::Options options) {
  Configuration result{std::move(options)};
  const char* given = std::getenv("VENEER_TEST_CONFIGURATION");
  std::istringstream settings(given ? given : "");
  for (std::string setting; settings >> setting;) {
    const auto equals = setting.find('=');
    const std::string name = setting.substr(0, equals), value = setting.substr(equals + 1);
    if (name == "threads")
      result.options.threads = std::stoi(value);
    else if (name == "team")
      result.options.team = std::stoi(value);
    else if (name == "cache")
      result.options.adapter_cache_bytes = std::stoul(value);
    else if (name == "without")
      result.options.disabled_passes.insert(value);
    else if (setting == "before=larger")
      result.before = Before::larger;
    else if (setting == "before=more_sizes_than_are_kept")
      result.before = Before::more_sizes_than_are_kept;
    else
      fail(ErrorCode::invalid_argument, "VENEER_TEST_CONFIGURATION: there is no setting {}", setting);
  }
  return result;
}

/// Pictures of one step at sizes that the tests do not use, without and with adapters.
inline void make_before(pipelines::Pipeline& pipeline, Before before) {
  if (before == Before::nothing) return;
  const auto count = before == Before::larger ? 1 : static_cast<std::int64_t>(pipelines::Component::kMostPlans) + 1;
  for (std::int64_t i = 0; i < count; ++i) {
    pipelines::Request request{.prompt = "before", .num_inference_steps = 1, .width = 8 * (4 + i), .height = 32};
    (void)pipeline.generate(request);
  }
}

}  // namespace veneer::testing_support
