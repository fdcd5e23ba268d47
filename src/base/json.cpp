#include "base/json.h"

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace veneer {

Json parse_json(std::string_view text, std::string_view where, int max_depth) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  const auto inspect = [&](int depth, Json::parse_event_t event, Json& parsed) {
    // depth counts the containers around the event, so an opening bracket stands at one less than its content.
    if (depth >= max_depth && (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start))
      fail(ErrorCode::corrupt_file, "{}: JSON nested deeper than {} levels", where, max_depth);
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key && !names.back().insert(parsed.get<std::string>()).second)
      fail(ErrorCode::corrupt_file, "{}: the name \"{}\" stands twice in one object", where, parsed.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text, inspect);
  } catch (const Json::exception& e) {
    fail(ErrorCode::corrupt_file, "{}: not valid JSON: {}", where, e.what());
  }
}

Json read_json_file(const std::filesystem::path& path) {
  return parse_json(read_text_file(path), path.string());
}

}  // namespace veneer
