// Writes HTML that is well-formed whatever it is given: what the Markdown parser opens and closes is trusted to be
// balanced, what page authors write as raw tags is not. Belongs to one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// Elements opened by `open` are ours; those opened by `open_raw` come from the text. Closing one of ours closes all
/// raw ones inside it; a raw closing tag closes only raw elements, up to the nearest of ours, and is dropped if none
/// matches.
class HtmlWriter {
 public:
  /// `attributes` is written as it is, with a space before it. Tag names must outlive the writer.
  void open(std::string_view tag, std::string_view attributes = {});
  /// Closes the innermost element of ours.
  void close();

  /// Closes the raw elements inside it.
  void end_raw();

  void open_raw(std::string_view tag, std::string_view attributes);
  void close_raw(std::string_view tag);

  void text(std::string_view text);    ///< escaped
  void markup(std::string_view html);  ///< well-formed by itself, may stand where it is
  void block(std::string_view html);   ///< the same, but ends an open paragraph first, and an open link if it holds one
  [[nodiscard]] bool inside(std::string_view tag) const;
  [[nodiscard]] std::string finish();  ///< closes what is open

 private:
  enum class Owner { ours, raw, silent };  ///< silent: ours, but never written or closed already
  struct Element {
    std::string_view tag;
    Owner owner;
  };
  void pop();
  void end(std::size_t index);
  void end_paragraph();
  void end_link();
  void end_implied(std::string_view tag);

  std::string html_;
  std::vector<Element> open_;
};

/// Elements without content: <br>, <img>...
bool is_void_element(std::string_view tag);

}  // namespace veneer::docs
