#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "docs/highlight/highlight.h"
#include "docs/page/code_block.h"
#include "docs/page/markdown.h"
#include "docs/page/math.h"
#include "docs/page/page_text.h"
#include "docs/page/renderer.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

struct AlertKind {
  std::string_view marker, name, title;
};
constexpr std::array<AlertKind, 5> kAlerts{{{"[!note]", "note", "Note"},
                                            {"[!tip]", "tip", "Tip"},
                                            {"[!important]", "important", "Important"},
                                            {"[!warning]", "warning", "Warning"},
                                            {"[!caution]", "caution", "Caution"}}};
constexpr std::array<std::string_view, 6> kHeadings{"h1", "h2", "h3", "h4", "h5", "h6"};

std::string upper_case(std::string word) {
  for (char& c : word) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return word;
}

bool is_block(const Event& event, Event::Kind kind, MD_BLOCKTYPE type) {
  return event.kind == kind && event.type == static_cast<std::uint8_t>(type);
}

std::string_view alignment(int align) {
  switch (align) {
    case MD_ALIGN_LEFT:
      return "style=\"text-align:left\"";
    case MD_ALIGN_CENTER:
      return "style=\"text-align:center\"";
    case MD_ALIGN_RIGHT:
      return "style=\"text-align:right\"";
    default:
      return {};
  }
}

// A comment of the page may ask for a look of all code or all tables on it.
struct PageLook {
  std::string_view comment, css_class;
};
constexpr std::array<PageLook, 2> kLooks{
    {{"<!-- WRAP CODE BLOCKS -->", "wrap-code"}, {"<!-- STRETCH TABLES -->", "stretch-tables"}}};

std::string with_looks(std::string html, std::string_view source) {
  for (const PageLook& look : kLooks)
    if (source.find(look.comment) != std::string_view::npos)
      html = fmt::format("<div class=\"{}\">{}</div>", look.css_class, html);
  return html;
}

}  // namespace

std::optional<std::size_t> lone_mark(std::string_view text) {
  text = trim(text);
  if (!text.starts_with(kMarkBegin) || !text.ends_with(kMarkEnd)) return std::nullopt;
  std::size_t number = 0;
  const char* begin = text.data() + kMarkBegin.size();
  const char* end = text.data() + text.size() - kMarkEnd.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::string Renderer::run() {
  events_ = parse_markdown(prepared_.text);
  for (std::size_t i = 0; i < prepared_.text.size(); ++i)
    if (i == 0 || prepared_.text[i - 1] == '\n') line_starts_.push_back(i);
  for (const Finding& finding : prepared_.findings) page_.report(finding);
  exports_.resize(prepared_.directives.size());
  for (const Footnote& note : prepared_.footnotes) footnotes_.push_back({page_.claim_id("fn-" + note.name), {}});
  const std::vector<Event>& list = events_.list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Event& event = list[i];
    if (event.kind == Event::Kind::leave_block) {
      block_end(event);
      continue;
    }
    if (event.kind != Event::Kind::enter_block) {
      const std::size_t begin = i;  // the text of a tight list item, without a paragraph
      while (i < list.size() && list[i].kind != Event::Kind::enter_block && list[i].kind != Event::Kind::leave_block)
        ++i;
      paragraph(begin, i);
      --i;
      continue;
    }
    const std::size_t end = end_of_block(i);
    switch (event.type) {
      case MD_BLOCK_H:
        heading(i, end);
        break;
      case MD_BLOCK_P:
        paragraph(i, end);
        break;
      case MD_BLOCK_CODE:
        code(i, end);
        break;
      case MD_BLOCK_HTML:
        html_block(i, end);
        break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        out_.open(event.type == MD_BLOCK_TH ? "th" : "td", alignment(event.number));
        previous_ = ' ';
        in_cell_ = true;
        inlines(i + 1, end);
        in_cell_ = false;
        out_.close();
        break;
      default:
        block_start(event);
        if (event.type == MD_BLOCK_QUOTE) alert_quotes_.push_back(alert(i + 1) ? 1 : 0);
        continue;
    }
    i = end;
  }
  for (const auto& [name, where] : components_)
    report(Severity::warning, "unclosed-component", where, fmt::format("<{}> is never closed", name),
           fmt::format("end it with </{}>", name));
  write_footnotes();
  return out_.finish();
}

std::size_t Renderer::end_of_block(std::size_t begin) const {
  const std::uint8_t type = events_.list[begin].type;
  std::size_t depth = 0;
  for (std::size_t i = begin; i < events_.list.size(); ++i) {
    const Event& event = events_.list[i];
    if (event.type != type) continue;
    if (event.kind == Event::Kind::enter_block) ++depth;
    if (event.kind == Event::Kind::leave_block && --depth == 0) return i;
    // Only leaves are searched for: they hold no block of their own kind.
    if (type == MD_BLOCK_QUOTE || type == MD_BLOCK_UL || type == MD_BLOCK_OL || type == MD_BLOCK_LI ||
        type == MD_BLOCK_DOC)
      return begin;
  }
  return events_.list.size() - 1;
}

void Renderer::block_start(const Event& event) {
  switch (event.type) {
    case MD_BLOCK_QUOTE:
      break;  // alert() decides what it is
    case MD_BLOCK_UL:
      out_.open("ul");
      break;
    case MD_BLOCK_OL:
      out_.open("ol", event.number == 1 ? "" : fmt::format("start=\"{}\"", event.number));
      break;
    case MD_BLOCK_LI:
      out_.open("li", event.number == 0 ? "" : "class=\"task\"");
      if (event.number != 0)
        out_.markup(fmt::format("<input type=\"checkbox\" disabled{}> ", event.number == 2 ? " checked" : ""));
      break;
    case MD_BLOCK_HR:
      out_.block("<hr>");
      break;
    case MD_BLOCK_TABLE:
      out_.open("div", "class=\"table\" tabindex=\"0\"");
      out_.open("table");
      break;
    case MD_BLOCK_THEAD:
      out_.open("thead");
      break;
    case MD_BLOCK_TBODY:
      out_.open("tbody");
      break;
    case MD_BLOCK_TR:
      out_.open("tr");
      break;
    default:
      break;
  }
}

void Renderer::block_end(const Event& event) {
  switch (event.type) {
    case MD_BLOCK_DOC:
    case MD_BLOCK_HR:
      break;
    case MD_BLOCK_QUOTE:
      out_.close();
      alert_quotes_.pop_back();
      break;
    case MD_BLOCK_TABLE:
      out_.close();
      out_.close();
      break;
    default:
      out_.close();
  }
}

// Opens the quotation: as an alert if its first paragraph starts with [!KIND].
bool Renderer::alert(std::size_t first) {
  std::vector<Event>& list = events_.list;
  if (first + 1 < list.size() && is_block(list[first], Event::Kind::enter_block, MD_BLOCK_P) &&
      list[first + 1].kind == Event::Kind::text && list[first + 1].type == MD_TEXT_NORMAL) {
    std::string_view& text = list[first + 1].text;
    for (const AlertKind& kind : kAlerts) {
      if (!lower_case(text.substr(0, kind.marker.size())).starts_with(kind.marker)) continue;
      text.remove_prefix(kind.marker.size());
      while (text.starts_with(' ')) text.remove_prefix(1);
      if (text.empty() && first + 2 < list.size() && list[first + 2].kind == Event::Kind::text &&
          (list[first + 2].type == MD_TEXT_SOFTBR || list[first + 2].type == MD_TEXT_BR))
        list[first + 2] = {Event::Kind::text, MD_TEXT_NORMAL, 0, {}, {}};
      out_.open("div", fmt::format("class=\"alert {}\" role=\"note\"", kind.name));
      out_.markup(fmt::format("<p class=\"alert-title\">{}</p>", kind.title));
      return true;
    }
    const std::size_t end = text.starts_with("[!") ? text.find(']') : std::string_view::npos;
    if (end != std::string_view::npos && text.find(' ') > end) {
      const std::string word = lower_case(text.substr(2, end - 2));
      const auto meant = nearest(word, {"note", "tip", "important", "warning", "caution"});
      report(Severity::warning, "unknown-alert", position(text),
             fmt::format("{} is no kind of alert", text.substr(0, end + 1)),
             meant ? fmt::format("did you mean [!{}]?", upper_case(*meant))
                   : "there are NOTE, TIP, IMPORTANT, WARNING and CAUTION");
    }
  }
  out_.open("blockquote");
  return false;
}

void Renderer::heading(std::size_t begin, std::size_t end) {
  std::vector<Event>& list = events_.list;
  const SourcePosition where = position(begin + 1, end);
  std::string wanted;
  if (end > begin + 1 && list[end - 1].kind == Event::Kind::text && list[end - 1].type == MD_TEXT_NORMAL) {
    std::string_view& text = list[end - 1].text;
    const std::size_t open = text.rfind("[[");
    if (open != std::string_view::npos && text.ends_with("]]") && open + 4 < text.size()) {
      wanted = text.substr(open + 2, text.size() - open - 4);
      text = text.substr(0, open);
      while (text.ends_with(' ')) text.remove_suffix(1);
    }
  }
  const std::string title(trim(plain(begin + 1, end, "")));
  if (wanted.empty()) wanted = slug(trim(plain(begin + 1, end, " ")));
  int level = list[begin].number;
  check_level(level, where);
  const std::vector<OutlineEntry>& outline = page_.outline();
  if (outline_ == Outline::unlisted) {
    level = std::min(6, std::max(level, page_.heading_level() + 2));
  } else {
    // One h1 a page, and no level left out, so that readers by ear can find their way: a second h1 goes below the
    // first, and what follows it with it.
    const bool has_title =
        std::any_of(outline.begin(), outline.end(), [](const OutlineEntry& entry) { return entry.level == 1; });
    if (has_title && level == 1) demotion_ = 1;
    level += demotion_;
    if (level != 1) level = std::min({level, page_.heading_level() + 1, 6});
    page_.set_heading_level(level);
  }
  // "## UNet2DModel" above its own directive repeats the page's title as a rule: that is no mistake.
  const bool documents = end + 2 < list.size() && is_block(list[end + 1], Event::Kind::enter_block, MD_BLOCK_P) &&
                         lone_mark(list[end + 2].text).has_value();
  const bool must_differ = outline_ == Outline::listed && !documents;
  const bool is_taken = page_.ids().contains(wanted);
  const std::string id =
      must_differ && is_taken
          ? claim_written_id(wanted, where, fmt::format("give this heading one of its own: [[{}]]", free_id(wanted)))
          : page_.claim_id(wanted);
  if (outline_ == Outline::listed) page_.add_outline({level, title, id, ""});
  out_.open(kHeadings[static_cast<std::size_t>(level - 1)], fmt::format("id=\"{}\"", escape_html(id)));
  previous_ = ' ';
  inlines(begin + 1, end);
  out_.end_raw();
  if (!out_.inside("a"))
    out_.markup(
        fmt::format("<a class=\"permalink\" href=\"#{}\" aria-label=\"Link to this section\">#</a>", escape_html(id)));
  out_.close();
}

// The next of "title-2", "title-3"... that nobody has or was advised to take.
std::string Renderer::free_id(const std::string& wanted) {
  for (int number = 2;; ++number) {
    std::string id = fmt::format("{}-{}", wanted, number);
    if (!page_.ids().contains(id) && advised_.insert(id).second) return id;
  }
}

// An id that the page's author chose: nobody else's.
std::string Renderer::claim_written_id(std::string_view id, const SourcePosition& where, std::string suggestion) {
  if (page_.ids().contains(std::string(id)))
    report(Severity::warning, "duplicate-id", where, fmt::format("the anchor `{}` is used twice on this page", id),
           std::move(suggestion));
  return page_.claim_id(id);
}

// The level as it is written: the page itself leaves none out.
void Renderer::check_level(int level, const SourcePosition& where) {
  if (outline_ == Outline::unlisted) return;
  if (written_level_ > 0 && level > written_level_ + 1)
    report(Severity::warning, "skipped-level", where,
           fmt::format("a heading of level {} follows one of level {}", level, written_level_),
           fmt::format("begin it with {}", std::string(static_cast<std::size_t>(written_level_) + 1, '#')));
  written_level_ = level;
}

void Renderer::paragraph(std::size_t begin, std::size_t end) {
  const std::vector<Event>& list = events_.list;
  const bool tight = list[begin].kind != Event::Kind::enter_block;
  const std::size_t first = tight ? begin : begin + 1;
  if (first >= end) return;
  if (end == first + 1 && list[first].kind == Event::Kind::text) {
    if (const auto mark = lone_mark(list[first].text)) {
      const Insert& insert = prepared_.inserts[std::min(*mark, prepared_.inserts.size() - 1)];
      if (insert.kind != Insert::Kind::inline_formula && insert.kind != Insert::Kind::footnote) {
        position(list[first].text);
        insert_block(insert);
        return;
      }
    }
    if (list[first].text.empty()) return;  // what an alert's marker left
  }
  const bool lone = paragraphs_ == Paragraphs::lone_bare && begin == 1 && end + 2 == list.size();
  if (!tight && !lone) out_.open("p");
  previous_ = ' ';
  inlines(first, end);
  if (!tight && !lone) out_.close();
}

void Renderer::code(std::size_t begin, std::size_t end) {
  const std::string written = with_sources(events_.list[begin].text);
  const std::string_view info = trim(written);
  const SourcePosition where = position_after(info);
  std::string text;
  std::optional<SourcePosition> first_line;
  for (std::size_t i = begin + 1; i < end; ++i) {
    text += events_.list[i].text;
    const SourcePosition line = position(events_.list[i].text);
    if (!first_line) first_line = line;
  }
  text = with_sources(text);
  const FenceInfo fence = parse_fence_info(info);
  if (!fence.language.empty() && !is_language(fence.language)) {
    const auto meant = nearest_language(fence.language);
    report(Severity::warning, "unknown-language", where, fmt::format("`{}` is no language known here", fence.language),
           fmt::format("did you mean `{}`?", meant.value_or("text")));
  }
  if (fence.language == "mermaid")
    report(Severity::warning, "diagram", where, "diagrams are not drawn: the page shows this one's text",
           "show a picture of it");
  page_.add_sample({fence.language, text, first_line.value_or(where)});
  if ((fence.language == "py" || fence.language == "python") && info.find(" runnable:") != std::string_view::npos)
    text = shown_code(text);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const auto beyond = std::ranges::find_if(fence.lines, [lines](const auto& run) { return run.second > lines; });
  if (!fence.problem.empty())
    report(Severity::warning, "fence-lines", where, fence.problem, "count the block's lines from 1");
  else if (beyond != fence.lines.end())
    report(Severity::warning, "fence-lines", where,
           fmt::format("line {} is to be highlighted, the block has {}", beyond->second, lines),
           "count the block's lines from 1");
  out_.block(code_block_html(text, fence));
}

void Renderer::html_block(std::size_t begin, std::size_t end) {
  std::string html;
  for (std::size_t i = begin + 1; i < end; ++i) {
    if (i == begin + 1) position(events_.list[i].text);
    html += events_.list[i].text;
  }
  raw(with_sources(html));
  code_element_ = {};  // ends with the block
  for (std::size_t i = begin + 1; i < end; ++i) position(events_.list[i].text);
}

void Renderer::insert_block(const Insert& insert) {
  switch (insert.kind) {
    case Insert::Kind::directive:
      directive(insert);
      break;
    case Insert::Kind::colab:
      colab();
      break;
    case Insert::Kind::moved:
      moved(insert);
      break;
    case Insert::Kind::inline_formula:
    case Insert::Kind::display_formula:
      formula(insert);
      break;
    case Insert::Kind::footnote:
      footnote(insert);
      break;
  }
}

void Renderer::directive(const Insert& insert) {
  const Directive& directive = prepared_.directives[insert.directive];
  if (page_.objects() == nullptr) {
    out_.block(fmt::format("<p><code>{}</code></p>", escape_html(directive.object)));
    return;
  }
  DirectiveContent content = page_.objects()->render(directive, page_);
  out_.block(content.html);
  exports_[insert.directive] = std::move(content.markdown);
}

// [^name] in the text: its number, which leads to the note and is led back to.
void Renderer::footnote(const Insert& insert) {
  const auto note = std::ranges::find(prepared_.footnotes, insert.content, &Footnote::name);
  if (note == prepared_.footnotes.end()) return out_.text(insert.source);
  const auto index = static_cast<std::size_t>(note - prepared_.footnotes.begin());
  NoteIds& ids = footnotes_[index];
  ids.references.push_back(page_.claim_id("fnref-" + note->name));
  out_.markup(fmt::format("<sup class=\"footnote\"><a id=\"{}\" href=\"#{}\">{}</a></sup>",
                          escape_html(ids.references.back()), escape_html(ids.note), index + 1));
}

void Renderer::write_footnotes() {
  if (footnotes_.empty()) return;
  std::string notes = "<section class=\"footnotes\" aria-label=\"Footnotes\"><ol>";
  for (std::size_t i = 0; i < footnotes_.size(); ++i) {
    const Footnote& note = prepared_.footnotes[i];
    const SourcePosition where{prepared_.files[note.line.file], note.line.number};
    std::string text = Renderer(prepare_piece(note.text, where), page_, Outline::unlisted, Paragraphs::kept).run();
    std::string back;
    for (const std::string& reference : footnotes_[i].references)
      back += fmt::format(" <a class=\"footnote-back\" href=\"#{}\" aria-label=\"Back to the text\">\u21A9</a>",
                          escape_html(reference));
    text.insert(text.ends_with("</p>") ? text.size() - 4 : text.size(), back);
    notes += fmt::format("<li id=\"{}\">{}</li>", escape_html(footnotes_[i].note), text);
  }
  out_.block(notes + "</ol></section>");
}

void Renderer::colab() {
  if (page_.site() == nullptr) return;
  const std::string_view path = page_.path();
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::string notebooks =
      fmt::format("/github/huggingface/notebooks/blob/main/{}_doc/{}/", page_.site()->library, page_.site()->language);
  std::string items;
  for (const auto& [label, host] : {std::pair("Colab", "https://colab.research.google.com"),
                                    std::pair("Studio Lab", "https://studiolab.sagemaker.aws/import")})
    for (const auto& [kind, folder] :
         {std::pair("Mixed", ""), std::pair("PyTorch", "pytorch/"), std::pair("TensorFlow", "tensorflow/")})
      items += fmt::format("<li><a href=\"{}\">{} ({})</a></li>",
                           escape_html(fmt::format("{}{}{}{}.ipynb", host, notebooks, folder, name)), label, kind);
  out_.block(
      fmt::format("<details class=\"menu notebooks\"><summary>Open in Colab</summary><ul>{}</ul></details>", items));
}

// The old anchor stays as a link to the new place, which the reader's browser follows at once. A target without '#' is
// a page if there is one of that name, else an anchor of this page.
void Renderer::moved(const Insert& insert) {
  const SourcePosition where = here();
  std::string target = insert.target;
  if (target.find('#') == std::string::npos && page_.site() != nullptr && !find_page(from_here(target)))
    target = "#" + target;
  if (target == "#" + insert.content)
    report(Severity::warning, "bad-move", where, fmt::format("`{}` leads to itself", insert.source),
           "name the place where the section is now");
  const std::string href = address(target, where, "move");
  const std::string id =
      claim_written_id(insert.content, where, "an anchor that is in use has not moved: remove this line");
  out_.block(fmt::format("<p class=\"moved\"><a id=\"{}\" href=\"{}\" data-moved>{} has moved</a></p>", escape_html(id),
                         escape_html(href), escape_html(insert.content)));
}

std::string render_markdown(std::string_view text, const SourcePosition& where, Page& page) {
  return Renderer(prepare_piece(text, where), page, Outline::unlisted, Paragraphs::kept).run();
}

std::string render_inline_markdown(std::string_view text, const SourcePosition& where, Page& page) {
  return Renderer(prepare_piece(text, where), page, Outline::unlisted, Paragraphs::lone_bare).run();
}

PageText render_page(const PreparedText& prepared, Page& page) {
  Renderer renderer(prepared, page, Outline::listed, Paragraphs::kept);
  PageText text;
  text.html = with_looks(renderer.run(), prepared.text);
  text.markdown = export_markdown(prepared, renderer.directive_exports());
  return text;
}

}  // namespace veneer::docs
