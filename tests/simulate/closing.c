/* A port closed at a random time while two domains and a thread without a domain put into it, one domain gets and
 * one reads it as a stream: a value whose put succeeded comes out exactly once, before the end; a value whose put
 * was refused does not. Closed explicitly, by the last writing end, or from the reading side. */
#include <pthread.h>

#include "program.h"

const char simulate_program[] = "closing";

enum { PUTTERS = 2, TAKERS = 2, VALUES = 5 };
static sley_port *port;
static uint64_t accepted, taken; /* any thread, __atomic */

static void count(uint64_t *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED); }

typedef struct side { /* one domain's own */
  uint64_t random;
  unsigned left;
} side;

static side *side_new(uint64_t random)
{
  side *s = malloc(sizeof(*s));
  CHECK(s != NULL);
  *s = (side){random | 1, VALUES};
  return s;
}

/* ---- producers ---- */

static sley_promise *put_next(void *ctx, sley_value *v);

static sley_promise *put_done(void *ctx, sley_value *v)
{
  count(&accepted);
  return put_next(ctx, v);
}

static sley_promise *put_refused(void *ctx, sley_error *e)
{
  (void)ctx;
  CHECK(e == sley_error_closed());
  return sley_return(sley_unit());
}

static sley_promise *put_next(void *ctx, sley_value *v)
{
  side *s = ctx;
  (void)v;
  if (s->left-- == 0) return sley_return(sley_unit());
  return sley_try_bind(sley_port_put(port, token_new(next_random(&s->random), 0)), put_done,
                       put_refused, s);
}

static sley_promise *putter(sley_value *arg) /* a writing end, or a port's value */
{
  side *s = side_new((uint64_t)sley_now());
  CHECK(sley_port_in(arg) == port);
  return sley_attach(sley_bind(sley_pause(), put_next, s), s, free);
}

static void *stranger(void *ctx)
{
  uint64_t random = *(uint64_t *)ctx;
  for (int i = 0; i < VALUES; i++) {
    int code = sley_port_try_put(port, token_new(next_random(&random), 0));
    CHECK(code == 0 || code == -SLEY_EAGAIN || code == -SLEY_ECLOSED);
    if (code == 0) count(&accepted);
  }
  return NULL;
}

/* ---- consumers ---- */

static sley_promise *get_next(void *ctx, sley_value *v);

static sley_promise *get_failed(void *ctx, sley_error *e)
{
  if (sley_error_is_canceled(e)) return get_next(ctx, NULL);
  CHECK(e == sley_error_eof());
  return sley_return(sley_unit());
}

static sley_promise *got(void *ctx, sley_value *v)
{
  CHECK(v->type == &token_type);
  count(&taken);
  return get_next(ctx, NULL);
}

static sley_promise *get_next(void *ctx, sley_value *v)
{
  side *s = ctx;
  (void)v;
  sley_promise *p = sley_port_get(port);
  if (next_random(&s->random) % 8 == 0) sley_cancel(p);
  return sley_try_bind(p, got, get_failed, s);
}

static sley_promise *taker(sley_value *arg)
{
  side *s = side_new(arg->u);
  return sley_attach(sley_bind(sley_pause(), get_next, s), s, free);
}

static sley_error *one_more(void *ctx, sley_value *v)
{
  (void)ctx;
  CHECK(v->type == &token_type);
  count(&taken);
  return NULL;
}

static sley_promise *stream_taker(sley_value *arg)
{
  (void)arg;
  return sley_stream_iter(sley_stream_from_port(port), one_more, NULL);
}

/* ---- a run ---- */

enum { BY_HAND, BY_WRITERS, BY_READER, WAYS };

void simulate_run(uint64_t seed)
{
  uint64_t random = first_random(seed);
  sley_domain *domains[PUTTERS + TAKERS];
  sley_promise *ps[PUTTERS + TAKERS];
  pthread_t thread;
  run_begin();
  accepted = taken = 0;
  sley_drop(sley_return(sley_unit()));
  unsigned way = (unsigned)(next_random(&random) % WAYS);
  CHECK(sley_port_new(1 + next_random(&random) % 3, &port) == NULL);
  sley_value writer = way == BY_WRITERS ? sley_port_writer_to_value(sley_port_keep(port))
                                        : sley_port_to_value(sley_port_keep(port));
  for (int i = 0; i < PUTTERS + TAKERS; i++) {
    domains[i] = spawn(i < PUTTERS ? "putter" : "taker");
    sley_value own;
    if (i < PUTTERS) CHECK(sley_value_dup(&writer, &own) == 0);
    else own = sley_int((int64_t)next_random(&random));
    ps[i] = sley_call(domains[i], i < PUTTERS ? putter : i == PUTTERS ? taker : stream_taker, own);
  }
  uint64_t strangers = random; /* its own */
  CHECK(pthread_create(&thread, NULL, stranger, &strangers) == 0);
  wait_for(sley_sleep((double)((sley_time)(next_random(&random) % 60000)) / SLEY_SECOND));
  if (way == BY_HAND) sley_port_close(port);
  if (way == BY_READER) sley_port_close_reading(port);
  sley_value_drop(&writer);
  for (int i = 0; i < PUTTERS + TAKERS; i++) CHECK(wait_for(ps[i]));
  pthread_join(thread, NULL);
  if (way == BY_READER) CHECK(taken <= accepted);
  else CHECK(taken == accepted);
  CHECK(sley_port_count(port) == 0);
  for (int i = 0; i < PUTTERS + TAKERS; i++) {
    CHECK(wait_for(sley_domain_shutdown(domains[i], 1)));
    sley_domain_drop(domains[i]);
  }
  sley_port_drop(port);
  run_end();
}
