/* Whether a memory checker (AddressSanitizer, Valgrind) watches the program; it then manages freed memory. */
#include "promise/base/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(SANITIZED)
#define HAS_CHECKER true
#elif defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define HAS_CHECKER (RUNNING_ON_VALGRIND != 0)
#endif
#endif
#ifndef HAS_CHECKER
#define HAS_CHECKER false
#endif

bool sley__has_checker(void) { return HAS_CHECKER; }
