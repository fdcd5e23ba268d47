#include "docs/page/math.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "docs/page/math_symbols.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr int kMaxDepth = 60;

// What a formula's author wrote and we do not know. Thrown and caught in this file only.
struct Unknown {
  std::string what;
};

std::string element(std::string_view name, std::string_view content) {
  return fmt::format("<{0}>{1}</{0}>", name, content);
}

// The mathematical alphabets of Unicode: bold, script... Letters that they lack stay as they are.
std::string styled(char32_t c, std::string_view font) {
  std::string out;
  const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
  const char32_t index = upper ? c - 'A' : lower ? c - 'a' + 26 : c - '0';
  struct Block {
    std::string_view font;
    char32_t letters, digits;
  };
  static constexpr Block kBlocks[] = {{"bold", 0x1D400, 0x1D7CE}, {"cal", 0x1D4D0, 0},      {"frak", 0x1D56C, 0},
                                      {"bb", 0x1D538, 0x1D7D8},   {"sf", 0x1D5A0, 0x1D7E2}, {"tt", 0x1D670, 0x1D7F6}};
  static constexpr std::pair<char32_t, char32_t> kDouble[] = {
      {'C', 0x2102}, {'H', 0x210D}, {'N', 0x2115}, {'P', 0x2119}, {'Q', 0x211A}, {'R', 0x211D}, {'Z', 0x2124}};
  if (font == "bb")
    for (const auto& [letter, character] : kDouble)
      if (letter == c) c = character;
  if (c < 0x80)
    for (const Block& block : kBlocks)
      if (block.font == font) {
        if (upper || lower) c = block.letters + index;
        if (digit && block.digits != 0) c = block.digits + index;
        break;
      }
  append_utf8(out, c);
  return out;
}

class Formula {
 public:
  Formula(std::string_view text, MathDisplay display) : text_(text), display_(display) {}

  std::string whole() {
    std::string out = row(End::text);
    if (at_ < text_.size()) throw Unknown{fmt::format("unexpected {}", text_.substr(at_, 1))};
    return out;
  }

 private:
  enum class End { text, brace, bracket, right, cell };

  void skip_space() {
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
  bool take(std::string_view what) {
    skip_space();
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  // The name of the command at the current place (behind its backslash), which is left in place.
  [[nodiscard]] std::string_view command() const {
    if (at_ >= text_.size() || text_[at_] != '\\') return {};
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] >= 'A' && is_letter(static_cast<unsigned char>(text_[end]))) ++end;
    if (end == at_ + 1 && end < text_.size()) ++end;
    return text_.substr(at_ + 1, end - at_ - 1);
  }

  bool at_end(End end) {
    skip_space();
    if (at_ >= text_.size()) return true;
    const std::string_view name = command();
    switch (end) {
      case End::text:
        return false;
      case End::brace:
        return text_[at_] == '}';
      case End::bracket:
        return text_[at_] == ']';
      case End::right:
        return name == "right";
      case End::cell:
        return text_[at_] == '&' || name == "\\" || name == "end";
    }
    return true;
  }

  std::string row(End end) {
    if (++depth_ > kMaxDepth) throw Unknown{"too deep nesting"};
    std::string out;
    while (!at_end(end)) out += scripted();
    --depth_;
    return out;
  }

  // An atom with what stands above and below it.
  std::string scripted() {
    bool limits = false;
    std::string base = atom(limits);
    std::string sub, sup;
    for (;;) {
      if (take("\\limits")) {
        limits = true;
      } else if (take("\\nolimits")) {
        limits = false;
      } else if (sub.empty() && take("_")) {
        sub = argument();
      } else if (sup.empty() && take("^")) {
        sup = argument();
      } else if (at_ < text_.size() && text_[at_] == '\'') {
        std::string primes;
        while (take("'")) primes += "′";
        sup += element("mo", primes);
        sup = element("mrow", sup);
      } else {
        break;
      }
    }
    if (sub.empty() && sup.empty()) return base;
    const bool stacked = limits && display_ == MathDisplay::on_its_own;
    if (sup.empty()) return element(stacked ? "munder" : "msub", base + sub);
    if (sub.empty()) return element(stacked ? "mover" : "msup", base + sup);
    return element(stacked ? "munderover" : "msubsup", base + sub + sup);
  }

  // {group} or a single atom.
  std::string argument() {
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
  std::string_view verbatim() {
    if (!take("{")) throw Unknown{"a missing {"};
    const std::size_t start = at_;
    for (int depth = 1; at_ < text_.size(); ++at_) {
      if (text_[at_] == '{') ++depth;
      if (text_[at_] == '}' && --depth == 0) return text_.substr(start, at_++ - start);
    }
    throw Unknown{"a missing }"};
  }

  std::string atom(bool& limits) {
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

  // A bracket grows with what it holds only where \left and \right say so.
  static std::string operation(const std::string& text) {
    for (const std::string_view bracket : {"(", ")", "[", "]", "{", "}", "|", "‖", "⟨", "⟩", "⌈", "⌉", "⌊", "⌋"})
      if (text == bracket) return "<mo stretchy=\"false\">" + text + "</mo>";
    return element("mo", text);
  }

  std::string delimiter() {
    skip_space();
    if (at_ >= text_.size()) throw Unknown{"a missing delimiter"};
    if (take(".")) return "";
    if (text_[at_] == '\\') {
      std::string name(command());
      at_ += name.size() + 1;
      if (name == "{" || name == "}") return name;
      if (name == "|") return "‖";
      const auto symbol = math_symbol(name);
      if (!symbol || symbol->kind != SymbolClass::operation) throw Unknown{"unknown delimiter \\" + name};
      return std::string(symbol->text);
    }
    std::string text;
    append_utf8(text, next_character(text_, at_));
    return escape_html(text);
  }

  static std::string fence(const std::string& text, std::string_view size) {
    return fmt::format("<mo stretchy=\"true\"{}>{}</mo>", size, text);
  }

  std::string run_command(const std::string& name, bool& limits) {
    if (const auto symbol = math_symbol(name)) return run_symbol(*symbol, limits);
    if (name == "frac" || name == "dfrac" || name == "tfrac" || name == "cfrac") {
      const std::string top = argument();
      return element("mfrac", top + argument());
    }
    if (name == "binom") {
      const std::string top = argument(), bottom = argument();
      return element("mrow", "<mo>(</mo><mfrac linethickness=\"0\">" + top + bottom + "</mfrac><mo>)</mo>");
    }
    if (name == "sqrt") {
      if (!take("[")) return element("msqrt", argument());
      const std::string index = element("mrow", row(End::bracket));
      if (!take("]")) throw Unknown{"a missing ]"};
      return element("mroot", argument() + index);
    }
    if (name == "left") {
      const std::string open = delimiter();
      std::string inner = row(End::right);
      if (!take("\\right")) throw Unknown{"\\left without \\right"};
      const std::string close = delimiter();
      return element("mrow", (open.empty() ? "" : fence(open, "")) + inner + (close.empty() ? "" : fence(close, "")));
    }
    for (const std::string_view big : {"big", "bigl", "bigr", "bigm", "Big", "Bigl", "Bigr", "Bigm", "bigg", "biggl",
                                       "biggr", "Bigg", "Biggl", "Biggr", "middle"})
      if (name == big) return fence(delimiter(), " minsize=\"1.4em\"");
    if (name == "begin") return environment();
    if (name == "{" || name == "}" || name == "|") return operation(name == "|" ? "‖" : name);
    if (name == "%" || name == "#" || name == "$" || name == "_" || name == "&")
      return element("mi", escape_html(name));
    if (name == "not") {
      bool ignored = false;
      std::string next = atom(ignored);
      const std::size_t end = next.rfind("</");
      return end == std::string::npos ? next : next.insert(end, "\u0338");
    }
    if (name == "stackrel" || name == "overset" || name == "underset") {
      const std::string script = argument(), base = argument();
      return element(name == "underset" ? "munder" : "mover", base + script);
    }
    if (name == "displaystyle" || name == "textstyle" || name == "scriptstyle" || name == "nonumber" || name == "notag")
      return "";
    if (name == "tag" || name == "label") {
      verbatim();
      return "";
    }
    if (name == "\\") return "<mspace linebreak=\"newline\"></mspace>";
    throw Unknown{fmt::format("unknown command \\{}", name)};
  }

  std::string run_symbol(const Symbol& symbol, bool& limits) {
    switch (symbol.kind) {
      case SymbolClass::identifier:
        return element("mi", symbol.text);
      case SymbolClass::operation:
        return operation(escape_html(symbol.text));
      case SymbolClass::large_operator: {
        const bool integral = symbol.name.ends_with("int");
        limits = !integral;
        return element("mo", symbol.text);
      }
      case SymbolClass::function:
        limits = symbol.name.starts_with("lim") || symbol.name.ends_with("max") || symbol.name.ends_with("min") ||
                 symbol.name == "sup" || symbol.name == "inf" || symbol.name == "Pr" || symbol.name == "det";
        if (symbol.name == "softmax") limits = false;
        return element("mi", symbol.text) + "<mspace width=\"0.167em\"></mspace>";
      case SymbolClass::accent_over:
        return fmt::format("<mover accent=\"true\">{}<mo>{}</mo></mover>", argument(), symbol.text);
      case SymbolClass::accent_under:
        limits = true;
        return fmt::format("<munder accentunder=\"true\">{}<mo>{}</mo></munder>", argument(), symbol.text);
      case SymbolClass::space:
        return fmt::format("<mspace width=\"{}\"></mspace>", symbol.text);
      case SymbolClass::font:
        break;
    }
    if (symbol.text == "text") return element("mtext", escape_html(verbatim()));
    take("*");
    const std::string_view outer = font_;
    font_ = symbol.text;
    std::string out = argument();
    font_ = outer;
    return out;
  }

  std::string environment() {
    const std::string name(verbatim());
    std::string open, close;
    if (name == "pmatrix")
      open = "(", close = ")";
    else if (name == "bmatrix")
      open = "[", close = "]";
    else if (name == "vmatrix")
      open = close = "|";
    else if (name == "Vmatrix")
      open = close = "‖";
    else if (name == "Bmatrix")
      open = "{", close = "}";
    else if (name == "cases")
      open = "{";
    else if (name == "array")
      verbatim();
    else if (name != "matrix" && name != "aligned" && name != "align" && name != "align*" && name != "gather" &&
             name != "gather*" && name != "gathered" && name != "equation" && name != "equation*" && name != "split" &&
             name != "smallmatrix")
      throw Unknown{fmt::format("unknown environment {}", name)};
    std::string rows, cells;
    for (;;) {
      cells += element("mtd", row(End::cell));
      if (take("&")) continue;
      rows += element("mtr", cells);
      cells.clear();
      if (take("\\\\")) {
        if (at_end(End::cell) && command() == "end") {
          at_ += 4;
          break;
        }
        continue;
      }
      if (!take("\\end")) throw Unknown{fmt::format("\\begin{{{}}} without \\end", name)};
      break;
    }
    verbatim();
    const bool aligned = name.starts_with("align") || name == "split";
    const std::string table = fmt::format("<mtable{}>{}</mtable>",
                                          aligned           ? " columnalign=\"right left\" displaystyle=\"true\""
                                          : name == "cases" ? " columnalign=\"left left\""
                                                            : "",
                                          rows);
    return element("mrow", (open.empty() ? "" : fence(open, "")) + table + (close.empty() ? "" : fence(close, "")));
  }

  std::string_view text_;
  const MathDisplay display_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string_view font_;
};

}  // namespace

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
