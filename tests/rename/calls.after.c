/* Calls whose form changed. */
#include <sley.h>

static bool answers(sley_mutex *m, sley_mvar *box, sley_sequence *s)
{
  sley_value v;
  if (!sley_mutex_has_waiters(m) && sley_mutex_has_waiters(other(m, ","))) return true;
  bool full = sley_mvar_try_take(box, &v) == 0, same = (!sley_mutex_has_waiters(m)) == full;
  while (sley_sequence_try_take_l(s, &v) == 0) sley_value_drop(&v);
  if (sley_sequence_try_take_r(s, &v) != 0) return false;
  sley_sequence_try_take_r(s, &v);
  int n = (sley_sequence_try_take_l(s, &v) == 0) + 1;
  sley_error *e = (sley_error_is_in(&v) ? sley_error_in(&v) : NULL);
  if ((sley_error_is_in(c->value) ? sley_error_in(c->value) : NULL) != NULL || sley_error_in(next(c)) != NULL) return same;
  return sley_error_code(sley_error_in(&v)) == n;
}

static sley_promise *started(sley_value v)
{
  if (v.type == NULL) return sley_apply(sley_int(f(1, 2)), first, &(state){1, 2});
  return sley_wrap_at("here", sley_apply_value(v, 1), compute, NULL);
}

static sley_promise *connected(const char *host)
{
  if (host == NULL) return sley_connect_at("here", NULL, pick(1, 2), "80");
  return sley_bind(sley_connect(NULL, host, port_of(host, 0)), serve, NULL);
}

static sley_promise *computed(void *ctx) { return sley_wrap(sley_unit(), compute, ctx); }

static void ends(void)
{
  if (sley_tcp_shutdown(tcp) != 0) abort();
  if (sley_tcp_peer(tcp, text, 64) > 63) abort();
}
