/* Pairs in memory: two ends, each with the bytes on their way to it. What one end does is told to the other in a later
 * pass of the loop. */
#include "io/object/object.h"

#include <errno.h>

enum { LIMIT = 64 * 1024 };

struct pair;

typedef struct end {
  struct pair *pair;
  struct sley__piece *first, *last; /* on their way to this end */
  size_t bytes;                     /* of those */
  bool is_open;
  bool has_ended;                     /* nothing more comes */
  sley_resolver *readable, *writable; /* of ready */
  struct sley__later later;           /* to look at those two */
} end;

typedef struct pair {
  sley_domain *domain;
  sley_runtime *runtime; /* its memory is of; an end can go after its domain */
  size_t limit;
  unsigned holders; /* ends that are open, promises of ready, and calls */
  end ends[2];
} pair;

static end *peer_of(end *e) { return &e->pair->ends[e == &e->pair->ends[0]]; }

static void pair_release(pair *p)
{
  if (--p->holders > 0) return;
  for (int i = 0; i < 2; i++) sley__dlist_leave(&p->ends[i].later.place);
  sley__runtime_free(p->runtime, p, sizeof(*p));
}

static void tell_later(end *e)
{
  if (e->readable != NULL || e->writable != NULL) sley__run_later(e->pair->domain->io, &e->later);
}

static bool can_read(const end *e) { return e->bytes > 0 || e->has_ended || !e->is_open; }

static bool can_write(end *e)
{
  const end *peer = peer_of(e);
  return !peer->is_open || peer->bytes < e->pair->limit || !e->is_open;
}

/* Callbacks run here. */
static void look(struct sley__later *later)
{
  end *e = SLEY__CONTAINER(later, end, later);
  pair *p = e->pair;
  p->holders++;
  if (e->readable != NULL && can_read(e)) sley_fulfill(&e->readable, sley_unit());
  if (e->writable != NULL && can_write(e)) sley_fulfill(&e->writable, sley_unit());
  pair_release(p);
}

/* ---- reading ---- */

static void piece_drop_first(end *e)
{
  struct sley__piece *piece = e->first;
  e->first = piece->next;
  if (e->first == NULL) e->last = NULL;
  sley__block_drop(piece->block);
}

static int64_t pair_read(void *ctx, const sley_room *rooms, size_t n)
{
  end *e = ctx;
  size_t done = 0;
  if (e->bytes == 0) return e->has_ended ? 0 : -SLEY_EAGAIN;
  for (size_t i = 0; i < n; i++)
    for (size_t room = rooms[i].size, at = 0; room > 0 && e->first != NULL;) {
      struct sley__piece *piece = e->first;
      size_t some = piece->size < room ? piece->size : room;
      memcpy((char *)rooms[i].at + at, piece->at, some);
      piece->at += some;
      piece->size -= some;
      at += some;
      room -= some;
      done += some;
      if (piece->size == 0) piece_drop_first(e);
    }
  e->bytes -= done;
  tell_later(peer_of(e));
  return (int64_t)done;
}

/* ---- writing ---- */

static size_t room_in_last(const end *e)
{
  if (e->last == NULL) return 0;
  const struct sley__block *b = e->last->block;
  return (size_t)(b->data + b->size - (e->last->at + e->last->size));
}

/* Copies as much as there is memory for. */
static size_t pair_append(end *to, const char *data, size_t size)
{
  size_t done = 0;
  while (done < size) {
    if (room_in_last(to) == 0) {
      struct sley__block *b = sley__block_take(to->pair->domain->io);
      if (b == NULL) break;
      sley__block_give_out(b); /* the pair's limit bounds it, and its reader needs one */
      b->piece.next = NULL;
      b->piece.at = b->data;
      b->piece.size = 0;
      if (to->last != NULL) to->last->next = &b->piece;
      else to->first = &b->piece;
      to->last = &b->piece;
    }
    size_t room = room_in_last(to), some = size - done < room ? size - done : room;
    memcpy((char *)(uintptr_t)to->last->at + to->last->size, data + done, some);
    to->last->size += some;
    done += some;
  }
  to->bytes += done;
  return done;
}

static int64_t pair_write(void *ctx, const sley_slice *slices, size_t n)
{
  end *e = ctx, *to = peer_of(e);
  size_t done = 0;
  if (!to->is_open || to->has_ended) {
    errno = EPIPE;
    return -SLEY_ESYSTEM;
  }
  for (size_t i = 0; i < n && to->bytes < e->pair->limit; i++) {
    size_t room = e->pair->limit - to->bytes;
    size_t some = slices[i].size < room ? slices[i].size : room;
    size_t copied = pair_append(to, slices[i].at, some);
    done += copied;
    if (copied < some && done == 0) {
      errno = ENOMEM;
      return -SLEY_ESYSTEM;
    }
    if (copied < some) break;
  }
  if (done == 0) return -SLEY_EAGAIN;
  tell_later(to);
  return (int64_t)done;
}

/* ---- waiting ---- */

typedef struct waiting {
  end *end;
  sley_resolver **resolver;
} waiting;

static void ready_cancel(void *data)
{
  waiting *w = data;
  sley_resolver_drop(w->resolver);
}

static const sley__operation_type ready_type = {"ready of a pair", ready_cancel};

static sley_promise *pair_ready(void *ctx, bool to_write)
{
  end *e = ctx;
  sley_resolver **resolver = to_write ? &e->writable : &e->readable;
  if (to_write ? can_write(e) : can_read(e)) return sley_return_unit();
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new("", &ready_type, sizeof(waiting), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  *resolver = r;
  *(waiting *)data = (waiting){e, resolver};
  return p;
}

/* ---- the end ---- */

static sley_promise *pair_end(void *ctx)
{
  end *to = peer_of(ctx);
  to->has_ended = true;
  tell_later(to);
  return sley_return_unit();
}

/* The peer reads what is on its way, then the end. */
static void pair_abort(void *ctx)
{
  end *e = ctx, *peer = peer_of(e);
  pair *p = e->pair;
  sley_resolver *readable = e->readable, *writable = e->writable;
  e->readable = e->writable = NULL;
  e->is_open = false;
  while (e->first != NULL) piece_drop_first(e);
  e->bytes = 0;
  peer->has_ended = true;
  tell_later(peer);
  /* Canceled by whoever asked, or nobody hears of it. */
  sley_resolver_drop(&readable);
  sley_resolver_drop(&writable);
  pair_release(p);
}

static const sley_io_type pair_type = {.size = sizeof(sley_io_type),
                                       .name = "pair in memory",
                                       .read = pair_read,
                                       .write = pair_write,
                                       .ready = pair_ready,
                                       .abort = pair_abort,
                                       .end = pair_end};

sley_error *sley_io_pair_at(const char *site, size_t limit, sley_io *ends[2])
{
  SLEY__NEEDS_AT(site, ends);
  sley_domain *d = sley__self();
  ends[0] = ends[1] = NULL;
  int code = sley__io_state_start(d);
  if (code != 0) return sley__loop_error(site, code);
  pair *p = sley__runtime_alloc(d->runtime, sizeof(*p));
  if (p == NULL) return sley_error_nomem();
  memset(p, 0, sizeof(*p));
  p->domain = d;
  p->runtime = d->runtime;
  p->limit = limit > 0 ? limit : LIMIT;
  p->holders = 1;
  for (int i = 0; i < 2; i++) {
    p->ends[i].pair = p;
    p->ends[i].is_open = true;
    p->ends[i].later.run = look;
    sley_error *e = sley_io_new_at(site, &pair_type, &p->ends[i], &ends[i]);
    if (e == NULL) {
      p->holders++;
      continue;
    }
    sley_io_drop(ends[0]);
    ends[0] = NULL;
    pair_release(p);
    return e;
  }
  pair_release(p);
  return NULL;
}
