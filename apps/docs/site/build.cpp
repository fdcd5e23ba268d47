#include "docs/site/site_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "docs/site/inventory.h"
#include "docs/site/work.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

const std::string kFallback = "../";

// Whether a page has the directives that it had.
bool repeats(const std::vector<Directive>& directives, const std::vector<MadeDirective>& made) {
  return !directives.empty() && std::equal(directives.begin(), directives.end(), made.begin(), made.end(),
                                           [](const Directive& a, const MadeDirective& b) {
                                             return a.object == b.object && a.members == b.members;
                                           });
}

std::string first_paragraph(std::string_view html) {
  constexpr std::size_t kLongest = 180;
  for (std::size_t at = html.find("<p>"); at != std::string_view::npos; at = html.find("<p>", at + 3)) {
    const std::size_t end = html.find("</p>", at);
    if (end == std::string_view::npos) return {};
    std::string text;
    bool tag = false;
    for (const char c : html.substr(at, end - at)) {
      if (c == '<') tag = true;
      if (!tag) text += c == '\n' ? ' ' : c;
      if (c == '>') tag = false;
    }
    text = unescape_html(trim(text));
    if (text.size() < 20) continue;
    if (text.size() <= kLongest) return text;
    std::size_t cut = text.rfind(' ', kLongest);
    if (cut == std::string::npos || cut == 0) cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    return text.substr(0, cut) + "\u2026";
  }
  return {};
}

}  // namespace

std::string SiteBuild::name_of(const fs::path& file) const {
  const fs::path relative = file.lexically_relative(options_.repository);
  return relative.empty() || *relative.begin() == ".." ? file.string() : relative.generic_string();
}

std::uint64_t SiteBuild::options_key() const {
  const FileStamp tool = stamp_of("/proc/self/exe");
  std::string text = fmt::format("{} {}\n", tool.size, tool.changed);
  for (const std::string& part :
       {options_.library, options_.docs.string(), options_.language, options_.version, options_.version_tag,
        options_.source_root.string(), options_.repository_url(), options_.repo_name, options_.version_tag_suffix,
        options_.fallback.string(), options_.title, options_.site_url, options_.default_branch})
    text += part + "\n";
  for (const ExternalProject& project : options_.external) text += project.url + project.inventory.string();
  for (const std::string& rule : options_.unchecked) text += rule + "\n";
  text += fmt::format("{} {} {}", static_cast<int>(*options_.source_kind), static_cast<int>(options_.raw_html),
                      static_cast<int>(options_.toc_check));
  return hash_bytes(text);
}

// Whether every file that the last build read, and the list of files, is as it was.
bool SiteBuild::unchanged() {
  std::string stamps;
  const auto add = [&stamps](std::string_view name, const FileStamp& stamp) {
    stamps += fmt::format("{} {} {}\n", name, stamp.size, stamp.changed);
  };
  for (const SiteFiles* files : {&files_, &fallback_files_}) {
    for (const SourceFile& file : files->pages) add(file.path, file.stamp);
    for (const SourceFile& file : files->assets) add(file.path, file.stamp);
  }
  for (const char* name : {"_toctree.yml", "_redirects.yml"}) add(name, stamp_of(options_.docs / name));
  for (const ExternalProject& project : options_.external) add("inventory", stamp_of(project.inventory));
  new_.everything = hash_bytes(stamps);
  if (old_.key != new_.key || old_.everything != new_.everything) return false;
  return std::all_of(old_.inputs.begin(), old_.inputs.end(),
                     [](const StampedFile& input) { return stamp_of(input.file) == input.stamp; });
}

void SiteBuild::read_toctree() {
  const fs::path file = options_.docs / "_toctree.yml";
  if (fs::exists(file)) {
    toctree_ = parse_toctree(read_text_file(file), name_of(file));
  } else {
    findings_.push_back(finding_at({name_of(file), 1}, Severity::warning, "missing-toctree", "there is no _toctree.yml",
                                   "the pages are listed by their names"));
    for (const SourceFile& page : files_.pages)
      toctree_.entries.push_back({page.path, page.path, "", {}, false, false, 0});
  }
  findings_.insert(findings_.end(), toctree_.findings.begin(), toctree_.findings.end());
  for (const auto& [path, title] : toctree_.pages()) titles_.emplace(path, title);
  moves_ = toctree_.apply_moves();
  const fs::path redirects = options_.docs / "_redirects.yml";
  redirects_ = read_redirects(redirects, name_of(redirects), findings_);
}

void SiteBuild::collect_pages() {
  std::unordered_map<std::string, PageRecord*> known;
  if (old_.key == new_.key)
    for (PageRecord& record : old_.pages) known.emplace(record.path, &record);
  std::unordered_map<std::string, FileStamp> stamps;  // of inputs: many pages share them
  const auto same = [&stamps](const StampedFile& input) {
    const auto [entry, fresh] = stamps.try_emplace(input.file);
    if (fresh) entry->second = stamp_of(input.file);
    return entry->second == input.stamp;
  };
  const auto add = [&](const SourceFile& file, std::vector<std::unique_ptr<Work>>& list, const std::string& path) {
    auto work = std::make_unique<Work>();
    work->source = &file;
    if (const auto found = known.find(path); found != known.end()) {
      const PageRecord& record = *found->second;
      const bool sound = std::none_of(record.plan_findings.begin(), record.plan_findings.end(),
                                      [](const Finding& f) { return f.severity == Severity::error; });
      const bool same_inputs = std::all_of(record.inputs.begin(), record.inputs.end(), same);
      work->changed = !sound || record.stamp != file.stamp || !same_inputs;
      if (!work->changed)
        work->record = std::move(*found->second);
      else if (same_inputs && record.plan_findings.empty())
        work->former = std::make_unique<FormerPage>(FormerPage{std::move(*found->second), {}, {}});
    }
    work->record.path = path;
    work->record.stamp = file.stamp;
    list.push_back(std::move(work));
  };
  std::unordered_set<std::string> outputs;
  for (const SourceFile& file : files_.pages) {
    const auto move = moves_.find(file.path);
    const std::string& output = move != moves_.end() ? move->second : file.path;
    if (!outputs.insert(output).second) {
      findings_.push_back(finding_at({name_of(file.file), 1}, Severity::error, "two-sources",
                                     fmt::format("another file is the page `{}` already", output),
                                     "rename one of them"));
      continue;
    }
    if (move != moves_.end()) redirects_.push_back({file.path, move->second, {}});
    add(file, pages_, file.path);
    Work& work = *pages_.back();
    work.output = output;
    if (output_.exists(work.output + ".html") && output_.exists(work.output + ".md")) continue;
    work.changed = true;
    work.former.reset();
  }
  const std::string folder = kFallback + options_.fallback.filename().string() + "/";
  for (const SourceFile& file : fallback_files_.pages) {
    add(file, fallback_, folder + file.path);
    fallback_.back()->fallback = true;
    fallback_.back()->output = fallback_.back()->record.path;
  }
}

void SiteBuild::read_external() {
  for (const ExternalProject& project : options_.external) {
    try {
      const auto entries = read_inventory(read_text_file(project.inventory), project.inventory.string());
      for (const InventoryEntry& entry : entries) {
        site_.external.emplace(entry.name, project.url + (project.url.ends_with('/') ? "" : "/") + entry.address);
        site_.external_projects.insert(entry.name.substr(0, entry.name.find('.')));
      }
    } catch (const Error& error) {
      findings_.push_back(finding_at({name_of(project.inventory), 1}, Severity::warning, "missing-inventory",
                                     error.what(), "fetch the project's objects.inv to this place"));
    }
  }
}

void SiteBuild::map_site() {
  site_.library = options_.library;
  site_.language = options_.language;
  site_.raw_html = options_.raw_html;
  for (const auto& work : pages_) {
    site_.pages.emplace(work->source->path, work->output);
    site_.pages.emplace(work->output, work->output);
    site_.page_names.push_back(work->output);
  }
  for (const auto& work : fallback_) site_.pages.emplace(work->source->path, work->record.path);
  for (const SourceFile& asset : files_.assets) site_.assets.insert(asset.path);
  add_redirects(redirects_, site_, findings_);
  read_external();
}

std::string SiteBuild::source_name(const Work& work) const {
  return name_of(work.source->file);
}

void SiteBuild::fail_page(Work& work, std::string_view rule, std::string_view why) const {
  work.failed = true;
  work.record.plan_findings.push_back(finding_at({source_name(work), 1}, Severity::error, rule, std::string(why),
                                                 "the other pages are built without it"));
}

void SiteBuild::prepare(Work& work) {
  const std::string text = read_text_file(work.source->file);
  work.record.hash = hash_bytes(text);
  PrepareOptions prepare;
  prepare.page = work.output;
  prepare.folder = work.source->file.parent_path();
  prepare.root = options_.repository;
  work.prepared = prepare_page(text, {source_name(work), 1}, prepare);
  if (work.former && !repeats(work.prepared.directives, work.former->record.directives)) work.former.reset();
}

void SiteBuild::plan(Work& work) {
  PageRecord& record = work.record;
  record.anchors.clear();
  record.plan_findings.clear();
  record.inputs.clear();
  std::unordered_set<std::string> inputs, objects;
  for (const fs::path& file : work.prepared.includes) inputs.insert(file.string());
  if (work.former) {
    record.anchors = work.former->record.anchors;
    for (const StampedFile& input : work.former->record.inputs) inputs.insert(input.file);
  } else if (options_.source_kind != SourceKind::none) {
    for (const Directive& directive : work.prepared.directives) {
      DirectivePlan planned = objects_.plan(directive);
      if (!planned.anchors.empty() && !objects.insert(planned.anchors.front().anchor).second)
        record.plan_findings.push_back(finding_at(
            directive.where, Severity::warning, "repeated-object",
            fmt::format("`{}` is documented twice on this page", directive.object), "keep one [[autodoc]] of it"));
      record.anchors.insert(record.anchors.end(), planned.anchors.begin(), planned.anchors.end());
      record.plan_findings.insert(record.plan_findings.end(), planned.findings.begin(), planned.findings.end());
      for (const fs::path& file : planned.sources) inputs.insert(file.string());
    }
  }
  for (const std::string& file : inputs) record.inputs.push_back({file, stamp_of(file)});
}

void SiteBuild::prepare_pages() {
  std::vector<Work*> changed;
  for (const auto* list : {&pages_, &fallback_})
    for (const auto& work : *list)
      if (work->changed) changed.push_back(work.get());
  std::sort(changed.begin(), changed.end(),
            [](const Work* a, const Work* b) { return a->source->stamp.size > b->source->stamp.size; });
  const auto for_each_changed = [&](const auto& step) {
    for_each_index(changed.size(), [&](std::size_t i) {
      Work& work = *changed[i];
      if (work.failed) return;
      try {
        step(work);
      } catch (const std::exception& error) {
        fail_page(work, "unreadable-page", error.what());
      }
    });
  };
  for_each_changed([this](Work& work) { prepare(work); });
  const auto needs_sources = [](const Work* work) { return !work->prepared.directives.empty() && !work->former; };
  if (options_.source_kind != SourceKind::none && std::any_of(changed.begin(), changed.end(), needs_sources)) {
    try {
      objects_.read();  // on all threads; the first page that asks would do it on its own one
    } catch (const Error&) {
      // Each page that asks will hear of it.
    }
  }
  for_each_changed([this](Work& work) { plan(work); });
}

// Which page documents what: the first in reading order wins.
void SiteBuild::link_objects() {
  std::string environment;
  std::vector<DocumentedPlace> places;
  for (const auto* list : {&pages_, &fallback_})
    for (const auto& work : *list) {
      const std::string& page = work->output;
      environment += page + "\n";
      for (const DocumentedAnchor& anchor : work->record.anchors) {
        places.push_back({anchor.anchor, page, anchor.alias});
        environment += anchor.anchor;
        environment += anchor.alias ? " alias\n" : "\n";
      }
    }
  for (const SourceFile& asset : files_.assets) environment += asset.path + "\n";
  for (const Redirect& redirect : redirects_) environment += redirect.from + ": " + redirect.to + "\n";
  for (const ExternalProject& project : options_.external)
    environment += fmt::format("{}\n", stamp_of(project.inventory).changed);
  new_.environment = hash_bytes(environment);
  objects_.set_documented(std::move(places));
  if (new_.key == old_.key && new_.environment == old_.environment) {
    objects_.remember(std::move(old_.references));
    return;
  }
  for (const auto& work : pages_) {
    work->former.reset();
    if (work->changed) continue;
    work->changed = true;
    try {
      prepare(*work);
    } catch (const std::exception& error) {
      fail_page(*work, "unreadable-page", error.what());
    }
  }
}

void SiteBuild::render(Work& work) {
  PageRecord& record = work.record;
  if (work.former) {
    work.former->main = old_main(work.output + ".html");
    work.former->markdown = read_text_file(options_.site / (work.output + ".md"));
  }
  const PageObjects objects(objects_, work.former.get());
  Page page(work.output, options_.source_kind == SourceKind::none ? nullptr : &objects, &site_);
  PageText text = render_page(work.prepared, page);
  const auto& outline = page.outline();
  const auto first = std::find_if(outline.begin(), outline.end(), [](const OutlineEntry& e) { return e.level == 1; });
  const auto listed = titles_.find(work.output);
  record.title = first != outline.end()         ? first->title
                 : !work.prepared.title.empty() ? work.prepared.title
                 : listed != titles_.end()      ? listed->second
                                                : work.output;
  if (first == outline.end()) {
    const std::string id = escape_html(page.claim_id(slug(record.title)));
    text.html = fmt::format("<h1 id=\"{}\">{}</h1>", id, escape_html(record.title)) + text.html;
  }
  record.description = work.prepared.description.empty() ? first_paragraph(text.html) : work.prepared.description;
  record.ids.assign(page.ids().begin(), page.ids().end());
  std::sort(record.ids.begin(), record.ids.end());
  record.links = page.links();
  record.findings = page.findings();
  work.samples = page.take_samples();
  record.sections = search_sections(text.html, outline, vocabulary_);
  if (!record.sections.empty() && record.sections.front().anchor.empty()) record.sections.front().title = record.title;
  work.main = compose_main(text.html, outline);
  work.markdown = std::move(text.markdown);
  record.directives = objects.made(work.main, work.markdown);
  record.main_hash = hash_bytes(work.main);
  record.markdown_hash = hash_bytes(work.markdown);
  record.references = 0;
  for (std::size_t at = work.main.find("<a class=\"ref\""); at != std::string::npos;
       at = work.main.find("<a class=\"ref\"", at + 1))
    ++record.references;
  work.directives = std::move(work.prepared.directives);
  work.prepared = {};
  work.former.reset();
}

void SiteBuild::render_pages() {
  std::vector<Work*> changed;
  for (const auto& work : pages_)
    if (work->changed && !work->failed) changed.push_back(work.get());
  std::sort(changed.begin(), changed.end(), [](const Work* a, const Work* b) {
    return std::pair(a->prepared.directives.size(), a->source->stamp.size) >
           std::pair(b->prepared.directives.size(), b->source->stamp.size);
  });
  render_all(changed);
  rendered_ = changed.size();
}

void SiteBuild::render_all(const std::vector<Work*>& pages) {
  for_each_index(pages.size(), [&](std::size_t i) {
    try {
      render(*pages[i]);
    } catch (const std::exception& error) {
      fail_page(*pages[i], "failed-page", error.what());
    }
  });
}

// Only pages whose anchors someone links to: nothing else of them is looked at.
void SiteBuild::render_linked_fallback() {
  std::unordered_set<std::string_view> linked;
  for (const auto& work : pages_)
    for (const PageLink& link : work->record.links)
      if (!link.anchor.empty()) linked.insert(link.page);
  std::vector<Work*> needed;
  for (const auto& work : fallback_)
    if (linked.contains(work->output) && !work->failed) needed.push_back(work.get());
  render_all(needed);
}

void SiteBuild::order_pages() {
  std::unordered_map<std::string, std::size_t> order;
  for (const auto& [path, title] : toctree_.pages()) order.emplace(path, order.size());
  const auto place = [&order](const std::unique_ptr<Work>& work) {
    const auto found = order.find(work->output);
    return found != order.end() ? found->second : order.size();
  };
  std::stable_sort(pages_.begin(), pages_.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

void SiteBuild::check_toctree() {
  const std::string file = name_of(options_.docs / "_toctree.yml");
  std::unordered_set<std::string> listed, places;
  // A page may stand in several places, under other titles; twice in one place is a mistake.
  const auto visit = [&](const auto& self, const std::vector<TocEntry>& entries, const std::string& above) -> void {
    for (const TocEntry& entry : entries) {
      const std::string place = above + "/" + entry.title;
      if (!entry.local.empty()) {
        const bool is_new = listed.insert(entry.local).second;
        if (!places.insert(entry.local + " " + place).second)
          findings_.push_back(finding_at({file, entry.line}, Severity::warning, "repeated-page",
                                         fmt::format("`{}` is listed twice under the same titles", entry.local),
                                         "keep one entry"));
        else if (is_new && site_.page(entry.local) != entry.local)
          findings_.push_back(finding_at({file, entry.line}, Severity::error, "missing-page",
                                         fmt::format("there is no page `{}`", entry.local), [&] {
                                           const auto name = nearest_path(entry.local, site_.page_names);
                                           return name ? fmt::format("did you mean `{}`?", *name) : "remove the entry";
                                         }()));
      }
      self(self, entry.sections, place);
    }
  };
  visit(visit, toctree_.entries, "");
  // Of a file that cannot be read nothing is listed: that is one mistake, not one a page.
  const bool is_broken = toctree_.entries.empty() && !toctree_.findings.empty();
  if (is_broken || options_.toc_check == BuildOptions::TocCheck::off) return;
  for (const auto& work : pages_) {
    const std::string& path = work->output;
    if (listed.contains(path) || path.substr(path.rfind('/') + 1) == "README") continue;
    findings_.push_back(finding_at({source_name(*work), 1}, Severity::error, "unlisted-page",
                                   fmt::format("the page `{}` is not in {}", path, file),
                                   fmt::format("add `- local: {}` with a title", path)));
  }
}

void SiteBuild::check_links() {
  std::unordered_map<std::string_view, const PageRecord*> by_path;
  for (const auto* list : {&pages_, &fallback_})
    for (const auto& work : *list)
      if (!work->record.ids.empty()) by_path.emplace(work->output, &work->record);
  for (const auto& work : pages_)
    for (const PageLink& link : work->record.links) {
      if (link.anchor.empty()) continue;
      const auto found = by_path.find(link.page.empty() ? work->output : link.page);
      if (found == by_path.end() || work->failed) continue;
      const std::vector<std::string>& ids = found->second->ids;
      if (std::binary_search(ids.begin(), ids.end(), link.anchor)) continue;
      const auto suggestion = nearest(link.anchor, ids);
      findings_.push_back({link.where, Severity::warning, "broken-anchor",
                           fmt::format("`{}` has no anchor `{}`", found->first, link.anchor),
                           suggestion
                               ? fmt::format("did you mean `#{}`?", *suggestion)
                               : fmt::format("give the heading that is meant this anchor: [[{}]]", link.anchor)});
    }
}

// Images that every clone of the repository carries.
void SiteBuild::check_images() {
  static constexpr std::array<std::string_view, 8> kImages{".png",  ".jpg", ".jpeg", ".gif",
                                                           ".webp", ".bmp", ".tiff", ".svg"};
  for (const SourceFile& asset : files_.assets) {
    const std::string extension = lower_case(fs::path(asset.path).extension().string());
    if (std::find(kImages.begin(), kImages.end(), extension) == kImages.end()) continue;
    if (asset.stamp.size <= options_.largest_image) continue;
    findings_.push_back(finding_at({name_of(asset.file), 0}, Severity::warning, "large-image",
                                   fmt::format("the image has {} KB, more than {}: it weighs down the repository",
                                               asset.stamp.size / 1000, options_.largest_image / 1000),
                                   "keep it elsewhere and link to it, or make it smaller"));
  }
}

void SiteBuild::check_docstrings() {
  if (options_.source_kind != SourceKind::python) return;
  for_each_index(pages_.size(), [&](std::size_t i) {
    Work& work = *pages_[i];
    for (const Directive& directive : work.directives)
      for (Finding& finding : objects_.review(directive)) work.record.findings.push_back(std::move(finding));
  });
}

void SiteBuild::check_samples(const SampleCheck& check_sample) {
  for_each_index(pages_.size(), [&](std::size_t i) {
    Work& work = *pages_[i];
    for (const CodeSample& sample : work.samples)
      if (std::optional<Finding> finding = check_sample(sample)) work.record.findings.push_back(std::move(*finding));
  });
}

}  // namespace veneer::docs
