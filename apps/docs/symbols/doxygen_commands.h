// Doxygen's commands by name. For doxygen.cpp alone.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace veneer::docs {

enum class CommandKind {
  unknown,
  text,       ///< is left out, what follows it is text
  heading,    ///< \section name title
  parameter,  ///< \param name text
  template_parameter,
  returns,
  return_value,  ///< \retval value text
  raises,
  alert,        ///< a box; `says` is its kind
  titled,       ///< a paragraph that begins with `says`
  own_title,    ///< \par title
  item,         ///< \li
  copy,         ///< \copydoc name
  image,        ///< \image html file "caption"
  other,        ///< says what the comment belongs to, not what the thing is; with the rest of the line
  unsupported,  ///< brings in text from elsewhere
  code,         ///< until `says`; what it holds is code
  raw,          ///< until `says`; what it holds is for another kind of document
  word_code,
  word_emphasis,
  word_strong,  ///< \c word
  reference,    ///< \ref name "text"
  link,         ///< \link name text \endlink
  line_break,
  formula,  ///< \f$ ... \f$
};

struct Command {
  std::string_view name;
  CommandKind kind;
  std::string_view says = {};
};

inline constexpr auto kCommands = std::to_array<Command>({
    {"brief", CommandKind::text},
    {"short", CommandKind::text},
    {"details", CommandKind::text},
    {"parblock", CommandKind::text},
    {"endparblock", CommandKind::text},
    {"emoji", CommandKind::text},
    {"noop", CommandKind::other},
    {"internal", CommandKind::text},
    {"endinternal", CommandKind::text},
    {"section", CommandKind::heading},
    {"subsection", CommandKind::heading},
    {"subsubsection", CommandKind::heading},
    {"paragraph", CommandKind::heading},
    {"param", CommandKind::parameter},
    {"tparam", CommandKind::template_parameter},
    {"return", CommandKind::returns},
    {"returns", CommandKind::returns},
    {"result", CommandKind::returns},
    {"retval", CommandKind::return_value},
    {"throw", CommandKind::raises},
    {"throws", CommandKind::raises},
    {"exception", CommandKind::raises},
    {"note", CommandKind::alert, "NOTE"},
    {"remark", CommandKind::alert, "NOTE"},
    {"remarks", CommandKind::alert, "NOTE"},
    {"attention", CommandKind::alert, "IMPORTANT"},
    {"important", CommandKind::alert, "IMPORTANT"},
    {"warning", CommandKind::alert, "WARNING"},
    {"deprecated", CommandKind::alert, "WARNING"},
    {"see", CommandKind::titled, "See also"},
    {"sa", CommandKind::titled, "See also"},
    {"since", CommandKind::titled, "Since"},
    {"pre", CommandKind::titled, "Precondition"},
    {"post", CommandKind::titled, "Postcondition"},
    {"invariant", CommandKind::titled, "Invariant"},
    {"author", CommandKind::titled, "Author"},
    {"authors", CommandKind::titled, "Authors"},
    {"version", CommandKind::titled, "Version"},
    {"date", CommandKind::titled, "Date"},
    {"copyright", CommandKind::titled, "Copyright"},
    {"bug", CommandKind::titled, "Bug"},
    {"todo", CommandKind::titled, "To do"},
    {"test", CommandKind::titled, "Test"},
    {"par", CommandKind::own_title},
    {"li", CommandKind::item},
    {"arg", CommandKind::item},
    {"copydoc", CommandKind::copy},
    {"copybrief", CommandKind::copy},
    {"copydetails", CommandKind::copy},
    {"image", CommandKind::image},
    {"file", CommandKind::other},
    {"dir", CommandKind::other},
    {"mainpage", CommandKind::other},
    {"page", CommandKind::other},
    {"subpage", CommandKind::other},
    {"defgroup", CommandKind::other},
    {"addtogroup", CommandKind::other},
    {"weakgroup", CommandKind::other},
    {"ingroup", CommandKind::other},
    {"name", CommandKind::other},
    {"class", CommandKind::other},
    {"struct", CommandKind::other},
    {"union", CommandKind::other},
    {"enum", CommandKind::other},
    {"fn", CommandKind::other},
    {"var", CommandKind::other},
    {"def", CommandKind::other},
    {"typedef", CommandKind::other},
    {"namespace", CommandKind::other},
    {"concept", CommandKind::other},
    {"interface", CommandKind::other},
    {"package", CommandKind::other},
    {"property", CommandKind::other},
    {"headerfile", CommandKind::other},
    {"hideinitializer", CommandKind::other},
    {"showinitializer", CommandKind::other},
    {"callgraph", CommandKind::other},
    {"callergraph", CommandKind::other},
    {"hidecallgraph", CommandKind::other},
    {"hidecallergraph", CommandKind::other},
    {"includegraph", CommandKind::other},
    {"hideincludegraph", CommandKind::other},
    {"showrefby", CommandKind::other},
    {"showrefs", CommandKind::other},
    {"hiderefby", CommandKind::other},
    {"hiderefs", CommandKind::other},
    {"nosubgrouping", CommandKind::other},
    {"tableofcontents", CommandKind::other},
    {"private", CommandKind::other},
    {"protected", CommandKind::other},
    {"public", CommandKind::other},
    {"privatesection", CommandKind::other},
    {"protectedsection", CommandKind::other},
    {"publicsection", CommandKind::other},
    {"static", CommandKind::other},
    {"pure", CommandKind::other},
    {"memberof", CommandKind::other},
    {"extends", CommandKind::other},
    {"implements", CommandKind::other},
    {"relates", CommandKind::other},
    {"related", CommandKind::other},
    {"relatesalso", CommandKind::other},
    {"relatedalso", CommandKind::other},
    {"overload", CommandKind::other},
    {"qualifier", CommandKind::other},
    {"category", CommandKind::other},
    {"cond", CommandKind::other},
    {"endcond", CommandKind::other},
    {"if", CommandKind::other},
    {"ifnot", CommandKind::other},
    {"else", CommandKind::other},
    {"elseif", CommandKind::other},
    {"endif", CommandKind::other},
    {"anchor", CommandKind::other},
    {"raisewarning", CommandKind::other},
    {"showdate", CommandKind::other},
    {"include", CommandKind::unsupported},
    {"includelineno", CommandKind::unsupported},
    {"includedoc", CommandKind::unsupported},
    {"dontinclude", CommandKind::unsupported},
    {"snippet", CommandKind::unsupported},
    {"snippetlineno", CommandKind::unsupported},
    {"snippetdoc", CommandKind::unsupported},
    {"line", CommandKind::unsupported},
    {"skip", CommandKind::unsupported},
    {"skipline", CommandKind::unsupported},
    {"until", CommandKind::unsupported},
    {"example", CommandKind::unsupported},
    {"verbinclude", CommandKind::unsupported},
    {"htmlinclude", CommandKind::unsupported},
    {"dotfile", CommandKind::unsupported},
    {"mscfile", CommandKind::unsupported},
    {"diafile", CommandKind::unsupported},
    {"plantumlfile", CommandKind::unsupported},
    {"xrefitem", CommandKind::unsupported},
    {"cite", CommandKind::unsupported},
    {"code", CommandKind::code, "endcode"},
    {"verbatim", CommandKind::code, "endverbatim"},
    {"dot", CommandKind::code, "enddot"},
    {"msc", CommandKind::code, "endmsc"},
    {"startuml", CommandKind::code, "enduml"},
    {"htmlonly", CommandKind::text},
    {"endhtmlonly", CommandKind::text},
    {"latexonly", CommandKind::raw, "endlatexonly"},
    {"rtfonly", CommandKind::raw, "endrtfonly"},
    {"manonly", CommandKind::raw, "endmanonly"},
    {"docbookonly", CommandKind::raw, "enddocbookonly"},
    {"xmlonly", CommandKind::raw, "endxmlonly"},
    {"secreflist", CommandKind::text},
    {"endsecreflist", CommandKind::text},
    {"refitem", CommandKind::item},
    {"c", CommandKind::word_code},
    {"p", CommandKind::word_code},
    {"a", CommandKind::word_emphasis},
    {"e", CommandKind::word_emphasis},
    {"em", CommandKind::word_emphasis},
    {"b", CommandKind::word_strong},
    {"ref", CommandKind::reference},
    {"link", CommandKind::link},
    {"n", CommandKind::line_break},
    {"f", CommandKind::formula},
});

inline Command command_named(std::string_view name) {
  const auto* found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& c) { return c.name == name; });
  return found == kCommands.end() ? Command{name, CommandKind::unknown} : *found;
}

}  // namespace veneer::docs
