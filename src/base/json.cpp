#include "base/json.h"

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"

namespace veneer {
namespace {

template <class AnyJson>
AnyJson parse(std::string_view text, std::string_view where, int max_depth) {
  using Event = typename AnyJson::parse_event_t;
  std::vector<std::set<std::string>> names;  // of the objects that are open
  const auto inspect = [&](int depth, Event event, AnyJson& parsed) {
    // depth counts the containers around the event, so an opening bracket stands at one less than its content.
    if (depth >= max_depth && (event == Event::object_start || event == Event::array_start))
      fail(ErrorCode::corrupt_file, "{}: JSON nested deeper than {} levels", where, max_depth);
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(parsed.template get<std::string>()).second)
      fail(ErrorCode::corrupt_file, "{}: the name \"{}\" stands twice in one object", where,
           parsed.template get<std::string>());
    return true;
  };
  try {
    return AnyJson::parse(text, inspect);
  } catch (const typename AnyJson::exception& e) {
    const std::string_view kind = foreign_kind(text);
    if (!kind.empty()) fail(ErrorCode::corrupt_file, "{}: expected JSON, got {}", where, kind);
    fail(ErrorCode::corrupt_file, "{}: not valid JSON: {}", where, e.what());
  }
}

}  // namespace

Json parse_json(std::string_view text, std::string_view where, int max_depth) {
  return parse<Json>(text, where, max_depth);
}

OrderedJson parse_ordered_json(std::string_view text, std::string_view where, int max_depth) {
  return parse<OrderedJson>(text, where, max_depth);
}

Json read_json_file(const std::filesystem::path& path) {
  return parse_json(read_text_file(path), path.string());
}

}  // namespace veneer
