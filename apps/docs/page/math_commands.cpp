// Commands of formulas: fractions, roots, brackets, text, colours...
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "docs/page/math_formula.h"
#include "docs/text/escape.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// Text keeps the spaces at its ends, which MathML would drop.
std::string text_element(std::string_view text, std::string_view font) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool at_edge = i == 0 || i + 1 == text.size();
    const char32_t c = next_character(text, i);
    out += c == ' ' && at_edge ? "\u00A0" : c == '~' ? "\u00A0" : escape_html(styled(c, font));
  }
  return font == "italic" ? fmt::format("<mtext style=\"font-style:italic\">{}</mtext>", out) : element("mtext", out);
}

}  // namespace

std::string Formula::delimiter() {
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

std::string Formula::fence(const std::string& text, std::string_view size) {
  return fmt::format("<mo stretchy=\"true\"{}>{}</mo>", size, text);
}

std::string Formula::run_command(const std::string& name, bool& limits) {
  if (const auto symbol = math_symbol(name)) return run_symbol(*symbol, limits);
  for (const Command& command : kCommands)
    if (command.name == name) return (this->*command.run)(name);
  for (const auto& [size, names] : kSizes)
    for (const std::string_view one : names)
      if (one == name) return fence(delimiter(), size);
  if (name == "{" || name == "}" || name == "|") return operation(name == "|" ? "‖" : name);
  if (name == "%" || name == "#" || name == "$" || name == "_" || name == "&") return element("mi", escape_html(name));
  throw Unknown{fmt::format("unknown command \\{}", name)};
}

std::string Formula::fraction(const std::string& name) {
  const std::string top = argument();
  const std::string out = element("mfrac", top + argument());
  const std::string_view style = style_attributes(name == "tfrac" ? "textstyle" : name == "frac" ? "" : "displaystyle");
  return style.empty() ? out : fmt::format("<mstyle {}>{}</mstyle>", style, out);
}

std::string Formula::binomial(const std::string& /*name*/) {
  const std::string top = argument(), bottom = argument();
  return element("mrow", "<mo>(</mo><mfrac linethickness=\"0\">" + top + bottom + "</mfrac><mo>)</mo>");
}

std::string Formula::root(const std::string& /*name*/) {
  if (!take("[")) return element("msqrt", argument());
  const std::string index = element("mrow", row(End::bracket));
  if (!take("]")) throw Unknown{"a missing ]"};
  return element("mroot", argument() + index);
}

std::string Formula::left_right(const std::string& /*name*/) {
  const std::string open = delimiter();
  std::string inner = row(End::right);
  if (!take("\\right")) throw Unknown{"\\left without \\right"};
  const std::string close = delimiter();
  return element("mrow", (open.empty() ? "" : fence(open, "")) + inner + (close.empty() ? "" : fence(close, "")));
}

std::string Formula::negated(const std::string& /*name*/) {
  bool ignored = false;
  std::string next = atom(ignored);
  const std::size_t end = next.rfind("</");
  return end == std::string::npos ? next : next.insert(end, "\u0338");
}

std::string Formula::stacked(const std::string& name) {
  const std::string script = argument(), base = argument();
  return element(name == "underset" ? "munder" : "mover", base + script);
}

// An arrow as long as what stands above and, in brackets, below it.
std::string Formula::long_arrow(const std::string& name) {
  std::string below;
  if (take("[")) {
    below = element("mrow", row(End::bracket));
    if (!take("]")) throw Unknown{"a missing ]"};
  }
  const std::string arrow = fmt::format("<mo stretchy=\"true\">{}</mo>", name == "xleftarrow" ? "←" : "→");
  const auto padded = [](const std::string& text) {
    const std::string_view space = "<mspace width=\"0.4em\"></mspace>";
    return fmt::format("<mrow>{0}{1}{0}</mrow>", space, text);
  };
  const std::string above = padded(argument());
  return below.empty() ? element("mover", arrow + above) : element("munderover", arrow + padded(below) + above);
}

std::string Formula::modulus(const std::string& name) {
  const std::string space = "<mspace width=\"0.444em\"></mspace>";
  if (name == "bmod") return "<mo lspace=\"0.222em\" rspace=\"0.222em\">mod</mo>";
  const std::string word = "<mi>mod</mi><mspace width=\"0.333em\"></mspace>" + argument();
  return space + (name == "pmod" ? "<mo stretchy=\"false\">(</mo>" + word + "<mo stretchy=\"false\">)</mo>" : word);
}

std::string Formula::boxed(const std::string& /*name*/) {
  return "<mrow style=\"border:1px solid;padding:0.3em\">" + argument() + "</mrow>";
}

std::string Formula::phantom(const std::string& name) {
  return name == "phantom" ? element("mphantom", argument())
                           : "<mpadded width=\"0\">" + element("mphantom", argument()) + "</mpadded>";
}

std::string Formula::coloured(const std::string& name) {
  const std::string_view colour = verbatim();
  for (const char c : colour)
    if (c != '#' && !is_letter(static_cast<unsigned char>(c)) && !is_digit(static_cast<unsigned char>(c)))
      throw Unknown{fmt::format("unknown colour {}", colour)};
  std::string inner = name == "color" ? row(End::line) : argument();
  return fmt::format("<mrow style=\"color:{}\">{}</mrow>", colour, inner);
}

// The number of a formula, where KaTeX has it at the right margin.
std::string Formula::tag(const std::string& /*name*/) {
  const bool bare = take("*");
  const std::string text(verbatim());
  return "<mspace width=\"2em\"></mspace>" + text_element(bare ? text : "(" + text + ")", "");
}

std::string Formula::nothing(const std::string& name) {
  if (name == "label") verbatim();
  return "";
}

std::string Formula::group(const std::string& /*name*/) {
  return argument();
}

std::string Formula::distance(const std::string& /*name*/) {
  take("*");
  const std::string width(verbatim());
  if (width.find_first_not_of("0123456789.-+ empxtcinu") != std::string::npos)
    throw Unknown{"unknown distance " + width};
  return fmt::format("<mspace width=\"{}\"></mspace>", width);
}

// Text may hold formulas of its own: \text{for $x$}.
std::string Formula::text_of(std::string_view font) {
  const std::string_view text = verbatim();
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find('$', at), text.size());
    if (open > at) out += text_element(text.substr(at, open - at), font);
    if (open == text.size()) break;
    const std::size_t close = text.find('$', open + 1);
    if (close == std::string_view::npos) throw Unknown{"a missing $"};
    if (++depth_ > kMaxDepth) throw Unknown{"too deep nesting"};
    out += element("mrow", Formula(text.substr(open + 1, close - open - 1), MathDisplay::within_text).whole());
    --depth_;
    at = close + 1;
  }
  return out;
}

// A line as long as what it stands above or below.
std::string Formula::ruled(std::string_view side) {
  return fmt::format("<mrow style=\"border-{0}:0.05em solid;padding-{0}:0.1em\">{1}</mrow>", side, argument());
}

std::string Formula::run_symbol(const MathSymbol& symbol, bool& limits) {
  switch (symbol.kind) {
    case SymbolClass::identifier: {
      std::size_t at = 0;
      const char32_t letter = styled_letter(next_character(symbol.text, at), font_);
      std::string text = symbol.text;
      if (at == symbol.text.size()) append_utf8(text = {}, letter);
      // Greek capitals stand upright.
      const bool is_upright = text != symbol.text || (letter >= 0x391 && letter <= 0x3A9);
      return is_upright ? fmt::format("<mi mathvariant=\"normal\">{}</mi>", text) : element("mi", text);
    }
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
      is_function_ = true;
      return element("mi", symbol.text);
    case SymbolClass::accent_over:
      if (symbol.name == "overline") return ruled("top");
      if (symbol.name == "vec")
        return fmt::format("<mover accent=\"true\">{}<mo stretchy=\"false\" style=\"font-size:60%\">→</mo></mover>",
                           argument());
      return fmt::format("<mover accent=\"true\">{}<mo{}>{}</mo></mover>", argument(),
                         symbol.name.starts_with("wide") ? " stretchy=\"true\"" : "", symbol.text);
    case SymbolClass::accent_under:
      if (symbol.name == "underline") return ruled("bottom");
      limits = true;
      return fmt::format("<munder accentunder=\"true\">{}<mo>{}</mo></munder>", argument(), symbol.text);
    case SymbolClass::space:
      return fmt::format("<mspace width=\"{}\"></mspace>", symbol.text);
    case SymbolClass::font:
      break;
  }
  if (symbol.text.starts_with("text")) return text_of(symbol.text.substr(std::min<std::size_t>(5, symbol.text.size())));
  if (symbol.name == "operatorname") return operator_name(limits);
  const std::string outer = std::exchange(font_, symbol.text);
  std::string out = argument();
  font_ = outer;
  return out;
}

// Letters of one word are one <mi>: "argmax" has no gaps.
std::string Formula::operator_name(bool& limits) {
  limits = take("*");
  std::string word;
  const std::string_view inner = verbatim();
  for (std::size_t i = 0; i < inner.size();) {
    const std::string_view rest = inner.substr(i);
    const bool is_space = rest.starts_with("\\,") || rest.starts_with("\\ ") || rest.starts_with("\\;");
    if (!is_space && (rest[0] == '\\' || rest[0] == '{' || rest[0] == '}'))
      throw Unknown{fmt::format("unknown operator name {}", inner)};
    word += is_space ? "\u2009" : escape_html(rest.substr(0, 1));
    i += is_space ? 2 : 1;
  }
  is_function_ = true;
  return element("mi", word);
}

const std::vector<Formula::Command> Formula::kCommands{
    {"frac", &Formula::fraction},         {"dfrac", &Formula::fraction},    {"tfrac", &Formula::fraction},
    {"cfrac", &Formula::fraction},        {"binom", &Formula::binomial},    {"dbinom", &Formula::binomial},
    {"tbinom", &Formula::binomial},       {"sqrt", &Formula::root},         {"left", &Formula::left_right},
    {"begin", &Formula::environment},     {"not", &Formula::negated},       {"stackrel", &Formula::stacked},
    {"overset", &Formula::stacked},       {"underset", &Formula::stacked},  {"xrightarrow", &Formula::long_arrow},
    {"xleftarrow", &Formula::long_arrow}, {"pmod", &Formula::modulus},      {"bmod", &Formula::modulus},
    {"mod", &Formula::modulus},           {"boxed", &Formula::boxed},       {"fbox", &Formula::boxed},
    {"phantom", &Formula::phantom},       {"vphantom", &Formula::phantom},  {"color", &Formula::coloured},
    {"textcolor", &Formula::coloured},    {"tag", &Formula::tag},           {"label", &Formula::nothing},
    {"nonumber", &Formula::nothing},      {"notag", &Formula::nothing},     {"allowbreak", &Formula::nothing},
    {"mathop", &Formula::group},          {"mathrel", &Formula::group},     {"mathbin", &Formula::group},
    {"mathord", &Formula::group},         {"mathopen", &Formula::group},    {"mathclose", &Formula::group},
    {"mathstrut", &Formula::nothing},     {"substack", &Formula::substack}, {"hspace", &Formula::distance}};

}  // namespace veneer::docs
