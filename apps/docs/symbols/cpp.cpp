#include "docs/symbols/cpp.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "docs/symbols/clang_cursor.h"
#include "docs/symbols/cpp_comment.h"
#include "docs/symbols/cpp_declaration.h"
#include "docs/symbols/docstring_text.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

bool is_hidden(std::string_view namespace_name) {
  static constexpr std::array<std::string_view, 4> kHidden{"", "detail", "internal", "impl"};
  return std::ranges::find(kHidden, namespace_name) != kHidden.end();
}

class LibraryReader {
 public:
  LibraryReader(const CppLibrary& library, const ClangUnit& unit) : library_(library), unit_(unit) {
    for (const fs::path& header : library.headers) headers_.insert(fs::weakly_canonical(header).string());
    Symbol& global = symbols_.emplace_back();
    global.language = Language::cpp;
    global.kind = SymbolKind::namespace_;
  }

  SymbolTree read() {
    SymbolTree tree;
    read_diagnostics(tree.findings);
    read_scope(unit_.root(), symbols_.front());
    find_ancestors();
    const auto root = symbols_.front().scope.find(library_.name);
    tree.root = root == symbols_.front().scope.end() ? &symbols_.front() : root->second;
    tree.storage.push_back(std::move(symbols_));
    return tree;
  }

 private:
  void read_diagnostics(Findings& findings) {
    const unsigned count = clang_getNumDiagnostics(unit_.get());
    for (unsigned i = 0; i < count; ++i) {
      const CXDiagnostic diagnostic = clang_getDiagnostic(unit_.get(), i);
      if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
        const ClangPlace place = place_of(clang_getDiagnosticLocation(diagnostic));
        Finding finding;
        finding.where = {file_name(place.file), static_cast<int>(place.line)};
        finding.rule = "cpp-syntax";
        finding.message = take_string(clang_getDiagnosticSpelling(diagnostic));
        finding.suggestion = "check the headers' compiler flags";
        findings.push_back(std::move(finding));
      }
      clang_disposeDiagnostic(diagnostic);
    }
  }

  // Relative to the source root for the library's own headers, else as libclang names it.
  std::string file_name(CXFile file) {
    if (file == nullptr) return {};
    const auto [slot, is_new] = files_.try_emplace(file);
    if (is_new) {
      const std::string path = fs::weakly_canonical(take_string(clang_getFileName(file))).string();
      slot->second.is_own = headers_.contains(path);
      slot->second.name =
          slot->second.is_own
              ? fs::path(path).lexically_relative(fs::weakly_canonical(library_.source_root)).generic_string()
              : path;
    }
    return slot->second.name;
  }

  bool is_own(CXFile file) {
    file_name(file);
    const auto known = files_.find(file);
    return known != files_.end() && known->second.is_own;
  }

  void read_scope(const ClangCursor& scope, Symbol& owner) {
    for (const ClangCursor& child : scope.children()) read_declaration(child, owner);
  }

  void read_declaration(const ClangCursor& cursor, Symbol& owner) {
    const CXCursorKind kind = cursor.kind();
    if (kind == CXCursor_LinkageSpec) return read_scope(cursor, owner);
    if (kind == CXCursor_Namespace) {
      if (is_own(cursor.file())) read_namespace(cursor, owner);
      return;
    }
    const CX_CXXAccessSpecifier access = clang_getCXXAccessSpecifier(cursor.get());
    if (access == CX_CXXPrivate || access == CX_CXXProtected || !is_own(cursor.file())) return;
    const bool in_class = owner.is_class();
    const bool is_member_function = kind == CXCursor_CXXMethod || kind == CXCursor_Constructor ||
                                    kind == CXCursor_Destructor || kind == CXCursor_ConversionFunction;
    if (is_member_function && !in_class) return;  // defined outside its class, where it is declared already
    const std::optional<SymbolKind> symbol_kind = declared_kind(cursor, in_class);
    if (!symbol_kind.has_value()) return;
    if (is_special(cursor)) return;
    add(cursor, *symbol_kind, owner);
  }

  void read_namespace(const ClangCursor& cursor, Symbol& owner) {
    const std::string name = cursor.name();
    if (is_hidden(name)) return;
    const auto known = owner.scope.find(name);
    if (known != owner.scope.end()) {
      for (Symbol& symbol : symbols_)
        if (&symbol == known->second) return read_scope(cursor, symbol);
      return;
    }
    Symbol& symbol = make(cursor, SymbolKind::namespace_, owner);
    owner.scope.emplace(symbol.name, &symbol);
    owner.members.push_back(&symbol);
    read_scope(cursor, symbol);
  }

  Symbol& make(const ClangCursor& cursor, SymbolKind kind, Symbol& owner) {
    Symbol& symbol = symbols_.emplace_back();
    symbol.language = Language::cpp;
    symbol.kind = kind;
    symbol.name = cursor.name();
    // libclang spells a constructor template "A<T>".
    if (const std::size_t angle = symbol.name.find('<');
        kind == SymbolKind::method && !symbol.name.starts_with("operator"))
      symbol.name.resize(std::min(angle, symbol.name.size()));
    symbol.path = owner.path.empty() ? symbol.name : owner.path + "::" + symbol.name;
    symbol.public_name = symbol.path;
    symbol.parent = owner.path.empty() ? nullptr : &owner;
    symbol.file = file_name(cursor.file());
    symbol.line = cursor.line();
    symbol.end_line = cursor.end_line();
    const std::string comment = take_string(clang_Cursor_getRawCommentText(cursor.get()));
    if (!comment.empty()) {
      symbol.docstring = replace_doxygen(comment_text(comment));
      symbol.docstring_line =
          static_cast<int>(place_of(clang_getRangeStart(clang_Cursor_getCommentRange(cursor.get()))).line);
    }
    return symbol;
  }

  void add(const ClangCursor& cursor, SymbolKind kind, Symbol& owner) {
    const std::string usr = cursor.usr();
    if (const auto seen = by_usr_.find(usr); !usr.empty() && seen != by_usr_.end()) return;
    Symbol& symbol = make(cursor, kind, owner);
    by_usr_.emplace(usr, &symbol);
    read_details(cursor, symbol);
    if (symbol.is_class() || kind == SymbolKind::enum_) {
      for (const ClangCursor& child : cursor.children())
        if (child.kind() == CXCursor_CXXBaseSpecifier) read_base(child, symbol);
      read_scope(cursor, symbol);
    }
    const auto first = owner.scope.find(symbol.name);
    if (first == owner.scope.end()) {
      owner.scope.emplace(symbol.name, &symbol);
      owner.members.push_back(&symbol);
    } else if (first->second->is_callable() && symbol.is_callable()) {
      Symbol& head = *heads_.at(first->second);
      head.overloads.push_back(&symbol);
      symbol.public_name.append("-").append(std::to_string(head.overloads.size() + 1));
    }
    if (symbol.is_callable()) heads_.emplace(&symbol, &symbol);
  }

  void read_base(const ClangCursor& base, Symbol& symbol) {
    if (clang_getCXXAccessSpecifier(base.get()) != CX_CXXPublic) return;
    const CXType type = clang_getCursorType(base.get());
    std::string_view written = base.text();
    if (written.starts_with("public ")) written.remove_prefix(7);
    symbol.bases.push_back(written.empty() ? take_string(clang_getTypeSpelling(type)) : std::string(written));
    CXCursor declaration = clang_getTypeDeclaration(type);
    const CXCursor pattern = clang_getSpecializedCursorTemplate(declaration);
    if (!clang_Cursor_isNull(pattern)) declaration = pattern;
    bases_[&symbol].push_back(take_string(clang_getCursorUSR(declaration)));
  }

  void find_ancestors() {
    for (Symbol& symbol : symbols_) {
      std::vector<const Symbol*> next{&symbol};
      for (std::size_t i = 0; i < next.size(); ++i) {
        const auto bases = bases_.find(next[i]);
        if (bases == bases_.end()) continue;
        for (const std::string& usr : bases->second) {
          const auto base = by_usr_.find(usr);
          if (base != by_usr_.end() && std::ranges::find(next, base->second) == next.end())
            next.push_back(base->second);
        }
      }
      symbol.ancestors.assign(next.begin() + 1, next.end());
    }
  }

  struct FileName {
    std::string name;
    bool is_own = false;
  };

  const CppLibrary& library_;
  const ClangUnit& unit_;
  std::set<std::string> headers_;
  std::unordered_map<CXFile, FileName> files_;
  std::deque<Symbol> symbols_;
  std::unordered_map<std::string, const Symbol*> by_usr_;
  std::unordered_map<const Symbol*, Symbol*> heads_;
  std::unordered_map<const Symbol*, std::vector<std::string>> bases_;
};

}  // namespace

SymbolTree read_cpp_library(const CppLibrary& library) {
  std::string text;
  for (const fs::path& header : library.headers) {
    if (!fs::is_regular_file(header)) fail(ErrorCode::not_found, "{}: no such header", header.string());
    text.append("#include \"").append(fs::absolute(header).string()).append("\"\n");
  }
  std::vector<std::string> flags{"-xc++", "-std=c++20", "-w", "-ferror-limit=0"};
  flags.insert(flags.end(), library.flags.begin(), library.flags.end());
  const ClangUnit unit(text, flags);
  return LibraryReader(library, unit).read();
}

std::vector<std::string> read_compile_flags(const fs::path& folder) {
  std::vector<std::string> flags;
  for (fs::path at = fs::absolute(folder); at.has_relative_path(); at = at.parent_path()) {
    if (!fs::is_regular_file(at / "compile_flags.txt")) continue;
    for (const DocLine& line : split_lines(read_text_file(at / "compile_flags.txt"), 1))
      if (!line.is_blank()) flags.emplace_back(line.trimmed());
    break;
  }
  return flags;
}

std::vector<fs::path> find_headers(const fs::path& folder) {
  std::vector<fs::path> headers;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".h" || extension == ".hpp" || extension == ".hh"))
      headers.push_back(entry.path());
  }
  std::ranges::sort(headers);
  return headers;
}

}  // namespace veneer::docs
