#include "docs/site/page_objects.h"

#include <algorithm>

#include "docs/text/escape.h"

namespace veneer::docs {
namespace {

std::string_view part(std::string_view text, const Span& span) {
  return span.begin <= text.size() ? text.substr(span.begin, span.size) : std::string_view();
}

template <class Item>
auto part(const std::vector<Item>& list, const Span& span) {
  const std::size_t begin = std::min<std::size_t>(span.begin, list.size());
  const std::size_t end = std::min<std::size_t>(begin + span.size, list.size());
  return std::pair(list.begin() + static_cast<std::ptrdiff_t>(begin), list.begin() + static_cast<std::ptrdiff_t>(end));
}

std::vector<std::string> ids_in(std::string_view html) {
  constexpr std::string_view kId = " id=\"";
  std::vector<std::string> ids;
  for (std::size_t at = html.find(kId); at != std::string_view::npos; at = html.find(kId, at)) {
    at += kId.size();
    ids.push_back(unescape_html(html.substr(at, html.find('"', at) - at)));
  }
  return ids;
}

Span find_part(std::string_view text, std::string_view wanted, std::size_t from) {
  const std::size_t begin = wanted.empty() ? std::string_view::npos : text.find(wanted, from);
  return begin == std::string_view::npos ? Span{} : Span{begin, wanted.size()};
}

// What stands on the page's own lines moves when the page is edited.
template <class List>
bool is_elsewhere(const List& list, const Span& span, const std::string& file) {
  const auto [begin, end] = part(list, span);
  return std::none_of(begin, end, [&](const auto& item) { return item.where.file == file; });
}

}  // namespace

std::optional<DirectiveContent> PageObjects::repeated(const Directive& directive, Page& page) const {
  const std::size_t number = made_.size();
  if (former_ == nullptr || number >= former_->record.directives.size()) return std::nullopt;
  const MadeDirective& made = former_->record.directives[number];
  if (made.object != directive.object || made.members != directive.members || made.html.size == 0 ||
      made.level_before != page.heading_level())
    return std::nullopt;
  const std::string_view html = part(former_->main, made.html);
  const std::vector<std::string> ids = ids_in(html);
  if (std::ranges::any_of(ids, [&page](const std::string& id) { return page.ids().contains(id); })) return std::nullopt;
  for (const std::string& id : ids) page.claim_id(id);
  for (const OutlineEntry& entry : made.outline) page.add_outline(entry);
  for (auto [link, end] = part(former_->record.links, made.links); link != end; ++link) page.add_link(*link);
  for (auto [finding, end] = part(former_->record.findings, made.findings); finding != end; ++finding)
    page.report(*finding);
  page.set_heading_level(made.level_after);
  return DirectiveContent{std::string(html), std::string(part(former_->markdown, made.markdown))};
}

DirectiveContent PageObjects::render(const Directive& directive, Page& page) const {
  MadeDirective made{directive.object, directive.members, page.heading_level(), 1, {}, {}, {}, {}, {}};
  made.links.begin = page.links().size();
  made.findings.begin = page.findings().size();
  const std::size_t outline = page.outline().size(), renamed = page.renamed_ids();
  std::optional<DirectiveContent> content = repeated(directive, page);
  if (!content) content = objects_.render(directive, page);
  made.level_after = page.heading_level();
  made.links.size = page.links().size() - made.links.begin;
  made.findings.size = page.findings().size() - made.findings.begin;
  made.outline.assign(page.outline().begin() + static_cast<std::ptrdiff_t>(outline), page.outline().end());
  const bool repeatable = page.renamed_ids() == renamed &&
                          is_elsewhere(page.links(), made.links, directive.where.file) &&
                          is_elsewhere(page.findings(), made.findings, directive.where.file);
  made_.push_back(std::move(made));
  contents_.push_back(repeatable ? *content : DirectiveContent{});
  return std::move(*content);
}

std::vector<MadeDirective> PageObjects::made(std::string_view main, std::string_view markdown) const {
  std::vector<MadeDirective> all = made_;
  std::size_t in_main = 0, in_markdown = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].html = find_part(main, contents_[i].html, in_main);
    all[i].markdown = find_part(markdown, contents_[i].markdown, in_markdown);
    if (all[i].markdown.size != contents_[i].markdown.size()) all[i].html = {};
    in_main = std::max(in_main, all[i].html.begin + all[i].html.size);
    in_markdown = std::max(in_markdown, all[i].markdown.begin + all[i].markdown.size);
  }
  return all;
}

}  // namespace veneer::docs
