// What is wrong with a YAML file, in words that help. Stateless.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

namespace veneer::docs {

/// Whether a YAML text nests deeper than anyone means: the YAML library would recurse into it.
bool is_too_deep(std::string_view yaml);

struct YamlProblem {
  int line = 1;
  std::string message, suggestion;
};

/// The mistake that made the library refuse `yaml`: a tab, a colon in a value, a quote or bracket that is never closed,
/// an indentation that fits nothing; else what the library says.
YamlProblem yaml_problem(std::string_view yaml, const YAML::Exception& error);

}  // namespace veneer::docs
