// libclang, loaded when a C++ source is first read: it brings LLVM, whose relocations take more time than the whole
// build of a documentation in which nothing has changed.
#include <clang-c/Index.h>
#include <dlfcn.h>

#include "base/error.h"

namespace veneer::docs {
namespace {

constexpr const char* kLibrary = "libclang-14.so.13";

void* symbol(const char* name) {
  static void* const library = dlopen(kLibrary, RTLD_NOW);
  if (library == nullptr)
    fail(ErrorCode::not_found, "{}: expected the library to read C++ with, got {}", kLibrary, dlerror());
  void* const address = dlsym(library, name);
  if (address == nullptr) fail(ErrorCode::not_found, "{}: expected {} in it, got none", kLibrary, name);
  return address;
}

}  // namespace
}  // namespace veneer::docs

// Each function that clang_cursor.h and the readers call, defined as one that calls the library's.
#define FORWARD(result, name, parameters, arguments)                                              \
  result name parameters {                                                                        \
    static const auto forwarded = reinterpret_cast<decltype(&name)>(veneer::docs::symbol(#name)); \
    return forwarded arguments;                                                                   \
  }

FORWARD(CXIndex, clang_createIndex, (int exclude_declarations, int display_diagnostics),
        (exclude_declarations, display_diagnostics))
FORWARD(CXSourceRange, clang_Cursor_getCommentRange, (CXCursor c), (c))
FORWARD(CXString, clang_Cursor_getRawCommentText, (CXCursor c), (c))
FORWARD(unsigned, clang_Cursor_isAnonymousRecordDecl, (CXCursor c), (c))
FORWARD(unsigned, clang_Cursor_isInlineNamespace, (CXCursor c), (c))
FORWARD(int, clang_Cursor_isNull, (CXCursor cursor), (cursor))
FORWARD(unsigned, clang_CXXConstructor_isCopyConstructor, (CXCursor c), (c))
FORWARD(unsigned, clang_CXXConstructor_isMoveConstructor, (CXCursor c), (c))
FORWARD(unsigned, clang_CXXMethod_isConst, (CXCursor c), (c))
FORWARD(unsigned, clang_CXXMethod_isDefaulted, (CXCursor c), (c))
FORWARD(unsigned, clang_CXXMethod_isPureVirtual, (CXCursor c), (c))
FORWARD(unsigned, clang_CXXMethod_isStatic, (CXCursor c), (c))
FORWARD(unsigned, clang_CXXMethod_isVirtual, (CXCursor c), (c))
FORWARD(void, clang_disposeDiagnostic, (CXDiagnostic diagnostic), (diagnostic))
FORWARD(void, clang_disposeIndex, (CXIndex index), (index))
FORWARD(void, clang_disposeString, (CXString string), (string))
FORWARD(void, clang_disposeTranslationUnit, (CXTranslationUnit a), (a))
FORWARD(const char*, clang_getCString, (CXString string), (string))
FORWARD(CXAvailabilityKind, clang_getCursorAvailability, (CXCursor cursor), (cursor))
FORWARD(int, clang_getCursorExceptionSpecificationType, (CXCursor c), (c))
FORWARD(CXSourceRange, clang_getCursorExtent, (CXCursor a), (a))
FORWARD(CXCursorKind, clang_getCursorKind, (CXCursor a), (a))
FORWARD(CXSourceLocation, clang_getCursorLocation, (CXCursor a), (a))
FORWARD(CXType, clang_getCursorResultType, (CXCursor c), (c))
FORWARD(CXString, clang_getCursorSpelling, (CXCursor a), (a))
FORWARD(CXType, clang_getCursorType, (CXCursor c), (c))
FORWARD(CXString, clang_getCursorUSR, (CXCursor a), (a))
FORWARD(CX_CXXAccessSpecifier, clang_getCXXAccessSpecifier, (CXCursor a), (a))
FORWARD(CXDiagnostic, clang_getDiagnostic, (CXTranslationUnit unit, unsigned index), (unit, index))
FORWARD(CXSourceLocation, clang_getDiagnosticLocation, (CXDiagnostic a), (a))
FORWARD(CXDiagnosticSeverity, clang_getDiagnosticSeverity, (CXDiagnostic a), (a))
FORWARD(CXString, clang_getDiagnosticSpelling, (CXDiagnostic a), (a))
FORWARD(const char*, clang_getFileContents, (CXTranslationUnit tu, CXFile file, size_t* size), (tu, file, size))
FORWARD(void, clang_getFileLocation,
        (CXSourceLocation location, CXFile* file, unsigned* line, unsigned* column, unsigned* offset),
        (location, file, line, column, offset))
FORWARD(CXString, clang_getFileName, (CXFile file), (file))
FORWARD(unsigned, clang_getNumDiagnostics, (CXTranslationUnit unit), (unit))
FORWARD(CXSourceLocation, clang_getRangeEnd, (CXSourceRange range), (range))
FORWARD(CXSourceLocation, clang_getRangeStart, (CXSourceRange range), (range))
FORWARD(CXCursor, clang_getSpecializedCursorTemplate, (CXCursor c), (c))
FORWARD(CXCursorKind, clang_getTemplateCursorKind, (CXCursor c), (c))
FORWARD(CXCursor, clang_getTranslationUnitCursor, (CXTranslationUnit a), (a))
FORWARD(CXCursor, clang_getTypeDeclaration, (CXType t), (t))
FORWARD(CXString, clang_getTypeSpelling, (CXType type), (type))
FORWARD(unsigned, clang_EnumDecl_isScoped, (CXCursor c), (c))
FORWARD(unsigned, clang_isCursorDefinition, (CXCursor a), (a))
FORWARD(CXErrorCode, clang_parseTranslationUnit2,
        (CXIndex index, const char* file, const char* const* arguments, int count, CXUnsavedFile* unsaved,
         unsigned unsaved_count, unsigned options, CXTranslationUnit* unit),
        (index, file, arguments, count, unsaved, unsaved_count, options, unit))
FORWARD(unsigned, clang_visitChildren, (CXCursor parent, CXCursorVisitor visitor, CXClientData client_data),
        (parent, visitor, client_data))

#undef FORWARD
