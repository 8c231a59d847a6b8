/* Made by scripts/generate from sley/condition.h: its functions for pointers and bindings. */
#include <sley/condition.h>

/* clang-format off */

sley_promise *(sley_condition_wait)(sley_condition *c, sley_mutex *m)
{
  return sley_condition_wait_at("", c, m);
}
