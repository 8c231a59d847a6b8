/* map_n, filter_n, filter_map_n: streams from one, with several calls under way.
 *
 * The new stream is a source with a window of jobs, one for each element: their promises are pending, or settled
 * and not yet read. The first read opens it; from then on elements are taken as long as there is room, and results
 * go to the reader in order or as they come. A rejection is a result like any other. */
#include "promise/stream/stream.h"
#include "promise/sync/sync.h"

enum { MAP, FILTER, FILTER_MAP };

typedef struct job job;

typedef struct window {
  uint32_t refs; /* of the source, of jobs, and of waiting callbacks */
  uint8_t kind;
  bool ordered;
  bool halted;  /* the source failed: nothing more is read from it until the reader has the error */
  bool stopped; /* the results can no longer be read */
  bool filling;
  const char *site;
  sley_stream *stream; /* NULL when it has ended or has no reader */
  sley_bind_fn *start;
  void *ctx;
  sley_drop_fn *drop;
  size_t max, count;       /* jobs, including the one that waits for its element */
  struct sley__dlist jobs; /* in the order of their elements; if not ordered: those under way */
  struct sley__dlist done; /* not ordered: in the order of completion */
  sley_promise *get;       /* the read under way, or NULL; its element is for next */
  job *next;
  sley_resolver *wanted; /* of what a reader waits for */
} window;

struct job {
  struct sley__dlist place;
  uint32_t refs; /* of the window's list; of the callback that waits for the result */
  bool is_done;
  bool halts;
  window *window;
  element *element;     /* filter: the element being tested */
  sley_promise *result; /* of the function; done: what the reader gets */
};

static void window_unref(void *ctx)
{
  sley_domain *d = sley__self();
  window *w = ctx;
  if (--w->refs > 0) return;
  sley_stream_drop(w->stream);
  if (w->drop != NULL) w->drop(w->ctx);
  sley__free(d, w, sizeof(*w));
}

static window *window_keep(window *w)
{
  w->refs++;
  return w;
}

/* ---- jobs ---- */

static job *job_new(sley_domain *d, window *w)
{
  job *j = sley__alloc(d, sizeof(*j));
  if (j == NULL) return NULL;
  *j = (job){.refs = 1, .window = window_keep(w)};
  w->count++;
  return j;
}

static void job_unref(void *ctx)
{
  sley_domain *d = sley__self();
  job *j = ctx;
  if (--j->refs > 0) return;
  window *w = j->window;
  sley_promise *result = j->result;
  element *e = j->element;
  sley__free(d, j, sizeof(*j));
  sley__ref_drop(d, result);
  sley__ref_drop(d, e);
  sley__settle_down(d);
  window_unref(w);
}

/* Ends the job, which makes room in the window. */
static void job_end(job *j)
{
  sley__dlist_leave(&j->place);
  j->window->count--;
  job_unref(j);
}

static bool is_left_out(const window *w, sley_promise *u)
{
  if (w->kind == MAP || u->state == STATE_REJECTED) return false;
  return w->kind == FILTER ? sley__value_of(u)->i == 0 : sley_is_none(sley__value_of(u));
}

/* Its result is settled. */
static void job_done(sley_domain *d, job *j)
{
  window *w = j->window;
  if (w->stopped) return;
  sley_promise *u = sley__underlying(d, j->result);
  if (is_left_out(w, u)) {
    job_end(j);
    return;
  }
  j->is_done = true;
  if (j->element != NULL && u->state == STATE_FULFILLED) {
    sley_promise *answer = j->result;
    j->result = j->element;
    j->element = NULL;
    sley__ref_drop(d, answer);
  }
  if (w->ordered) return;
  sley__dlist_leave(&j->place);
  sley__dlist_append(&w->done, &j->place);
}

/* The job whose result the reader gets next; NULL: none is ready. */
static job *job_ready(const window *w)
{
  const struct sley__dlist *list = w->ordered ? &w->jobs : &w->done;
  if (sley__dlist_is_empty(list)) return NULL;
  job *j = SLEY__CONTAINER(list->next, job, place);
  return j->is_done ? j : NULL;
}

/* ---- filling the window ---- */

static void fill(sley_domain *d, window *w);

static bool is_over(const window *w) { return w->stream == NULL && w->count == 0; }

/* After any change: fills free room, and wakes the reader if a result is ready or the stream has ended. */
static void go_on(sley_domain *d, window *w)
{
  fill(d, w);
  if (w->wanted != NULL && (job_ready(w) != NULL || is_over(w)))
    sley_fulfill(&w->wanted, sley_unit());
}

static void job_succeeded(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  window *w = ((job *)ctx)->window;
  (void)v;
  job_done(d, ctx);
  go_on(d, w);
}

static void job_failed(void *ctx, sley_error *e)
{
  (void)e;
  job_succeeded(ctx, NULL);
}

static void job_begin(sley_domain *d, job *j, element *e, uint32_t held)
{
  window *w = j->window;
  struct sley__lent lent;
  j->result = w->start(w->ctx, sley__element_lend(d, &lent, e, held));
  sley__element_return(d, &lent);
  sley__returned(j->result, "sley_stream_map_n or a similar function", w->site);
  sley__check(d, j->result, "a stream's function");
  if (w->stopped) { /* the function can have dropped the last reader */
    sley_cancel(j->result);
    job_end(j);
    return;
  }
  if (w->kind == FILTER) {
    e->refs++;
    j->element = e;
  }
  sley__dlist_append(&w->jobs, &j->place);
  if (sley__underlying(d, j->result)->state != STATE_PENDING) {
    job_done(d, j);
  } else {
    j->refs++;
    sley_on_any(j->result, job_succeeded, job_failed, j, job_unref);
  }
}

/* The element e was read; the library has held references to it. */
static void job_read(sley_domain *d, job *j, element *e, uint32_t held)
{
  window *w = j->window;
  if (!sley_is_none(sley__value_of(e))) {
    job_begin(d, j, e, held);
    return;
  }
  sley_stream *stream = w->stream;
  w->stream = NULL;
  job_end(j);
  sley_stream_drop(stream);
}

/* The source failed: its error is a result in the order of elements. Consumes g. */
static void job_not_read(sley_domain *d, job *j, sley_promise *g)
{
  j->result = g;
  j->halts = j->window->halted = true;
  sley__dlist_append(&j->window->jobs, &j->place);
  j->element = NULL;
  job_done(d, j);
}

static job *take_next(window *w, sley_promise **g)
{
  job *j = w->next;
  *g = w->get;
  w->get = NULL;
  w->next = NULL;
  return j;
}

static void got(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  window *w = ctx;
  sley_promise *g;
  job *j = take_next(w, &g);
  element *e = sley__reader_of(d, v);
  if (j != NULL) job_read(d, j, e, sley__held_of(d, v) + (g == e ? 1 : 0));
  sley__ref_drop(d, g);
  sley__settle_down(d);
  go_on(d, w);
}

static void not_got(void *ctx, sley_error *e)
{
  sley_domain *d = sley__self();
  window *w = ctx;
  sley_promise *g;
  job *j = take_next(w, &g);
  (void)e;
  if (j == NULL) return;
  job_not_read(d, j, g);
  go_on(d, w);
}

/* Takes elements while there is room. The job is allocated first, so that no element is lost when memory is out. */
static void fill(sley_domain *d, window *w)
{
  if (w->filling) return;
  w->filling = true;
  while (w->stream != NULL && !w->halted && w->get == NULL && w->count < w->max) {
    job *j = job_new(d, w);
    if (j == NULL) break;
    sley_promise *g = sley_stream_get_at(w->site, w->stream);
    sley_promise *u = sley__underlying(d, g);
    if (u->state == STATE_PENDING) {
      w->get = g;
      w->next = j;
      sley_on_any(g, got, not_got, window_keep(w), window_unref);
    } else if (u->state == STATE_REJECTED) {
      job_not_read(d, j, g);
    } else {
      job_read(d, j, u, u == g ? 1 : 0);
      sley__ref_drop(d, g);
    }
  }
  w->filling = false;
}

/* ---- the source ---- */

static sley_promise *next(void *ctx);

static sley_promise *again(void *ctx, sley_value *v)
{
  (void)v;
  return next(ctx);
}

static sley_promise *wait_for_one(window *w)
{
  sley_resolver_drop(&w->wanted); /* of a reader that ran out of memory */
  sley_promise *wanted = sley_cancelable_at(w->site, &w->wanted);
  if (w->wanted == NULL) return wanted;
  sley_promise *p = sley_bind_at(w->site, wanted, again, window_keep(w), window_unref);
  if (!sley_is_pending(p)) sley_resolver_drop(&w->wanted);
  return p;
}

static sley_promise *next(void *ctx)
{
  sley_domain *d = sley__self();
  window *w = ctx;
  if (w->max == 0)
    return sley_fail_at(w->site,
                        sley_error_new_at(w->site, &sley_kind_sley, SLEY_EINVAL,
                                          "sley_stream_map_n or a similar function: the limit of "
                                          "pending promises is 0; it must be at least 1"));
  if (w->stopped) return sley_fail_at(w->site, &sley__abandoned);
  fill(d, w);
  job *j = job_ready(w);
  if (j == NULL) {
    if (is_over(w)) return sley_return_at(w->site, sley_none());
    return w->count > 0 ? wait_for_one(w) : sley__nomem_promise();
  }
  sley_promise *result = j->result;
  j->result = NULL;
  if (j->halts) w->halted = false; /* the next read asks again */
  bool read_on = !j->halts;
  job_end(j);
  if (read_on) fill(d, w);
  return result;
}

/* The last reader is gone: cancels all pending calls together. */
static void unread(void *ctx)
{
  sley_domain *d = sley__self();
  window *w = window_keep(ctx);
  sley_stream *stream = w->stream;
  sley_promise *g, *base = d->frames;
  job *idle = take_next(w, &g);
  w->stopped = true;
  w->stream = NULL;
  if (g != NULL) sley__cancel_collect(d, g);
  for (struct sley__dlist *p = w->jobs.prev; p != &w->jobs; p = p->prev)
    sley__cancel_collect(d, SLEY__CONTAINER(p, job, place)->result);
  sley__canceled_run(d, base);
  while (!sley__dlist_is_empty(&w->jobs)) job_end(SLEY__CONTAINER(w->jobs.next, job, place));
  while (!sley__dlist_is_empty(&w->done)) job_end(SLEY__CONTAINER(w->done.next, job, place));
  if (idle != NULL) job_end(idle);
  sley_resolver_drop(&w->wanted);
  sley__ref_drop(d, g);
  sley__settle_down(d);
  sley_stream_drop(stream);
  window_unref(w);
}

static sley_stream *window_new(const char *site, sley_stream *s, size_t max, int kind,
                               sley_stream_order order, sley_bind_fn *f, void *ctx,
                               sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  window *w = s != &sley__stream_nomem ? sley__alloc(d, sizeof(*w)) : NULL;
  if (w == NULL) {
    sley_stream_drop(s);
    if (drop != NULL) drop(ctx);
    return &sley__stream_nomem;
  }
  *w = (window){.refs = 1,
                .kind = (uint8_t)kind,
                .ordered = order == SLEY_STREAM_ORDER_SOURCE,
                .site = site,
                .stream = s,
                .start = f,
                .ctx = ctx,
                .drop = drop,
                .max = max};
  sley__dlist_init(&w->jobs);
  sley__dlist_init(&w->done);
  return sley__stream_from(site, next, w, window_unref, unread);
}

#define WINDOW(name, kind)                                                                  \
  sley_stream *sley_stream_##name##_at(const char *site, sley_stream *s, size_t max,        \
                                       sley_stream_order order, sley_bind_fn *f, void *ctx, \
                                       sley_drop_fn *drop)                                  \
  {                                                                                         \
    return window_new(site, s, max, kind, order, f, ctx, drop);                             \
  }
WINDOW(map_n, MAP)
WINDOW(filter_n, FILTER)
WINDOW(filter_map_n, FILTER_MAP)
