#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "docs/page/foreign_packages.h"
#include "docs/page/math.h"
#include "docs/page/page_text.h"
#include "docs/page/renderer.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

bool is_span(const Event& event, Event::Kind kind, MD_SPANTYPE type) {
  return event.kind == kind && event.type == static_cast<std::uint8_t>(type);
}

std::string_view element_of(std::uint8_t span) {
  switch (span) {
    case MD_SPAN_EM:
      return "em";
    case MD_SPAN_STRONG:
      return "strong";
    case MD_SPAN_DEL:
      return "del";
    case MD_SPAN_U:
      return "u";
    default:
      return "code";
  }
}

bool opens_quotation(char32_t previous) {
  return is_space(previous) || previous == '(' || previous == '[' || previous == '{' || previous == 0x2014 ||
         previous == '/' || previous == 0x201C || previous == 0x2018;
}

}  // namespace

bool Renderer::in_source(std::string_view text) const {
  const std::string& source = prepared_.text;
  return text.data() >= source.data() && text.data() <= source.data() + source.size();
}

// The place of the first of these events whose text is in the source.
SourcePosition Renderer::position(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (in_source(events_.list[i].text)) return position(events_.list[i].text);
  return here();
}

SourcePosition Renderer::position(std::string_view text) {
  if (!in_source(text)) return here();
  const std::string& source = prepared_.text;
  const auto offset = static_cast<std::size_t>(text.data() - source.data());
  last_end_ = offset + text.size();
  last_line_ = line_at(offset);
  return here();
}

std::size_t Renderer::line_at(std::size_t offset) const {
  const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin();
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(line - 1, 0));
}

// Of what is no text, an address say, and stands behind the last text.
SourcePosition Renderer::position_after(std::string_view written) const {
  constexpr std::size_t kFarthest = 8192;
  const std::string_view rest = std::string_view(prepared_.text).substr(std::min(last_end_, prepared_.text.size()));
  const std::size_t at = rest.substr(0, kFarthest).find(written);
  return at == std::string_view::npos ? here() : prepared_.position(line_at(last_end_ + at));
}

void Renderer::report(Severity severity, std::string rule, const SourcePosition& where, std::string message,
                      std::string suggestion) {
  page_.report({where, severity, std::move(rule), std::move(message), std::move(suggestion)});
}

std::string Renderer::plain(std::size_t begin, std::size_t end, std::string_view separator) const {
  std::string out;
  int depth = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const Event& event = events_.list[i];
    if (event.kind == Event::Kind::enter_span && depth++ == 0 && !out.empty()) out += separator;
    if (event.kind == Event::Kind::leave_span && --depth == 0) out += separator;
    if (event.kind != Event::Kind::text || event.type == MD_TEXT_HTML) continue;
    if (event.type == MD_TEXT_BR || event.type == MD_TEXT_SOFTBR)
      out += ' ';
    else
      out += event.type == MD_TEXT_ENTITY ? unescape_html(event.text) : with_sources(without_footnotes(event.text));
  }
  return out;
}

std::string Renderer::without_footnotes(std::string_view text) const {
  std::string out(text);
  for (std::size_t i = 0; i < prepared_.inserts.size() && !prepared_.footnotes.empty(); ++i) {
    const std::string mark = fmt::format("{}{}{}", kMarkBegin, i, kMarkEnd);
    const std::size_t at = out.find(mark);
    if (prepared_.inserts[i].kind == Insert::Kind::footnote && at != std::string::npos) out.erase(at, mark.size());
  }
  return out;
}

std::string Renderer::with_sources(std::string_view text) const {
  std::string out(text);
  for (std::size_t at = out.find(kMarkBegin); at != std::string::npos; at = out.find(kMarkBegin, at)) {
    const std::size_t end = out.find(kMarkEnd, at);
    if (end == std::string::npos) break;
    const std::size_t length = end + kMarkEnd.size() - at;
    const auto mark = lone_mark(std::string_view(out).substr(at, length));
    const std::string source = mark && *mark < prepared_.inserts.size() ? prepared_.inserts[*mark].source : "";
    out.replace(at, length, source);
    at += source.size();
  }
  return out;
}

void Renderer::inlines(std::size_t begin, std::size_t end) {
  position(begin, end);
  for (std::size_t i = begin; i < end; ++i) {
    const Event& event = events_.list[i];
    if (event.kind == Event::Kind::text && !code_element_.empty()) {
      inside_code_element(event);
    } else if (event.kind == Event::Kind::text) {
      if (const std::size_t after = reference(i, end); after > i) {
        i = after - 1;
        continue;
      }
      switch (event.type) {
        case MD_TEXT_BR:
          out_.markup("<br>");
          break;
        case MD_TEXT_SOFTBR:
          out_.markup("\n");
          previous_ = ' ';
          break;
        case MD_TEXT_HTML:
          position(event.text);
          raw(with_sources(event.text));
          break;
        case MD_TEXT_ENTITY:
          entity(event.text);
          break;
        case MD_TEXT_NULLCHAR:
          out_.text("\uFFFD");
          break;
        case MD_TEXT_CODE:
          code_text(event.text);
          break;
        default:
          plain_text(event.text);
      }
    } else if (is_span(event, Event::Kind::enter_span, MD_SPAN_IMG)) {
      std::size_t depth = 0, close = i;
      for (; close < end; ++close) {
        if (is_span(events_.list[close], Event::Kind::enter_span, MD_SPAN_IMG)) ++depth;
        if (is_span(events_.list[close], Event::Kind::leave_span, MD_SPAN_IMG) && --depth == 0) break;
      }
      image(i, close);
      i = close;
    } else if (is_span(event, Event::Kind::enter_span, MD_SPAN_A)) {
      link(event);
    } else if (event.kind == Event::Kind::enter_span) {
      out_.open(element_of(event.type));
    } else {
      out_.close();
    }
  }
  code_element_ = {};
}

void Renderer::entity(std::string_view written) {
  const std::string text = unescape_html(written);
  if (text == written)
    out_.markup(written);
  else
    out_.text(text);
  previous_ = 'x';
}

// [`name`] at events i.. : text that ends with '[', a code span, text that starts with ']'. Returns where to go on.
std::size_t Renderer::reference(std::size_t at, std::size_t end) {
  std::vector<Event>& list = events_.list;
  if (at + 4 >= end || list[at].type != MD_TEXT_NORMAL || !list[at].text.ends_with('[')) return at;
  if (!is_span(list[at + 1], Event::Kind::enter_span, MD_SPAN_CODE) || list[at + 2].kind != Event::Kind::text ||
      !is_span(list[at + 3], Event::Kind::leave_span, MD_SPAN_CODE) || list[at + 4].kind != Event::Kind::text ||
      list[at + 4].type != MD_TEXT_NORMAL || !list[at + 4].text.starts_with(']') || list[at + 4].text.starts_with("]("))
    return at;
  const std::string_view before = list[at].text;
  const char* bracket = before.data() + before.size() - 1;
  const std::string& source = prepared_.text;
  if (bracket > source.data() && bracket <= source.data() + source.size() && bracket[-1] == '\\') return at;
  plain_text(before.substr(0, before.size() - 1));
  write_reference(trim(list[at + 2].text), position(list[at + 2].text));
  previous_ = 'x';
  list[at + 4].text.remove_prefix(1);
  return at + 4;
}

void Renderer::write_reference(std::string_view name, SourcePosition where) {
  if (name.starts_with('`')) name = trim(name.substr(1));
  const std::string_view bare = name.starts_with('~') ? name.substr(1) : name;
  if (page_.objects() == nullptr) {
    out_.markup(fmt::format("<code>{}</code>", escape_html(bare)));
    return;
  }
  const Reference found = page_.objects()->resolve(name);
  std::string_view text = found.text.empty() ? bare : std::string_view(found.text);
  std::string address;
  if (found.status == Reference::Status::linked) {
    address = page_.link_to(found.page, found.anchor);
  } else if (found.status == Reference::Status::external) {
    address = found.url;
  }
  if (address.empty() && page_.site() != nullptr && found.status != Reference::Status::undocumented) {
    const auto& external = page_.site()->external;
    auto entry = external.find(std::string(bare));
    if (entry == external.end()) entry = external.find(unabbreviated(bare));
    if (entry != external.end()) {
      address = entry->second;
      if (name.starts_with('~')) text = bare.substr(bare.rfind('.') + 1);
    }
  }
  const std::string code = fmt::format("<code>{}</code>", escape_html(text));
  if (!address.empty()) {
    out_.open("a", fmt::format("class=\"ref\" href=\"{}\"", escape_html(address)));
    out_.markup(code);
    out_.close();
    return;
  }
  out_.markup(code);
  // Of another project, of which nothing is known here: no mistake.
  const ForeignPackage* package = found.status == Reference::Status::external ? foreign_package(bare) : nullptr;
  if (package != nullptr &&
      (page_.site() == nullptr || !page_.site()->external_projects.contains(std::string(package->name)))) {
    report(Severity::warning, "unlinked-package", where,
           fmt::format("`{}` is documented elsewhere: its names are no links here", package->name),
           fmt::format("fetch {}objects.inv and name it in veneer-docs.yml: `external: {{{}: FILE}}`",
                       package->documentation, package->name));
    return;
  }
  if (found.status == Reference::Status::undocumented)
    report(Severity::warning, "undocumented-reference", where, fmt::format("`{}` is on no page", bare),
           "document it with [[autodoc]], or write it as code");
  else
    report(Severity::warning, "unknown-reference", where, fmt::format("`{}` is unknown", bare),
           found.suggestion.empty() ? fmt::format("write it as code: `{}`", bare)
                                    : fmt::format("did you mean `{}`?", found.suggestion));
}

void Renderer::code_text(std::string_view text) {
  std::string code = with_sources(text);
  // In a table a bar is escaped even in code.
  for (std::size_t bar = 0; in_cell_ && (bar = code.find("\\|", bar)) != std::string::npos; ++bar) code.erase(bar, 1);
  out_.text(code);
  previous_ = 'x';
}

SourcePosition Renderer::address_position(const Event& event) const {
  return position_after(event.text.empty() ? std::string_view("](") : event.text);
}

void Renderer::link(const Event& event) {
  const std::string href = address(event.text, address_position(event), "link");
  std::string attributes = fmt::format("href=\"{}\"", escape_html(href));
  if (!event.title.empty()) attributes += fmt::format(" title=\"{}\"", escape_html(event.title));
  out_.open("a", attributes);
}

void Renderer::image(std::size_t begin, std::size_t end) {
  const Event& event = events_.list[begin];
  const SourcePosition where = address_position(event);
  const std::string alt = plain(begin + 1, end, "");
  if (trim(alt).empty())
    report(Severity::warning, "missing-alt", where,
           fmt::format("the image {} has no text for those who cannot see it", event.text),
           "write it between the brackets: ![what it shows](...)");
  std::string attributes = fmt::format("src=\"{}\" alt=\"{}\" loading=\"lazy\"",
                                       escape_html(address(event.text, where, "image")), escape_html(alt));
  if (!event.title.empty()) attributes += fmt::format(" title=\"{}\"", escape_html(event.title));
  out_.markup(fmt::format("<img {}>", attributes));
}

// "[x](a b.md)" is no link: its address ends at the space.
void Renderer::check_spaced_link(std::string_view text) {
  for (std::size_t at = text.find("]("); at != std::string_view::npos; at = text.find("](", at + 2)) {
    const std::size_t open = text.rfind('[', at), close = text.find(')', at);
    if (open == std::string_view::npos || close == std::string_view::npos) continue;
    const std::string_view address = trim(text.substr(at + 2, close - at - 2));
    const std::size_t space = address.find(' ');
    const std::size_t dot = address.rfind('.');
    const bool is_file = address.find('/') != std::string_view::npos ||
                         (dot != std::string_view::npos && address.size() - dot <= 6 && dot + 1 < address.size() &&
                          address.find_first_of(" ,;", dot) == std::string_view::npos);
    if (space == std::string_view::npos || !is_file || address.find('"') != std::string_view::npos) continue;
    std::string encoded(address);
    for (std::size_t i = encoded.find(' '); i != std::string::npos; i = encoded.find(' ', i))
      encoded.replace(i, 1, "%20");
    report(Severity::warning, "broken-link", position(text.substr(at)),
           fmt::format("`{}` is no link: its address has a space", text.substr(open, close + 1 - open)),
           fmt::format("write `({})`", encoded));
  }
}

// Text with its formulas.
void Renderer::plain_text(std::string_view text) {
  position(text);
  check_spaced_link(text);
  while (!text.empty()) {
    const std::size_t mark = text.find(kMarkBegin);
    typographic(text.substr(0, mark));
    if (mark == std::string_view::npos) return;
    text.remove_prefix(mark);
    const std::size_t end = text.find(kMarkEnd);
    if (end == std::string_view::npos) return;
    const auto number = lone_mark(text.substr(0, end + kMarkEnd.size()));
    text.remove_prefix(end + kMarkEnd.size());
    if (!number || *number >= prepared_.inserts.size()) continue;
    const Insert& insert = prepared_.inserts[*number];
    if (insert.kind == Insert::Kind::inline_formula || insert.kind == Insert::Kind::display_formula)
      formula(insert);
    else if (insert.kind == Insert::Kind::footnote)
      footnote(insert);
    else
      out_.text(insert.source);
    previous_ = 'x';
  }
}

// Curly quotes, dashes and ellipses. "--flag" keeps its hyphens.
void Renderer::typographic(std::string_view text) {
  std::size_t done = 0;
  const auto replace = [&](std::size_t at, std::size_t length, std::string_view with) {
    out_.text(text.substr(done, at - done));
    out_.markup(with);
    done = at + length;
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t c = next_character(text, i);
    if (c == '"') {
      const bool opening = opens_quotation(previous_);
      replace(start, 1, opening ? "\u201C" : "\u201D");
      previous_ = opening ? 0x201C : 0x201D;
      continue;
    }
    if (c == '\'') {
      const bool opening = opens_quotation(previous_);
      replace(start, 1, opening ? "\u2018" : "\u2019");
      previous_ = opening ? 0x2018 : 0x2019;
      continue;
    }
    if (c == '-' && text.substr(start).starts_with("--")) {
      std::size_t run = start;
      while (run < text.size() && text[run] == '-') ++run;
      const bool flag = is_space(previous_) && run < text.size() && text[run] != ' ';
      if (run - start <= 3 && !flag) {
        replace(start, run - start, "\u2014");
        previous_ = 0x2014;
      } else {
        previous_ = '-';
      }
      i = run;
      continue;
    }
    if (c == '.' && text.substr(start).starts_with("...") && !text.substr(start).starts_with("....")) {
      replace(start, 3, "\u2026");
      previous_ = '.';
      i = start + 3;
      continue;
    }
    previous_ = c;
  }
  out_.text(text.substr(done));
}

void Renderer::formula(const Insert& insert) {
  const bool block = insert.kind == Insert::Kind::display_formula;
  const MathResult math = latex_to_mathml(insert.content, block ? MathDisplay::on_its_own : MathDisplay::within_text);
  if (!math.problem.empty())
    report(Severity::warning, "bad-formula", here(), fmt::format("{} in the formula {}", math.problem, insert.source),
           "it is shown as it is written");
  if (block)
    out_.block(fmt::format("<div class=\"formula\">{}</div>", math.mathml));
  else
    out_.markup(math.mathml);
}

std::optional<std::string> Renderer::find_page(std::string path) const {
  for (const std::string_view extension : {".md", ".mdx", ".html"})
    if (path.ends_with(extension)) path.resize(path.size() - extension.size());
  if (auto page = page_.site()->page(path)) return page;
  return page_.site()->page(path.empty() ? "index" : path + "/index");
}

std::optional<std::string> Renderer::page_address(const std::string& path, std::string_view query,
                                                  std::string_view anchor, const SourcePosition& where) {
  const std::optional<std::string> page = find_page(path);
  if (!page) return std::nullopt;
  page_.add_link({*page, percent_decoded(anchor), where});
  std::string address = page_.link_to(*page, anchor);
  if (!query.empty()) address.insert(std::min(address.find('#'), address.size()), query);
  return address;
}

// A path as the page writes it, from the site's root.
std::string Renderer::from_here(const std::string& path) const {
  return normal_path(page_.path().substr(0, page_.path().rfind('/') + 1) + path);
}

// A path from the site's root, as the page would write it.
std::string Renderer::to_here(const std::string& path) const {
  const std::filesystem::path page = "/" + page_.path();
  return std::filesystem::path("/" + path).lexically_relative(page.parent_path()).generic_string();
}

void Renderer::report_dangling(std::string_view what, std::string_view written, const std::string& path,
                               const SourcePosition& where) {
  const SiteMap& site = *page_.site();
  if (what == "image") {
    const auto meant = nearest_path(path, {site.assets.begin(), site.assets.end()});
    report(Severity::warning, "missing-image", where, fmt::format("the image `{}` is no file of this site", written),
           meant ? fmt::format("did you mean `{}`?", to_here(*meant)) : "put the file among the pages");
    return;
  }
  const std::size_t name = path.rfind('/') + 1, dot = path.find('.', name);
  const std::string extension = dot == std::string::npos ? "" : path.substr(dot);
  const auto meant = nearest_path(path.substr(0, dot), site.page_names);
  report(Severity::warning, "broken-link", where, fmt::format("the {} `{}` leads to no page or file", what, written),
         meant ? fmt::format("did you mean `{}{}`?", to_here(*meant), extension)
               : fmt::format("there is no `{}` among the pages", path));
}

std::string Renderer::address(std::string_view written, const SourcePosition& where, std::string_view what) {
  std::string whole(trim(written));
  if (!address_allowed(whole)) {
    report(Severity::warning, "refused-address", where, fmt::format("the {} `{}` may run a script", what, whole),
           "link to a page, a file or a web address");
    return "#";
  }
  if (page_.site() == nullptr || whole.starts_with("//")) return whole;
  const std::size_t stop = whole.find_first_of(":/?#");
  if (stop != std::string::npos && whole[stop] == ':') return whole;
  const std::size_t hash = std::min(whole.find('#'), whole.size());
  const std::size_t question = std::min(whole.find('?'), hash);
  std::string path = percent_decoded(whole.substr(0, question));
  const std::string query = whole.substr(question, hash - question);
  const std::string anchor = whole.substr(std::min(hash + 1, whole.size()));
  if (path.empty()) {
    if (whole.empty())
      report(Severity::warning, what == "image" ? "missing-image" : "broken-link", where,
             fmt::format("the {} has no address", what), "write one between the parentheses");
    page_.add_link({"", percent_decoded(anchor), where});
    return whole.empty() ? "#" : whole;
  }
  if (path.starts_with('/')) {
    const std::string own = fmt::format("/docs/{}/", page_.site()->library);
    if (path.starts_with(own)) {
      path.erase(0, own.size());
      const std::string language = "/" + page_.site()->language + "/";
      if (const std::size_t at = path.find(language); at != std::string::npos) path.erase(0, at + language.size());
    } else if (path.starts_with("/docs/")) {
      return whole;  // of another library on the same server: nothing can be said here
    } else {
      path.erase(0, 1);
    }
  } else {
    path = from_here(path);
  }
  if (what != "image")
    if (const auto found = page_address(path, query, anchor, where)) return *found;
  if (page_.site()->assets.contains(path)) return page_.to_root() + percent_encoded(path);
  report_dangling(what, whole, path, where);
  return whole;
}

}  // namespace veneer::docs
