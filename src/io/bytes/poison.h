/* Memory of blocks that nobody may touch now, in builds with the address checker: what was lent and whose time is over,
 * what is spare, what was not reserved. Elsewhere this is nothing. */
#ifndef SLEY_IO_POISON_H
#define SLEY_IO_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define SLEY__POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLEY__POISONS 1
#endif
#endif
#ifdef SLEY__POISONS
#include <sanitizer/asan_interface.h>
#define SLEY__HIDE(memory, bytes) ASAN_POISON_MEMORY_REGION(memory, bytes)
#define SLEY__SHOW(memory, bytes) ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#define SLEY__IS_HIDDEN(memory, bytes) (__asan_region_is_poisoned(memory, bytes) != NULL)
#else
#define SLEY__HIDE(memory, bytes) ((void)0)
#define SLEY__SHOW(memory, bytes) ((void)0)
#define SLEY__IS_HIDDEN(memory, bytes) false
#endif

#endif
