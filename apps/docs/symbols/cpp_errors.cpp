// What libclang could not read: told, and where the text is enough, read all the same.
#include <algorithm>
#include <cctype>

#include "docs/symbols/cpp_lost.h"
#include "docs/symbols/cpp_reader.h"

namespace veneer::docs {
namespace {

bool is_macro_like(std::string_view word) {
  return word.size() >= 3 && std::isupper(static_cast<unsigned char>(word[0])) &&
         std::ranges::all_of(word, [](unsigned char c) { return std::isupper(c) || std::isdigit(c) || c == '_'; });
}

}  // namespace

void CppReader::each_error(const std::function<void(const ClangPlace& place, const std::string& message)>& visit) {
  const unsigned count = clang_getNumDiagnostics(unit_.get());
  for (unsigned i = 0; i < count; ++i) {
    const CXDiagnostic diagnostic = clang_getDiagnostic(unit_.get(), i);
    if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error)
      visit(place_of(clang_getDiagnosticLocation(diagnostic)), take_string(clang_getDiagnosticSpelling(diagnostic)));
    clang_disposeDiagnostic(diagnostic);
  }
}

void CppReader::read_diagnostics(Findings& findings) {
  for (const auto& [macro, where] : empty_macros_)
    findings.push_back({.where = where,
                        .rule = "cpp-macro",
                        .message = "`" + macro + "` is defined nowhere: it is read as if it stood for nothing",
                        .suggestion = "write -D" + macro + "= into compile_flags.txt, or what it stands for"});
  each_error([&](const ClangPlace& place, const std::string& message) {
    findings.push_back({.where = {file(place.file).name, static_cast<int>(place.line)},
                        .rule = "cpp-syntax",
                        .message = message,
                        .suggestion = "check the headers' compiler flags"});
  });
}

MacroPlaces CppReader::missing_macros() {
  MacroPlaces missing;
  each_error([&](const ClangPlace& place, const std::string& message) {
    if (place.file == nullptr || !file(place.file).is_own) return;
    std::size_t size = 0;
    const char* content = clang_getFileContents(unit_.get(), place.file, &size);
    if (content == nullptr || place.offset >= size) return;
    const std::string_view source(content, size);
    std::vector<CppToken> words = all_tokens(message);
    const std::size_t line_end = std::min(source.find('\n', place.offset), size);
    const std::vector<CppToken> line = all_tokens(source.substr(place.offset, line_end - place.offset));
    if (!line.empty()) words.push_back(line.front());
    for (const CppToken& word : words)
      for (const CppToken& inner : word.kind == CppToken::Kind::text
                                       ? all_tokens(word.text.substr(1, word.text.size() - 2))
                                       : std::vector<CppToken>{word}) {
        if (!is_macro_like(inner.text)) continue;
        const std::size_t line_begin = source.rfind('\n', place.offset) + 1;
        const std::size_t at = source.find(inner.text, line_begin);
        if (at == std::string_view::npos || at > line_end) continue;
        const std::size_t behind = at + inner.text.size();
        missing.emplace(std::string(inner.text) + (behind < size && source[behind] == '(' ? "(...)" : ""),
                        SourcePosition{file(place.file).name, static_cast<int>(place.line)});
      }
  });
  return missing;
}

// "using A = boost::optional<int>;" of an unknown name is no declaration to libclang: its text is there all the same.
void CppReader::recover() {
  each_error([&](const ClangPlace& place, const std::string&) {
    if (place.file == nullptr || !file(place.file).is_own) return;
    std::size_t size = 0;
    const char* content = clang_getFileContents(unit_.get(), place.file, &size);
    if (content == nullptr || place.offset >= size) return;
    const std::string_view source(content, size);
    const Extent* scope = nullptr;
    for (const Extent& extent : extents_)
      if (extent.file == place.file && extent.begin <= place.offset && place.offset < extent.end)
        if (scope == nullptr || extent.end - extent.begin <= scope->end - scope->begin) scope = &extent;
    if (scope == nullptr) return;
    const std::optional<LostDeclaration> lost = lost_declaration(source, scope->begin, place.offset);
    if (!lost || !lost->is_public || scope->scope->scope.contains(std::string(lost->name))) return;
    std::optional<CppDeclaration> declaration =
        docs::read_declaration(lost->kind, source, lost->begin, lost->name_offset, macros_);
    if (!declaration) return;
    Symbol& symbol = symbols_.emplace_back();
    symbol.language = Language::cpp;
    symbol.kind = lost->kind == SymbolKind::function && scope->scope->is_class() ? SymbolKind::method : lost->kind;
    symbol.parent = scope->scope;
    symbol.path = scope->scope->path + "::";
    symbol.file = file(place.file).name;
    symbol.line = symbol.end_line = static_cast<int>(place.line);
    SourceComment comment = comment_before(source, lost->begin);
    if (comment.text.empty()) comment = comment_behind(source, declaration->end);
    if (!comment.text.empty()) comments_[&symbol] = {comment.text, comment.line};
    fill(symbol, std::move(*declaration));
    expose(symbol, *scope->scope);
  });
}

}  // namespace veneer::docs
