# cmake --install: the programs, the libraries of src/, their headers, and what find_package(veneer) and
# pkg-config need.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(VENEER_LIBRARIES base image tensor checkpoint graph kernels runtime nn models tokenizers schedulers adapters pipelines
  service)  # lowest layer first
list(TRANSFORM VENEER_LIBRARIES PREPEND veneer_ OUTPUT_VARIABLE targets)
install(TARGETS ${targets} EXPORT veneer INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/veneer)
install(TARGETS veneer)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/veneer
  FILES_MATCHING PATTERN "*.h" PATTERN "*-inl.h" EXCLUDE
  # Those that see oneDNN (tools/check_layers.py) are no part of the library's face.
  PATTERN "runtime/execute.h" EXCLUDE PATTERN "runtime/packed_weight.h" EXCLUDE PATTERN "runtime/program.h" EXCLUDE
  PATTERN "runtime/weighted.h" EXCLUDE)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/veneer)
install(EXPORT veneer NAMESPACE veneer:: FILE veneerTargets.cmake DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/veneerConfig.cmake.in ${PROJECT_BINARY_DIR}/veneerConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/veneerConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/veneerConfig.cmake ${PROJECT_BINARY_DIR}/veneerConfigVersion.cmake
  DESTINATION ${package})

# A linker reads static libraries once, from left to right: the highest layer comes first.
set(VENEER_PKGCONFIG_LIBS ${targets})
list(REVERSE VENEER_PKGCONFIG_LIBS)
list(TRANSFORM VENEER_PKGCONFIG_LIBS PREPEND -l)
list(APPEND VENEER_PKGCONFIG_LIBS -ldnnl)
list(JOIN VENEER_PKGCONFIG_LIBS " " VENEER_PKGCONFIG_LIBS)
file(RELATIVE_PATH VENEER_PKGCONFIG_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/veneer.pc.in ${PROJECT_BINARY_DIR}/veneer.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/veneer.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
