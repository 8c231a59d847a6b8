/* Waiting for the end of an input that nobody reads. The kernel tells of it behind the data before it only, so that is read
 * ahead. */
#include <sley/alarm.h>

#include "io/channel/channel.h"

enum { CALLS_MOST = 4 /* at once: the rest is reported again */ };
#define FULL_REST 0.05 /* seconds, before it is looked whether there is room again */

typedef struct watch {
  sley_resolver *resolver;
  struct watch *next, **place;
} watch;

struct sley__watches {
  watch *first;
  sley_io *io;
  struct sley__later told;
  sley_alarm *full; /* NULL: it has not been full */
};

static struct sley__watches *watches_of(const sley_input *in)
{
  const struct sley__extras *x = sley__extras_of(in);
  return x != NULL ? x->watches : NULL;
}

bool sley__input_is_watched(const sley_input *in)
{
  const struct sley__watches *ws = watches_of(in);
  return ws != NULL && ws->first != NULL;
}

/* ---- reading ahead ---- */

/* What is lent stays where it is: only what lies behind it is room. Whether anything has changed. */
static bool read_behind(sley_input *in)
{
  sley_io *io = sley__io_of_input(in);
  struct sley__block *b = in->block;
  sley_room room = {.at = (char *)(uintptr_t)b->input.at + in->unread};
  room.size = (size_t)(b->data + b->size - (const char *)room.at);
  return sley__input_took(in, sley__io_type_of(io)->read(sley__io_ctx_of(io), &room, 1), room.size);
}

static bool is_full(const sley_input *in)
{
  const struct sley__block *b = in->block;
  if (in->unread >= sley__input_most(in)) return true;
  return in->half.is_lent && b != NULL &&
         (b->has_crossed || b->holders > 1 || b->data + b->size == b->input.at + in->unread);
}

static sley_error *full_over(void *ctx)
{
  sley__input_read_ahead(&sley__channel_of(((struct sley__watches *)ctx)->io)->in);
  return NULL;
}

static void full_gone(void *ctx) { ((struct sley__watches *)ctx)->full = NULL; }

/* Nobody tells when there is room again. */
static void full_rest(struct sley__watches *ws)
{
  sley__io_want_no_more(ws->io, SLEY__READ);
  ws->io->handle.maybe_ready |= SLEY__READ;
  if (ws->full == NULL)
    sley_error_drop(sley_alarm_new(FULL_REST, full_over, ws, full_gone, &ws->full));
  if (ws->full != NULL) sley_alarm_start(ws->full); /* no memory: when it is read next */
}

bool sley__input_read_ahead(sley_input *in)
{
  if (!sley__input_is_watched(in)) return false;
  sley_io *io = sley__io_of_input(in);
  bool others = sley__half_first(&in->half) != NULL || in->half.is_hungry || in->half.is_closed;
  if (others || io->error != NULL || sley__input_is_over(in)) return false;
  bool some = true;
  for (int i = 0; i < CALLS_MOST && some && !is_full(in) && !sley__input_is_over(in); i++)
    some = in->half.is_lent ? read_behind(in) : sley__input_read(in, in->unread + 1);
  sley__input_tidy(in);
  if (in->block != NULL) sley__input_note_partial(in);
  if (sley__input_is_over(in) || in->half.is_hungry) return true;
  if (is_full(in)) full_rest(sley__extras_of(in)->watches);
  else sley__io_want(io, SLEY__READ);
  return true;
}

/* ---- telling ---- */

/* The oldest one. */
static void watch_settle(const struct sley__watches *ws, sley_error *e)
{
  watch *w = ws->first;
  while (w->next != NULL) w = w->next;
  sley_resolver *r = w->resolver;
  SLEY__LIST_REMOVE(w, next, place);
  if (e != NULL) sley_reject(&r, sley_error_keep(e));
  else sley__operation_fulfill(&r, sley_unit());
}

static void watches_tell(struct sley__later *later)
{
  struct sley__watches *ws = SLEY__CONTAINER(later, struct sley__watches, told);
  const sley_input *in = &sley__channel_of(ws->io)->in;
  sley_io *io = ws->io;
  sley__io_hold(io);
  while (ws->first != NULL && io->error == NULL) watch_settle(ws, in->half.error);
  sley_io_drop(io);
}

void sley__input_over(const sley_input *in)
{
  if (sley__input_is_watched(in))
    sley__run_later(sley__io_state_of(sley__io_of_input(in)), &watches_of(in)->told);
}

void sley__watches_reject(const sley_input *in, sley_error *e)
{
  struct sley__watches *ws = watches_of(in);
  while (ws != NULL && ws->first != NULL) watch_settle(ws, e);
}

void sley__watches_free(struct sley__extras *x)
{
  struct sley__watches *ws = x->watches;
  x->watches = NULL;
  if (ws == NULL) return;
  sley__dlist_leave(&ws->told.place);
  sley_alarm_drop(ws->full);
  sley__free(sley__self(), ws, sizeof(*ws));
}

/* ---- a watch ---- */

static void watch_cancel(void *data)
{
  watch *w = data;
  SLEY__LIST_REMOVE(w, next, place);
  sley_resolver_drop(&w->resolver);
}

static const sley__operation_type watch_type = {"watch of the end", watch_cancel};

/* NULL: out of memory. */
static struct sley__watches *watches_open(sley_io *io)
{
  struct sley__extras *x = sley__extras_open(io);
  if (x == NULL || x->watches != NULL) return x != NULL ? x->watches : NULL;
  struct sley__watches *ws = sley__alloc(sley__self(), sizeof(*ws));
  if (ws != NULL) *ws = (struct sley__watches){.io = io, .told.run = watches_tell};
  x->watches = ws;
  return ws;
}

sley_promise *sley_input_watch_end_at(const char *site, sley_input *in)
{
  sley__half *half = sley__half_check(in, "sley_input_watch_end", site);
  sley_input *i = (sley_input *)(void *)half;
  sley_io *io = sley__io_of_half(half);
  if (io->error != NULL) return sley_fail_at(site, sley_error_keep(io->error));
  if (half->is_closed) return sley_fail_at(site, sley_error_closed());
  int code = sley__io_attach(io);
  if (code != 0)
    return sley_fail_at(site, sley__io_code_error(site, io, code, "sley_input_watch_end"));
  if (sley__input_is_over(i))
    return half->error != NULL ? sley_fail_at(site, sley_error_keep(half->error))
                               : sley_keep(sley__self()->unit);
  struct sley__watches *ws = watches_open(io);
  void *data = NULL;
  sley_resolver *r;
  sley_promise *p =
      ws != NULL ? sley__operation_new(site, &watch_type, sizeof(watch), &data, &r) : NULL;
  if (p == NULL) return sley__nomem_promise();
  watch *w = data;
  w->resolver = r;
  SLEY__LIST_PREPEND(ws->first, w, next, place);
  sley__input_read_ahead(i);
  return p;
}
