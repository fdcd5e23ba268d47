// The languages: tables of marks and words. A new one is a table and a line in kLanguages.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "docs/highlight/highlight.h"
#include "docs/highlight/lexer.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

using enum TokenClass;

constexpr Delimited hash_comment{"#", "", comment};
constexpr Delimited shell_comment{"#", "", comment, Where::after_space};
constexpr Delimited double_quoted{"\"", "\"", string, Where::anywhere, Escape::backslash};
constexpr Delimited single_quoted{"'", "'", string, Where::anywhere, Escape::backslash};

constexpr std::array python_marks{
    hash_comment,
    Delimited{"\"\"\"", "\"\"\"", string, Where::anywhere, Escape::backslash, Lines::many},
    Delimited{"'''", "'''", string, Where::anywhere, Escape::backslash, Lines::many},
    double_quoted,
    single_quoted,
};
constexpr std::array python_sigils{Sigil{'@', function, Where::line_start}};
constexpr Language python{
    .names = "python py python3 py3 pycon ipython ipython3",
    .delimited = python_marks,
    .keywords =
        "and as assert async await break case class continue def del elif else except False finally for from "
        "global if import in is lambda match None nonlocal not or pass raise return True try while with yield",
    .types = "bool bytearray bytes complex dict float frozenset int list object set str tuple type",
    .functions =
        "abs all any callable chr classmethod delattr dir divmod enumerate eval exec filter format getattr "
        "globals hasattr hash help hex id input isinstance issubclass iter len locals map max min next oct open "
        "ord pow print property range repr reversed round self setattr slice sorted staticmethod sum super vars "
        "zip __import__",
    .sigils = python_sigils,
    .string_prefixes = "rbufRBUF",
};

constexpr std::array c_marks{
    Delimited{"//", "", comment},
    Delimited{"/*", "*/", comment, Where::anywhere, Escape::none, Lines::many},
    double_quoted,
    single_quoted,
};
constexpr Language cpp{
    .names = "cpp c++ cc cxx c h hpp hxx cuda cu objc",
    .delimited = c_marks,
    .keywords =
        "alignas alignof and asm auto break case catch class co_await co_return co_yield concept const const_cast "
        "consteval constexpr constinit continue decltype default delete do dynamic_cast else enum explicit export "
        "extern "
        "false final for friend goto if inline mutable namespace new noexcept not nullptr operator or override private "
        "protected public register reinterpret_cast requires return sizeof static static_assert static_cast struct "
        "switch template this thread_local throw true try typedef typeid typename union using virtual volatile while",
    .types =
        "bool char char8_t char16_t char32_t double float int int8_t int16_t int32_t int64_t long short signed "
        "size_t ptrdiff_t std string string_view uint8_t uint16_t uint32_t uint64_t unsigned vector void wchar_t",
    .string_prefixes = "LRuU8",
    .form = Form::c,
};

constexpr std::array shell_marks{
    shell_comment,
    double_quoted,
    Delimited{"'", "'", string, Where::anywhere, Escape::none, Lines::many},
};
constexpr std::array shell_sigils{Sigil{'$', variable}};
constexpr Language shell{
    .names = "bash sh shell zsh ksh console terminal shell-session shellsession powershell ps1 bat cmd",
    .delimited = shell_marks,
    .keywords = "case do done elif else esac fi for function if in then until while",
    .functions =
        "alias break cd continue echo eval exec exit export local printf pwd read return set shift source sudo "
        "test trap unset",
    .sigils = shell_sigils,
    .word_extra = "-./",
    .form = Form::shell,
};

constexpr std::array diff_marks{
    Delimited{"+++", "", heading, Where::line_start},
    Delimited{"---", "", heading, Where::line_start},
    Delimited{"@@", "", heading, Where::line_start},
    Delimited{"diff ", "", heading, Where::line_start},
    Delimited{"index ", "", comment, Where::line_start},
    Delimited{"+", "", inserted, Where::line_start},
    Delimited{"-", "", deleted, Where::line_start},
    Delimited{">", "", inserted, Where::line_start},
    Delimited{"<", "", deleted, Where::line_start},
    Delimited{"!", "", variable, Where::line_start},
    Delimited{"\\ No newline", "", comment, Where::line_start},
};
constexpr Language diff{.names = "diff patch udiff", .delimited = diff_marks, .words = Words::none};

constexpr std::array json_marks{
    double_quoted,
    Delimited{"//", "", comment},
    Delimited{"/*", "*/", comment, Where::anywhere, Escape::none, Lines::many},
};
constexpr Language json{
    .names = "json jsonc json5 jsonl jsonlines",
    .delimited = json_marks,
    .keywords = "false null true NaN Infinity",
    .keys = Keys::string_before_colon,
};

constexpr std::array yaml_marks{
    shell_comment,
    Delimited{"---", "", keyword, Where::line_start},
    Delimited{"\"", "\"", string, Where::after_space, Escape::backslash, Lines::many},
    Delimited{"'", "'", string, Where::after_space, Escape::doubled, Lines::many},
};
constexpr std::array yaml_sigils{Sigil{'&', type, Where::after_space}, Sigil{'*', type, Where::after_space},
                                 Sigil{'!', type, Where::after_space}};
constexpr Language yaml{
    .names = "yaml yml",
    .delimited = yaml_marks,
    .keywords = "false False no null off on true True yes",
    .sigils = yaml_sigils,
    .word_extra = "-./",
    .keys = Keys::line_to_colon,
};

constexpr std::array toml_marks{
    hash_comment,
    Delimited{";", "", comment, Where::line_start},
    Delimited{"[", "", heading, Where::line_start},
    Delimited{"\"\"\"", "\"\"\"", string, Where::anywhere, Escape::backslash, Lines::many},
    Delimited{"'''", "'''", string, Where::anywhere, Escape::none, Lines::many},
    double_quoted,
    Delimited{"'", "'", string},
};
constexpr Language toml{
    .names = "toml ini cfg conf properties",
    .delimited = toml_marks,
    .keywords = "false inf nan true",
    .word_extra = "-",
    .keys = Keys::line_to_equals,
};

constexpr std::array cmake_marks{
    Delimited{"#[[", "]]", comment, Where::anywhere, Escape::none, Lines::many},
    hash_comment,
    Delimited{"\"", "\"", string, Where::anywhere, Escape::backslash, Lines::many},
};
constexpr Language cmake{
    .names = "cmake cmakelists",
    .delimited = cmake_marks,
    .keywords =
        "if elseif else endif foreach endforeach while endwhile function endfunction macro endmacro return break "
        "continue include block endblock AND OR NOT MATCHES STREQUAL EQUAL VERSION_LESS VERSION_GREATER "
        "VERSION_EQUAL DEFINED EXISTS TARGET IN_LIST",
    .types =
        "PUBLIC PRIVATE INTERFACE STATIC SHARED MODULE IMPORTED REQUIRED COMPONENTS QUIET CONFIG CACHE BOOL STRING "
        "PATH FILEPATH ON OFF TRUE FALSE VERSION LANGUAGES",
    .sigils = shell_sigils,
    .word_extra = "-",
};

constexpr std::array script_marks{
    Delimited{"//", "", comment},
    Delimited{"/*", "*/", comment, Where::anywhere, Escape::none, Lines::many},
    double_quoted,
    single_quoted,
    Delimited{"`", "`", string, Where::anywhere, Escape::backslash, Lines::many},
};
constexpr Language javascript{
    .names = "javascript js jsx mjs typescript ts tsx",
    .delimited = script_marks,
    .keywords =
        "abstract as async await break case catch class const continue debugger default delete do else enum "
        "export extends false finally for from function if implements import in instanceof interface let new "
        "null of private protected public readonly return static super switch this throw true try type typeof "
        "undefined var void while with yield",
    .types = "any boolean never number object string symbol unknown",
    .functions = "console document fetch window",
    .sigils = python_sigils,
    .word_extra = "$",
};

constexpr std::array css_marks{
    Delimited{"/*", "*/", comment, Where::anywhere, Escape::none, Lines::many},
    double_quoted,
    single_quoted,
};
constexpr std::array css_sigils{Sigil{'@', keyword}, Sigil{'#', type}};
constexpr Language css{
    .names = "css scss less",
    .delimited = css_marks,
    .sigils = css_sigils,
    .word_extra = "-",
};

constexpr std::array markup_marks{
    Delimited{"<!--", "-->", comment, Where::anywhere, Escape::none, Lines::many},
    Delimited{"<![CDATA[", "]]>", string, Where::anywhere, Escape::none, Lines::many},
    Delimited{"<!", ">", type},
    Delimited{"<?", "?>", type},
};
constexpr Language markup{
    .names = "html xml svg xhtml vue svelte mathml",
    .delimited = markup_marks,
    .form = Form::markup,
};

constexpr std::array markdown_marks{
    Delimited{"```", "```", string, Where::line_start, Escape::none, Lines::many},
    Delimited{"#", "", heading, Where::line_start},
    Delimited{">", "", comment, Where::line_start},
    Delimited{"- ", " ", keyword, Where::line_start},
    Delimited{"<!--", "-->", comment, Where::anywhere, Escape::none, Lines::many},
    Delimited{"`", "`", string, Where::anywhere, Escape::none, Lines::one_closed},
    Delimited{"**", "**", keyword, Where::anywhere, Escape::none, Lines::one_closed},
};
constexpr Language markdown{
    .names = "markdown md mdx",
    .delimited = markdown_marks,
    .words = Words::none,
};

constexpr std::array rust_marks{
    Delimited{"//", "", comment},
    Delimited{"/*", "*/", comment, Where::anywhere, Escape::none, Lines::many},
    Delimited{"\"", "\"", string, Where::anywhere, Escape::backslash, Lines::many},
};
constexpr Language rust{
    .names = "rust rs",
    .delimited = rust_marks,
    .keywords =
        "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match "
        "mod move mut pub ref return self Self static struct super trait true type unsafe use where while",
    .types = "bool char f32 f64 i8 i16 i32 i64 isize str u8 u16 u32 u64 usize",
};

constexpr std::array sql_marks{
    Delimited{"--", "", comment},
    Delimited{"'", "'", string, Where::anywhere, Escape::doubled, Lines::many},
    double_quoted,
};
constexpr Language sql{
    .names = "sql sqlite postgresql",
    .delimited = sql_marks,
    .keywords =
        "SELECT FROM WHERE AND OR NOT INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE JOIN ON GROUP BY ORDER "
        "LIMIT AS NULL select from where and or not insert into values update set delete create table join on "
        "group by order limit as null",
};

constexpr std::array docker_marks{shell_comment, double_quoted};
constexpr Language docker{
    .names = "dockerfile docker",
    .delimited = docker_marks,
    .keywords =
        "FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL "
        "HEALTHCHECK SHELL AS",
    .sigils = shell_sigils,
    .word_extra = "-./",
};

constexpr std::array kLanguages{&python,     &cpp, &shell,  &diff,     &json, &yaml, &toml,  &cmake,
                                &javascript, &css, &markup, &markdown, &rust, &sql,  &docker};

// Not highlighted, but languages all the same.
constexpr std::string_view kOthers =
    " antlr apache applescript arduino asciidoc asm assembly awk basic batch bazel bibtex c# clojure "
    "cobol coffeescript crystal cs csharp csv cython d dart dns dot ebnf elixir elm erb erlang f# fish "
    "fortran fsharp gherkin git gitignore glsl gnuplot go golang gradle graphql graphviz groovy "
    "handlebars haskell hcl hlsl hs http java jinja jinja2 julia kotlin kt latex lisp llvm log lua make "
    "makefile math mathematica matlab mermaid meson metal mlir mojo ndjson nginx nim ninja nix none "
    "objective-c objectivec ocaml octave opencl output pascal perl php pl plain plaintext plantuml prolog "
    "proto protobuf qml r racket raku rb regex restructuredtext rst ruby sass scala scheme sol solidity "
    "stan starlark swift systemd systemverilog tcl terraform tex text tf thrift tsv twig txt typst v vala "
    "vb vbnet verilog vhdl vim viml wasm wat wgsl wolfram x86asm xquery zig ";

using Lexers = std::unordered_map<std::string_view, const Lexer*>;

Lexers make_lexers() {
  static std::deque<Lexer> all;
  Lexers by_name;
  for (const Language* language : kLanguages) {
    const Lexer* lexer = &all.emplace_back(*language);
    std::string_view names = language->names;
    while (!names.empty()) {
      const std::size_t end = std::min(names.find(' '), names.size());
      by_name.emplace(names.substr(0, end), lexer);
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }
  return by_name;
}

const Lexers& lexers() {
  static const Lexers lexers = make_lexers();
  return lexers;
}

}  // namespace

const Lexer* find_lexer(std::string_view name) {
  const auto found = lexers().find(name);
  return found != lexers().end() ? found->second : nullptr;
}

bool is_language(std::string_view name) {
  return find_lexer(name) != nullptr || kOthers.find(fmt::format(" {} ", name)) != std::string_view::npos;
}

std::optional<std::string> nearest_language(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, lexer] : lexers()) names.emplace_back(known);
  std::sort(names.begin(), names.end());
  return nearest(name, names);
}

}  // namespace veneer::docs
