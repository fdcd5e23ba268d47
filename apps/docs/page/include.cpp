#include "docs/page/include.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "docs/page/fence.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

// A fence longer than any in the code.
std::string fence_around(const std::vector<std::string>& code) {
  std::size_t longest = 2;
  for (const std::string& line : code) {
    const std::string_view text = trim(line);
    longest = std::max(longest, std::min(text.find_first_not_of('`'), text.size()));
  }
  return std::string(longest + 1, '`');
}

class Inclusion {
 public:
  Inclusion(const SourceLines& from, const PrepareOptions& options, PreparedText& prepared)
      : from_(from), options_(options), prepared_(prepared) {}

  SourceLines run() {
    FenceState fence;
    for (std::size_t at = 0; at < from_.text.size();) {
      const bool was_open = fence.open();
      const bool code = fence.step(from_.text[at]) || was_open;
      const std::string_view start = trim(from_.text[at]);
      if (!code && (start.starts_with("<include>") || start.starts_with("<literalinclude>")) && include(at)) continue;
      to_.text.push_back(from_.text[at]);
      to_.origin.push_back(from_.origin[at]);
      ++at;
    }
    return std::move(to_);
  }

 private:
  // False: it is no include after all.
  bool include(std::size_t& at) {
    const std::string_view indent = from_.text[at].substr(0, indent_of(from_.text[at]));
    const PreparedText::Line where = from_.origin[at];
    const bool literal = trim(from_.text[at]).starts_with("<literalinclude>");
    const std::string_view closing = literal ? "</literalinclude>" : "</include>";
    std::string body;
    std::size_t end = at;
    for (; end < from_.text.size() && end < at + 20; ++end) {
      body += from_.text[end];
      body += '\n';
      if (from_.text[end].find(closing) != std::string_view::npos) break;
    }
    const std::size_t open = body.find('>'), close = body.find(closing);
    if (close == std::string::npos) {
      report(prepared_, where, "bad-include", "an include is never closed", fmt::format("end it with {}", closing));
      return false;
    }
    at = end + 1;
    std::vector<std::string> included;
    int first = 0;
    Json wanted;
    try {
      wanted = parse_json(trim(std::string_view(body).substr(open + 1, close - open - 1)), "include");
    } catch (const Error& error) {
      report(prepared_, where, "bad-include", error.what(), "write {\"path\": \"../file.md\"} between the tags");
      return true;
    }
    if (!included_lines(wanted, where, included, first)) return true;
    const auto file = static_cast<std::uint32_t>(prepared_.files.size() - 1);
    const auto add = [&](std::string text, PreparedText::Line line) {
      to_.text.emplace_back(to_.kept.emplace_back(std::string(indent) + text));
      to_.origin.push_back(line);
    };
    while (!included.empty() && trim(included.back()).empty()) included.pop_back();
    const std::string language = wanted.contains("language") && wanted["language"].is_string()
                                     ? wanted["language"].get<std::string>()
                                     : std::string();
    const std::string fence = literal ? fence_around(included) : "";
    if (literal) add(fence + language, where);
    for (std::size_t i = 0; i < included.size(); ++i) add(included[i], {file, first + static_cast<std::int32_t>(i)});
    if (literal) add(fence, where);
    return true;
  }

  // The wanted lines of the file, and the number of the first. The file is entered in prepared_.files.
  bool included_lines(const Json& wanted, PreparedText::Line where, std::vector<std::string>& out, int& first) {
    const auto text_of = [&wanted](const char* key) {
      return wanted.is_object() && wanted.contains(key) && wanted[key].is_string() ? wanted[key].get<std::string>()
                                                                                   : std::string();
    };
    const std::string name = text_of("path");
    const fs::path path = (options_.folder / name).lexically_normal();
    const fs::path inside = path.lexically_relative(options_.root);
    if (name.empty() || options_.folder.empty() || inside.empty() || *inside.begin() == "..") {
      report(prepared_, where, "bad-include", fmt::format("`{}` is not a file of this project", name),
             fmt::format("name a file below {}", options_.root.string()));
      return false;
    }
    prepared_.includes.push_back(path);
    std::string content;
    try {
      const std::string bytes = read_text_file(path);
      if (const auto problem = encoding_problem(bytes))
        report(prepared_, where, "not-utf8",
               fmt::format("line {} of the included file is not UTF-8: {}", problem->line, problem->what),
               "save the file as UTF-8");
      content = valid_utf8(bytes);
    } catch (const Error& error) {
      report(prepared_, where, "bad-include", fmt::format("cannot read the included file: {}", error.what()),
             fmt::format("the path is relative to the page's folder: {}", options_.folder.string()));
      return false;
    }
    const std::vector<std::string_view> all = split_lines(content);
    std::size_t begin = 0, end = all.size();
    const std::string after = text_of("start-after"), before = text_of("end-before");
    if (!after.empty() || !before.empty()) {
      std::optional<std::size_t> from, to;
      for (std::size_t i = 0; i < all.size(); ++i) {
        std::string_view line = trim(all[i]);
        while (!line.empty() && line.back() >= 0 && line.back() != '_' &&
               !is_letter(static_cast<char32_t>(line.back())) && !is_digit(static_cast<char32_t>(line.back())))
          line.remove_suffix(1);
        if (!after.empty() && line.ends_with(after)) from = i + 1;
        if (!before.empty() && line.ends_with(before)) to = i;
      }
      if ((!after.empty() && !from) || (!before.empty() && !to) || from.value_or(0) > to.value_or(all.size())) {
        report(prepared_, where, "bad-include",
               fmt::format("{} has no lines that end with `{}`", name, !after.empty() && !from ? after : before),
               "check start-after and end-before");
        return false;
      }
      begin = from.value_or(0);
      end = to.value_or(all.size());
    }
    std::size_t dedent = 0;
    if (wanted.contains("dedent") && wanted["dedent"].is_number_unsigned()) dedent = wanted["dedent"];
    for (std::size_t i = begin; i < end; ++i) out.emplace_back(all[i].substr(std::min(dedent, all[i].size())));
    first = static_cast<int>(begin) + 1;
    prepared_.files.push_back(inside.generic_string());
    return true;
  }

  const SourceLines& from_;
  const PrepareOptions& options_;
  PreparedText& prepared_;
  SourceLines to_;
};

}  // namespace

std::size_t indent_of(std::string_view line) {
  const std::size_t indent = line.find_first_not_of(" \t");
  return indent == std::string_view::npos ? line.size() : indent;
}

void report(PreparedText& prepared, PreparedText::Line line, std::string_view rule, std::string message,
            std::string suggestion) {
  prepared.findings.push_back(finding_at({prepared.files[line.file], line.number}, Severity::warning, rule,
                                         std::move(message), std::move(suggestion)));
}

SourceLines with_includes(const SourceLines& lines, const PrepareOptions& options, PreparedText& prepared) {
  return Inclusion(lines, options, prepared).run();
}

}  // namespace veneer::docs
