/* Streams: what their files share.
 *
 *   stream.c          the queue, sources and places in it
 *   stream_from.c     sources that are functions, and how any source is asked for an element
 *   stream_push.c     pushed streams      stream_bounded.c   pushed streams with bounded room
 *   stream_read.c     the engine of reads that wait
 *   stream_get.c      reads of one        stream_some.c      of several
 *   stream_fold.c     to the end          stream_iter_n.c    with a bound on pending calls
 *   stream_map.c      streams from one    stream_bytes.c     presenting one in another form
 *   stream_map_n.c    with several calls under way
 *   stream_merge.c    from several        stream_choose.c    in order of arrival
 *
 * An element is a fulfilled cell. Its producers count what leads to it in the queue: the element before
 * it, the source (to the last one), places and reads under way; its references are handles as of any
 * promise. Without producers it leaves the queue and becomes an ordinary promise. The cell that the next
 * element will fill always exists, pending and not visible outside: so closing allocates nothing, and
 * a push allocates the cell after it before it takes a value. The end is a cell fulfilled with none, without
 * a next. */
#ifndef SLEY_PROMISE_STREAM_H
#define SLEY_PROMISE_STREAM_H

#include <sley/stream_combine.h>

#include "promise/combine/combine.h"
#include "promise/stream/floor.h"

/* Room for a read that waits and has nothing of its own (see stream.h); others are FLAG_SIZED. */
enum { READ_BYTES = sizeof(sley_promise) + sizeof(node) + 16 * sizeof(void *) };

typedef sley_promise element;

enum { SOURCE_PUSH, SOURCE_BOUNDED, SOURCE_FROM, SOURCE_DIRECT };

/* What the places of one queue share. */
typedef struct stream_source {
  object head; /* handles: of the pusher; uses: places, pulls under way, and those handles as one */
  uint32_t readers; /* places */
  uint8_t kind;
  bool ended;     /* the end is queued */
  bool closed;    /* and the promises of sley_stream_wait_closed are fulfilled */
  bool abandoned; /* the pusher was dropped without closing */
  const char *site;
  element *last;  /* to be filled next; NULL once ended */
  element *spare; /* allocated in advance for an enqueue that must not fail */
  sley_promise
      *signal; /* push: what readers wait for, NULL if none waits. from: the pull under way */
  sley_resolver *signal_resolver;
  sley_promise *close; /* NULL until requested */
  sley_resolver *close_resolver;
  union {
    sley_start_fn *start;
    sley_next_fn *next;
  };
  void *ctx; /* of start and next; what set_reference received */
  sley_drop_fn *drop;
  sley_done_fn *unread; /* from: called with ctx when the last place is gone; or NULL */
} stream_source;

struct sley_pusher {
  stream_source source;
};

struct sley_bounded_pusher {
  stream_source source;
  size_t size, count;
  bool has_parked;
  sley_value parked;
  sley_promise *waiter; /* of the waiting push: a task */
  sley_resolver *waiter_resolver;
};

struct sley_stream {
  object head;
  stream_source *source;
  element *first;              /* the element here, or the one to be filled; NULL once ended */
  struct sley__dlist readings; /* the readings that wait for the source */
};

/* ---- stream.c: elements */
static inline bool sley__is_unfilled(const element *e) { return e->state == STATE_PENDING; }
/* For a filled element that is still in the queue. */
static inline bool sley__is_end(const element *e) { return e->next == NULL; }

void sley__element_leave_slow(sley_domain *d, element *e);
/* Drops one producer; without producers the element leaves the queue. */
static inline void sley__element_leave(sley_domain *d, element *e)
{
  if (--e->producers == 0) sley__element_leave_slow(d, e);
}

element *sley__element_new(sley_domain *d, const char *site);
/* Adds an unfilled element and fills the last one with v (consumed). False: out of memory. */
bool sley__enqueue(sley_domain *d, stream_source *src, sley_value v);
/* sley__enqueue with the outcome of a fulfilled promise, to which the library has held handles. */
bool sley__enqueue_from(sley_domain *d, stream_source *src, sley_promise *p, uint32_t held);
/* Makes sure that the next enqueue does not need memory. */
bool sley__spare_ready(sley_domain *d, stream_source *src);
/* Queues the end; sley__source_tell_closed fulfills the promises of sley_stream_wait_closed. */
void sley__source_end(sley_domain *d, stream_source *src);
void sley__source_tell_closed(stream_source *src);
/* Drops the resolver behind sley_stream_wait_closed, which rejects its promise with ABANDONED. */
void sley__source_never_closes(stream_source *src);

/* ---- stream.c: sources and places */
stream_source *sley__source_new(sley_domain *d, size_t bytes, int kind, const char *site);
/* A first place. Out of memory: NULL, and the source is freed. */
sley_stream *sley__place_new(sley_domain *d, stream_source *src, element *first);
void sley__source_unuse(sley_domain *d, stream_source *src);
sley_domain *sley__stream_enter_slow(const sley_stream *s, const char *function);
/* The current domain, which s belongs to; NULL for the stream that could not be made. */
static inline sley_domain *sley__stream_enter(const sley_stream *s, const char *function)
{
  sley_domain *d = sley__current; /* id 0 without a domain */
  if (SLEY__LIKELY(s != NULL && s->head.domain == d->id)) return d;
  return sley__stream_enter_slow(s, function);
}
/* Consumes e if it is still first; in a bounded stream this admits a waiting push. */
void sley__consume_slow(sley_domain *d, sley_stream *s, element *e);
static inline void sley__stream_consume(sley_domain *d, sley_stream *s, element *e)
{
  if (s->first == e) sley__consume_slow(d, s, e);
}

/* ---- stream_from.c */
/* Requests an element from the source. NULL: one is there now. Otherwise a promise: either rejected and owned by
 * the caller, or pending and lent, for the reader to wait for. */
sley_promise *sley__feed(sley_domain *d, sley_stream *s);
/* A promise rejected with e, the error of a function that computes: see stream_read.c. */
sley_promise *sley__stream_raise(const char *site, sley_error *e);
static inline bool sley__is_raised(const sley_promise *p) { return p->kind == KIND_RAISED; }
/* Makes it an ordinary rejected promise. */
static inline void sley__forget_raised(sley_promise *p)
{
  if (sley__is_raised(p)) p->kind = KIND_PLAIN;
}

/* ---- stream_push.c */
void sley__signal(stream_source *src); /* wakes the waiting readers */
sley_promise *sley__signal_of(sley_domain *d, stream_source *src);
void sley__pusher_gone(sley_domain *d, stream_source *src);
/* ---- stream_bounded.c */
void sley__bounded_consumed(sley_domain *d, sley_bounded_pusher *b);
void sley__bounded_unread(sley_bounded_pusher *b);
void sley__bounded_release(sley_domain *d, sley_bounded_pusher *b);

/* ---- stream_read.c: reads that may have to wait.
 *
 * A reading starts on the stack of the function that reads, and moves to the heap when it has to wait.
 * Its type says what to do with an element at the cursor. */
/* Elements collected, with a reference each. */
typedef struct collection {
  size_t count, capacity;
  sley_promise **at;
} collection;

typedef struct reading reading;
typedef struct reading_type {
  const char *function;
  size_t bytes; /* of the struct that begins with reading */
  /* An element is at the cursor. NULL: continue (having moved the cursor or set awaits); else the result. */
  sley_promise *(*step)(sley_domain *d, reading *r);
  /* The awaited promise was fulfilled with v. Returns like step. */
  sley_promise *(*resume)(sley_domain *d, reading *r, sley_value *v);
  /* All optional. idle: the result instead of waiting for the source (NULL: wait after all). failed: the result if
   * the source fails. chain: the result made of p, returned or awaited, and what was collected. */
  sley_promise *(*idle)(sley_domain *d, reading *r);
  sley_promise *(*failed)(sley_domain *d, reading *r, sley_error *e);
  sley_promise *(*chain)(sley_domain *d, const char *site, collection *c, sley_promise *p);
  void (*release)(sley_domain *d, reading *r);
} reading_type;

struct reading {
  const reading_type *type;
  const char *site;
  sley_stream *stream;  /* with a use; NULL once finished */
  element *cursor;      /* with a producer */
  sley_promise *awaits; /* the promise that step started; owned */
  struct waiting *at;   /* the cell it is part of; NULL on the stack */
  struct sley__dlist place;
  bool owns; /* the stream's handle is the reading's */
  collection collected;
};

/* The result of a reading that waits, and the reading behind it (READING_OF). It begins like a bind's cell. While
 * it waits for a source it stands for two of Lwt's promises, a guard on the source's promise and the bind on that
 * guard; otherwise for a bind on a promise that a callback returned. */
typedef struct waiting {
  sley_promise cell;
  node node;
  storage *storage;
  bool for_source;
} waiting;
_Static_assert(offsetof(waiting, node) == offsetof(single, node), "nodes of cells are found alike");
enum { WAITING_HEAD = (sizeof(waiting) + 15) & ~(size_t)15 };
_Static_assert((int)WAITING_HEAD + (int)sizeof(reading) <= (int)READ_BYTES, "there is room");
#define READING_OF(w) ((reading *)(void *)((char *)(w) + WAITING_HEAD))

/* Runs the reading at r, whose type begins with reading and whose other members are zero. Consumes s if owns. */
sley_promise *sley__read(sley_domain *d, reading *r, const reading_type *type, const char *site,
                         sley_stream *s, bool owns);
void sley__readings_abandon(sley_domain *d, sley_stream *s);
/* Consumes the element at the cursor and advances. The element gets one more reference. */
element *sley__reading_consume(sley_domain *d, reading *r);
/* Advances without consuming; the element gets one more reference. */
element *sley__reading_pass(sley_domain *d, reading *r);
/* The reading continues when q, returned by a callback, is fulfilled. */
void sley__reading_await(sley_domain *d, reading *r, sley_promise *q);

bool sley__collect(sley_domain *d, collection *c, sley_promise *e); /* consumes e */
void sley__collection_drop(sley_domain *d, collection *c);
/* Makes a value of sley_type_list; false when out of memory. Empties c. */
bool sley__collection_value(sley_domain *d, collection *c, sley_value *out);
sley_promise *sley__collection_return(sley_domain *d, const char *site, collection *c);

/* Lends the value of e, to which the library has held references, to a callback. */
static inline sley_value *sley__element_lend(sley_domain *d, struct sley__lent *lent,
                                             sley_promise *e, uint32_t held)
{
  *lent = (struct sley__lent){sley__value_of(e), e, held, d->lent};
  d->lent = lent;
  return lent->value;
}
/* The number of the library's references to the promise that lends v to the running callback. */
static inline uint32_t sley__held_of(const sley_domain *d, const sley_value *v)
{
  return v->type == NULL ? 0 : d->lent->held;
}
static inline void sley__element_return(sley_domain *d, struct sley__lent *lent)
{
  d->lent = lent->outer;
}

#endif
