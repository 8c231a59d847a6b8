# Installs the libraries, headers, the CMake package and the .pc file.
include(CMakePackageConfigHelpers)

install(TARGETS sley EXPORT sley-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS sley_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
# pkg-config --static says -lsley, and so does everybody else: one name for both.
set_target_properties(sley_static PROPERTIES OUTPUT_NAME sley)
install(FILES scripts/gdb/sley-gdb.py DESTINATION ${CMAKE_INSTALL_DATADIR}/sley)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES include/sley.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/sley DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# gcc says nothing of a forgotten promise in headers that it takes for the system's.
set_target_properties(sley PROPERTIES EXPORT_NO_SYSTEM ON)
install(EXPORT sley-targets NAMESPACE sley:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sley)
configure_package_config_file(cmake/sley-config.cmake.in sley-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sley)
write_basic_package_version_file(sley-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/sley-config.cmake" "${PROJECT_BINARY_DIR}/sley-config-version.cmake"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sley)

if(SLEY_PROMISE_ONLY)
  set(SLEY_PC_PRIVATE "-pthread")
else()
  set(SLEY_PC_PRIVATE "-lev -lm -pthread")
endif()
# Libs gives -lsley, which is the shared library where both are installed; SLEY_STATIC then leaves everything to
# this one. Apple's linker knows no such option, and -lsley is the archive there only if it is alone.
if(NOT APPLE)
  string(PREPEND SLEY_PC_PRIVATE "-l:libsley.a ")
endif()
# Relative, so that an installed tree can be moved.
file(RELATIVE_PATH SLEY_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file(cmake/sley.pc.in sley.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/sley.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
