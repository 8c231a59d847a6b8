/* Made by scripts/generate from sley/sequence.h: its functions for pointers and bindings. */
#include <sley/sequence.h>

/* clang-format off */

sley_promise *(sley_add_task_l)(sley_sequence *s)
{
  return sley_add_task_l_at("", s);
}

sley_promise *(sley_add_task_r)(sley_sequence *s)
{
  return sley_add_task_r_at("", s);
}
