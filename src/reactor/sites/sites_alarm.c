/* Made by scripts/generate from sley/alarm.h: its functions for pointers and bindings. */
#include <sley/alarm.h>

/* clang-format off */

sley_error *(sley_alarm_new)(double seconds, sley_alarm_fn *f, void *ctx, sley_drop_fn *drop, sley_alarm **out)
{
  return sley_alarm_new_at("", seconds, f, ctx, drop, out);
}
