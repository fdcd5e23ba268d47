// Whatever a docs folder holds, a build writes nothing outside its build folder, and titles, names and addresses bring
// no script into the pages' frame.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "base/error.h"
#include "docs/site/build.h"
#include "docs/text/unicode.h"
#include "unit/docs/temporary_tree.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

constexpr auto kPaths = std::to_array<std::string_view>({"index",
                                                         "a",
                                                         "b/c",
                                                         "b/index",
                                                         "..a",
                                                         "a..",
                                                         "...",
                                                         "x y",
                                                         "C#",
                                                         "a?b",
                                                         "a:b",
                                                         "100%",
                                                         "%2e%2e",
                                                         "\u00E9",
                                                         "con.html",
                                                         "\"><script>alert(1)<",
                                                         "javascript:alert(1)",
                                                         "a'b",
                                                         "a&b",
                                                         "a\\b"});
// What only settings can say: the file system would not.
constexpr auto kWrittenPaths = std::to_array<std::string_view>({"../x",
                                                                "../../../../x",
                                                                "/tmp/veneer_x",
                                                                "a/../../x",
                                                                "..",
                                                                ".",
                                                                "",
                                                                "a/..",
                                                                "./a",
                                                                "b/../a",
                                                                "a/",
                                                                "a//b",
                                                                "b/c.md",
                                                                "%2e%2e/x",
                                                                "..\\x",
                                                                "_assets/site.css",
                                                                "../main/en/a",
                                                                "nowhere",
                                                                "https://x.y/",
                                                                "javascript:alert(1)//",
                                                                "data:text/html,<script>alert(1)</script>",
                                                                "a.html/b"});
constexpr auto kTitles =
    std::to_array<std::string_view>({"Title", "", "</title><script>alert(1)</script>", "\" onload=\"alert(1)",
                                     "<img src=x onerror=alert(1)>", "-->", "<!--veneer-docs:main-->", "a\u0001b"});

class RandomDocs {
 public:
  explicit RandomDocs(unsigned seed) : random_(seed) {}

  std::map<std::string, std::string> files() {
    std::map<std::string, std::string> files{{"p/docs/en/index.md", "# Start\n"}, {"p/mine.txt", "mine"}};
    for (unsigned n = below(6); n > 0; --n)
      files["p/docs/en/" + pick(kPaths) + ".md"] =
          "# " + pick(kTitles) + "\n\n[a](" + path() + ")\n\n[[moved: x -> " + path() + "]]\n";
    for (unsigned n = below(3); n > 0; --n) files["p/docs/en/" + pick(kPaths) + ".png"] = "png";
    files["p/docs/en/_toctree.yml"] = toctree(0);
    if (below(2) == 0)
      for (unsigned n = below(4); n > 0; --n)
        files["p/docs/en/_redirects.yml"] += quoted(path()) + ": " + quoted(path()) + "\n";
    if (below(2) == 0)
      files["p/docs/en/veneer-docs.yml"] = "title: " + quoted(pick(kTitles)) + "\nsite_url: " +
                                           quoted(below(2) == 0 ? "https://x.y/" + pick(kTitles) : path()) + "\n";
    return files;
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  template <std::size_t N>
  std::string pick(const std::array<std::string_view, N>& texts) {
    return std::string(texts[below(N)]);
  }
  std::string path() { return below(2) == 0 ? pick(kPaths) : pick(kWrittenPaths); }

  static std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
  }

  std::string toctree(std::size_t indent) {
    std::string out;
    const std::string space(indent, ' ');
    for (unsigned n = 1 + below(4); n > 0; --n) {
      out += space + "- title: " + quoted(pick(kTitles)) + "\n";
      out += space + "  local: " + quoted(path()) + "\n";
      if (below(4) == 0) out += space + "  newlocal: " + quoted(path()) + "\n";
      if (below(4) == 0 && indent < 8) out += space + "  sections:\n" + toctree(indent + 4);
    }
    return out;
  }

  std::mt19937 random_;
};

// All files but those below the build folder, with what they hold.
std::map<std::string, std::string> files_outside(const fs::path& root, const fs::path& build) {
  std::map<std::string, std::string> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    if (it->path() == build) it.disable_recursion_pending();
    if (it->is_regular_file()) files.emplace(it->path().lexically_relative(root).string(), read_text_file(it->path()));
  }
  return files;
}

// Scripts of a page that are not the frame's own.
std::string foreign_script(std::string html) {
  for (const std::string_view own : {"<script>try{", "<script src=\"", "<script>location.replace("})
    if (const std::size_t at = html.find(own); at < html.find("<body")) html.erase(at, 7);
  if (const std::size_t at = html.find("<script"); at != std::string::npos) return html.substr(at, 80);
  for (const std::string_view scheme : {"=\"javascript:", "=\"data:text", "url=javascript:"})
    if (const std::size_t at = html.find(scheme); at != std::string::npos) return html.substr(at, 80);
  return {};
}

TEST(SiteProperty, NothingIsWrittenOutsideTheBuildFolder) {
  int built = 0;
  for (unsigned seed = 0; seed < 80; ++seed) {
    const TemporaryTree tree(RandomDocs(seed).files());
    const fs::path root = fs::canonical(tree.root());
    BuildOptions options;
    options.library = "lib";
    options.docs = root / "p/docs/en";
    options.build = root / "p/build";
    options.source_kind = SourceKind::none;
    const auto before = files_outside(root, options.build);
    try {
      resolve_options(options);
      const BuildResult result = build_site(options, {});
      ++built;
      for (const auto& entry : fs::recursive_directory_iterator(options.build)) {
        if (entry.path().extension() != ".html") continue;
        ASSERT_EQ(foreign_script(read_text_file(entry.path())), "") << seed << ": " << entry.path();
      }
    } catch (const Error& error) {
      ASSERT_NE(error.code(), ErrorCode::internal) << seed << ": " << error.what();
    }
    ASSERT_EQ(files_outside(root, options.build), before) << seed;
  }
  EXPECT_GT(built, 40);
}

}  // namespace
}  // namespace veneer::docs
