/* sley_sleep_for in a comment is text. */
#include <sley/net.h>

static sley_promise *waits(sley_time time, int n)
{
  const char *text = "sley_wait, sley_task";
  sley_promise *p = sley_with_value(&key, sley_int(n), start, NULL);
  p = sley_sleep_for(time);
  p = sley_bind(sley_sleep_for(f(1, (sley_time[]){2, 3}[0]) + ')' /* ) */), next, NULL);
  return cond ? sley_sleep_for_at("here", SLEY_MILLISECOND) : sley_sleep_for(
      20 * SLEY_MILLISECOND);
}
static sley_promise *(*made)(sley_time) = sley_sleep_for;
