#include "docs/autodoc/signature.h"

#include <algorithm>

#include "docs/page/page.h"

namespace veneer::docs {
namespace {

// A signature longer than this takes a line for each parameter.
constexpr std::size_t kOneLine = 88;

std::string prefixed_name(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::var_positional:
      return "*" + parameter.name;
    case ParameterKind::var_keyword:
      return "**" + parameter.name;
    case ParameterKind::normal:
    case ParameterKind::keyword_only:
      break;
  }
  return parameter.name;
}

std::string parameter_text(const Symbol& symbol, const Parameter& parameter) {
  std::string text;
  if (symbol.language == Language::cpp) {
    text = parameter.annotation + parameter.name + parameter.suffix;
  } else {
    text = prefixed_name(parameter);
    if (!parameter.annotation.empty()) text.append(": ").append(parameter.annotation);
  }
  if (!parameter.default_value.empty()) text.append(" = ").append(parameter.default_value);
  return text;
}

bool has_parameter_list(const Symbol& symbol) {
  if (symbol.kind == SymbolKind::macro) return !symbol.parameters.empty();
  return symbol.is_callable() || (symbol.language == Language::python && symbol.is_class());
}

bool has_qualifier(const Symbol& symbol, std::string_view word) {
  return std::ranges::find(symbol.decorators, word) != symbol.decorators.end();
}

std::string tail(const Symbol& symbol) {
  if (symbol.language == Language::cpp) return symbol.tail;
  return symbol.returns.empty() || symbol.is_class() ? "" : " -> " + symbol.returns;
}

// Without its closing tag: a comma may follow.
std::string parameter_html(const Symbol& symbol, const Parameter& parameter, const std::string& anchor,
                           bool is_described) {
  std::string name = escape_html(prefixed_name(parameter));
  if (is_described && !parameter.name.empty())
    name = "<a href=\"#" + escape_html(anchor + "." + parameter.name) + "\">" + name + "</a>";
  std::string html = "<span class=\"sig-param\">";
  const std::string type = escape_html(parameter.annotation);
  if (symbol.language == Language::cpp) {
    if (!type.empty()) html.append("<span class=\"sig-type\">").append(type).append("</span>");
    html += name;
    if (!parameter.suffix.empty())
      html.append("<span class=\"sig-type\">").append(escape_html(parameter.suffix)).append("</span>");
  } else {
    html += name;
    if (!type.empty()) html.append("<span class=\"sig-type\">: ").append(type).append("</span>");
  }
  if (!parameter.default_value.empty())
    html.append("<span class=\"sig-default\"> = ").append(escape_html(parameter.default_value)).append("</span>");
  return html;
}

}  // namespace

std::string signature_text(const Symbol& symbol) {
  std::string text = symbol.language == Language::cpp ? symbol.head + symbol.name : "";
  if (symbol.language == Language::python && symbol.kind == SymbolKind::variable && !symbol.returns.empty())
    return ": " + symbol.returns;
  if (!has_parameter_list(symbol)) return symbol.language == Language::cpp ? text + symbol.tail : text;
  text += "(";
  for (const Parameter& parameter : symbol.parameters)
    text.append(&parameter == &symbol.parameters.front() ? "" : ", ").append(parameter_text(symbol, parameter));
  return text + ")" + tail(symbol);
}

std::string signature_html(const Symbol& symbol, const std::string& anchor,
                           const std::vector<std::string>& documented) {
  const std::string plain = signature_text(symbol);
  const bool says_kind_and_name = plain.starts_with(to_string(symbol.kind)) && plain.ends_with(" " + symbol.name);
  if (!has_parameter_list(symbol)) return says_kind_and_name ? "" : escape_html(plain);
  const std::size_t first_line = plain.rfind('\n') == std::string::npos ? 0 : plain.rfind('\n') + 1;
  const bool is_long = !symbol.parameters.empty() && plain.size() - first_line > kOneLine;
  std::string html = escape_html(symbol.language == Language::cpp ? symbol.head + symbol.name : symbol.name);
  html += is_long ? "(\n" : "(";
  for (const Parameter& parameter : symbol.parameters) {
    const bool is_described = std::ranges::find(documented, parameter.name) != documented.end();
    const bool is_last = &parameter == &symbol.parameters.back();
    html += is_long ? "  " : "";
    html.append(parameter_html(symbol, parameter, anchor, is_described)).append(is_last ? "</span>" : ",</span>");
    html += is_long ? "\n" : is_last ? "" : " ";
  }
  html += ")";
  const std::string end = tail(symbol);
  if (!end.empty()) html.append("<span class=\"sig-return\">").append(escape_html(end)).append("</span>");
  return html;
}

std::string_view kind_name(const Symbol& symbol) {
  if (symbol.language == Language::python)
    for (const std::string_view word : {"classmethod", "staticmethod"})
      if (has_qualifier(symbol, word)) return word;
  return to_string(symbol.kind);
}

}  // namespace veneer::docs
