/* sley_sleep in a comment is text. */
#include <sley/socket.h>

static sley_promise *waits(sley_time time, int n)
{
  const char *text = "sley_pending, sley_cancelable";
  sley_promise *p = sley_with_value(&key, sley_int(n), start, NULL);
  p = sley_sleep((double)(time) / SLEY_SECOND);
  p = sley_bind(sley_sleep((double)(f(1, (sley_time[]){2, 3}[0]) + ')' /* ) */) / SLEY_SECOND), next, NULL);
  return cond ? sley_sleep_at("here", (double)(SLEY_MILLISECOND) / SLEY_SECOND) : sley_sleep((double)(20 * SLEY_MILLISECOND) / SLEY_SECOND);
}
static sley_promise *(*made)(sley_time) = sley_sleep_for;
