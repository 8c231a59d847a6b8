# The manual, made from the contracts of the headers while the library is built: by Python alone, and from the tree alone, so
# that it is the same on every machine and at every time. Not kept in the repository: it would have to be written again by
# whoever changes a comment.
find_program(SLEY_PYTHON3 python3)
if(SLEY_PYTHON3)
  set(manual_default ${PROJECT_IS_TOP_LEVEL})
else()
  set(manual_default OFF)
endif()
option(SLEY_MANUAL "Make and install manual pages and their HTML (needs Python 3)" ${manual_default})
if(SLEY_MANUAL)
  if(NOT SLEY_PYTHON3)
    message(FATAL_ERROR "SLEY_MANUAL needs python3; -DSLEY_MANUAL=OFF builds without the manual")
  endif()
  file(GLOB manual_inputs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.h" "${PROJECT_SOURCE_DIR}/include/sley/*.h"
    "${PROJECT_SOURCE_DIR}/scripts/support/manual/*.py"
    "${PROJECT_SOURCE_DIR}/scripts/support/manual/overview.txt" "${PROJECT_SOURCE_DIR}/tests/manual/*.c")
  set(manual "${PROJECT_BINARY_DIR}/manual")
  add_custom_command(OUTPUT "${manual}/made"
    COMMAND "${SLEY_PYTHON3}" "${PROJECT_SOURCE_DIR}/scripts/manual" --warn "${manual}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${manual}/made"
    DEPENDS ${manual_inputs} "${PROJECT_SOURCE_DIR}/scripts/manual" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
    COMMENT "Making the manual" VERBATIM)
  add_custom_target(manual ALL DEPENDS "${manual}/made")
  install(DIRECTORY "${manual}/man/" DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT manual)
  install(DIRECTORY "${manual}/html" DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT manual)
endif()
