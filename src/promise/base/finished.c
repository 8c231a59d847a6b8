/* How the last default domain ended, for messages about a later use of its promises. */
#include <stdio.h>

#include "promise/base/base.h"

/* Under the process's lock. */
static struct {
  uint32_t number; /* 0: none yet */
  size_t left;
  const void *caller;
} finished;

void sley__finish_note(uint32_t number, size_t left, const void *caller)
{
  sley__process_lock(SLEY__LOCK_PROCESS);
  finished.number = number;
  finished.left = left;
  finished.caller = caller;
  sley__process_unlock(SLEY__LOCK_PROCESS);
}

bool sley__finish_says(uint32_t number, char *text, size_t size)
{
  char caller[256];
  sley__process_lock(SLEY__LOCK_PROCESS);
  bool is_it = finished.number == number;
  const void *address = finished.caller;
  size_t left = finished.left;
  sley__process_unlock(SLEY__LOCK_PROCESS);
  if (!is_it) return false;
  sley__place_say(address, true, caller, sizeof(caller));
  snprintf(text, size,
           "of the default domain, which sley_finish, called from %s, has ended with %zu promises "
           "left: if several parts of a program share the default domain, each calls "
           "sley_configure first, and the last sley_finish ends it",
           caller, left);
  return true;
}
