# Installs the libraries, headers, the CMake package and the .pc files; and the target uninstall.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/sley")
# A file of targets for each component, so that find_package sees which ones are installed.
foreach(library IN LISTS libraries)
  set(component core)
  if(library STREQUAL "sley_promise")
    set(component promise)
  endif()
  install(TARGETS ${library} ${library}_static EXPORT sley-${component}-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT sley-${component}-targets NAMESPACE sley:: DESTINATION ${package})
endforeach()
configure_package_config_file(cmake/sley-config.cmake.in sley-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(sley-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/sley-config.cmake" "${PROJECT_BINARY_DIR}/sley-config-version.cmake"
  DESTINATION ${package})

# Promises alone: without the headers that need more.
install(FILES include/sley.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(without "")
if(SLEY_PROMISE_ONLY)
  file(GLOB headers RELATIVE "${PROJECT_SOURCE_DIR}/include/sley" "${PROJECT_SOURCE_DIR}/include/sley/*.h")
  foreach(header IN LISTS headers)
    file(STRINGS "include/sley/${header}" needs_more REGEX "^#include <sley/whole.h>")
    if(needs_more)
      list(APPEND without PATTERN "${header}" EXCLUDE)
    endif()
  endforeach()
endif()
install(DIRECTORY include/sley DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${without})

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES scripts/gdb/sley-gdb.py DESTINATION ${CMAKE_INSTALL_DATADIR}/sley)

# Relative, so that an installed tree can be moved.
file(RELATIVE_PATH SLEY_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
foreach(library IN LISTS libraries)
  if(library STREQUAL "sley")
    set(SLEY_PC_NAME sley)
    set(SLEY_PC_DESCRIPTION "Lwt for C, with cores")
    set(SLEY_PC_CFLAGS "")
    set(SLEY_PC_PRIVATE "-lev -lm -pthread")
  else()
    set(SLEY_PC_NAME sley-promise)
    set(SLEY_PC_DESCRIPTION "Lwt for C: promises alone")
    set(SLEY_PC_CFLAGS " -DSLEY_PROMISE_ONLY")
    set(SLEY_PC_PRIVATE "-pthread")
  endif()
  # Libs gives the shared library where both are installed; SLEY_STATIC then leaves everything to this one. Apple's
  # linker knows no such option, and -l gives the archive there only if it is alone.
  if(NOT APPLE)
    string(PREPEND SLEY_PC_PRIVATE "-l:lib${SLEY_PC_NAME}.a ")
  endif()
  configure_file(cmake/sley.pc.in ${SLEY_PC_NAME}.pc @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${SLEY_PC_NAME}.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall
    COMMAND "${CMAKE_COMMAND}" "-DMANIFESTS=${PROJECT_BINARY_DIR}" -P "${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake"
    COMMENT "Removing what was installed" VERBATIM)
endif()
