# tree_sitter_python: the Python grammar, compiled from the package that its authors publish. It is generated code of
# 4 MB, so it is fetched at configure time (tools/fetch_grammar.sh, pinned and checked) rather than kept here.
find_path(TREE_SITTER_INCLUDE tree_sitter/api.h REQUIRED)
find_library(TREE_SITTER_LIBRARY tree-sitter REQUIRED)
set(VENEER_PYTHON_GRAMMAR ${PROJECT_SOURCE_DIR}/.cache/tree-sitter-python CACHE PATH "Sources of tree-sitter-python")
if(NOT EXISTS ${VENEER_PYTHON_GRAMMAR}/src/parser.c)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/fetch_grammar.sh ${VENEER_PYTHON_GRAMMAR} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "veneer-docs reads Python by tree-sitter-python, which could not be fetched. Run ./dev setup, "
                        "or set VENEER_BUILD_DOCS=OFF.")
  endif()
endif()
add_library(tree_sitter_python STATIC ${VENEER_PYTHON_GRAMMAR}/src/parser.c ${VENEER_PYTHON_GRAMMAR}/src/scanner.c)
target_include_directories(tree_sitter_python PRIVATE ${VENEER_PYTHON_GRAMMAR}/src PUBLIC ${TREE_SITTER_INCLUDE})
target_compile_options(tree_sitter_python PRIVATE -O2 -w -fno-sanitize=all)
target_link_libraries(tree_sitter_python PUBLIC ${TREE_SITTER_LIBRARY})
