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
    case ParameterKind::positional_only:
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

// A class that is called is shown as its constructor; the others as they are declared.
bool is_made_by_call(const Symbol& symbol) {
  return symbol.is_class() && symbol.kind != SymbolKind::enum_ && symbol.form != ClassForm::typed_dict &&
         symbol.form != ClassForm::protocol;
}

bool has_parameter_list(const Symbol& symbol) {
  if (symbol.kind == SymbolKind::macro) return !symbol.parameters.empty();
  return symbol.is_callable() || (symbol.language == Language::python && is_made_by_call(symbol));
}

// The marks "/" and "*" of Python, where they stand before a parameter or, at the end, behind the last.
std::string_view mark_before(const std::vector<Parameter>& parameters, std::size_t i) {
  const auto kind = [&](std::size_t at) { return parameters[at].kind; };
  if (i > 0 && kind(i - 1) == ParameterKind::positional_only &&
      (i == parameters.size() || kind(i) != ParameterKind::positional_only))
    return "/";
  return {};
}

bool needs_star(const std::vector<Parameter>& parameters, std::size_t i) {
  return i < parameters.size() && parameters[i].kind == ParameterKind::keyword_only &&
         (i == 0 || (parameters[i - 1].kind != ParameterKind::keyword_only &&
                     parameters[i - 1].kind != ParameterKind::var_positional));
}

// "class Colour(str, Enum)", "type Pair[T] = tuple[T, T]", "LIMIT: int = 3", "size: int".
std::string python_declaration(const Symbol& symbol, const std::string& name) {
  const bool is_new = symbol.kind == SymbolKind::alias && symbol.returns.empty() &&
                      !symbol.value.starts_with("NewType") && symbol.value.find(".NewType(") == std::string::npos;
  if (symbol.is_class()) {
    std::string text = "class " + name + symbol.generics;
    for (const std::string& base : symbol.bases) text.append(&base == &symbol.bases.front() ? "(" : ", ").append(base);
    return text + (symbol.bases.empty() ? "" : ")");
  }
  std::string text = (is_new ? "type " : "") + name + symbol.generics;
  if (!symbol.returns.empty()) text.append(": ").append(symbol.returns);
  if (!symbol.value.empty() && symbol.kind != SymbolKind::property) text.append(" = ").append(symbol.value);
  return text;
}

bool is_declared(const Symbol& symbol) {
  switch (symbol.kind) {
    case SymbolKind::variable:
    case SymbolKind::enumerator:
    case SymbolKind::alias:
    case SymbolKind::property:
      return !symbol.returns.empty() || !symbol.value.empty();
    default:
      return symbol.is_class();
  }
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

// A Python declaration's types and value are marked, so that they can be links and look like those of parameters.
std::string declaration_html(const Symbol& symbol, const std::string& name, const std::string& plain) {
  if (symbol.language == Language::cpp) return escape_html(plain);
  const std::size_t end = plain.find(name) + name.size() + symbol.generics.size();
  const std::string rest = plain.substr(std::min(end, plain.size()));
  const bool has_value = !symbol.value.empty() && rest.ends_with(" = " + symbol.value);
  const std::string type = has_value ? rest.substr(0, rest.size() - symbol.value.size() - 3) : rest;
  std::string html = escape_html(plain.substr(0, end));
  if (!type.empty()) html.append("<span class=\"sig-type\">").append(escape_html(type)).append("</span>");
  if (has_value) {
    const bool is_type = symbol.kind == SymbolKind::alias;
    html.append(is_type ? "<span class=\"sig-type\">" : "<span class=\"sig-default\">").append(" = ");
    html.append(escape_html(symbol.value)).append("</span>");
  }
  return html;
}

}  // namespace

std::string signature_text(const Symbol& symbol, const std::string& name) {
  const bool cpp = symbol.language == Language::cpp;
  std::string text = cpp ? symbol.head + symbol.name : "";
  if (!has_parameter_list(symbol))
    return cpp ? text + symbol.tail : is_declared(symbol) ? python_declaration(symbol, name) : text;
  if (!cpp) text.append(has_qualifier(symbol, "async") ? "async " : "").append(name).append(symbol.generics);
  text += "(";
  const std::size_t begin = text.size();
  const auto add = [&](std::string_view part) { text.append(text.size() == begin ? "" : ", ").append(part); };
  for (std::size_t i = 0; i <= symbol.parameters.size(); ++i) {
    if (const std::string_view mark = mark_before(symbol.parameters, i); !mark.empty()) add(mark);
    if (needs_star(symbol.parameters, i)) add("*");
    if (i < symbol.parameters.size()) add(parameter_text(symbol, symbol.parameters[i]));
  }
  return text + ")" + tail(symbol);
}

std::string signature_html(const Symbol& symbol, const std::string& name, const std::string& anchor,
                           const std::vector<std::string>& documented) {
  const std::string plain = signature_text(symbol, name);
  const bool cpp = symbol.language == Language::cpp;
  const bool says_kind_and_name = plain.starts_with(to_string(symbol.kind)) && plain.ends_with(" " + name);
  if (!has_parameter_list(symbol)) return says_kind_and_name ? "" : declaration_html(symbol, name, plain);
  const std::size_t first_line = plain.rfind('\n') == std::string::npos ? 0 : plain.rfind('\n') + 1;
  const bool is_long = !symbol.parameters.empty() && plain.size() - first_line > kOneLine;
  std::string html = cpp ? escape_html(symbol.head + symbol.name) : has_qualifier(symbol, "async") ? "async " : "";
  if (!cpp) html.append(escape_html(name + symbol.generics));
  std::vector<std::string> parts;  // without their closing tags: a comma may follow
  for (std::size_t i = 0; i <= symbol.parameters.size(); ++i) {
    const auto add_mark = [&parts](std::string_view mark) {
      if (!mark.empty()) parts.push_back("<span class=\"sig-param\">" + std::string(mark));
    };
    add_mark(mark_before(symbol.parameters, i));
    add_mark(needs_star(symbol.parameters, i) ? "*" : "");
    if (i == symbol.parameters.size()) break;
    const Parameter& parameter = symbol.parameters[i];
    const bool is_described = std::ranges::find(documented, parameter.name) != documented.end();
    parts.push_back(parameter_html(symbol, parameter, anchor, is_described));
  }
  html += is_long ? "(\n" : "(";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    html.append(is_long ? "  " : "").append(parts[i]).append(is_last ? "</span>" : ",</span>");
    html += is_long ? "\n" : is_last ? "" : " ";
  }
  html += ")";
  const std::string end = tail(symbol);
  if (!end.empty()) html.append("<span class=\"sig-return\">").append(escape_html(end)).append("</span>");
  return html;
}

std::string_view kind_name(const Symbol& symbol) {
  if (symbol.language == Language::cpp) return to_string(symbol.kind);
  for (const std::string_view word : {"classmethod", "staticmethod"})
    if (has_qualifier(symbol, word)) return word;
  if (symbol.kind == SymbolKind::property) return has_qualifier(symbol, "setter") ? "settable property" : "property";
  const bool is_attribute =
      symbol.kind == SymbolKind::variable && symbol.parent != nullptr && symbol.parent->is_class();
  if (is_attribute) return "attribute";
  if (symbol.kind == SymbolKind::alias) return "type";
  switch (symbol.form) {
    case ClassForm::dataclass:
      return "dataclass";
    case ClassForm::named_tuple:
      return "named tuple";
    case ClassForm::typed_dict:
      return "typed dict";
    case ClassForm::protocol:
      return "protocol";
    case ClassForm::plain:
      break;
  }
  return to_string(symbol.kind);
}

}  // namespace veneer::docs
