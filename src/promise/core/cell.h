/* Cells and nodes: the data structures of promises and of everything that waits for them.
 *
 * Terms used throughout:
 *   cell      a promise: a 64-byte struct at the head of whatever else its combinator needs.
 *   node      a callback on a promise's list. A combinator's result contains the node that is on its input.
 *   source    the promise whose list a node is on: a weak edge, cleared when the node runs and rewritten when that
 *             promise becomes a proxy.
 *   refs      handles on a cell.       producers   what can still settle it: its resolver, a linked node of its own, a
 *             promise it follows; a frame that is running its callbacks also counts as one.
 *   proxy     a cell that stands for another one because bind's callback returned it. The two are outer and inner;
 *             cancel goes from outer to inner through outer->delegate.
 *   frame     a settled cell with callbacks to run, on the domain's stack of frames.
 */
#ifndef SLEY_CORE_CELL_H
#define SLEY_CORE_CELL_H

#include <sley/bind.h>
#include <sley/combine.h>
#include <sley/list.h>
#include <sley/storage.h>

#include "promise/core/domain_state.h"

/* The values of sley_promise_state, and one that no handle ever shows. */
enum { STATE_PENDING, STATE_FULFILLED, STATE_REJECTED, STATE_PROXY };

/* Kinds. A cell's kind byte holds a number and the properties that are tested most often; the others are in the kind's
 * entry (kind.h). */
enum {
  KIND_CALLS_NOBODY =
      1 << 5, /* useless once nothing holds or follows it: it can then leave its inputs */
  KIND_MAY_BE_UNHELD =
      1 << 6, /* losing its last handle can end something even while producers remain */
  KIND_RUNS_SCALAR = 1 << 7,                         /* its entry has run_scalar */
  KIND_SET = KIND_CALLS_NOBODY | KIND_MAY_BE_UNHELD, /* guards and groups */
  KINDS = 1 << 8
};
#define SLEY__EACH_KIND(X)                                                             \
  X(PLAIN, 0)  /* return, fail, wait */                                                \
  X(RAISED, 0) /* plain, and rejected where Lwt would raise: see stream_read.c */      \
  X(TASK, 0)                                                                           \
  X(PAUSE, 0)                                                                          \
  X(OPERATION, 0)                                                                      \
  X(READ, 0) /* of a stream, waiting: see stream.h */                                  \
  X(BIND, 0)                                                                           \
  X(MAP, 0)                                                                            \
  X(CATCH, 0)                                                                          \
  X(TRY_BIND, 0)                                                                       \
  X(FINALIZE, 0)                                                                       \
  X(FIBER, KIND_MAY_BE_UNHELD | KIND_RUNS_SCALAR) /* the result of a spawn */          \
  X(RESTORE, 0) /* finalize with its cleanup running: then takes the body's outcome */ \
  X(WALK, 0)    /* waits for promises one after another: walk.h */                     \
  X(PROTECTED, KIND_SET)                                                               \
  X(NO_CANCEL, KIND_SET)                                                               \
  X(WRAP, KIND_SET)                                                                    \
  X(JOIN, KIND_SET)                                                                    \
  X(ALL, KIND_SET)                                                                     \
  X(CHOOSE, KIND_SET)                                                                  \
  X(PICK, KIND_SET)                                                                    \
  X(NCHOOSE, KIND_SET)                                                                 \
  X(NPICK, KIND_SET)                                                                   \
  X(SPLIT, KIND_SET)
#define NUMBER(kind, properties) NUMBER_##kind,
enum { SLEY__EACH_KIND(NUMBER) NUMBERS };
#undef NUMBER
_Static_assert((int)NUMBERS <= (int)KIND_CALLS_NOBODY, "numbers do not reach the properties");
#define KIND(kind, properties) KIND_##kind = NUMBER_##kind | (properties),
enum { SLEY__EACH_KIND(KIND) };
#undef KIND

enum {
  FLAG_READ = 1 << 0,    /* the outcome was received: a rejection counts as handled */
  FLAG_SHARED = 1 << 1,  /* fulfilled with a value that another settled cell owns */
  FLAG_FOLLOWS = 1 << 2, /* cancel goes to delegate */
  FLAG_FRAME = 1 << 3,   /* on the stack of frames or in the deferred FIFO */
  FLAG_ENTERED = 1 << 4, /* its frame has begun */
  FLAG_FLAT = 1 << 5,    /* its frame neither enters nor leaves the resolution loop */
  FLAG_PICKING =
      1 << 6, /* its frame runs its kind's step function: it is canceling losers or a read */
  FLAG_ANSWERED = 1 << 7,       /* its resolver has been used */
  FLAG_MARKED = 1 << 8,         /* visited by the cancel walk under way */
  FLAG_FREE_SCHEDULED = 1 << 9, /* on the domain's list of cells to free */
  FLAG_LOADED = 1 << 10,        /* owns more than its outcome, to be released when freed */
  FLAG_RESERVE = 1 << 11,       /* its memory came from the reserve */
  FLAG_DEFERRED_CALL = 1 << 12, /* pending due to the stack limit, or waits for such a promise */
  FLAG_OLDEST_FIRST = 1 << 13,  /* its frame runs callbacks in order of registration */
  FLAG_SIZED = 1 << 14,         /* its size differs from its kind's usual one */
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
  NODE_OPERATION_CANCEL, /* embedded in an operation: its cancel function runs among the cancel callbacks */
  NODE_OPERATION_LEAVE, /* likewise, but runs before any callback */
  NODES
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
  uint32_t refs, producers;
  uint32_t domain; /* id, or SLEY__IMMORTAL, or SLEY__GONE */
  uint8_t state, kind;
  uint16_t flags;
  union {
    sley_value value;    /* fulfilled, unless shared */
    sley_promise *owner; /* fulfilled and shared: the cell that owns the value */
    struct {
      union {
        sley_error *error;      /* rejected */
        sley_promise *delegate; /* pending or proxy, if it follows; a weak edge */
      };
      union {
        node *cancel_nodes;   /* pending, or rejected with Canceled until they have run */
        sley_promise *target; /* proxy */
      };
    };
  };
  node *callbacks; /* newest first; attachments last, and they stay while producers remain */
  union {
    sley_promise *link; /* next frame below, next deferred, or next to be freed */
    uintptr_t born;     /* pending: the turn in which it was created; 0: unknown */
  };
  union {
    storage *snapshot;    /* entered frame: storage to restore */
    sley_promise *next;   /* queued stream element: the next one in the queue */
    sley_promise *marked; /* pending, in a cancel walk: the next visited one */
  };
  const char *site;
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct sley_promise) == 64, "a cell is a cache line");
_Static_assert(offsetof(struct sley_promise, domain) == offsetof(struct free_slot, domain) &&
                   offsetof(struct sley_promise, value) == SLEY__CELL_VALUE_AT,
               "memory knows these places");

/* One function for bind, map, catch and finalize; try_bind has a second one. KIND_RESTORE keeps the body's promise. */
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
  /* Bind, map and catch without FLAG_LOADED end here. */
  sley_drop_fn *drop;
  storage *storage;
  sley_catch_fn *failed; /* try_bind only: other kinds do not allocate this field */
} single;
#define SINGLE_BYTES offsetof(single, failed)
#define SINGLE_BARE_BYTES offsetof(single, drop)

typedef struct group {
  sley_promise cell;
  uint32_t count, waiting;
  uint32_t cursor;
  union {
    uint32_t pick_cursor;
    bool tells_errors; /* joins: report errors after the first to the unhandled hook */
  };
  bool is_decided; /* choices: an element has settled; later ones do not count */
  struct group *walk_parent;
  sley_promise *winner; /* pick: settled, one reference */
  sley_error *error;    /* join, all, nchoose family: the outcome, if a rejection */
  sley_list *list;
  sley_split *split;
  storage *storage;
  node nodes[];
} group;

/* A value lent to a callback that is on the stack; sley_take finds its reader here. */
struct sley__lent {
  sley_value *value; /* NULL: the reader's error is lent; recorded only when debugging */
  sley_promise *reader;
  uint32_t held; /* references on reader that the library itself holds */
  struct sley__lent *outer;
};

struct sley__storage {
  uint32_t refs, count;
  storage *next_to_free;
  struct binding {
    const sley_key *key;
    struct boxed {
      uint32_t refs;
      sley_value value;
    } * box;
  } bindings[];
};

#endif
