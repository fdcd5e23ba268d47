// Markdown events to HTML. Internal to page/; one renderer for one text, on one thread.
#pragma once

#include <md4c.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "docs/page/html_writer.h"
#include "docs/page/page.h"
#include "docs/page/prepare.h"
#include "docs/page/raw_html.h"

namespace veneer::docs {

/// What md4c tells, in order. Text points into the prepared text or into Events::kept.
struct Event {
  enum class Kind : std::uint8_t { enter_block, leave_block, enter_span, leave_span, text };
  Kind kind;
  std::uint8_t type = 0;       ///< MD_BLOCKTYPE, MD_SPANTYPE or MD_TEXTTYPE
  std::int32_t number = 0;     ///< heading level, list start, alignment
  std::string_view text = {};  ///< text; info string of a fence; address of a link or an image
  std::string_view title = {};
};

struct Events {
  std::vector<Event> list;
  std::deque<std::string> kept;  ///< strings that are not in the text
};

/// Throws Error internal if md4c fails (out of memory).
Events parse_markdown(std::string_view text);

enum class Outline { listed, unlisted };    ///< whether headings enter the page's outline
enum class Paragraphs { kept, lone_bare };  ///< whether a lone paragraph keeps its <p>

class Renderer {
 public:
  Renderer(const PreparedText& prepared, Page& page, Outline outline, Paragraphs paragraphs)
      : prepared_(prepared), page_(page), outline_(outline), paragraphs_(paragraphs) {}

  std::string run();
  /// What the directives gave for the page's .md export, by number.
  [[nodiscard]] const std::vector<std::string>& directive_exports() const { return exports_; }

 private:
  // blocks.cpp
  void block_start(const Event& event);
  void block_end(const Event& event);
  void heading(std::size_t begin, std::size_t end);
  std::string free_id(const std::string& wanted);
  std::string claim_written_id(std::string_view id, const SourcePosition& where, std::string suggestion);
  void check_level(int level, const SourcePosition& where);
  void paragraph(std::size_t begin, std::size_t end);
  bool alert(std::size_t paragraph_begin);
  void code(std::size_t begin, std::size_t end);
  void html_block(std::size_t begin, std::size_t end);
  void insert_block(const Insert& insert);
  void directive(const Insert& insert);
  void footnote(const Insert& insert);
  void write_footnotes();
  void colab();
  void moved(const Insert& insert);
  [[nodiscard]] std::size_t end_of_block(std::size_t begin) const;

  // inlines.cpp
  void inlines(std::size_t begin, std::size_t end);
  std::size_t reference(std::size_t at, std::size_t end);
  void write_reference(std::string_view name, SourcePosition where);
  void link(const Event& event);
  void image(std::size_t begin, std::size_t end);
  void plain_text(std::string_view text);
  void typographic(std::string_view text);
  void formula(const Insert& insert);
  void entity(std::string_view written);
  void code_text(std::string_view text);
  [[nodiscard]] std::string plain(std::size_t begin, std::size_t end, std::string_view separator) const;
  [[nodiscard]] std::string without_footnotes(std::string_view text) const;
  [[nodiscard]] std::string with_sources(std::string_view text) const;
  [[nodiscard]] std::string from_here(const std::string& path) const;
  std::string address(std::string_view written, const SourcePosition& where, std::string_view what);
  std::optional<std::string> page_address(const std::string& path, std::string_view query, std::string_view anchor,
                                          const SourcePosition& where);
  [[nodiscard]] std::string to_here(const std::string& path) const;
  [[nodiscard]] std::optional<std::string> find_page(std::string path) const;
  void check_spaced_link(std::string_view text);
  void report_dangling(std::string_view what, std::string_view written, const std::string& path,
                       const SourcePosition& where);

  // components.cpp
  [[nodiscard]] bool trusted() const;
  void inside_code_element(const Event& event);
  void raw(std::string_view html);
  std::size_t raw_element(const Tag& tag, std::string_view html);
  void raw_tag(const Tag& tag, std::string_view written, const SourcePosition& where);
  void component(const Tag& tag, const SourcePosition& where);
  std::string raw_attributes(const Tag& tag, const SourcePosition& where);
  void raw_text(std::string_view text);

  [[nodiscard]] bool in_source(std::string_view text) const;
  [[nodiscard]] SourcePosition here() const { return prepared_.position(last_line_); }
  SourcePosition position(std::string_view text);
  SourcePosition position(std::size_t begin, std::size_t end);
  [[nodiscard]] std::size_t line_at(std::size_t offset) const;
  [[nodiscard]] SourcePosition position_after(std::string_view written) const;
  [[nodiscard]] SourcePosition address_position(const Event& event) const;
  void report(Severity severity, std::string rule, const SourcePosition& where, std::string message,
              std::string suggestion = {});

  const PreparedText& prepared_;
  Page& page_;
  const Outline outline_;
  const Paragraphs paragraphs_;
  Events events_;
  HtmlWriter out_;
  std::vector<std::string> exports_;
  std::vector<std::size_t> line_starts_;
  char32_t previous_ = ' ';        ///< the last character of text, for quotation marks
  std::vector<int> alert_quotes_;  ///< for each open quotation: whether it is an alert

  int demotion_ = 0;               ///< of headings
  bool in_cell_ = false;           ///< of a table
  std::string_view code_element_;  ///< the <script> or the like that is open within a paragraph

  struct NoteIds {
    std::string note;
    std::vector<std::string> references;
  };
  std::vector<NoteIds> footnotes_;           ///< of prepared_.footnotes
  std::unordered_set<std::string> advised_;  ///< ids that findings have named

  struct OpenComponent {
    std::string name;
    SourcePosition where;
  };
  std::vector<OpenComponent> components_;
  int written_level_ = 0;  ///< of the last heading; 0: none yet

  std::size_t last_line_ = 0;  ///< of the prepared text: where the last text was that stands in it
  std::size_t last_end_ = 0;   ///< of that text, in prepared_.text
};

}  // namespace veneer::docs
