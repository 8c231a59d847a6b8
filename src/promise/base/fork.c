/* The child of a fork: how it is recognized, and that no lock of the process is held in it. The scheduler (process.c)
 * handles its domains. */
#include <stdio.h>

#include "promise/base/base.h"

static uint32_t parents; /* if a fork made this process: the last of the parent's domain numbers */

static void forked(void)
{
  sley__origin++;
  parents = sley__last_number();
  sley__process_locks_free();
}

void sley__forks_count(void)
{
  static bool registered; /* any thread, __atomic */
  sley__fork_child_calls(&registered, forked);
}

bool sley__is_parents(uint32_t number) { return number <= parents; }

void sley__of_elsewhere(uintptr_t origin, const char *function, const char *site, const char *what,
                        const char *name)
{
  char call[160], object[96];
  sley__call_say(call, sizeof(call), function, site);
  snprintf(object, sizeof(object), "%s%s%s", what, name[0] != '\0' ? " " : "", name);
  sley__refuse_foreign(origin, call, object);
  sley__abort(
      "%s was given %s, which belongs to the parent of this forked process and cannot be used "
      "here: do not use what was made before the fork, and make a new one after "
      "sley_after_fork_child",
      call, object);
}
