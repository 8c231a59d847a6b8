/* Made by scripts/generate from sley/cancel.h: its functions for pointers and bindings. */
#include <sley/cancel.h>

/* clang-format off */

sley_promise *(sley_protected)(sley_promise *p)
{
  return sley_protected_at("", p);
}

sley_promise *(sley_no_cancel)(sley_promise *p)
{
  return sley_no_cancel_at("", p);
}

sley_promise *(sley_wrap_in_cancelable)(sley_promise *p)
{
  return sley_wrap_in_cancelable_at("", p);
}
