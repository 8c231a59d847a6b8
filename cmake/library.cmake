# The libraries: sley, which has everything, and sley_promise, which has promises alone and needs neither libev nor
# ConcurrencyKit; each shared and static. A file is compiled once for shared and once for static libraries, and what both
# libraries have, the promise floor, is in both the same objects.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

# What every file of the project is compiled with.
add_library(sley_build INTERFACE)
target_compile_definitions(sley_build INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_compile_options(sley_build INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-semantic-interposition
  $<$<BOOL:${SLEY_WERROR}>:-Werror>)
if(SLEY_SANITIZE)
  target_compile_options(sley_build INTERFACE -fsanitize=${SLEY_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(sley_build INTERFACE -fsanitize=${SLEY_SANITIZE})
endif()
if(SLEY_UCONTEXT)
  # Tests see it too: contexts are part of internal structs.
  target_compile_definitions(sley_build INTERFACE SLEY_UCONTEXT=1)
endif()
# Two words that were written one by one are not to be read as one: that waits for the store buffer.
check_c_compiler_flag(-fno-tree-slp-vectorize SLEY_HAS_NO_SLP)
if(SLEY_HAS_NO_SLP)
  target_compile_options(sley_build INTERFACE $<$<COMPILE_LANGUAGE:C>:-fno-tree-slp-vectorize>)
endif()

set(libraries sley_promise)
set(private_libraries Threads::Threads)
if(NOT SLEY_PROMISE_ONLY)
  include(cmake/needs.cmake)
  list(APPEND libraries sley)
  list(APPEND private_libraries ${SLEY_LIBEV} m)
endif()

# ---- objects

file(GLOB_RECURSE promise_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/promise/*.c")
set(whole_sources "")
foreach(floor IN ITEMS queue reactor domain preempt io)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${floor}/*.c")
  set(${floor}_sources ${found})
  list(APPEND whole_sources ${found})
endforeach()
set(sources ${promise_sources} ${whole_sources}) # for tests that compile them in their own way
include(cmake/sources.cmake)

# Two sets of objects of each: what the shared library exports is hidden in the static one, for no tool changes that
# afterwards (docs/decisions/copies.md).
set(object_libraries sley_promise_objects sley_promise_private_objects)
if(NOT SLEY_PROMISE_ONLY)
  list(APPEND object_libraries sley_objects sley_private_objects)
endif()
check_c_compiler_flag(-fmacro-prefix-map=a=b SLEY_HAS_PREFIX_MAP)
foreach(objects IN LISTS object_libraries)
  if(objects MATCHES "promise")
    add_library(${objects} OBJECT ${promise_sources})
  else()
    add_library(${objects} OBJECT ${whole_sources})
  endif()
  target_include_directories(${objects} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
  if(NOT objects MATCHES "promise")
    target_include_directories(${objects} SYSTEM PRIVATE "${SLEY_LIBEV_INCLUDE}" "${SLEY_LIBCK_INCLUDE}")
  endif()
  # Call sites inside the library are told without the place where it was built.
  if(SLEY_HAS_PREFIX_MAP)
    target_compile_options(${objects} PRIVATE "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/src/=sley/")
  endif()
  set_target_properties(${objects} PROPERTIES
    C_STANDARD 17 C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${objects} PRIVATE $<BUILD_INTERFACE:sley_build>)
  if(objects MATCHES "private")
    target_compile_definitions(${objects} PRIVATE SLEY_STATIC)
  endif()
  if(SLEY_LTO)
    # The static library serves linkers with and without the optimizer (docs/decisions/lto.md).
    if(objects MATCHES "private")
      target_compile_options(${objects} PRIVATE -flto=auto -ffat-lto-objects)
    else()
      target_compile_options(${objects} PRIVATE -flto=auto -fno-fat-lto-objects)
    endif()
  endif()
endforeach()

# ---- libraries

# A version script of their own each: in a process that has both, they are two copies, and none takes names of the other.
foreach(library IN LISTS libraries)
  if(library STREQUAL "sley")
    set(map "${PROJECT_SOURCE_DIR}/src/sley.map")
    add_library(sley SHARED $<TARGET_OBJECTS:sley_promise_objects> $<TARGET_OBJECTS:sley_objects>)
    add_library(sley_static STATIC
      $<TARGET_OBJECTS:sley_promise_private_objects> $<TARGET_OBJECTS:sley_private_objects>)
    target_link_libraries(sley PRIVATE ${private_libraries})
    # An installed package finds libev anew (cmake/sley-config.cmake.in).
    target_link_libraries(sley_static INTERFACE Threads::Threads m
      $<BUILD_INTERFACE:${SLEY_LIBEV}> $<INSTALL_INTERFACE:sley::libev>)
  else()
    set(map "${PROJECT_SOURCE_DIR}/src/sley-promise.map")
    add_library(sley_promise SHARED $<TARGET_OBJECTS:sley_promise_objects>)
    add_library(sley_promise_static STATIC $<TARGET_OBJECTS:sley_promise_private_objects>)
    target_link_libraries(sley_promise PRIVATE Threads::Threads)
    target_link_libraries(sley_promise_static INTERFACE Threads::Threads)
    foreach(target IN ITEMS sley_promise sley_promise_static)
      target_compile_definitions(${target} INTERFACE SLEY_PROMISE_ONLY)
    endforeach()
  endif()
  target_compile_definitions(${library}_static INTERFACE SLEY_STATIC)
  set_target_properties(${library} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0.1 LINK_DEPENDS "${map}")
  # Calls inside the library are bound to it: no symbol of its is meant to be replaced.
  target_link_options(${library} PRIVATE "LINKER:-Bsymbolic-functions" "LINKER:--version-script=${map}")
  # Threads, handlers of forks and of faults outlive a dlclose.
  check_linker_flag(C "LINKER:-z,nodelete" SLEY_HAS_NODELETE)
  if(SLEY_HAS_NODELETE)
    target_link_options(${library} PRIVATE "LINKER:-z,nodelete")
  endif()
  if(SLEY_SANITIZE)
    target_link_options(${library} PRIVATE -fsanitize=${SLEY_SANITIZE})
  endif()
  # pkg-config --static says -lsley, and so does everybody else: one name for both.
  string(REPLACE "_" "-" file_name ${library})
  set_target_properties(${library} ${library}_static PROPERTIES OUTPUT_NAME ${file_name})
  foreach(target IN ITEMS ${library} ${library}_static)
    target_include_directories(${target} INTERFACE
      "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
    # sley::sley, sley::sley_static, sley::promise, sley::promise_static
    string(REPLACE "sley_promise" "promise" export_name ${target})
    add_library(sley::${export_name} ALIAS ${target})
    # gcc says nothing of a forgotten promise in headers that it takes for the system's.
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name} EXPORT_NO_SYSTEM ON)
    # CMake refuses a program that is to be linked with two of the four, which would be two copies.
    set_target_properties(${target} PROPERTIES INTERFACE_SLEY_LIBRARY ${export_name})
    set_property(TARGET ${target} APPEND PROPERTY COMPATIBLE_INTERFACE_STRING SLEY_LIBRARY)
    if(NOT SLEY_INSTALL AND NOT PROJECT_IS_TOP_LEVEL)
      set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON) # made where they are used
    endif()
  endforeach()
endforeach()

# Tests and benchmarks reach internal names through the static library.
list(GET libraries -1 tested)
add_library(sley_inside INTERFACE)
target_link_libraries(sley_inside INTERFACE ${tested}_static sley_build)
target_include_directories(sley_inside INTERFACE "${PROJECT_SOURCE_DIR}/src")
