#include "docs/symbols/python_values.h"

#include <algorithm>
#include <array>

#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

// The argument `key=value` of a call.
SyntaxNode keyword_argument(SyntaxNode call, std::string_view key) {
  for (const SyntaxNode& argument : call.field("arguments").children())
    if (argument.is("keyword_argument") && argument.field("name").text() == key) return argument.field("value");
  return {};
}

bool is_field_call(SyntaxNode value) {
  return value.is("call") && last_component(value.field("function").text()) == "field";
}

std::string string_of(SyntaxNode node) {
  return node.is("string") ? python_string_value(node.text()) : std::string();
}

void add_member(MadeClass& made, SyntaxNode name, SyntaxNode value) {
  Parameter member{.name = string_of(name)};
  const std::string text = on_one_line(value.text());
  (made.is_enumeration ? member.default_value : member.annotation) = text;
  if (!member.name.empty()) made.members.push_back(std::move(member));
}

// {"x": int}, [("x", int)], ["x", "y"], "x y" or "x, y".
void read_members(MadeClass& made, SyntaxNode list) {
  if (list.is("dictionary")) {
    for (const SyntaxNode& pair : list.children()) add_member(made, pair.field("key"), pair.field("value"));
  } else if (list.is("string")) {
    std::string names = string_of(list);
    std::ranges::replace(names, ',', ' ');
    for (std::size_t at = names.find_first_not_of(' '); at != std::string::npos;) {
      const std::size_t end = std::min(names.find(' ', at), names.size());
      made.members.push_back({.name = names.substr(at, end - at)});
      at = names.find_first_not_of(' ', end);
    }
  } else {
    for (const SyntaxNode& item : list.children()) {
      const std::vector<SyntaxNode> parts = item.children();
      const bool is_pair = (item.is("tuple") || item.is("list")) && parts.size() == 2;
      add_member(made, is_pair ? parts[0] : item, is_pair ? parts[1] : SyntaxNode());
    }
  }
}

}  // namespace

std::string_view last_component(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

std::optional<std::string> unwrapped(std::string_view annotation, std::string_view wrapper) {
  const std::size_t open = annotation.find('[');
  if (open == std::string_view::npos || !annotation.ends_with(']')) return std::nullopt;
  if (last_component(annotation.substr(0, open)) != wrapper) return std::nullopt;
  return std::string(annotation.substr(open + 1, annotation.size() - open - 2));
}

std::vector<Parameter> read_parameters(SyntaxNode list, bool is_bound) {
  std::vector<Parameter> parameters;
  ParameterKind kind = ParameterKind::normal;
  bool first = true;
  for (const SyntaxNode& node : list.children()) {
    if (node.is("keyword_separator")) kind = ParameterKind::keyword_only;
    if (node.is("positional_separator"))
      for (Parameter& before : parameters) before.kind = ParameterKind::positional_only;
    if (node.is("keyword_separator") || node.is("positional_separator")) continue;
    SyntaxNode name = node;
    if (node.field("name")) {
      name = node.field("name");
    } else if (node.is("typed_parameter")) {
      name = node.children().front();
    }
    Parameter parameter{.name = std::string(name.text()),
                        .annotation = on_one_line(node.field("type").text()),
                        .default_value = on_one_line(node.field("value").text()),
                        .kind = kind};
    if (name.is("list_splat_pattern")) {
      parameter.name.erase(0, 1);
      parameter.kind = ParameterKind::var_positional;
      kind = ParameterKind::keyword_only;
    } else if (name.is("dictionary_splat_pattern")) {
      parameter.name.erase(0, 2);
      parameter.kind = ParameterKind::var_keyword;
    }
    if (!(first && is_bound)) parameters.push_back(std::move(parameter));
    first = false;
  }
  return parameters;
}

std::optional<Parameter> read_field(const std::string& name, const std::string& annotation, SyntaxNode value) {
  if (annotation.find("ClassVar") != std::string::npos) return std::nullopt;
  Parameter field{.name = name, .annotation = unwrapped(annotation, "InitVar").value_or(annotation)};
  if (!is_field_call(value)) {
    field.default_value = on_one_line(value.text());
    return field;
  }
  if (keyword_argument(value, "init").text() == "False") return std::nullopt;
  if (keyword_argument(value, "kw_only").text() == "True") field.kind = ParameterKind::keyword_only;
  field.default_value = on_one_line(keyword_argument(value, "default").text());
  if (const SyntaxNode factory = keyword_argument(value, "default_factory")) {
    const std::string setting = on_one_line(factory.text());
    field.default_value =
        setting.starts_with("lambda:") ? setting.substr(setting.find_first_not_of(' ', 7)) : setting + "()";
  }
  return field;
}

std::string field_docstring(SyntaxNode value) {
  return is_field_call(value) ? string_of(keyword_argument(value, "doc")) : std::string();
}

std::optional<MadeClass> read_made_class(SyntaxNode call) {
  static constexpr std::array<std::string_view, 5> kEnumerations{"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"};
  if (!call.is("call")) return std::nullopt;
  const std::vector<SyntaxNode> arguments = call.field("arguments").children();
  if (arguments.size() < 2 || !arguments[0].is("string") || arguments[1].is("keyword_argument")) return std::nullopt;
  MadeClass made{.base = std::string(call.field("function").text())};
  const std::string_view maker = last_component(made.base);
  made.is_enumeration = std::ranges::find(kEnumerations, maker) != kEnumerations.end();
  if (maker == "namedtuple" || maker == "NamedTuple")
    made.form = ClassForm::named_tuple;
  else if (maker == "TypedDict")
    made.form = ClassForm::typed_dict;
  else if (!made.is_enumeration)
    return std::nullopt;
  made.is_total = keyword_argument(call, "total").text() != "False";
  read_members(made, arguments[1]);
  return made;
}

void make_class(PythonModule& module, Symbol& symbol, const MadeClass& made) {
  symbol.kind = SymbolKind::class_;
  symbol.form = made.form;
  symbol.value.clear();
  symbol.bases = {made.base == "namedtuple" || made.base.ends_with(".namedtuple") ? "tuple" : made.base};
  for (const Parameter& member : made.members) {
    Symbol& field = module.symbols.emplace_back();
    field.name = member.name;
    field.path = symbol.path + "." + member.name;
    field.parent = &symbol;
    field.file = symbol.file;
    field.line = symbol.line;
    field.end_line = symbol.end_line;
    field.returns = member.annotation;
    field.value = made.is_enumeration && member.default_value.empty() ? "auto()" : member.default_value;
    field.decorators = {made.is_total ? "required" : "not required"};
    symbol.members.push_back(&field);
    symbol.scope.emplace(field.name, &field);
    if (!made.is_enumeration) module.fields[&symbol].push_back(member);
  }
}

void make_property(Symbol& symbol, SyntaxNode call, const Symbol& owner) {
  symbol.kind = SymbolKind::property;
  symbol.value.clear();
  symbol.decorators.emplace_back("property");
  std::size_t place = 0;
  for (const SyntaxNode& argument : call.field("arguments").children()) {
    const bool is_named = argument.is("keyword_argument");
    const std::string_view key = is_named ? argument.field("name").text() : "";
    const SyntaxNode value = is_named ? argument.field("value") : argument;
    const auto getter = owner.scope.find(value.text());
    if ((key == "fget" || (!is_named && place == 0)) && getter != owner.scope.end()) {
      symbol.returns = getter->second->returns;
      if (symbol.docstring.empty()) symbol.docstring = getter->second->docstring;
      if (!getter->second->docstring.empty()) symbol.docstring_line = getter->second->docstring_line;
    }
    if ((key == "fset" || (!is_named && place == 1)) && value.text() != "None")
      symbol.decorators.emplace_back("setter");
    if ((key == "doc" || (!is_named && place == 3)) && value.is("string")) {
      symbol.docstring = python_string_value(value.text());
      symbol.docstring_line = value.line();
    }
    if (!is_named) ++place;
  }
}

std::string value_text(SyntaxNode value) {
  constexpr std::size_t kLongest = 240;
  std::string text = on_one_line(value.text());
  if (text.size() <= kLongest) return text;
  if (value.is("call")) return std::string(value.field("function").text()) + "(...)";
  if (value.is("dictionary") || value.is("set")) return "{...}";
  if (value.is("list")) return "[...]";
  if (value.is("tuple")) return "(...)";
  if (value.is("string")) return "\"...\"";
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

CommentText attribute_comment(const std::vector<std::string_view>& lines, SyntaxNode statement) {
  constexpr std::string_view kSign = "#:";
  const auto last = static_cast<std::size_t>(statement.end_line() - 1);
  const auto first = static_cast<std::size_t>(statement.line() - 1);
  if (last >= lines.size()) return {};
  const std::string_view ending = lines[last];
  const std::string_view text = statement.text();
  const std::size_t last_line = text.rfind('\n') + 1;
  const std::size_t at = ending.find(text.substr(last_line));
  const std::size_t sign = at == std::string_view::npos ? at : ending.find(kSign, at + text.size() - last_line);
  if (sign != std::string_view::npos)
    return {std::string(trim(ending.substr(sign + kSign.size()))), statement.end_line()};
  std::size_t above = first;
  while (above > 0 && trim(lines[above - 1]).starts_with(kSign)) --above;
  CommentText comment{"", static_cast<int>(above) + 1};
  for (std::size_t i = above; i < first; ++i)
    comment.text.append(i == above ? "" : "\n").append(trim(trim(lines[i]).substr(kSign.size())));
  return comment;
}

}  // namespace veneer::docs
