/* Made by scripts/generate from sley/mvar.h: its functions for pointers and bindings. */
#include <sley/mvar.h>

/* clang-format off */

sley_promise *(sley_mvar_put)(sley_mvar *box, sley_value v)
{
  return sley_mvar_put_at("", box, v);
}

sley_promise *(sley_mvar_take)(sley_mvar *box)
{
  return sley_mvar_take_at("", box);
}
