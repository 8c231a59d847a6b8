/* Generators: fibers as sources of streams.
 *
 * The stream sees a source of sley_stream_from: a read that finds nothing queued requests an element with next,
 * whose promise sley_emit fulfills. The fiber sees sley_emit as an await of a task that the next request fulfills.
 * So while the fiber waits, at most one of asked and resume is pending. */
#include <sley/generator.h>

#include "promise/fiber/fiber.h"
#include "promise/stream/stream.h"

typedef struct generator {
  uint32_t refs; /* the stream's source, the fiber */
  bool has_begun, is_over;
  bool is_unread; /* the last place is gone */
  bool is_told;   /* sley_emit has returned Canceled */
  bool is_asking; /* next is running the fiber */
  sley_start_fn *fn;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
  storage *storage;      /* the fiber's first storage */
  sley_promise *fiber;   /* while it runs */
  sley_resolver *asked;  /* settles the requested element */
  sley_resolver *resume; /* resumes the fiber, which waits in sley_emit */
  sley_error *error;     /* that the fiber ended with while no request was pending */
  sley_spawn_options options;
  char name[sizeof(((fiber *)NULL)->name)];
} generator;

static void context_drop(generator *g)
{
  sley_drop_fn *drop = g->drop;
  g->drop = NULL;
  if (drop != NULL) drop(g->ctx);
}

static void unref(void *ctx)
{
  sley_domain *d = sley__self();
  generator *g = ctx;
  if (--g->refs > 0) return;
  context_drop(g);
  sley__storage_drop(d, g->storage);
  if (g->error != NULL && g->error != &sley__canceled) sley__unhandled(d, g->error, g->site);
  sley_error_drop(g->error);
  sley__free(d, g, sizeof(*g));
}

/* The requested promise, if something still waits for it: a read that runs out of memory drops it. */
static sley_promise *wanted(const generator *g)
{
  if (g->asked == NULL) return NULL;
  sley_promise *p = sley__underlying(sley__self(), (sley_promise *)(void *)g->asked);
  return p->refs > 0 || p->callbacks != NULL ? p : NULL;
}

/* ---- the fiber's side */

/* The fiber has ended, with e or successfully. Returns the error for its own promise, to which the program has no
 * reference. */
static sley_error *over(generator *g, sley_error *e)
{
  g->is_over = true;
  if (wanted(g) != NULL) {
    if (e != NULL) sley_reject(&g->asked, e);
    else sley_fulfill(&g->asked, sley_none());
    return NULL;
  }
  sley_resolver_drop(&g->asked);
  if (g->is_unread) return e;
  g->error = e;
  return NULL;
}

static sley_promise *generator_main(void *ctx)
{
  sley_domain *d = sley__self();
  generator *g = ctx;
  sley_promise *given = sley__returned(g->fn(g->ctx), "sley_stream_generate", g->site);
  context_drop(g);
  sley_error *e = over(g, sley_await_at(g->site, given, NULL));
  const char *site = g->site;
  sley__ref_drop(d, g->fiber);
  g->fiber = NULL;
  unref(g);
  return e != NULL ? sley_fail_at(site, e) : sley__unit_promise(d);
}

static generator *generator_here(sley_domain *d, const char *site)
{
  const fiber *f = sley__fiber_here(d, site, "sley_emit");
  if (f->fn != generator_main)
    sley__abort(
        "sley_emit at %s in fiber %s, which is no generator: only the function passed to "
        "sley_stream_generate, and functions that it calls, can emit elements; elsewhere use "
        "sley_pusher_push",
        site, sley__fiber_name(f));
  return f->ctx;
}

static sley_error *told(generator *g, sley_value *v)
{
  sley_value_drop(v);
  g->is_told = true;
  return &sley__canceled;
}

/* Emits v (consumed; sley_none() emits nothing) and waits for the next request. */
static sley_error *give_and_wait(generator *g, const char *site, sley_value v)
{
  sley_promise *next = sley_cancelable_at(site, &g->resume);
  if (g->resume == NULL) sley_value_drop(&v);
  else if (!sley_is_none(&v)) sley_fulfill(&g->asked, v);
  sley_error *e = sley_await_at(site, next, NULL);
  sley_resolver_drop(&g->resume);
  if (e == &sley__canceled) g->is_told = true;
  return e;
}

sley_error *sley_emit_at(const char *site, sley_value v)
{
  sley_domain *d = sley__self();
  generator *g = generator_here(d, site);
  if (sley_is_none(&v))
    sley__abort(
        "sley_emit at %s was given sley_none(), which is not an element; to end the stream, return "
        "from the function",
        site);
  if (g->is_unread || g->is_told || d->fibers_ending) return told(g, &v);
  while (wanted(g) == NULL) {
    sley_error *e = give_and_wait(g, site, sley_none());
    if (e == NULL) continue;
    sley_value_drop(&v);
    return e;
  }
  return give_and_wait(g, site, v);
}

/* ---- the stream's side */

/* The last place is gone. */
static void unread(void *ctx)
{
  generator *g = ctx;
  g->is_unread = true;
  if (!g->has_begun || g->is_over) return;
  if (g->resume != NULL) sley_reject(&g->resume, &sley__canceled);
  else if (g->fiber != NULL) sley_cancel(g->fiber);
}

/* Runs the fiber up to its first wait. */
static void begin(sley_domain *d, generator *g)
{
  storage *saved = d->storage;
  d->storage = sley__storage_keep(g->storage);
  g->refs++;
  g->has_begun = true;
  sley_promise *p = sley_spawn_with_at(g->site, &g->options, generator_main, g, NULL);
  sley__storage_restore(d, saved);
  if (sley_is_pending(p)) {
    g->fiber = p;
    if (g->is_unread) unread(g);
    return;
  }
  if (!g->is_over) { /* no memory, or no stack */
    g->has_begun = false;
    g->refs--;
    sley_reject(&g->asked, sley_error_keep(sley_promise_error(p)));
  }
  sley__ref_drop(d, p);
}

static sley_promise *next(void *ctx);
static sley_promise *ask_again(void *ctx, sley_value *v)
{
  (void)v;
  return next(ctx);
}
static sley_promise *ask_after_error(void *ctx, sley_error *e)
{
  const generator *g = ctx;
  return e == &sley__canceled && !g->is_over ? sley_fail_at(g->site, e) : next(ctx);
}

/* While serving a request, the fiber ran code that reads the same stream: that read comes after p, behind the
 * request. */
static sley_promise *ask_behind(generator *g, sley_promise *p)
{
  g->refs++;
  return sley_try_bind_at(g->site, p, ask_again, ask_after_error, g, unref);
}

static sley_promise *next(void *ctx)
{
  sley_domain *d = sley__self();
  generator *g = ctx;
  if (g->is_over) {
    sley_error *e = g->error;
    g->error = NULL;
    return e != NULL ? sley_fail_at(g->site, e) : sley_return_at(g->site, sley_none());
  }
  if (g->is_asking) return ask_behind(g, sley_pause_at(g->site));
  sley_promise *before = wanted(g);
  if (before != NULL) {
    before->refs++;
    return ask_behind(g, before);
  }
  sley_resolver_drop(&g->asked);
  sley_promise *p = sley_pending_at(g->site, &g->asked);
  if (g->asked == NULL) return p; /* no memory: the next read asks again */
  g->is_asking = true;
  g->refs++;
  if (!g->has_begun) begin(d, g);
  else sley_fulfill_now(&g->resume, sley_unit());
  g->is_asking = false;
  unref(g);
  return p;
}

/* ---- making one */

static const sley_spawn_options no_options = {.size = sizeof(no_options)};

static generator *generator_new(sley_domain *d, const char *site, const sley_spawn_options *options)
{
  generator *g = sley__alloc(d, sizeof(*g));
  if (g == NULL) return NULL;
  *g = (generator){.refs = 1, .site = site, .options = *options};
  g->storage = options->empty_storage ? NULL : sley__storage_keep(d->storage);
  if (options->name != NULL) {
    size_t length = strnlen(options->name, sizeof(g->name) - 1);
    memcpy(g->name, options->name, length);
    g->options.name = g->name;
  }
  return g;
}

sley_stream *sley_stream_generate_with_at(const char *site, const sley_spawn_options *options,
                                          sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  if (options == NULL) options = &no_options;
  SLEY__OPTIONS_READ(options, sley_spawn_options, "sley_stream_generate_with");
  generator *g = generator_new(d, site, options);
  if (g == NULL) {
    if (drop != NULL) drop(ctx);
    return &sley__stream_nomem;
  }
  g->fn = fn;
  g->ctx = ctx;
  g->drop = drop;
  return sley__stream_from(site, next, g, unref, unread);
}

sley_stream *sley_stream_generate_at(const char *site, sley_start_fn *fn, void *ctx,
                                     sley_drop_fn *drop)
{
  return sley_stream_generate_with_at(site, NULL, fn, ctx, drop);
}
