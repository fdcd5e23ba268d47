#include "docs/preview/live_site.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "docs/page/page_text.h"
#include "docs/site/redirects.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

}  // namespace

void LiveSite::look_again() {
  auto map = std::make_shared<Map>();
  map->files = find_files(options_.docs, options_.build, options_.repository);
  const fs::path toctree = options_.docs / "_toctree.yml";
  if (fs::exists(toctree)) map->toctree = parse_toctree(read_text_file(toctree), toctree.filename().string());
  map->findings = outside_links(map->files, options_.repository);
  map->findings.insert(map->findings.end(), map->toctree.findings.begin(), map->toctree.findings.end());
  const std::unordered_map<std::string, std::string> moves = map->toctree.apply_moves();
  SiteMap& site = map->site;
  site.library = options_.library;
  site.language = options_.language;
  site.raw_html = options_.raw_html;
  for (const SourceFile& file : map->files.pages) {
    const auto move = moves.find(file.path);
    const std::string& path = move != moves.end() ? move->second : file.path;
    site.pages.emplace(file.path, path);
    site.pages.emplace(path, path);
    site.page_names.push_back(path);
    map->sources.emplace(path, &file);
  }
  for (const SourceFile& asset : map->files.assets) site.assets.insert(asset.path);
  const fs::path redirect_file = options_.docs / "_redirects.yml";
  std::vector<Redirect> redirects = read_redirects(redirect_file, redirect_file.filename().string(), map->findings);
  add_redirects(redirects, site, map->findings);
  if (!options_.fallback.empty())
    for (const SourceFile& file : find_files(options_.fallback, options_.build, options_.repository).pages)
      site.pages.emplace(file.path, "../" + options_.fallback.filename().string() + "/" + file.path);
  map->frame = site_frame(options_, map->toctree);
  const auto& listed = map->frame.sidebar_pages;
  for (std::size_t i = 0; i < listed.size(); ++i) map->places.emplace(listed[i].first, i);
  const std::lock_guard lock(mutex_);
  map_ = std::move(map);
}

std::shared_ptr<const LiveSite::Map> LiveSite::map() const {
  const std::lock_guard lock(mutex_);
  return map_;
}

Findings LiveSite::findings() const {
  return map()->findings;
}

std::optional<LivePage> LiveSite::render(const std::string& path) const {
  const std::shared_ptr<const Map> map = this->map();
  const auto source = map->sources.find(path);
  if (source == map->sources.end()) return std::nullopt;
  const fs::path& file = source->second->file;
  PrepareOptions prepare{path, file.parent_path(), options_.repository};
  const std::string name = file.lexically_relative(options_.repository).generic_string();
  const PreparedText prepared = prepare_page(read_text_file(file), {name, 1}, prepare);
  const std::unique_ptr<ObjectDocs> objects = objects_.lend();
  Page page(path, objects.get(), &map->site);
  PageText text = render_page(prepared, page);
  LivePage live;
  if (objects)
    for (const Directive& directive : prepared.directives)
      for (Finding& finding : objects->plan(directive).findings) live.findings.push_back(std::move(finding));
  live.findings.insert(live.findings.end(), page.findings().begin(), page.findings().end());

  FramedPage framed;
  framed.path = path;
  framed.source = file.lexically_relative(options_.docs).generic_string();
  const auto& outline = page.outline();
  const auto first = std::find_if(outline.begin(), outline.end(), [](const OutlineEntry& e) { return e.level == 1; });
  const auto place = map->places.find(path);
  if (place != map->places.end()) {
    const auto& pages = map->frame.sidebar_pages;
    framed.title = pages[place->second].second;
    const auto is_here = [&](std::size_t i) { return map->sources.contains(pages[i].first); };
    std::size_t i = place->second;
    while (i > 0 && framed.previous.path.empty())
      if (is_here(--i)) framed.previous = {pages[i].first, pages[i].second};
    for (i = place->second + 1; i < pages.size() && framed.next.path.empty(); ++i)
      if (is_here(i)) framed.next = {pages[i].first, pages[i].second};
  } else {
    framed.title = first != outline.end() ? first->title : prepared.title.empty() ? path : prepared.title;
  }
  if (first == outline.end()) {
    const std::string& title = prepared.title.empty() ? framed.title : prepared.title;
    text.html =
        fmt::format("<h1 id=\"{}\">{}</h1>", escape_html(page.claim_id(slug(title))), escape_html(title)) + text.html;
  }
  live.html = compose_page(map->frame, framed, compose_main(text.html, outline));
  return live;
}

std::optional<std::string> LiveSite::page_of(const fs::path& source) const {
  const std::shared_ptr<const Map> map = this->map();
  for (const auto& [path, file] : map->sources)
    if (file->file == source) return path;
  return std::nullopt;
}

std::set<fs::path> LiveSite::shown_as(const std::set<fs::path>& changed) const {
  const std::shared_ptr<const Map> map = this->map();
  std::set<fs::path> files;
  for (const fs::path& file : changed) {
    bool is_linked = false;
    for (const auto& [link, target] : map->files.links) {
      const fs::path inside = file.lexically_relative(target);
      if (inside.empty() || *inside.begin() == "..") continue;
      is_linked = true;
      files.insert(inside == "." ? link : link / inside);
    }
    const fs::path in_docs = file.lexically_relative(options_.docs);
    const bool is_own = !in_docs.empty() && *in_docs.begin() != "..";
    if (!is_linked || is_own) files.insert(file);
  }
  return files;
}

std::vector<FollowedLink> LiveSite::links() const {
  return map()->files.links;
}

std::string LiveSite::first_page() const {
  const std::shared_ptr<const Map> map = this->map();
  if (map->sources.contains("index")) return "index";
  for (const auto& [path, title] : map->frame.sidebar_pages)
    if (map->sources.contains(path)) return path;
  return map->files.pages.empty() ? "index" : map->files.pages.front().path;
}

}  // namespace veneer::docs
