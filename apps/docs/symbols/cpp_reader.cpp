#include "docs/symbols/cpp_reader.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "docs/symbols/cpp_kinds.h"
#include "docs/symbols/doxygen.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

namespace fs = std::filesystem;

bool is_hidden(std::string_view namespace_name) {
  static constexpr std::array<std::string_view, 4> kHidden{"", "detail", "internal", "impl"};
  return std::ranges::find(kHidden, namespace_name) != kHidden.end();
}

bool is_hidden(const ClangCursor& member) {
  const CX_CXXAccessSpecifier access = clang_getCXXAccessSpecifier(member.get());
  return access == CX_CXXPrivate || access == CX_CXXProtected;
}

bool is_record(const ClangCursor& cursor) {
  return cursor.kind() == CXCursor_StructDecl || cursor.kind() == CXCursor_UnionDecl ||
         cursor.kind() == CXCursor_ClassDecl;
}

bool is_type(SymbolKind kind) {
  return kind == SymbolKind::class_ || kind == SymbolKind::struct_ || kind == SymbolKind::union_ ||
         kind == SymbolKind::enum_;
}

}  // namespace

CppReader::CppReader(const CppLibrary& library, const ClangUnit& unit, const MacroPlaces& empty_macros)
    : library_(library), unit_(unit), empty_macros_(empty_macros) {
  for (const fs::path& header : library.headers) headers_.insert(fs::weakly_canonical(header).string());
  Symbol& global = symbols_.emplace_back();
  global.language = Language::cpp;
  global.kind = SymbolKind::namespace_;
}

SymbolTree CppReader::read() {
  SymbolTree tree;
  read_diagnostics(tree.findings);
  read_macros();
  read_scope(unit_.root(), symbols_.front());
  read_friends();
  recover();
  find_ancestors();
  write_docstrings(tree.findings);
  const auto root = symbols_.front().scope.find(library_.name);
  tree.root = root == symbols_.front().scope.end() ? &symbols_.front() : root->second;
  tree.storage.push_back(std::move(symbols_));
  return tree;
}

// Relative to the source root for the library's own headers, else as libclang names it.
const CppReader::FileName& CppReader::file(CXFile file) {
  const auto [slot, is_new] = files_.try_emplace(file);
  if (is_new && file != nullptr) {
    const std::string path = fs::weakly_canonical(take_string(clang_getFileName(file))).string();
    slot->second.is_own = headers_.contains(path);
    slot->second.name =
        slot->second.is_own
            ? fs::path(path).lexically_relative(fs::weakly_canonical(library_.source_root)).generic_string()
            : path;
  }
  return slot->second;
}

void CppReader::read_macros() {
  for (const auto& [macro, where] : empty_macros_) macros_.define(macro);
  for (const std::string& flag : library_.flags)
    if (flag.starts_with("-D") && flag.ends_with('='))
      macros_.define(std::string_view(flag).substr(2, flag.size() - 3));
  for (const ClangCursor& cursor : unit_.root().children()) {
    if (cursor.kind() != CXCursor_MacroDefinition) continue;
    const std::string_view text = cursor.text();
    if (text.empty()) continue;
    macros_.define(text);
    if (!file(cursor.file()).is_own) continue;
    Symbol& symbol = make(cursor, SymbolKind::macro, symbols_.front());
    fill(symbol, read_macro(text));
    if (const SourceComment comment = comment_before(cursor.source(), cursor.begin()); !comment.text.empty())
      comments_[&symbol] = {comment.text, comment.line};
    symbols_.front().scope.emplace(symbol.name, &symbol);
  }
}

void CppReader::read_scope(const ClangCursor& scope, Symbol& owner) {
  const std::vector<ClangCursor> children = scope.children();
  const std::string prefix = unnamed_.empty() ? "" : unnamed_.back().prefix;
  for (const ClangCursor& child : children) {
    const bool has_name = !child.name().empty();
    if (!has_name && is_hidden(child)) continue;
    if (is_record(child) && !has_name) {
      if (clang_Cursor_isAnonymousRecordDecl(child.get()) != 0) read_unnamed(child, owner, prefix);
    } else if (child.kind() == CXCursor_EnumDecl && !has_name) {
      read_scope(child, owner);
    } else {
      read_declaration(child, owner);
      if (child.kind() != CXCursor_FieldDecl) continue;
      for (const ClangCursor& inner : child.children())
        if (is_record(inner) && inner.name().empty()) read_unnamed(inner, owner, prefix + child.name() + ".");
    }
  }
}

void CppReader::read_declaration(const ClangCursor& cursor, Symbol& owner) {
  const CXCursorKind kind = cursor.kind();
  if (kind == CXCursor_LinkageSpec || (kind == CXCursor_UnexposedDecl && cursor.text().starts_with("extern \"")))
    return read_scope(cursor, owner);
  if (!file(cursor.file()).is_own) return;
  if (kind == CXCursor_Namespace) return read_namespace(cursor, owner);
  if (kind == CXCursor_FriendDecl) {
    for (const ClangCursor& child : cursor.children())
      if (is_function(child.kind())) friends_.emplace_back(child, &owner);
    return;
  }
  if (is_hidden(cursor)) return;
  const bool in_class = owner.is_class();
  const bool is_member_function = kind == CXCursor_CXXMethod || kind == CXCursor_Constructor ||
                                  kind == CXCursor_Destructor || kind == CXCursor_ConversionFunction;
  if (is_member_function && !in_class) return;  // defined outside its class, where it is declared already
  const std::optional<SymbolKind> symbol_kind = declared_kind(cursor, owner);
  if (!symbol_kind.has_value() || is_special(cursor)) return;
  add(cursor, *symbol_kind, owner);
}

void CppReader::read_namespace(const ClangCursor& cursor, Symbol& owner) {
  const std::string name = cursor.name();
  if (is_hidden(name)) return;
  if (clang_Cursor_isInlineNamespace(cursor.get()) != 0) return read_scope(cursor, owner);
  const auto known = owner.scope.find(name);
  Symbol* symbol = nullptr;
  if (known != owner.scope.end()) {
    const auto found = std::ranges::find_if(symbols_, [&](const Symbol& one) { return &one == known->second; });
    symbol = &*found;
    if (symbol->docstring.empty() && !comments_.contains(symbol)) describe(cursor, *symbol);
  } else {
    symbol = &make(cursor, SymbolKind::namespace_, owner);
    describe(cursor, *symbol);
    owner.scope.emplace(symbol->name, symbol);
    owner.members.push_back(symbol);
  }
  const std::size_t begin = cursor.begin();
  extents_.push_back({cursor.file(), begin, begin + cursor.text().size(), symbol});
  read_scope(cursor, *symbol);
}

// "union { int a; float b; };" has the fields a and b, "struct { int x; } pos;" the field pos.x.
void CppReader::read_unnamed(const ClangCursor& record, Symbol& owner, const std::string& prefix) {
  if (!file(record.file()).is_own) return;
  Unnamed unnamed{prefix, {}};
  if (record.kind() == CXCursor_UnionDecl)
    for (const ClangCursor& child : record.children())
      if (child.kind() == CXCursor_FieldDecl) unnamed.rivals.push_back(child.name());
  unnamed_.push_back(std::move(unnamed));
  read_scope(record, owner);
  unnamed_.pop_back();
}

Symbol& CppReader::make(const ClangCursor& cursor, SymbolKind kind, Symbol& owner) {
  Symbol& symbol = symbols_.emplace_back();
  symbol.language = Language::cpp;
  symbol.kind = kind;
  symbol.name = cursor.name();
  symbol.parent = owner.path.empty() ? nullptr : &owner;
  symbol.file = file(cursor.file()).name;
  symbol.line = cursor.line();
  symbol.end_line = cursor.end_line();
  symbol.path = owner.path.empty() ? symbol.name : owner.path + "::" + symbol.name;
  symbol.public_name = symbol.path;
  if (kind == SymbolKind::namespace_) symbol.head = "namespace ";
  return symbol;
}

// Its comment: before it as libclang has it, or behind it.
void CppReader::describe(const ClangCursor& cursor, Symbol& symbol) {
  Comment comment{take_string(clang_Cursor_getRawCommentText(cursor.get())), 0};
  if (!comment.text.empty()) {
    comment.text = comment_text(comment.text);
    comment.line = static_cast<int>(place_of(clang_getRangeStart(clang_Cursor_getCommentRange(cursor.get()))).line);
    if (is_of_another_thing(comment.text)) comment = {};
  }
  if (!comment.text.empty()) comments_[&symbol] = std::move(comment);
}

void CppReader::fill(Symbol& symbol, CppDeclaration declaration) {
  symbol.name = std::move(declaration.name);
  symbol.head = std::move(declaration.head);
  symbol.tail = std::move(declaration.tail);
  symbol.parameters = std::move(declaration.parameters);
  symbol.template_parameters = std::move(declaration.template_parameters);
  symbol.returns = std::move(declaration.type);
  // "struct { int x; } pos;": its fields are listed by themselves.
  if (const std::size_t brace = symbol.returns.find(" {");
      symbol.kind == SymbolKind::variable && brace != std::string::npos)
    symbol.returns.erase(brace, symbol.returns.rfind('}') + 1 - brace);
  symbol.value = std::move(declaration.value);
  symbol.bases = std::move(declaration.bases);
  if (symbol.kind == SymbolKind::class_ || symbol.kind == SymbolKind::struct_ || symbol.kind == SymbolKind::enum_)
    symbol.returns.clear();
  if (symbol.parent == nullptr || !symbol.path.starts_with(symbol.parent->path))
    symbol.path = symbol.name;
  else
    symbol.path = symbol.parent->path + "::" + symbol.name;
  symbol.public_name = symbol.path;
  Comment& comment = comments_[&symbol];
  if (declaration.deprecated) declaration.comments += "\n\n@deprecated " + *declaration.deprecated;
  comment.text += comment.text.empty() ? trim(declaration.comments) : std::string_view(declaration.comments);
  if (comment.line == 0) comment.line = symbol.line;
  if (comment.text.empty()) comments_.erase(&symbol);
}

void CppReader::add(const ClangCursor& cursor, SymbolKind kind, Symbol& owner) {
  const std::string usr = cursor.usr();
  if (const auto seen = by_usr_.find(usr); !usr.empty() && seen != by_usr_.end()) return;
  Symbol& symbol = make(cursor, kind, owner);
  by_usr_.emplace(usr, &symbol);
  describe(cursor, symbol);
  const std::string_view source = cursor.source();
  std::optional<CppDeclaration> declaration =
      docs::read_declaration(kind, source, cursor.begin(), cursor.name_offset(), macros_);
  if (declaration) {
    if (kind != SymbolKind::variable && kind != SymbolKind::enumerator)
      if (const SourceComment behind = comment_behind(source, declaration->end); !behind.text.empty()) {
        Comment& comment = comments_[&symbol];
        comment.text.append(comment.text.empty() ? "" : "\n\n").append(behind.text);
        if (comment.line == 0) comment.line = behind.line;
      }
    fill(symbol, std::move(*declaration));
  } else {
    read_spelling(cursor, symbol);
  }
  if (!unnamed_.empty()) {
    symbol.name.insert(0, unnamed_.back().prefix);
    std::string rivals;
    for (const std::string& rival : unnamed_.back().rivals)
      if (unnamed_.back().prefix + rival != symbol.name) rivals.append(rivals.empty() ? "`" : "`, `").append(rival);
    Comment& comment = comments_[&symbol];
    if (!rivals.empty())
      comment.text.append(comment.text.empty() ? "" : "\n\n")
          .append("Shares its memory with ")
          .append(rivals)
          .append("`.");
    if (comment.line == 0) comment.line = symbol.line;
  }
  if (is_type(kind)) {
    for (const ClangCursor& child : cursor.children())
      if (child.kind() == CXCursor_CXXBaseSpecifier) read_base(child, symbol);
    extents_.push_back({cursor.file(), cursor.begin(), cursor.begin() + cursor.text().size(), &symbol});
    const std::vector<Unnamed> outer = std::exchange(unnamed_, {});
    read_scope(cursor, symbol);
    unnamed_ = outer;
    // Values of an unscoped enumeration are names of the scope around it, too.
    if (kind == SymbolKind::enum_ && clang_EnumDecl_isScoped(cursor.get()) == 0)
      for (const Symbol* value : symbol.members) owner.scope.try_emplace(value->name, value);
  }
  expose(symbol, owner);
}

void CppReader::expose(Symbol& symbol, Symbol& owner) {
  Symbol* to = &owner;
  std::string key = symbol.name;
  if (symbol.kind == SymbolKind::guide) {
    // It belongs to its class.
    key = "deduction guide";
    if (const auto found = owner.scope.find(symbol.name); found != owner.scope.end() && found->second->is_class()) {
      to = &*std::ranges::find_if(symbols_, [&](const Symbol& one) { return &one == found->second; });
      symbol.parent = to;
    }
    symbol.public_name = to->path + "::deduction-guide";
  }
  const auto first = to->scope.find(key);
  if (first == to->scope.end()) {
    to->scope.emplace(key, &symbol);
    to->members.push_back(&symbol);
  } else if (first->second->is_callable() && symbol.is_callable()) {
    Symbol& head = *heads_.at(first->second);
    head.overloads.push_back(&symbol);
    symbol.public_name.append("-").append(std::to_string(head.overloads.size() + 1));
  } else if (std::ranges::find(to->members, &symbol) == to->members.end() && symbol.kind != first->second->kind) {
    to->members.push_back(&symbol);  // a struct and a function of the same name
  }
  if (symbol.is_callable()) heads_.emplace(&symbol, &symbol);
}

// Those that are declared nowhere else belong to the class that names them.
void CppReader::read_friends() {
  for (const auto& [cursor, owner] : friends_) {
    if (is_special(cursor)) continue;
    const std::string name = cursor.name();
    add(cursor, name.starts_with("operator") ? SymbolKind::operator_ : SymbolKind::function, *owner);
  }
}

void CppReader::read_base(const ClangCursor& base, Symbol& symbol) {
  if (clang_getCXXAccessSpecifier(base.get()) != CX_CXXPublic) return;
  CXCursor declaration = clang_getTypeDeclaration(clang_getCursorType(base.get()));
  const CXCursor pattern = clang_getSpecializedCursorTemplate(declaration);
  if (!clang_Cursor_isNull(pattern)) declaration = pattern;
  bases_[&symbol].push_back(take_string(clang_getCursorUSR(declaration)));
}

void CppReader::find_ancestors() {
  for (Symbol& symbol : symbols_) {
    std::vector<const Symbol*> next{&symbol};
    for (std::size_t i = 0; i < next.size(); ++i) {
      const auto bases = bases_.find(next[i]);
      if (bases == bases_.end()) continue;
      for (const std::string& usr : bases->second) {
        const auto base = by_usr_.find(usr);
        if (base != by_usr_.end() && std::ranges::find(next, base->second) == next.end()) next.push_back(base->second);
      }
    }
    symbol.ancestors.assign(next.begin() + 1, next.end());
  }
}

}  // namespace veneer::docs
