/* Calls whose form changed. */
#include <sley.h>

static bool answers(sley_mutex *m, sley_mvar *box, sley_sequence *s)
{
  sley_value v;
  if (sley_mutex_is_empty(m) && !sley_mutex_is_empty(other(m, ","))) return true;
  bool full = sley_mvar_take_available(box, &v), same = sley_mutex_is_empty(m) == full;
  while (sley_sequence_take_l(s, &v)) sley_value_drop(&v);
  if (!sley_sequence_take_r(s, &v)) return false;
  sley_sequence_take_r(s, &v);
  int n = sley_sequence_take_l(s, &v) + 1;
  sley_error *e = sley_error_in(&v);
  if (sley_error_in(c->value) != NULL || sley_error_in(next(c)) != NULL) return same;
  return sley_error_code(sley_error_of_value(&v)) == n;
}

static sley_promise *started(sley_value v)
{
  if (v.type == NULL) return sley_apply(first, &(state){1, 2}, sley_int(f(1, 2)));
  return sley_wrap_at("here", compute, NULL, sley_apply_value(v, 1));
}

static sley_promise *connected(const char *host)
{
  if (host == NULL) return sley_connect_at("here", pick(1, 2), "80");
  return sley_bind(sley_connect(host, port_of(host, 0)), serve, NULL);
}

static sley_promise *computed(void *ctx) { return sley_wrap(compute, ctx, sley_unit()); }

static void ends(void)
{
  if (sley_tcp_shutdown(tcp) != 0) abort();
  if (sley_tcp_peer(tcp, text, 64) > 63) abort();
}
