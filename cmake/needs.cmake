# What the whole library needs of the system: libev, and the headers of ConcurrencyKit.
find_library(SLEY_LIBEV ev)
find_path(SLEY_LIBEV_INCLUDE ev.h PATH_SUFFIXES libev)
find_path(SLEY_LIBCK_INCLUDE ck_ring.h)
mark_as_advanced(SLEY_LIBEV SLEY_LIBEV_INCLUDE SLEY_LIBCK_INCLUDE)
set(missing "")
set(packages "")
if(NOT SLEY_LIBEV OR NOT SLEY_LIBEV_INCLUDE)
  list(APPEND missing "libev (its library and ev.h)")
  list(APPEND packages libev-dev)
endif()
if(NOT SLEY_LIBCK_INCLUDE)
  list(APPEND missing "ConcurrencyKit (ck_ring.h)")
  list(APPEND packages libck-dev)
endif()
if(missing)
  list(JOIN missing " and " missing)
  list(JOIN packages " " packages)
  message(FATAL_ERROR "sley needs ${missing}. On Debian and Ubuntu: apt-get install ${packages}. "
    "In a folder that CMake does not search: -DCMAKE_PREFIX_PATH=FOLDER. "
    "Promises alone need neither: -DSLEY_PROMISE_ONLY=ON.")
endif()
# Closing a port fills its ring by number, which rings before 0.7.0 (that is, before pull request 102 of
# 2017) do not notice: they compare places. The headers have no version.
file(STRINGS "${SLEY_LIBCK_INCLUDE}/ck_ring.h" ck_compares_numbers
  REGEX "\\(producer - consumer\\) < mask")
if(NOT ck_compares_numbers)
  message(FATAL_ERROR "ConcurrencyKit in ${SLEY_LIBCK_INCLUDE} is too old: sley needs 0.7.0 or later")
endif()
