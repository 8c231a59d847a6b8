/* The promise floor's own header: cells, nodes, and what its files call in each other.
 *
 * Words used everywhere here:
 *   cell      a promise; one 64-byte struct at the head of whatever a combinator needs beside it.
 *   node      a callback on a promise's list. A combinator's result *is* the node on its input.
 *   source    the promise whose list a node is on; a weak edge, cleared when the node runs and
 *             rewritten when that promise becomes a proxy.
 *   refs      handles on a cell.       makers   what can still settle it: its resolver, a linked
 *             node of its own, a promise it follows; and a frame that is running its callbacks.
 *   proxy     a cell that stands for another one since bind's callback returned it; outer and inner
 *             are the two sides. outer->delegate is inner, for cancelling.
 *   frame     a settled cell with callbacks to run, on the domain's stack of frames.
 *
 * Read resolve.c first, then life.c, bind.c, combine.c, cancel.c. The rest stands alone. */
#ifndef SLEY_PROMISE_INTERNAL_H
#define SLEY_PROMISE_INTERNAL_H

#include <string.h>

#include "promise/promise_floor.h"
#include "promise/slab.h"

/* sley_promise_state's values and one that no handle shows. */
enum { STATE_PENDING, STATE_FULFILLED, STATE_REJECTED, STATE_PROXY };

enum {
  KIND_PLAIN, /* return, fail, wait */
  KIND_TASK,
  KIND_PAUSE,
  KIND_OPERATION,
  KIND_READ, /* of a stream, waiting: see stream.h */
  KIND_BIND,
  KIND_MAP,
  KIND_CATCH,
  KIND_TRY_BIND,
  KIND_FINALIZE,
  KIND_FIBER,     /* the result of a spawn */
  KIND_RESTORE,   /* finalize whose cleanup runs: gives the body's outcome afterwards */
  KIND_WALK,      /* waits for one promise after the other: walk.h */
  KIND_PROTECTED, /* from here on: only of use to those who hold or follow it (life.c) */
  KIND_NO_CANCEL,
  KIND_WRAP,
  KIND_JOIN,
  KIND_ALL,
  KIND_CHOOSE,
  KIND_PICK,
  KIND_NCHOOSE,
  KIND_NPICK,
  KIND_SPLIT,
  KINDS
};

enum {
  FLAG_READ = 1 << 0,           /* somebody received the outcome: not an unhandled rejection */
  FLAG_SHARED = 1 << 1,         /* fulfilled with the value that another settled cell owns */
  FLAG_FOLLOWS = 1 << 2,        /* cancel goes to delegate */
  FLAG_FRAME = 1 << 3,          /* on the stack of frames or in the deferred FIFO */
  FLAG_ENTERED = 1 << 4,        /* its frame has begun */
  FLAG_FLAT = 1 << 5,           /* its frame neither enters nor leaves the resolution loop */
  FLAG_PICKING = 1 << 6,        /* its frame is cancelling: losers, or a read, still pending */
  FLAG_FIRED = 1 << 7,          /* groups: a choice is made, other elements no longer count */
  FLAG_OVER = 1 << 7,           /* operations: what is behind it has been answered */
  FLAG_MARKED = 1 << 8,         /* visited by the cancel walk under way */
  FLAG_DOOMED = 1 << 9,         /* on the dead list */
  FLAG_LOADED = 1 << 10,        /* owns parts beside the outcome that burying must release */
  FLAG_RESERVE = 1 << 11,       /* its memory came from the reserve */
  FLAG_DEFERRED_CALL = 1 << 12, /* pending only because the stack limit was met, or behind such */
  FLAG_OLDEST_FIRST = 1 << 13,  /* its frame runs callbacks in order of registration */
  FLAG_SIZED = 1 << 14,         /* its kind does not tell its size */
  FLAG_NAMED = 1 << 15          /* has a name: see name.c */
};

enum {
  NODE_CELL,    /* the node of a single-input cell */
  NODE_ELEMENT, /* one of a group's nodes */
  NODE_ON_SUCCESS,
  NODE_ON_FAILURE,
  NODE_ON_TERMINATION,
  NODE_ON_ANY,
  NODE_ON_CANCEL,
  NODE_ASYNC,
  NODE_DONT_WAIT,
  NODE_ATTACH,
  NODE_PROTECTED_CANCEL, /* embedded in a guard, on a cancel list */
  NODE_WRAP_CANCEL,
  NODE_OPERATION_CANCEL
};

typedef struct sley__node {
  struct sley__node *next, *prev; /* circular; list heads point to the first, NULL when empty */
  sley_promise *source;
  uint8_t kind;
  bool reserve;   /* observers: memory came from the reserve */
  uint32_t index; /* elements: place in the group */
} node;

typedef struct sley__storage storage;

struct sley_promise {
  uint32_t refs, makers;
  uint32_t domain; /* id, or SLEY__IMMORTAL, or SLEY__GONE */
  uint8_t state, kind;
  uint16_t flags;
  union {
    sley_value value;    /* fulfilled, unless shared */
    sley_promise *owner; /* fulfilled and shared: who has the value */
    struct {
      union {
        sley_error *error;      /* rejected */
        sley_promise *delegate; /* pending or proxy, if it follows; a weak edge */
      };
      union {
        node *cancel_nodes;   /* pending, or rejected with Canceled until they ran */
        sley_promise *target; /* proxy */
      };
    };
  };
  node *callbacks; /* newest first; attachments at the end, and left there while makers remain */
  union {
    sley_promise *link; /* next frame below, next deferred, or next on the dead list */
    uintptr_t born;     /* pending: the turn it was made in; 0: not known */
  };
  union {
    storage *snapshot;    /* entered frame: storage to restore */
    sley_promise *next;   /* element of a stream, while it is queued: the one behind it */
    sley_promise *marked; /* pending, in a cancel walk: next one visited */
  };
  const char *site;
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct sley_promise) == 64, "a cell is a cache line");

/* bind, map, catch, finalize; with one more function try_bind; restore keeps the body's promise. */
typedef union callback {
  sley_bind_fn *bind;
  sley_map_fn *map;
  sley_catch_fn *catch_;
  sley_start_fn *cleanup;
  sley_promise *body;
} callback;

typedef struct single {
  sley_promise cell;
  node node;
  callback f;
  void *ctx;
  sley_drop_fn *drop;
  storage *storage;
  sley_catch_fn *failed; /* try_bind only: other kinds have no memory here */
} single;
#define SINGLE_BYTES offsetof(single, failed)

/* The result of a spawn. To the loop and to cancel it is a single whose callback is the fiber. */
typedef struct fiber_cell {
  sley_promise cell;
  node node;
  struct sley__fiber *fiber; /* NULL once it has ended */
  bool not_cancelable;
} fiber_cell;
_Static_assert(offsetof(fiber_cell, node) == offsetof(single, node), "the same place");

typedef struct guard { /* protected, no_cancel, wrap_in_cancelable */
  sley_promise cell;
  node node;
  node cancel_node;
  storage *storage;
} guard;

typedef struct group {
  sley_promise cell;
  uint32_t count, waiting;
  uint32_t cursor, pick_cursor;
  struct group *walk_parent;
  sley_promise *winner; /* pick: settled, one reference */
  sley_error *error;    /* join, all, nchoose family: the outcome if it is a rejection */
  sley_list *list;
  sley_split *split;
  storage *storage;
  node nodes[];
} group;

typedef struct pause_cell {
  sley_promise cell;
  struct sley__list_head place;
} pause_cell;

typedef struct operation {
  sley_promise cell;
  node cancel_node;
  const sley__operation_type *type;
  size_t bytes;
} operation;
enum { OPERATION_HEAD = (sizeof(operation) + 15) & ~(size_t)15 };
#define OPERATION_DATA(op) ((void *)((char *)(op) + OPERATION_HEAD))

/* Before op is answered: takes its node off the cancel list, where nobody else is on it. */
static inline void operation_listens_no_more(operation *op)
{
  node *own = &op->cancel_node;
  if (SLEY__UNLIKELY(op->cell.state != STATE_PENDING || op->cell.cancel_nodes != own ||
                     own->next != own))
    return;
  op->cell.cancel_nodes = NULL;
  own->source = NULL;
  op->cell.flags = (uint16_t)((op->cell.flags | FLAG_OVER) & ~FLAG_LOADED); /* it owns no more */
}

typedef struct observer {
  node node;
  union {
    sley_value_fn *on_value;
    sley_error_fn *on_error;
    sley_done_fn *on_done;
  };
  void *ctx;
  sley_drop_fn *drop;
  storage *storage;
  sley_error_fn *on_failed; /* on_any only */
} observer;

struct sley_list {
  size_t count, capacity;
  struct list_entry {
    sley_value value;
    sley_promise *owner; /* NULL: value is the list's own */
  } entries[];
};

struct sley_split {
  sley_list *values;
  size_t count, capacity;
  sley_promise *pending[];
};

/* A value lent to a callback that is on the stack: lets sley_take find its reader. */
struct sley__lent {
  sley_value *value;
  sley_promise *reader;
  uint32_t held; /* references on reader that the library itself holds */
  struct sley__lent *outer;
};

struct sley__storage {
  uint32_t refs, count;
  storage *next_dead;
  struct binding {
    const sley_key *key;
    struct boxed {
      uint32_t refs;
      sley_value value;
    } * box;
  } bindings[];
};

/* abort.c */
_Noreturn void sley__misuse(sley_domain *d, const sley_promise *p, const char *function);

/* Whether p may be used here; aborts if not. False only for the immortal rejection, whose counts
 * and flags nobody may write. */
bool sley__check_slow(sley_domain *d, const sley_promise *p, const char *function);
static inline bool check(sley_domain *d, const sley_promise *p, const char *function)
{
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return true;
  return sley__check_slow(d, p, function);
}

/* The current domain, which p must belong to. Its own id decides: a thread without a domain has one
 * that no promise carries. */
static inline sley_domain *sley__self_of(const sley_promise *p, const char *function)
{
  sley_domain *d = sley__current;
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return d;
  d = sley__self();
  sley__check_slow(d, p, function);
  return d;
}

extern sley_error sley__canceled, sley__nomem, sley__abandoned;

static inline uint64_t sley__live(const sley_domain *d)
{
  return d->counters.peak - (uint64_t)d->room;
}

/* life.c */
/* Field by field, and no more of them than are read: link and snapshot are written before they are.
 * For a settled cell; the outcome is to be written. */
static inline void cell_init_settled(sley_domain *d, sley_promise *p, int kind, int state,
                                     const char *site)
{
  p->refs = 1;
  p->makers = 0;
  p->domain = d->id;
  p->state = (uint8_t)state;
  p->kind = (uint8_t)kind;
  p->flags = 0;
  p->callbacks = NULL;
  p->site = site;
}
static inline void cell_init(sley_domain *d, sley_promise *p, int kind, const char *site)
{
  cell_init_settled(d, p, kind, STATE_PENDING, site);
  p->delegate = NULL;
  p->cancel_nodes = NULL;
  p->born = (uintptr_t)d->turn;
}
static inline bool is_immortal(const sley_promise *p) { return p->domain == SLEY__IMMORTAL; }
/* One more reference, the library's own. */
static inline void ref_keep(sley_promise *p)
{
  if (SLEY__LIKELY(!is_immortal(p))) p->refs++;
}
size_t sley__cell_bytes(const sley_promise *p);

/* Fulfilled with a scalar of its own: most outcomes are. */
static inline bool is_scalar(const sley_promise *p)
{
  return p->state == STATE_FULFILLED && !(p->flags & FLAG_SHARED) && p->value.type == NULL;
}
/* What a cell may own or be beside an outcome in memory of its kind's size. */
enum {
  FLAGS_MORE =
      FLAG_LOADED | FLAG_SHARED | FLAG_DOOMED | FLAG_FRAME | FLAG_RESERVE | FLAG_SIZED | FLAG_NAMED
};
/* Whether p, when it dies, owns nothing but its memory, whose size its kind tells. */
static inline bool is_bare(const sley_promise *p)
{
  return p->state == STATE_FULFILLED && !(p->flags & FLAGS_MORE) && p->value.type == NULL &&
         p->callbacks == NULL;
}
static inline bool is_quietly_canceled(const sley_promise *p)
{
  return p->state == STATE_REJECTED && !(p->flags & FLAGS_MORE) && p->error == &sley__canceled &&
         p->cancel_nodes == NULL && p->callbacks == NULL;
}
extern const uint8_t sley__cell_class[KINDS];
void sley__cell_release_slow(sley_domain *d, sley_promise *p);
/* Gives back the memory of a bare cell. */
static inline void cell_release(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->watched)) sley__cell_release_slow(d, p);
  else cell_push(d, p, sley__cell_class[p->kind]);
}
void sley__doom(sley_domain *d, sley_promise *p);
void sley__ref_gone(sley_domain *d, sley_promise *p);   /* its last reference */
void sley__maker_gone(sley_domain *d, sley_promise *p); /* its last maker */
static inline void ref_drop(sley_domain *d, sley_promise *p)
{
  if (p != NULL && !is_immortal(p) && --p->refs == 0 &&
      (p->makers == 0 || p->state == STATE_PROXY || p->kind >= KIND_PROTECTED ||
       (p->flags & FLAG_FOLLOWS)))
    sley__ref_gone(d, p);
}
/* The same where p is likely to be settled and to die. */
static inline void ref_drop_settled(sley_domain *d, sley_promise *p)
{
  if (SLEY__LIKELY(p->refs == 1 && p->makers == 0 && is_bare(p))) cell_release(d, p);
  else ref_drop(d, p);
}
static inline void maker_drop(sley_domain *d, sley_promise *p)
{
  if (--p->makers == 0) sley__maker_gone(d, p);
}
/* The same where p is likely to be settled; it dies if nobody holds it. */
static inline void maker_drop_settled(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(p->makers != 1 || !is_bare(p))) maker_drop(d, p);
  else if (p->refs != 0) p->makers = 0;
  else cell_release(d, p);
}
void sley__bury(sley_domain *d);
sley_promise *sley__underlying_slow(sley_domain *d, sley_promise *p);
static inline sley_promise *underlying(sley_domain *d, sley_promise *p)
{
  return SLEY__LIKELY(p->state != STATE_PROXY) ? p : sley__underlying_slow(d, p);
}
static inline void doom_node(sley_domain *d, node *n)
{
  n->next = d->dead_nodes;
  d->dead_nodes = n;
  d->untidy = true;
}
bool sley__is_cancelable_alone(const sley_promise *p);
/* Takes the node of a guard or group off the list it is on: its promise waits no longer. Whoever it
 * waited for has been listened to: a rejection there is no unhandled one. */
void sley__node_leave(sley_domain *d, node *n);

/* Lists of nodes. */
static inline void node_unlink_from(node **list, node *n)
{
  if (n->next == n) {
    *list = NULL;
  } else {
    n->next->prev = n->prev;
    n->prev->next = n->next;
    if (*list == n) *list = n->next;
  }
  n->source = NULL;
}
static inline void node_append(node **list, node *n)
{
  if (*list == NULL) {
    n->next = n->prev = n;
    *list = n;
  } else {
    n->next = *list;
    n->prev = (*list)->prev;
    n->prev->next = n;
    (*list)->prev = n;
  }
}
static inline void node_prepend(node **list, node *n)
{
  node_append(list, n);
  *list = n;
}
/* Registers a callback of another cell or observer on a pending promise. */
static inline void node_listen(sley_promise *source, node *n)
{
  n->source = source;
  node_prepend(&source->callbacks, n);
}
static inline void node_listen_cancel(sley_promise *source, node *n)
{
  n->source = source;
  node_prepend(&source->cancel_nodes, n);
}
static inline bool has_callbacks(const sley_promise *p)
{
  return p->callbacks != NULL && p->callbacks->kind != NODE_ATTACH;
}

/* resolve.c. The settle functions write the state and consume what they are given; p must be
 * underlying and pending. publish then sees to it that the callbacks run: on a new frame. */
void sley__settle_value(sley_domain *d, sley_promise *p, sley_value v);
void sley__settle_error(sley_domain *d, sley_promise *p, sley_error *e);
void sley__settle_from(sley_domain *d, sley_promise *p, sley_promise *outcome, uint32_t held);
void sley__push_frame(sley_domain *d, sley_promise *p);
void sley__publish(sley_domain *d, sley_promise *p);
/* The same for a cell that a callback of the frame from settles. */
void sley__publish_from(sley_domain *d, sley_promise *p, const sley_promise *from);
void sley__defer(sley_domain *d, sley_promise *p);
/* sley_fulfill with the value of a fulfilled promise, which goes on having it. */
void sley__fulfill_from(sley_resolver **r, sley_promise *source);
void sley__run_frames(sley_domain *d, sley_promise *base);
/* Runs the callbacks of p, just settled, and all that follows. Lets go of a maker of p's. */
void sley__run(sley_domain *d, sley_promise *p);
bool sley__waits_for(const sley_promise *from, const sley_promise *outer);
void sley__unify(sley_promise *outer, sley_promise *inner);
/* Gives cell the outcome of q, now or later. Consumes q. */
void sley__deliver(sley_domain *d, sley_promise *cell, sley_promise *q, const sley_promise *from);

/* bind.c, observe.c, combine.c, cancel.c: what a popped node does. */
void sley__single_run(sley_domain *d, single *s, sley_promise *source, uint32_t held);
struct sley__walk;
void sley__walk_run(sley_domain *d, struct sley__walk *w, sley_promise *source, uint32_t held);
void sley__walk_release(sley_domain *d, struct sley__walk *w);
void sley__observer_run(sley_domain *d, observer *o, sley_promise *source, uint32_t held);
void sley__element_run(sley_domain *d, node *n, sley_promise *source);
/* The same for an element of a join that is not the last: counts it and calls nobody. False: it is
 * not one. n is off its list. */
bool sley__element_counts(sley_domain *d, node *n, sley_promise *source);
void sley__pick_step(sley_domain *d, sley_promise *frame);
void sley__cancel_collect(sley_domain *d, sley_promise *p);
void sley__cancel_node_run(sley_domain *d, node *n);
void sley__guard_run(sley_domain *d, guard *g, sley_promise *source);
void sley__observer_free(sley_domain *d, observer *o);
sley_list *sley__list_new(sley_domain *d, size_t capacity);
void sley__list_drop(sley_domain *d, sley_list *list);
sley_split *sley__split_new(sley_domain *d, size_t capacity);
void sley__split_drop(sley_domain *d, sley_split *split);

/* stream_read.c: reads of streams that wait. */
void sley__read_run(sley_domain *d, node *n, sley_promise *from);
/* Rejects the read when its frame is run; or gives what to cancel instead, or NULL. */
sley_promise *sley__read_cancel(sley_domain *d, sley_promise *cell);
void sley__read_cancel_step(sley_domain *d, sley_promise *cell);
size_t sley__read_bytes(const sley_promise *cell);
void sley__read_release(sley_domain *d, sley_promise *cell);
bool sley__read_is_guarded(const sley_promise *cell); /* cancelling ends with it */

/* value.c */
/* Word by word: 16 bytes read at once would have to wait for two words that were just written. */
static inline void value_copy(sley_value *to, const sley_value *from)
{
  to->u = from->u;
  to->type = from->type;
}
static inline sley_value *value_of(sley_promise *p)
{
  return p->flags & FLAG_SHARED ? &p->owner->value : &p->value;
}
/* The outcome's value for another holder: moved if source has no other reader, else shared. */
void sley__value_share(sley_promise *source, uint32_t held, sley_value *value,
                       sley_promise **owner);

/* convenience.c: asks the error filter, which ends the process where it declines. */
void sley__filter_slow(sley_domain *d, const sley_error *e);
static inline void error_filter(sley_domain *d, const sley_error *e)
{
  if (SLEY__UNLIKELY(d->error_filter != NULL)) sley__filter_slow(d, e);
}

/* storage.c */
void sley__storage_free(sley_domain *d, storage *s);
/* Binds key in the current storage; v NULL: to nothing. Consumes *v. 0 or -SLEY_ENOMEM. */
int sley__storage_set(const sley_key *key, sley_value *v);
static inline storage *storage_keep(storage *s)
{
  if (SLEY__UNLIKELY(s != NULL)) s->refs++;
  return s;
}
static inline void storage_drop(sley_domain *d, storage *s)
{
  if (SLEY__UNLIKELY(s != NULL) && --s->refs == 0) {
    s->next_dead = d->dead_storage;
    d->dead_storage = s;
    d->untidy = true;
  }
}
/* Makes s current; takes over one reference. */
static inline void storage_restore(sley_domain *d, storage *s)
{
  storage *old = d->storage;
  d->storage = s;
  storage_drop(d, old);
}
static inline void storage_set(sley_domain *d, storage *s)
{
  if (SLEY__UNLIKELY(d->storage != s)) storage_restore(d, storage_keep(s));
}

/* operation.c: makes an operation of new memory. */
void sley__operation_start(sley_domain *d, operation *op, const char *site,
                           const sley__operation_type *type, size_t bytes);

/* bind.c: immediate callbacks and their limit. */
bool sley__is_deep(const sley_domain *d);
static inline bool sley__must_queue(const sley_domain *d)
{
  return SLEY__UNLIKELY(d->immediate != 0) && sley__is_deep(d);
}
void sley__queue(sley_domain *d, node *n, sley_promise *source);
static inline void sley__immediate_enter(sley_domain *d)
{
  char here;
  if (SLEY__LIKELY(d->immediate++ == 0)) d->stack_base = (uintptr_t)&here;
}
void sley__queue_drain_if_shallow(sley_domain *d);
static inline void sley__immediate_leave(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->queue != NULL)) sley__queue_drain_if_shallow(d);
  d->immediate--;
}
/* sley_bind_own_at and sley_try_bind_own_at with a node from the reserve where memory is out. */
sley_promise *sley__bind_vital(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx,
                               sley_drop_fn *drop);
sley_promise *sley__catch_vital(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx,
                                sley_drop_fn *drop);
sley_promise *sley__try_bind_vital(const char *site, sley_promise *p, sley_bind_fn *ok,
                                   sley_catch_fn *failed, void *ctx, sley_drop_fn *drop);

/* name.c */
void sley__name_forget(sley_domain *d, sley_promise *cell);
const char *sley__name_of(const sley_domain *d, const sley_promise *cell);
void sley__names_release(sley_domain *d);

/* dump.c */
/* A turn is over: publishes it, and dumps if that was asked for. */
void sley__dump_turn(sley_domain *d);
/* fiber.c, fiber_end.c: s is the result of a spawn. */
void sley__fiber_run(sley_domain *d, single *s, sley_promise *source); /* source has settled */
void sley__fiber_abandon(sley_domain *d, single *s);                   /* source never will */
bool sley__fiber_is_cancelable(const sley_promise *result);
/* The domain ends: NULL if cancelling p has settled it; otherwise it is dropped. */
sley_error *sley__await_refused(sley_domain *d, struct sley__fiber *f, const char *site,
                                sley_promise *p);
/* The end of a domain: tells every fiber that waits; frees all stacks, with what is left on them. */
void sley__fibers_end(sley_domain *d);
void sley__fibers_release(sley_domain *d);
bool sley__fibers_are_ending(const sley_domain *d);
void sley__fault_begin(sley_domain *d);
void sley__fault_end(sley_domain *d);

/* hooks.c */
void sley__unhandled(sley_domain *d, sley_error *e, const char *site);
#define TRACE(d, event, ...)                                             \
  do {                                                                   \
    if (SLEY__UNLIKELY((d)->trace != NULL) && (d)->trace->event != NULL) \
      (d)->trace->event((d)->trace_ctx, __VA_ARGS__);                    \
  } while (0)

/* Says that a callback of the promise made at site begins: for those who look while it runs. */
static inline void publish_running(sley_domain *d, const char *site)
{
  __atomic_store_n(&d->published.running, site, __ATOMIC_RELAXED);
}

static inline void mark_read(sley_promise *p)
{
  if (p->state == STATE_REJECTED && !is_immortal(p)) p->flags |= FLAG_READ;
}

static inline bool is_settled(const sley_promise *p)
{
  return p->state == STATE_FULFILLED || p->state == STATE_REJECTED;
}

#endif
