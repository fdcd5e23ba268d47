#include "docs/symbols/clang_cursor.h"

#include <algorithm>

#include "base/error.h"

namespace veneer::docs {

std::string take_string(CXString string) {
  const char* text = clang_getCString(string);
  std::string copy = text == nullptr ? "" : text;
  clang_disposeString(string);
  return copy;
}

ClangPlace place_of(CXSourceLocation location) {
  ClangPlace place;
  unsigned column = 0;
  clang_getFileLocation(location, &place.file, &place.line, &column, &place.offset);
  return place;
}

int ClangCursor::end_line() const {
  return static_cast<int>(place_of(clang_getRangeEnd(clang_getCursorExtent(cursor_))).line);
}

std::string_view ClangCursor::text() const {
  const CXSourceRange extent = clang_getCursorExtent(cursor_);
  const ClangPlace begin = place_of(clang_getRangeStart(extent)), end = place_of(clang_getRangeEnd(extent));
  if (begin.file == nullptr || begin.file != end.file || end.offset < begin.offset) return {};
  std::size_t size = 0;
  const char* content = clang_getFileContents(unit_, begin.file, &size);
  if (content == nullptr || end.offset > size) return {};
  return {content + begin.offset, end.offset - begin.offset};
}

std::size_t ClangCursor::begin() const {
  const ClangPlace place = place_of(clang_getRangeStart(clang_getCursorExtent(cursor_)));
  if (place.file != nullptr) return place.offset;
  // "void f(auto x)" is a template without a beginning: it stands behind what ends before it.
  const std::string_view before = source().substr(0, name_offset());
  const std::size_t end = before.find_last_of(";{}");
  return std::min(before.find_first_not_of(" \t\r\n", end == std::string_view::npos ? 0 : end + 1), before.size());
}

std::string_view ClangCursor::source() const {
  std::size_t size = 0;
  const CXFile in = file();
  const char* content = in == nullptr ? nullptr : clang_getFileContents(unit_, in, &size);
  return content == nullptr ? std::string_view() : std::string_view(content, size);
}

std::vector<ClangCursor> ClangCursor::children() const {
  struct Visit {
    std::vector<ClangCursor> cursors;
    CXTranslationUnit unit;
  } visit{{}, unit_};
  clang_visitChildren(
      cursor_,
      [](CXCursor child, CXCursor, CXClientData data) {
        auto* to = static_cast<Visit*>(data);
        to->cursors.emplace_back(child, to->unit);
        return CXChildVisit_Continue;
      },
      &visit);
  return std::move(visit.cursors);
}

ClangUnit::ClangUnit(const std::string& text, const std::vector<std::string>& flags) : index_(clang_createIndex(0, 0)) {
  std::vector<const char*> arguments;
  for (const std::string& flag : flags) arguments.push_back(flag.c_str());
  const char* name = "veneer-docs-headers.cpp";
  CXUnsavedFile file{name, text.data(), static_cast<unsigned long>(text.size())};
  CXTranslationUnit unit = nullptr;
  const CXErrorCode code =
      clang_parseTranslationUnit2(index_.get(), name, arguments.data(), static_cast<int>(arguments.size()), &file, 1,
                                  CXTranslationUnit_SkipFunctionBodies | CXTranslationUnit_KeepGoing |
                                      CXTranslationUnit_Incomplete | CXTranslationUnit_DetailedPreprocessingRecord,
                                  &unit);
  unit_.reset(unit);
  if (code != CXError_Success)
    fail(ErrorCode::internal, "libclang: expected a translation unit, got error {}", static_cast<int>(code));
}

}  // namespace veneer::docs
