#include "docs/preview/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "docs/preview/served_files.h"
#include "docs/site/state.h"
#include "docs/text/escape.h"

namespace veneer::docs {

std::string_view preview_js();  // preview/client.js

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// A build takes about as long as three letters typed: it waits until the writer pauses.
constexpr std::chrono::milliseconds kQuiet{150};
constexpr std::chrono::seconds kLooking{10};

bool is_page(const fs::path& file) {
  return file.extension() == ".md" || file.extension() == ".mdx";
}

bool is_below(const fs::path& file, const fs::path& folder) {
  if (folder.empty()) return false;
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

// Whether a reader of the preview must see it: what breaks a page, not what a check would find.
bool is_serious(const Finding& finding) {
  return finding.severity == Severity::error || finding.rule == "unclosed-fence" || finding.rule == "bad-include";
}

std::string to_json(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"where", finding.where.line > 0 ? fmt::format("{}:{}", finding.where.file, finding.where.line)
                                                     : finding.where.file},
                    {"message", finding.message},
                    {"suggestion", finding.suggestion}});
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string version_of(std::string_view html) {
  const std::size_t body = html.find("<body");
  return fmt::format("{:016x}", hash_bytes(html.substr(body == std::string_view::npos ? 0 : body)));
}

Preview::Preview(BuildOptions options, ObjectDocsFactory make_objects, Announce announce)
    : options_(std::move(options)),
      announce_(std::move(announce)),
      objects_(std::move(make_objects)),
      live_(options_, objects_) {
  live_.look_again();
  if (fs::exists(options_.site / "llms.txt")) site_ = options_.site;
  watcher_.add_tree(options_.docs);
  if (!options_.fallback.empty()) watcher_.add_tree(options_.fallback);
  watch_links();
  if (options_.source_kind == SourceKind::none || options_.source_root.empty()) return;
  const fs::path package = options_.source_root / options_.library;
  watcher_.add_tree(fs::exists(package) ? package : options_.source_root);
}

// What links lead to changes where it is.
void Preview::watch_links() {
  for (const FollowedLink& link : live_.links()) {
    std::error_code error;
    if (fs::is_directory(link.target, error))
      watcher_.add_tree(link.target);
    else
      watcher_.add_folder(link.target.parent_path());
  }
}

Preview::~Preview() {
  stop();
}

void Preview::start() {
  build_at_ = Clock::now();
  watching_ = std::thread([this] { watch(); });
  building_ = std::thread([this] { build_when_quiet(); });
}

void Preview::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  watcher_.wake();
  quiet_.notify_all();
  news_.notify_all();
  if (watching_.joinable()) watching_.join();
  if (building_.joinable()) building_.join();
}

std::string Preview::source_name(const fs::path& file) const {
  return file.lexically_relative(options_.repository).generic_string();
}

void Preview::watch() {
  while (!stopping_) {
    {
      const std::lock_guard lock(mutex_);
      for (const fs::path& folder : to_watch_) watcher_.add_folder(folder);
      to_watch_.clear();
    }
    const Watcher::Changes changes = watcher_.wait(std::chrono::milliseconds(1000));
    if (changes.empty()) continue;
    try {
      take_changes(changes);
    } catch (const std::exception& error) {
      announce_(error.what());
    }
  }
}

void Preview::take_changes(const Watcher::Changes& changes) {
  std::set<std::string> pages;
  const std::set<fs::path> files = live_.shown_as(changes.files);
  bool map_changed = changes.lost, sources_changed = changes.lost;
  {
    const std::lock_guard lock(mutex_);
    ++change_;
    for (const fs::path& file : files)
      if (const auto users = used_by_.find(file.string()); users != used_by_.end())
        pages.insert(users->second.begin(), users->second.end());
  }
  for (const fs::path& file : files) {
    const bool in_docs = is_below(file, options_.docs);
    const std::optional<std::string> page = in_docs && is_page(file) ? live_.page_of(file) : std::nullopt;
    if (page) pages.insert(*page);
    map_changed = map_changed || (in_docs && (!page || !fs::exists(file)));
    sources_changed = sources_changed || is_below(file, options_.source_root);
  }
  if (map_changed) {
    live_.look_again();
    watch_links();
  }
  std::shared_ptr<void> old_objects;
  if (sources_changed) {
    objects_.forget();
    std::vector<DocumentedPlace> places;
    {
      const std::lock_guard lock(mutex_);
      places = places_;
    }
    if (!places.empty()) old_objects = objects_.make(options_, std::move(places));
  }
  {
    const std::lock_guard lock(mutex_);
    std::set<std::string> seen;
    const Clock::time_point now = Clock::now();
    for (const auto& [page, look] : looked_at_)
      if (look.open > 0 || now - look.last < kLooking)
        if (map_changed || pages.contains(page)) seen.insert(page);
    pages = std::move(seen);
    build_at_ = Clock::now() + kQuiet;
  }
  render_live(pages);
  quiet_.notify_all();
}

// Pages that someone looks at, as they are now; what cannot be rendered stays as it was last.
void Preview::render_live(const std::set<std::string>& pages) {
  for (const std::string& page : pages) {
    Findings found = live_.findings();
    std::optional<LivePage> live;
    try {
      live = live_.render(page);
      if (live) found.insert(found.end(), live->findings.begin(), live->findings.end());
    } catch (const std::exception& error) {
      found.push_back(finding_at({page, 0}, Severity::error, "failed-page", error.what(), ""));
    }
    const std::lock_guard lock(mutex_);
    if (live) {
      shown_[page] = {std::move(live->html), change_};
      warnings_[page] = std::move(live->findings);
      std::erase_if(warnings_[page], is_serious);
    }
    std::erase_if(found, [](const Finding& finding) { return !is_serious(finding); });
    errors_ = std::move(found);
  }
  tell();
}

void Preview::tell() {
  {
    const std::lock_guard lock(mutex_);
    ++number_;
  }
  news_.notify_all();
}

void Preview::build_when_quiet() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      while (!stopping_ && (!build_at_ || Clock::now() < *build_at_)) {
        if (build_at_)
          quiet_.wait_until(lock, *build_at_);
        else
          quiet_.wait(lock);
      }
      if (stopping_) return;
      build_at_.reset();
    }
    build();
  }
}

void Preview::build() {
  std::uint64_t change = 0;
  {
    const std::lock_guard lock(mutex_);
    change = change_;
  }
  const auto begin = Clock::now();
  Findings errors;
  try {
    const BuildResult result = build_site(options_, objects_.lender());
    errors = result.findings;
    std::erase_if(errors, [](const Finding& finding) { return !is_serious(finding); });
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    if (result.rendered > 0 || !errors.empty())
      announce_(fmt::format("{} of {} pages in {:.0f} ms, {} errors, {} warnings", result.rendered, result.pages, ms,
                            errors.size(), result.findings.size() - errors.size()));
    announce_findings(result.findings);
    const std::lock_guard lock(mutex_);
    site_ = result.site;
    // What changed during the build is newer than the build.
    std::erase_if(shown_, [change](const auto& entry) { return entry.second.change <= change; });
  } catch (const std::exception& error) {
    errors.push_back(finding_at({}, Severity::error, "failed-build", error.what(), ""));
    announce_(error.what());
  }
  const bool written = errors.empty();
  {
    const std::lock_guard lock(mutex_);
    if (change == change_) errors_ = std::move(errors);
  }
  remember_state(written ? Warnings::of_the_build : Warnings::as_they_are);
  tell();
}

// What is new since the last build, page by page; a long list ends in a count.
void Preview::announce_findings(const Findings& findings) {
  constexpr std::size_t kMostOfAFile = 10, kMost = 60;
  std::map<std::string, std::vector<std::string>> fresh;
  std::set<std::string> now;
  for (const Finding& finding : findings)
    if (std::string text = to_string(finding); now.insert(text).second && !announced_.contains(text))
      fresh[finding.where.file].push_back(std::move(text));
  std::size_t told = 0, left = 0;
  for (const auto& [file, texts] : fresh) {
    const std::size_t count = std::min({texts.size(), kMostOfAFile, kMost - told});
    for (std::size_t i = 0; i < count; ++i) announce_(texts[i]);
    told += count;
    left += texts.size() - count;
  }
  if (left > 0) announce_(fmt::format("{} more: each page lists its own, `veneer-docs check` lists all", left));
  announced_ = std::move(now);
}

// Which pages a source concerns, and what is documented where: from what the build wrote down.
void Preview::remember_state(Warnings which) {
  try {
    const BuildState state = load_state(options_.site / "_assets" / "build-state.bin");
    std::unordered_map<std::string, std::set<std::string>> used_by;
    std::vector<DocumentedPlace> places;
    std::unordered_map<std::string, Findings> warnings;
    std::unordered_map<std::string, std::string> page_of;  // by its source
    for (const PageRecord& record : state.pages) {
      for (const StampedFile& input : record.inputs) used_by[input.file].insert(record.path);
      Findings& own = warnings[record.path];
      for (const Findings* list : {&record.plan_findings, &record.findings})
        own.insert(own.end(), list->begin(), list->end());
      for (const char* extension : {".md", ".mdx"})
        page_of.emplace(source_name(options_.docs / (record.path + extension)), record.path);
      for (const DocumentedAnchor& anchor : record.anchors)
        places.push_back({anchor.anchor, record.path, anchor.alias});
    }
    // What only the whole site can tell of a page: that an anchor is missing, that it is not listed.
    for (const Finding& finding : state.findings)
      if (const auto page = page_of.find(finding.where.file); page != page_of.end()) {
        Findings& own = warnings[page->second];
        if (std::ranges::none_of(own, [&](const Finding& f) { return to_string(f) == to_string(finding); }))
          own.push_back(finding);
      }
    for (auto& [page, list] : warnings) std::erase_if(list, is_serious);
    std::set<fs::path> folders;
    for (const auto& [file, pages] : used_by)
      if (!is_below(file, options_.docs) && !is_below(file, options_.source_root))
        folders.insert(fs::path(file).parent_path());
    {
      const std::lock_guard lock(mutex_);
      to_watch_ = std::move(folders);
      used_by_ = std::move(used_by);
      // Of a page that is newer than the build the newer list counts.
      for (const auto& [page, shown] : shown_)
        if (const auto newer = warnings_.find(page); newer != warnings_.end()) warnings[page] = newer->second;
      if (which == Warnings::of_the_build) warnings_ = std::move(warnings);
      places_ = places;
    }
    watcher_.wake();
    // Read now what the next edit would have to wait for.
    if (!places.empty() && !objects_.lend()) objects_.make(options_, std::move(places));
  } catch (const std::exception& error) {
    announce_(error.what());
  }
}

std::string Preview::page_html(const std::string& page) const {
  fs::path site;
  {
    const std::lock_guard lock(mutex_);
    if (const auto shown = shown_.find(page); shown != shown_.end()) return shown->second.html;
    site = site_;
  }
  if (!site.empty())
    if (const auto file = file_inside(site, page + ".html")) return read_text_file(*file);
  const std::optional<LivePage> live = live_.render(page);
  return live ? live->html : std::string();
}

Preview::Answer Preview::answer(std::string_view address) {
  std::optional<std::string> path = served_path(address);
  if (!path) return {404, "There is no such file.\n", "text/plain; charset=utf-8"};
  // Lists of versions and languages stand beside the site, which has no neighbours here.
  if (*path == "_versions.js" || *path == "_languages.js") return {200, "", std::string(content_type(*path))};
  if (*path == "favicon.ico" && !fs::exists(options_.docs / *path)) return {204, "", std::string(content_type(*path))};
  if (*path == "_assets/site.css") return {200, std::string(site_css()), std::string(content_type(*path)), false};
  if (*path == "_assets/veneer-math.woff2")
    return {200, std::string(math_font()), std::string(content_type(*path)), false};
  if (*path == "_assets/site.js") return {200, std::string(site_js()), std::string(content_type(*path)), false};
  fs::path site;
  {
    const std::lock_guard lock(mutex_);
    site = site_;
  }
  if (!path->ends_with(".html")) {
    // Images and other files as they are now.
    std::optional<fs::path> file;
    if (!path->starts_with('_')) file = file_inside(options_.docs, *path);
    if (!file && !site.empty()) file = file_inside(site, *path);
    if (file) return {200, read_text_file(*file), std::string(content_type(*path))};
    return {404, "There is no such file.\n", "text/plain; charset=utf-8"};
  }
  std::string page = path->substr(0, path->size() - 5);
  std::string html = page_html(page);
  if (html.empty() && page == "index") html = page_html(page = live_.first_page());
  {
    const std::lock_guard lock(mutex_);
    looked_at_[page].last = Clock::now();
  }
  const int status = html.empty() ? 404 : 200;
  if (html.empty() && !site.empty())
    if (const auto missing = file_inside(site, "404.html")) html = read_text_file(*missing);
  if (html.empty()) html = "<!DOCTYPE html><html><body><h1>Page not found</h1></body></html>";
  // It is written for the site's root, and is shown at any address.
  if (const std::size_t head = html.find("<head>"); status == 404 && head != std::string::npos)
    html.insert(head + 6, "<base href=\"/\">");
  const std::string version = status == 200 ? version_of(html) : std::string();
  const std::string script =
      fmt::format("<script data-page=\"{}\" data-version=\"{}\">{}</script>", escape_html(page), version, preview_js());
  const std::size_t end = html.rfind("</body>");
  html.insert(end == std::string::npos ? html.size() : end, script);
  return {status, std::move(html), std::string(content_type(*path))};
}

std::shared_ptr<void> Preview::look_at(const std::string& page) {
  const std::lock_guard lock(mutex_);
  ++looked_at_[page].open;
  return {this, [page](void* preview) {
            auto& self = *static_cast<Preview*>(preview);
            const std::lock_guard again(self.mutex_);
            Look& look = self.looked_at_[page];
            --look.open;
            look.last = Clock::now();
          }};
}

Preview::News Preview::wait_for_news(const std::string& page, std::uint64_t known, std::chrono::milliseconds longest) {
  News news;
  {
    std::unique_lock lock(mutex_);
    news_.wait_for(lock, longest, [&] { return stopping_ || number_ > known; });
    news.number = number_;
    news.errors = to_json(errors_);
    const auto warnings = warnings_.find(page);
    news.warnings = to_json(warnings == warnings_.end() ? Findings() : warnings->second);
  }
  try {
    const std::string html = page_html(page);
    if (!html.empty()) news.version = version_of(html);
  } catch (const Error&) {
    // The file is being written; the next news will tell.
  }
  return news;
}

}  // namespace veneer::docs
