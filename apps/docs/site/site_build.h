// The steps of a build, in order. Internal to site/; one build, started on one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "docs/page/page_text.h"
#include "docs/site/build.h"
#include "docs/site/output.h"
#include "docs/site/page_objects.h"
#include "docs/site/redirects.h"
#include "docs/site/remembered_objects.h"
#include "docs/site/site_files.h"
#include "docs/site/state.h"
#include "docs/site/template.h"
#include "docs/site/toctree.h"

namespace veneer::docs {

// A page on its way through the build.
struct Work {
  PageRecord record;
  const SourceFile* source = nullptr;
  std::unique_ptr<FormerPage> former;  ///< of a page whose text alone has changed
  bool fallback = false;               ///< of another language: only what it documents matters
  bool changed = true;
  bool failed = false;
  PreparedText prepared;
  std::string main;  ///< rendered text and outline
  std::string html;  ///< the whole file, if it is to be written
  std::string markdown;
  std::string output;  ///< its path in the site, without extension
  std::vector<CodeSample> samples;
  std::vector<Directive> directives;  ///< for a check
};

class SiteBuild {
 public:
  SiteBuild(const BuildOptions& options, const ObjectDocsFactory& make_objects)
      : options_(options),
        output_(options.site),
        objects_([this, &make_objects] { return make_objects(options_, source_findings_); }) {}

  BuildResult run();
  BuildResult check(const SampleCheck& check_sample);

 private:
  void find_sources();
  void make_pages();
  bool unchanged();
  void read_toctree();
  void collect_pages();
  void map_site();
  void prepare_pages();
  void prepare(Work& work);
  void plan(Work& work);
  void link_objects();
  void render_pages();
  void render_all(const std::vector<Work*>& pages);
  void render_linked_fallback();
  void render(Work& work);
  void order_pages();
  void check_links();
  void check_toctree();
  void check_images();
  void check_docstrings();
  void check_samples(const SampleCheck& check_sample);
  void write_pages();
  void gather_findings(BuildResult& result);
  void compose(std::size_t index);
  [[nodiscard]] FramedPage framed(std::size_t index) const;
  [[nodiscard]] std::string old_main(const std::string& html) const;
  void write_feeds();
  void write_redirects();
  void write_assets();
  void read_external();
  void finish(BuildResult& result);
  [[nodiscard]] std::string name_of(const std::filesystem::path& file) const;
  [[nodiscard]] std::uint64_t options_key() const;
  void make_frame();
  [[nodiscard]] std::string source_name(const Work& work) const;
  void fail_page(Work& work, std::string_view rule, std::string_view why) const;

  const BuildOptions& options_;
  SiteOutput output_;
  Findings source_findings_;
  RememberedObjects objects_;
  BuildState old_, new_;
  SiteFiles files_, fallback_files_;
  Toctree toctree_;
  SiteMap site_;
  Vocabulary vocabulary_;
  Frame frame_;
  std::vector<std::unique_ptr<Work>> pages_;     ///< of this site, in reading order after order_pages
  std::vector<std::unique_ptr<Work>> fallback_;  ///< of the fallback language
  std::unordered_map<std::string, std::string> titles_, moves_;
  std::vector<Redirect> redirects_;
  Findings findings_;
  std::uint64_t rendered_ = 0;
};

}  // namespace veneer::docs
