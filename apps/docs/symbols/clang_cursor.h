// libclang's handles as values: a cursor knows its text, its place and its children. For cpp*.cpp alone.
#pragma once

#include <clang-c/Index.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace veneer::docs {

/// Takes over a string of libclang's.
std::string take_string(CXString string);

struct ClangPlace {
  CXFile file = nullptr;
  unsigned line = 0;
  unsigned offset = 0;
};
ClangPlace place_of(CXSourceLocation location);

/// A cursor of a ClangUnit, which must outlive it.
class ClangCursor {
 public:
  ClangCursor(CXCursor cursor, CXTranslationUnit unit) : cursor_(cursor), unit_(unit) {}

  [[nodiscard]] CXCursor get() const { return cursor_; }
  [[nodiscard]] CXCursorKind kind() const { return clang_getCursorKind(cursor_); }
  [[nodiscard]] std::string name() const { return take_string(clang_getCursorSpelling(cursor_)); }
  [[nodiscard]] std::string usr() const { return take_string(clang_getCursorUSR(cursor_)); }
  [[nodiscard]] CXFile file() const { return place_of(clang_getCursorLocation(cursor_)).file; }
  [[nodiscard]] int line() const { return static_cast<int>(place_of(clang_getCursorLocation(cursor_)).line); }
  [[nodiscard]] int end_line() const;
  /// Source text of its extent, as written; empty for what comes from a macro.
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] std::vector<ClangCursor> children() const;
  /// The whole file that it stands in, and where in it the extent begins and the name stands.
  [[nodiscard]] std::string_view source() const;
  [[nodiscard]] std::size_t begin() const;
  [[nodiscard]] std::size_t name_offset() const { return place_of(clang_getCursorLocation(cursor_)).offset; }

 private:
  CXCursor cursor_;
  CXTranslationUnit unit_;
};

/// One parsed translation unit. Belongs to one thread.
class ClangUnit {
 public:
  /// `text` is the content of a file that exists in memory only. Throws Error internal when libclang gives up.
  ClangUnit(const std::string& text, const std::vector<std::string>& flags);

  [[nodiscard]] ClangCursor root() const { return {clang_getTranslationUnitCursor(unit_.get()), unit_.get()}; }
  [[nodiscard]] CXTranslationUnit get() const { return unit_.get(); }

 private:
  struct DisposeIndex {
    void operator()(CXIndex index) const { clang_disposeIndex(index); }
  };
  struct DisposeUnit {
    void operator()(CXTranslationUnit unit) const { clang_disposeTranslationUnit(unit); }
  };
  std::unique_ptr<void, DisposeIndex> index_;
  std::unique_ptr<CXTranslationUnitImpl, DisposeUnit> unit_;
};

}  // namespace veneer::docs
