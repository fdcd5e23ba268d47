# Libclang::libclang: the headers of the C interface to Clang 14, which Debian keeps beside the compiler rather than in the
# system's folders. The library is not linked but loaded by apps/docs/symbols/libclang.cpp.
find_path(LIBCLANG_INCLUDE clang-c/Index.h PATHS /usr/lib/llvm-14/include)
find_library(LIBCLANG_LIBRARY NAMES clang-14 clang PATHS /usr/lib/llvm-14/lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libclang REQUIRED_VARS LIBCLANG_LIBRARY LIBCLANG_INCLUDE)
if(Libclang_FOUND AND NOT TARGET Libclang::libclang)
  add_library(Libclang::libclang INTERFACE IMPORTED)
  set_target_properties(Libclang::libclang PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${LIBCLANG_INCLUDE}
    INTERFACE_LINK_LIBRARIES "${CMAKE_DL_LIBS}")
endif()
