# Compiler settings, and the two ways in which this project declares a target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_package(Threads REQUIRED)
# Without it parallel loops would run on one thread, and nobody would know. ThreadSanitizer does not know libgomp's
# synchronisation: under it they run on one thread on purpose.
if(NOT VENEER_SANITIZE MATCHES "thread")
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  set(VENEER_OPENMP OpenMP::OpenMP_CXX)
endif()
find_program(VENEER_CCACHE ccache)
if(VENEER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VENEER_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${VENEER_CCACHE})
endif()

add_library(veneer_options INTERFACE)
target_compile_options(veneer_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
  $<$<BOOL:${VENEER_WARNINGS_AS_ERRORS}>:-Werror> -ffp-contract=off)
target_include_directories(veneer_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(VENEER_SANITIZE)
  add_compile_options(-fsanitize=${VENEER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VENEER_SANITIZE})
  if(VENEER_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  # Sanitizers move code around enough to make g++ 12 see uninitialised values that are not there.
  target_compile_options(veneer_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
endif()

if(VENEER_BUILD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# veneer_library(folder SOURCES a.cpp ... DEPENDS base tensor ... [LINK external::target ...])
# The target veneer_FOLDER, also veneer::FOLDER, as an installed one is called.
function(veneer_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(veneer_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPENDS PREPEND veneer_)
  add_library(veneer::${name} ALIAS veneer_${name})
  set_target_properties(veneer_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(veneer_${name} PRIVATE $<BUILD_INTERFACE:veneer_options> PUBLIC ${ARG_DEPENDS} ${ARG_LINK})
  target_include_directories(veneer_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
endfunction()

# veneer_test(name SOURCES a_test.cpp ... DEPENDS tokenizers ... [LABEL unit] [LINK external::target ...])
# One executable; every TEST in it becomes a CTest test. VENEER_SOURCE_DIR is the repository's root.
function(veneer_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPENDS PREPEND veneer_)
  target_link_libraries(${name} PRIVATE veneer_options ${ARG_DEPENDS} ${ARG_LINK} GTest::gtest_main GTest::gmock)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE VENEER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 120 PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300)
endfunction()
