#include "docs/site/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "docs/site/feeds.h"
#include "docs/site/repository.h"
#include "docs/site/state.h"
#include "docs/text/escape.h"

namespace veneer::docs {
namespace {

std::string to_root(std::string_view path) {
  std::string up;
  for (auto i = std::count(path.begin(), path.end(), '/'); i > 0; --i) up += "../";
  return up;
}

std::string address_of(std::string_view path) {
  return escape_html(percent_encoded(path));
}

bool holds(const TocEntry& entry, std::string_view path) {
  if (entry.local == path && !path.empty()) return true;
  return std::any_of(entry.sections.begin(), entry.sections.end(),
                     [path](const TocEntry& section) { return holds(section, path); });
}

void append(std::string& out, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) out += part;
}

// On a site of more pages, the whole table of contents on every page would be most of what is written.
constexpr std::size_t kWholeTree = 1000;
enum class Branches { all, own };  ///< those without the page are a link to their first page

std::string_view first_page(const TocEntry& entry) {
  if (!entry.local.empty()) return entry.local;
  for (const TocEntry& section : entry.sections)
    if (const std::string_view page = first_page(section); !page.empty()) return page;
  return {};
}

void sidebar(const std::vector<TocEntry>& entries, std::string_view root, std::string_view path, Branches branches,
             std::string& out) {
  out += "<ul>";
  for (const TocEntry& entry : entries) {
    const bool current = !entry.local.empty() && entry.local == path;
    const std::string title = breakable_html(entry.title);
    std::string link;
    if (!entry.local.empty()) {
      append(link, {"<a href=\"", root, address_of(entry.local), ".html\"", current ? " aria-current=\"page\"" : "",
                    ">", title, entry.is_new ? " <span class=\"badge\">new</span>" : "", "</a>"});
    }
    if (entry.sections.empty()) {
      append(out, {"<li>", link, "</li>"});
      continue;
    }
    const bool own = holds(entry, path);
    if (const std::string_view first = first_page(entry); branches == Branches::own && !own && !first.empty()) {
      append(out, {"<li><a href=\"", root, address_of(first), ".html\">", title, "</a></li>"});
      continue;
    }
    const bool open = entry.expanded || own;
    append(out, {"<li><details", open ? " open" : "", "><summary>", link.empty() ? title : link, "</summary>"});
    sidebar(entry.sections, root, path, branches, out);
    out += "</details></li>";
  }
  out += "</ul>";
}

void breadcrumbs(const std::vector<TocEntry>& entries, std::string_view path, std::vector<std::string_view>& trail) {
  for (const TocEntry& entry : entries) {
    if (entry.local == path || !holds(entry, path)) continue;
    trail.push_back(entry.title);
    breadcrumbs(entry.sections, path, trail);
    return;
  }
}

// Which versions and languages there are, pages learn from a script beside the site: a new one changes no page.
void picker(std::string& out, std::string_view kind, std::string_view label, std::string_view current) {
  append(out,
         {"<span class=\"tag\" data-picker=\"", kind, "\" title=\"", label, "\">", escape_html(current), "</span>"});
}

// Before anything is painted: the chosen theme, and that scripts run.
constexpr std::string_view kBeforeFirstPaint =
    R"(<script>try{var t=localStorage.getItem("veneer-theme");if(t)document.documentElement.dataset.theme=t})"
    R"(catch(e){}document.documentElement.classList.add("js")</script>)"
    "\n";

void head(const Frame& frame, const FramedPage& page, std::string_view root, std::string& out) {
  const BuildOptions& options = *frame.options;
  append(out,
         {"<!doctype html>\n<html lang=\"", escape_html(options.language), "\">\n<head>\n<meta charset=\"utf-8\">\n"});
  // The page for missing ones is served at their addresses.
  if (!options.site_url.empty() && page.path.empty())
    append(out, {"<base href=\"", escape_html(site_address(options)), "/\">\n"});
  append(out,
         {"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", escape_html(page.title),
          page.title == options.title ? "" : " \u00b7 " + escape_html(options.title), "</title>\n"});
  if (!page.description.empty())
    append(out, {"<meta name=\"description\" content=\"", escape_html(page.description), "\">\n"});
  if (!options.site_url.empty() && !page.path.empty())
    append(out, {"<link rel=\"canonical\" href=\"", escape_html(site_address(options)), "/", address_of(page.path),
                 ".html\">\n"});
  append(out,
         {"<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"veneer-docs\">\n"});
  if (!page.source.empty())
    append(out, {"<link rel=\"alternate\" type=\"text/markdown\" href=\"", root, address_of(page.path), ".md\">\n"});
  if (!page.previous.path.empty())
    append(out, {"<link rel=\"prev\" href=\"", root, address_of(page.previous.path), ".html\">\n"});
  if (!page.next.path.empty())
    append(out, {"<link rel=\"next\" href=\"", root, address_of(page.next.path), ".html\">\n"});
  append(out,
         {"<link rel=\"stylesheet\" href=\"", root, "_assets/site.css?", frame.assets_tag, "\">\n", kBeforeFirstPaint,
          "<script src=\"", root, "_assets/site.js?", frame.assets_tag, "\" defer></script>\n</head>\n"});
}

constexpr std::string_view kMenuIcon =
    "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M4 6h16M4 12h16M4 18h16\"/></svg>";
constexpr std::string_view kMenuButton =
    R"(<button class="icon menu-button" type="button" aria-label="Pages" aria-expanded="false" aria-controls="sidebar">)";
constexpr std::string_view kOutlineButton =
    R"(<button class="icon outline-button" type="button" aria-label="On this page" aria-expanded="false" aria-controls="outline">)";
constexpr std::string_view kOutlineIcon =
    "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M4 6h2M10 6h10M4 12h2M10 12h10M4 18h2M10 "
    "18h10\"/></svg>";
constexpr std::string_view kSearchIcon =
    "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"11\" cy=\"11\" r=\"6.5\"/><path d=\"m16 16 5 "
    "5\"/></svg>";
// One for each theme; the style sheet shows the current one's.
constexpr std::string_view kThemeIcons =
    "<svg class=\"automatic\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"8\"/>"
    "<path class=\"fill\" d=\"M12 4a8 8 0 0 1 0 16z\"/></svg>"
    "<svg class=\"light\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"4\"/>"
    "<path d=\"M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 "
    "6.7l1.1-1.1\"/></svg>"
    "<svg class=\"dark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 "
    "0 "
    "10.5 10.5z\"/></svg>";

void header(const Frame& frame, std::string_view root, std::string_view home, std::string& out) {
  const BuildOptions& options = *frame.options;
  append(out, {"<a class=\"skip\" href=\"#content\">Skip to the text</a>\n<header class=\"top\">", kMenuButton,
               kMenuIcon, "</button><a class=\"brand\" href=\"", root, address_of(home), ".html\">",
               escape_html(options.title), "</a>"});
  picker(out, "version", "Version", options.version);
  picker(out, "language", "Language", options.language);
  append(out, {"<span class=\"space\"></span><button class=\"search-button\" type=\"button\" aria-haspopup=\"dialog\">",
               kSearchIcon, "<span>Search</span><kbd>/</kbd></button>",
               "<button class=\"icon theme-button\" type=\"button\" aria-label=\"Theme: automatic\" title=\"Theme\">",
               kThemeIcons, "</button>", kOutlineButton, kOutlineIcon, "</button>"});
  if (const std::string repository = options.repository_url(); !repository.empty())
    append(out, {"<a class=\"repository\" href=\"", escape_html(repository), "\">", host_name(repository), "</a>"});
  out += "</header>\n";
}

void footer(const Frame& frame, const FramedPage& page, std::string_view root, std::string& out) {
  if (page.source.empty() && page.previous.path.empty() && page.next.path.empty()) return;
  out += "<footer class=\"page-end\">";
  if (!page.source.empty()) {
    out += "<p class=\"page-links\">";
    if (!frame.edit_url.empty())
      append(out, {"<a href=\"", escape_html(frame.edit_url), address_of(page.source), "\">Edit this page</a>"});
    append(out, {"<a href=\"", root, address_of(page.path), ".md\">View as Markdown</a></p>"});
  }
  out += "<nav class=\"turn\" aria-label=\"Neighbouring pages\">";
  if (!page.previous.path.empty())
    append(out, {"<a rel=\"prev\" href=\"", root, address_of(page.previous.path), ".html\"><span>Previous</span>",
                 breakable_html(page.previous.title), "</a>"});
  if (!page.next.path.empty())
    append(out, {"<a rel=\"next\" href=\"", root, address_of(page.next.path), ".html\"><span>Next</span>",
                 breakable_html(page.next.title), "</a>"});
  out += "</nav></footer>";
}

}  // namespace

Frame site_frame(const BuildOptions& options, const Toctree& toctree) {
  Frame frame;
  frame.options = &options;
  frame.toctree = &toctree;
  const std::string docs = options.docs.lexically_relative(options.repository).generic_string();
  const std::string edit = editing_address(options.repository_url(), options.default_branch);
  if (!edit.empty() && !docs.empty() && !docs.starts_with("..")) frame.edit_url = edit + docs + "/";
  frame.assets_tag = fmt::format("{:08x}", static_cast<std::uint32_t>(hash_bytes(site_css()) ^ hash_bytes(site_js())));
  frame.sidebar_pages = toctree.pages();
  return frame;
}

std::string compose_main(std::string_view html, const std::vector<OutlineEntry>& outline) {
  std::string out;
  out.reserve(html.size() + outline.size() * 96 + 256);
  append(out, {"<article id=\"content\" tabindex=\"-1\">", html, "</article>", kMainEnd, kMainBegin});
  int entries = 0;
  for (const OutlineEntry& entry : outline) entries += entry.level > 1 ? 1 : 0;
  if (entries > 0) {
    out += "<p class=\"outline-title\">On this page</p><ul>";
    int least = 7;
    for (const OutlineEntry& entry : outline)
      if (entry.level > 1) least = std::min(least, entry.level);
    for (const OutlineEntry& entry : outline) {
      if (entry.level <= 1) continue;
      const bool is_name = entry.title.find(' ') == std::string::npos;
      append(out, {"<li class=\"level-", std::to_string(std::min(4, entry.level - least + 1)),
                   entry.kind.empty() ? "" : " symbol", "\"><a href=\"#", escape_html(entry.id), "\">",
                   is_name ? breakable_html(entry.title) : escape_html(entry.title), "</a></li>"});
    }
    out += "</ul>";
  }
  return out;
}

std::string compose_page(const Frame& frame, const FramedPage& page, std::string_view main) {
  const std::string root = to_root(page.path);
  const std::size_t cut = main.find(kMainEnd);
  const std::string_view article = main.substr(0, cut);
  const std::string_view outline = main.substr(cut + kMainEnd.size() + kMainBegin.size());
  const std::string home = frame.sidebar_pages.empty() ? "index" : frame.sidebar_pages.front().first;
  std::string out;
  out.reserve(main.size() + 65536);
  head(frame, page, root, out);
  append(out, {"<body data-root=\"", root.empty() ? "./" : root, "\" data-page=\"", address_of(page.path), "\">\n"});
  header(frame, root, home, out);
  append(out, {"<div class=\"layout\">\n<nav id=\"sidebar\" class=\"sidebar\" aria-label=\"Pages\">"});
  sidebar(frame.toctree->entries, root, page.path,
          frame.sidebar_pages.size() > kWholeTree ? Branches::own : Branches::all, out);
  append(out, {"</nav>\n<main>"});
  std::vector<std::string_view> trail;
  breadcrumbs(frame.toctree->entries, page.path, trail);
  if (!trail.empty()) {
    out += "<p class=\"trail\">";
    for (std::size_t i = 0; i < trail.size(); ++i)
      append(out, {i > 0 ? "<span aria-hidden=\"true\">/</span>" : "", "<span>", escape_html(trail[i]), "</span>"});
    out += "</p>";
  }
  append(out, {kMainBegin, article, kMainEnd});
  footer(frame, page, root, out);
  append(out, {"</main>\n<aside id=\"outline\" class=\"outline\" aria-label=\"On this page\">", kMainBegin, outline,
               kMainEnd, "</aside>\n</div>\n</body>\n</html>\n"});
  return out;
}

std::string compose_redirect(std::string_view target) {
  const std::string address = escape_html(target);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Moved</title>"
      "<link rel=\"canonical\" href=\"{0}\"><meta http-equiv=\"refresh\" content=\"0; url={0}\">"
      "<script>location.replace({1}+location.hash)</script></head>"
      "<body><p>This page has moved: <a href=\"{0}\">{0}</a></p></body></html>\n",
      address, js_string(target));
}

}  // namespace veneer::docs
