#include "docs/page/math.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "docs/page/math_formula.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
std::string element(std::string_view name, std::string_view content) {
  return fmt::format("<{0}>{1}</{0}>", name, content);
}

std::string styled(char32_t c, std::string_view font) {
  std::string out;
  append_utf8(out, styled_letter(c, font));
  return out;
}

std::string Formula::whole() {
  std::string out = row(End::line);
  if (at_ == text_.size()) return out;
  std::string rows = element("mtr", element("mtd", out));
  while (take_line_end())
    if (skip_space(); at_ < text_.size()) rows += element("mtr", element("mtd", row(End::line)));
  if (at_ < text_.size()) throw Unknown{fmt::format("unexpected {}", text_.substr(at_, 1))};
  return fmt::format("<mtable{}>{}</mtable>", display_ == MathDisplay::on_its_own ? " displaystyle=\"true\"" : "",
                     rows);
}

void Formula::skip_space() {
  while (at_ < text_.size()) {
    if (is_space(static_cast<unsigned char>(text_[at_]))) {
      ++at_;
    } else if (text_[at_] == '%') {
      const std::size_t end = text_.find('\n', at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
    } else {
      return;
    }
  }
}

bool Formula::take(std::string_view what) {
  skip_space();
  if (!text_.substr(at_).starts_with(what)) return false;
  at_ += what.size();
  return true;
}

// The name of the command at the current place (behind its backslash), which is left in place.
std::string_view Formula::command() const {
  if (at_ >= text_.size() || text_[at_] != '\\') return {};
  std::size_t end = at_ + 1;
  while (end < text_.size() && text_[end] >= 'A' && is_letter(static_cast<unsigned char>(text_[end]))) ++end;
  if (end == at_ + 1 && end < text_.size()) ++end;
  return text_.substr(at_ + 1, end - at_ - 1);
}

bool Formula::at_end(End end) {
  skip_space();
  if (at_ >= text_.size()) return true;
  const std::string_view name = command();
  switch (end) {
    case End::line:
      return text_[at_] == '}' || name == "\\" || name == "newline";
    case End::brace:
      return text_[at_] == '}';
    case End::bracket:
      return text_[at_] == ']';
    case End::right:
      return name == "right";
    case End::stack:
      return text_[at_] == '}' || name == "\\";
    case End::cell:
      return text_[at_] == '&' || name == "\\" || name == "end";
  }
  return true;
}

// "\\" with the distance that may follow: "\\[2pt]".
bool Formula::take_line_end() {
  if (!take("\\newline") && !take("\\\\")) return false;
  if (at_ < text_.size() && text_[at_] == '[') at_ = std::min(text_.find(']', at_), text_.size() - 1) + 1;
  return true;
}

std::string Formula::row(End end) {
  if (++depth_ > kMaxDepth) throw Unknown{"too deep nesting"};
  std::string out;
  while (!at_end(end)) {
    const std::string_view name = command();
    if (name == "over" || name == "choose") {
      at_ += name.size() + 1;
      const bool is_choice = name == "choose";
      const std::string fraction = fmt::format("<mfrac{}>{}{}</mfrac>", is_choice ? " linethickness=\"0\"" : "",
                                               element("mrow", out), element("mrow", row(end)));
      out = is_choice ? element("mrow", "<mo>(</mo>" + fraction + "<mo>)</mo>") : fraction;
    } else if (const auto font = font_switch(name)) {
      at_ += name.size() + 1;
      const std::string outer = std::exchange(font_, std::string(*font));
      out += row(end);
      font_ = outer;
    } else if (const std::string_view style = style_attributes(name); !style.empty()) {
      at_ += name.size() + 1;
      out += fmt::format("<mstyle {}>{}</mstyle>", style, row(end));
    } else {
      out += scripted();
    }
  }
  --depth_;
  return out;
}

// {\bf x}: for the rest of the group.
std::optional<std::string_view> Formula::font_switch(std::string_view name) {
  for (const auto& [written, font] : {std::pair("rm", "rm"), std::pair("bf", "bold"), std::pair("it", "it"),
                                      std::pair("sf", "sf"), std::pair("tt", "tt"), std::pair("cal", "cal")})
    if (name == written) return font;
  return std::nullopt;
}

std::string_view Formula::style_attributes(std::string_view name) {
  if (name == "displaystyle") return "displaystyle=\"true\" scriptlevel=\"0\"";
  if (name == "textstyle") return "displaystyle=\"false\" scriptlevel=\"0\"";
  if (name == "scriptstyle") return "displaystyle=\"false\" scriptlevel=\"1\"";
  if (name == "scriptscriptstyle") return "displaystyle=\"false\" scriptlevel=\"2\"";
  return {};
}

// An atom with what stands above and below it.
std::string Formula::scripted() {
  bool limits = false;
  is_function_ = false;
  std::string base = atom(limits);
  const bool is_function = std::exchange(is_function_, false);
  std::string sub, sup;
  for (;;) {
    if (take("\\limits")) {
      limits = true;
    } else if (take("\\nolimits")) {
      limits = false;
    } else if (sub.empty() && take("_")) {
      sub = script();
    } else if (sup.empty() && take("^")) {
      sup = script();
    } else if (at_ < text_.size() && text_[at_] == '\'') {
      std::string primes;
      while (take("'")) primes += "′";
      sup += element("mo", primes);
      sup = element("mrow", sup);
    } else {
      break;
    }
  }
  const bool stacked = limits && display_ == MathDisplay::on_its_own;
  if (!sub.empty() && !sup.empty())
    base = element(stacked ? "munderover" : "msubsup", base + sub + sup);
  else if (!sub.empty())
    base = element(stacked ? "munder" : "msub", base + sub);
  else if (!sup.empty())
    base = element(stacked ? "mover" : "msup", base + sup);
  // "log x" has a gap, "log(x)" has none.
  skip_space();
  const bool opens = at_ >= text_.size() || std::string_view("()[]{},.;|&").find(text_[at_]) != std::string_view::npos;
  return is_function && !opens ? base + "<mspace width=\"0.167em\"></mspace>" : base;
}

std::string Formula::script() {
  ++scripts_;
  std::string out = argument();
  --scripts_;
  return out;
}

// {group} or a single atom.
std::string Formula::argument() {
  skip_space();
  if (take("{")) {
    std::string inner = row(End::brace);
    if (!take("}")) throw Unknown{"a missing }"};
    return element("mrow", inner);
  }
  if (at_ >= text_.size()) throw Unknown{"a missing argument"};
  if (++depth_ > kMaxDepth) throw Unknown{"too deep nesting"};
  bool limits = false;
  // Without braces the argument is one digit, not a number.
  const bool digit = is_digit(static_cast<unsigned char>(text_[at_]));
  std::string out = digit ? element("mn", styled(static_cast<unsigned char>(text_[at_++]), font_)) : atom(limits);
  --depth_;
  return out;
}

// The text in braces, unparsed: of \text{...} and \begin{...}.
std::string_view Formula::verbatim() {
  if (!take("{")) throw Unknown{"a missing {"};
  const std::size_t start = at_;
  for (int depth = 1; at_ < text_.size(); ++at_) {
    if (text_[at_] == '{') ++depth;
    if (text_[at_] == '}' && --depth == 0) return text_.substr(start, at_++ - start);
  }
  throw Unknown{"a missing }"};
}

std::string Formula::atom(bool& limits) {
  skip_space();
  if (at_ >= text_.size()) throw Unknown{"a missing argument"};
  const char c = text_[at_];
  if (c == '{') return argument();
  if (c == '\\') {
    const std::string name(command());
    at_ += name.size() + 1;
    return run_command(name, limits);
  }
  if (c == '^' || c == '_') return element("mrow", "");
  if (c == '}' || c == '&') throw Unknown{fmt::format("unexpected {}", c)};
  if (is_digit(static_cast<unsigned char>(c))) {
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           (is_digit(static_cast<unsigned char>(text_[at_])) ||
            (text_[at_] == '.' && at_ + 1 < text_.size() && is_digit(static_cast<unsigned char>(text_[at_ + 1])))))
      ++at_;
    std::string number;
    for (const char digit : text_.substr(start, at_ - start))
      number += styled(static_cast<unsigned char>(digit), font_);
    return element("mn", number);
  }
  const char32_t character = next_character(text_, at_);
  if (is_letter(character)) {
    if (font_.empty() || font_ == "it") return element("mi", styled(character, ""));
    return fmt::format("<mi mathvariant=\"normal\">{}</mi>", styled(character, font_));
  }
  if (character == '~') return "<mspace width=\"0.25em\"></mspace>";
  std::string text;
  append_utf8(text, character == '-' ? 0x2212 : character == '*' ? 0x2217 : character);
  return operation(escape_html(text));
}

// A bracket grows with what it holds only where \left and \right say so. Relations have no space in scripts, and a bar
// is a letter.
std::string Formula::operation(const std::string& text) const {
  for (const std::string_view bracket : {"(", ")", "[", "]", "{", "}", "‖", "⟨", "⟩", "⌈", "⌉", "⌊", "⌋"})
    if (text == bracket) return "<mo stretchy=\"false\">" + text + "</mo>";
  if (text == "|") return "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">|</mo>";
  return scripts_ > 0 ? "<mo lspace=\"0\" rspace=\"0\">" + text + "</mo>" : element("mo", text);
}

MathResult latex_to_mathml(std::string_view formula, MathDisplay display) {
  const std::string_view kind = display == MathDisplay::on_its_own ? " display=\"block\"" : "";
  try {
    const std::string rows = Formula(formula, display).whole();
    return {fmt::format("<math{}><semantics><mrow>{}</mrow><annotation encoding=\"application/x-tex\">{}</annotation>"
                        "</semantics></math>",
                        kind, rows, escape_html(trim(formula))),
            ""};
  } catch (const Unknown& unknown) {
    return {fmt::format("<code class=\"formula-source\">{}</code>", escape_html(trim(formula))), unknown.what};
  }
}

}  // namespace veneer::docs
