#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "docs/site/feeds.h"
#include "docs/site/inventory.h"
#include "docs/site/site_build.h"
#include "docs/site/work.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

const std::string kStateFile = "_assets/build-state.bin";

// The way from the page `from` to the page `to`.
std::string relative_page(const std::string& from, const std::string& to) {
  std::string up;
  for (auto i = std::count(from.begin(), from.end(), '/'); i > 0; --i) up += "../";
  return up + percent_encoded(to) + ".html";
}

bool has_error(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

}  // namespace

bool BuildResult::ok(BuildOptions::Strictness strictness) const {
  if (!failed.empty()) return false;
  return std::none_of(findings.begin(), findings.end(), [strictness](const Finding& finding) {
    return finding.severity == Severity::error || strictness == BuildOptions::Strictness::strict;
  });
}

void SiteBuild::make_frame() {
  frame_ = site_frame(options_, toctree_);
  std::string all = frame_.edit_url + frame_.assets_tag;
  const auto visit = [&all](const auto& self, const std::vector<TocEntry>& entries) -> void {
    for (const TocEntry& entry : entries) {
      all += fmt::format("{}|{}|{}{}(", entry.title, entry.local, entry.expanded, entry.is_new);
      self(self, entry.sections);
      all += ')';
    }
  };
  visit(visit, toctree_.entries);
  frame_.hash = hash_bytes(all, new_.key);
}

FramedPage SiteBuild::framed(std::size_t index) const {
  const Work& work = *pages_[index];
  FramedPage page;
  page.path = work.output;
  const auto title = titles_.find(work.output);
  page.title = title != titles_.end() ? title->second : work.record.title;
  page.description = work.record.description;
  page.source = work.source->file.lexically_relative(options_.docs).generic_string();
  const auto neighbour = [this](std::size_t i) {
    const Work& other = *pages_[i];
    const auto found = titles_.find(other.output);
    return PageLinkTo{other.output, found != titles_.end() ? found->second : other.record.title};
  };
  // Pages outside the toctree have no neighbours.
  if (title != titles_.end()) {
    if (index > 0) page.previous = neighbour(index - 1);
    if (index + 1 < pages_.size() && titles_.contains(pages_[index + 1]->output)) page.next = neighbour(index + 1);
  }
  return page;
}

// The text of a page whose frame alone is new, from the page as it stands.
std::string SiteBuild::old_main(const std::string& html) const {
  const std::string whole = read_text_file(options_.site / html);
  const std::size_t begin = whole.find(kMainBegin), end = whole.find(kMainEnd);
  const std::size_t second = whole.find(kMainBegin, end), last = whole.find(kMainEnd, second);
  if (begin == std::string::npos || last == std::string::npos)
    fail(ErrorCode::corrupt_file, "{}: is not as it was written; build with --clean", html);
  std::string main = whole.substr(begin + kMainBegin.size(), end - begin - kMainBegin.size());
  main += kMainEnd;
  main += kMainBegin;
  return main += whole.substr(second + kMainBegin.size(), last - second - kMainBegin.size());
}

// The page's file, unless the one of the last build is the same.
void SiteBuild::compose(std::size_t index) {
  Work& work = *pages_[index];
  PageRecord& record = work.record;
  const FramedPage page = framed(index);
  const std::string file = work.output + ".html";
  if (work.failed) {
    record.frame_hash = 0;
    if (output_.exists(file) && output_.exists(work.output + ".md")) return;  // its last good version stays
    std::string list;
    for (const Finding& finding : record.findings) list += fmt::format("<li>{}</li>", escape_html(to_string(finding)));
    for (const Finding& finding : record.plan_findings)
      list += fmt::format("<li>{}</li>", escape_html(to_string(finding)));
    work.main = compose_main(
        fmt::format("<h1>{}</h1><p>This page could not be built.</p><ul>{}</ul>", escape_html(page.title), list), {});
  }
  const std::string key = fmt::format("{} {} {} {}|{}|{}|{}|{}|{}|{}", frame_.hash, record.main_hash,
                                      record.markdown_hash, page.path, page.title, page.description, page.previous.path,
                                      page.previous.title, page.next.path, page.next.title);
  const std::uint64_t hash = hash_bytes(key);
  if (!work.failed && record.frame_hash == hash && output_.exists(file) && output_.exists(work.output + ".md")) return;
  try {
    if (work.main.empty()) work.main = old_main(file);
    record.frame_hash = work.failed ? 0 : hash;
    work.html = compose_page(frame_, page, work.main);
  } catch (const Error& error) {
    fail_page(work, "failed-page", error.what());
  }
  work.main.clear();
}

void SiteBuild::write_pages() {
  make_frame();
  for_each_index(pages_.size(), [this](std::size_t i) { compose(i); });
  for (const auto& work : pages_) {
    const std::string html = work->output + ".html", markdown = work->output + ".md";
    if (work->html.empty())
      output_.keep(html);
    else
      output_.write(html, std::move(work->html));
    if (work->markdown.empty() && output_.exists(markdown))
      output_.keep(markdown);
    else
      output_.write(markdown, work->markdown);
  }
}

void SiteBuild::write_feeds() {
  static const std::vector<std::string> kFiles{
      "_assets/search-index.js", "llms.txt", "llms-full.txt", "sitemap.xml", "objects.inv", "404.html"};
  std::string key = fmt::format("{} ", frame_.hash);
  for (const auto& work : pages_)
    key += fmt::format("{}|{}|{}|{}|", work->output, work->record.title, work->record.main_hash,
                       work->record.markdown_hash);
  new_.feeds = hash_bytes(key);
  std::vector<std::vector<SearchSection>*> sections;
  for (const auto& work : pages_) sections.push_back(&work->record.sections);
  settle(vocabulary_, sections);
  const bool kept = new_.feeds == old_.feeds && std::all_of(kFiles.begin(), kFiles.end(),
                                                            [this](const std::string& f) { return output_.exists(f); });
  if (kept) {
    for (const std::string& file : kFiles) output_.keep(file);
    return;
  }
  std::vector<SearchPage> search;
  std::vector<InventoryEntry> inventory;
  std::vector<std::string> texts(pages_.size());
  std::vector<FeedPage> feed;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    const Work& work = *pages_[i];
    const auto listed = titles_.find(work.output);
    const std::string& title = listed != titles_.end() ? listed->second : work.record.title;
    search.push_back({work.output, title, &work.record.sections});
    if (work.markdown.empty() && output_.exists(work.output + ".md"))
      texts[i] = read_text_file(options_.site / (work.output + ".md"));
    feed.push_back({work.output, title, work.markdown.empty() ? std::string_view(texts[i]) : work.markdown});
    const std::string address = percent_encoded(work.output) + ".html";
    inventory.push_back({work.output, "std:doc", address, title});
    for (const DocumentedAnchor& anchor : work.record.anchors)
      inventory.push_back(
          {anchor.anchor, anchor.role.empty() ? "py:obj" : anchor.role, address + "#" + anchor.anchor, ""});
  }
  std::array<std::string, 2> large;
  for_each_index(large.size(), [&](std::size_t i) {
    large[i] = i == 0 ? write_search_index(search, vocabulary_) : write_llms_full(options_, feed);
  });
  output_.write(kFiles[0], std::move(large[0]));
  output_.write(kFiles[1], write_llms(options_, feed));
  output_.write(kFiles[2], std::move(large[1]));
  output_.write(kFiles[3], write_sitemap(options_, feed));
  output_.write(kFiles[4], write_inventory(options_.library, options_.version, inventory));
  FramedPage missing;
  missing.title = "Page not found";
  output_.write(kFiles[5], compose_page(frame_, missing,
                                        compose_main("<h1>Page not found</h1><p>There is no page at this address. The "
                                                     "search above and the list of pages may help.</p>",
                                                     {})));
}

// Stubs at the addresses that pages once had.
void SiteBuild::write_redirects() {
  const fs::path file = options_.docs / "_redirects.yml";
  if (fs::exists(file)) output_.write("_redirects.yml", read_text_file(file));
  std::unordered_set<std::string> written;
  for (const Redirect& redirect : redirects_) {
    if (site_.page(redirect.from) == redirect.from) continue;  // there is a page at the old address
    if (!written.insert(redirect.from).second) continue;
    const bool outside = is_web_address(redirect.to);
    output_.write(redirect.from + ".html",
                  compose_redirect(outside ? redirect.to : relative_page(redirect.from, *site_.page(redirect.to))));
  }
  const auto pages = toctree_.pages();
  if (!site_.page("index") && !pages.empty())
    output_.write("index.html", compose_redirect(relative_page("index", pages.front().first)));
}

void SiteBuild::write_assets() {
  std::unordered_map<std::string, FileStamp> known;
  for (const StampedFile& asset : old_.assets) known.emplace(asset.file, asset.stamp);
  for (const SourceFile& asset : files_.assets) {
    if (asset.path.ends_with(".html") && site_.page(asset.path.substr(0, asset.path.size() - 5))) {
      findings_.push_back(finding_at({name_of(asset.file), 1}, Severity::error, "two-sources",
                                     "there is a page of this name", "rename one of them"));
      continue;
    }
    const auto found = known.find(asset.path);
    if (found != known.end() && found->second == asset.stamp && output_.exists(asset.path))
      output_.keep(asset.path);
    else
      output_.copy(asset.path, asset.file);
    new_.assets.push_back({asset.path, asset.stamp});
  }
  // For those who come from another version: whether there is the page that they read.
  std::string pages = "veneerPages=[";
  for (const auto& work : pages_) pages += js_string(work->output) + ",";
  for (const Redirect& redirect : redirects_) pages += js_string(redirect.from) + ",";
  output_.write("_assets/pages.js", pages + "];\n");
  output_.write("_assets/site.css", std::string(site_css()));
  output_.write("_assets/site.js", std::string(site_js()));
  output_.write("_assets/veneer-math.woff2", std::string(math_font()));
  if (fs::exists(options_.docs / "_toctree.yml"))
    output_.write("_toctree.yml", read_text_file(options_.docs / "_toctree.yml"));
}

void SiteBuild::gather_findings(BuildResult& result) {
  for (const auto* list : {&findings_, &source_findings_})
    result.findings.insert(result.findings.end(), list->begin(), list->end());
  for (const auto& work : pages_) {
    for (const auto* list : {&work->record.plan_findings, &work->record.findings})
      result.findings.insert(result.findings.end(), list->begin(), list->end());
    result.references += work->record.references;
    if (work->failed || has_error(work->record.plan_findings) || has_error(work->record.findings))
      result.failed.push_back(work->output);
  }
  const auto key = [](const Finding& f) { return std::tie(f.where, f.rule, f.message); };
  std::sort(result.findings.begin(), result.findings.end(),
            [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
  result.findings.erase(std::unique(result.findings.begin(), result.findings.end(),
                                    [&](const Finding& a, const Finding& b) { return key(a) == key(b); }),
                        result.findings.end());
  std::unordered_set<std::string> packages;  // of these one finding says enough
  std::erase_if(result.findings, [&](const Finding& finding) {
    const bool is_off = finding.severity == Severity::warning && options_.unchecked.contains(finding.rule);
    return is_off || (finding.rule == "unlinked-package" && !packages.insert(finding.message).second);
  });
}

void SiteBuild::finish(BuildResult& result) {
  result.site = options_.site;
  result.pages = pages_.size();
  result.rendered = rendered_;
  gather_findings(result);
  new_.findings = result.findings;
  new_.reference_count = result.references;
  new_.references = objects_.take_references();
  new_.words = vocabulary_.words();
  std::unordered_map<std::string, FileStamp> inputs;
  for (const auto* list : {&pages_, &fallback_})
    for (const auto& work : *list) {
      for (const StampedFile& input : work->record.inputs) inputs.emplace(input.file, input.stamp);
      if (work->failed) work->record.stamp = {};  // to be tried again
      new_.pages.push_back(std::move(work->record));
    }
  for (auto& [file, stamp] : inputs) new_.inputs.push_back({file, stamp});
  if (!result.failed.empty()) new_.everything = 0;
  new_.good = result.ok(options_.strictness);
  output_.write(kStateFile, pack_state(new_));
  const fs::path failed = options_.site.string() + ".failed";
  if (new_.good || !old_.good || !fs::exists(options_.site)) {
    output_.publish();
    std::error_code ignored;
    fs::remove_all(failed, ignored);
  } else {
    output_.publish_to(failed);
    result.site = failed;
  }
  update_versions(options_);
}

void SiteBuild::find_sources() {
  files_ = find_files(options_.docs, options_.build, options_.repository);
  findings_ = outside_links(files_, options_.repository);
  if (!options_.fallback.empty()) fallback_files_ = find_files(options_.fallback, options_.build, options_.repository);
  if (files_.pages.empty())
    fail(ErrorCode::not_found, "{}: expected Markdown files (.md), found none", options_.docs.string());
}

void SiteBuild::make_pages() {
  read_toctree();
  collect_pages();
  map_site();
  order_pages();
  prepare_pages();
  link_objects();
  render_pages();
}

BuildResult SiteBuild::run() {
  if (options_.existing == BuildOptions::Existing::clean) fs::remove_all(options_.site);
  old_ = load_state(options_.site / kStateFile);
  new_.key = options_key();
  find_sources();
  BuildResult result;
  if (unchanged()) {
    fs::remove_all(options_.site.string() + ".failed");
    result.findings = std::move(old_.findings);
    result.pages = files_.pages.size();
    result.references = old_.reference_count;
    result.site = options_.site;
    return result;
  }
  output_.open();
  vocabulary_.start_with(std::move(old_.words));
  make_pages();
  check_toctree();
  check_links();
  write_pages();
  write_feeds();
  write_redirects();
  write_assets();
  finish(result);
  return result;
}

BuildResult SiteBuild::check(const SampleCheck& check_sample) {
  find_sources();
  make_pages();
  render_linked_fallback();
  check_toctree();
  check_links();
  check_images();
  check_docstrings();
  check_samples(check_sample);
  BuildResult result;
  result.pages = result.rendered = pages_.size();
  gather_findings(result);
  return result;
}

BuildResult build_site(const BuildOptions& options, const ObjectDocsFactory& make_objects) {
  return SiteBuild(options, make_objects).run();
}

BuildResult check_site(const BuildOptions& options, const ObjectDocsFactory& make_objects,
                       const SampleCheck& check_sample) {
  return SiteBuild(options, make_objects).check(check_sample);
}

}  // namespace veneer::docs
