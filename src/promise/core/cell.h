/* Cells and nodes: what promises, and all that waits for them, are made of.
 *
 * Words used everywhere here:
 *   cell      a promise; one 64-byte struct at the head of whatever a combinator needs beside it.
 *   node      a callback on a promise's list. A combinator's result *is* the node on its input.
 *   source    the promise whose list a node is on; a weak edge, cleared when the node runs and
 *             rewritten when that promise becomes a proxy.
 *   refs      handles on a cell.       producers   what can still settle it: its resolver, a linked
 *             node of its own, a promise it follows; and a frame that is running its callbacks.
 *   proxy     a cell that stands for another one since bind's callback returned it; outer and inner
 *             are the two sides. outer->delegate is inner, for canceling.
 *   frame     a settled cell with callbacks to run, on the domain's stack of frames.
 */
#ifndef SLEY_CORE_CELL_H
#define SLEY_CORE_CELL_H

#include <sley/bind.h>
#include <sley/combine.h>
#include <sley/list.h>
#include <sley/storage.h>

#include "promise/core/domain_state.h"

/* sley_promise_state's values and one that no handle shows. */
enum { STATE_PENDING, STATE_FULFILLED, STATE_REJECTED, STATE_PROXY };

/* Kinds. The byte that a cell has is a number with the properties that are asked most often; all others are in the
 * kind's entry (kind.h). */
enum {
  KIND_CALLS_NOBODY =
      1 << 5, /* only of use to whoever holds or follows it, so it may leave its inputs */
  KIND_MAY_BE_UNHELD =
      1 << 6, /* something may have to end when its last handle goes, though producers are left */
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
  X(RESTORE, 0) /* finalize whose cleanup runs: gives the body's outcome afterwards */ \
  X(WALK, 0)    /* waits for one promise after the other: walk.h */                    \
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
  FLAG_READ = 1 << 0,    /* somebody received the outcome: not an unhandled rejection */
  FLAG_SHARED = 1 << 1,  /* fulfilled with the value that another settled cell owns */
  FLAG_FOLLOWS = 1 << 2, /* cancel goes to delegate */
  FLAG_FRAME = 1 << 3,   /* on the stack of frames or in the deferred FIFO */
  FLAG_ENTERED = 1 << 4, /* its frame has begun */
  FLAG_FLAT = 1 << 5,    /* its frame neither enters nor leaves the resolution loop */
  FLAG_PICKING =
      1 << 6, /* its frame runs steps of its kind: losers, or a read, are being canceled */
  FLAG_ANSWERED = 1 << 7,       /* its resolver has been used */
  FLAG_MARKED = 1 << 8,         /* visited by the cancel walk under way */
  FLAG_FREE_SCHEDULED = 1 << 9, /* on the list of what is to be freed */
  FLAG_LOADED = 1 << 10,        /* owns parts beside the outcome that freeing must release */
  FLAG_RESERVE = 1 << 11,       /* its memory came from the reserve */
  FLAG_DEFERRED_CALL = 1 << 12, /* pending only because the stack limit was met, or behind such */
  FLAG_OLDEST_FIRST = 1 << 13,  /* its frame runs callbacks in order of registration */
  FLAG_SIZED = 1 << 14,         /* of another size than most of its kind */
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
  NODE_OPERATION_LEAVE, /* the same, and it runs before any callback does */
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
  node *callbacks; /* newest first; attachments at the end, and left there while producers remain */
  union {
    sley_promise
        *link; /* next frame below, next deferred, or next on the list of what is to be freed */
    uintptr_t born; /* pending: the turn it was made in; 0: not known */
  };
  union {
    storage *snapshot;    /* entered frame: storage to restore */
    sley_promise *next;   /* element of a stream, while it is queued: the one behind it */
    sley_promise *marked; /* pending, in a cancel walk: next one visited */
  };
  const char *site;
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct sley_promise) == 64, "a cell is a cache line");
_Static_assert(offsetof(struct sley_promise, domain) == offsetof(struct free_slot, domain) &&
                   offsetof(struct sley_promise, value) == SLEY__CELL_VALUE_AT,
               "memory knows these places");

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
  /* Bind, map and catch that were not made FLAG_LOADED end here. */
  sley_drop_fn *drop;
  storage *storage;
  sley_catch_fn *failed; /* try_bind only: other kinds have no memory here */
} single;
#define SINGLE_BYTES offsetof(single, failed)
#define SINGLE_BARE_BYTES offsetof(single, drop)

typedef struct group {
  sley_promise cell;
  uint32_t count, waiting;
  uint32_t cursor;
  union {
    uint32_t pick_cursor;
    bool tells_errors; /* joins: the unhandled hook is told of those after the first */
  };
  bool is_decided; /* choices: an element has settled, and others no longer count */
  struct group *walk_parent;
  sley_promise *winner; /* pick: settled, one reference */
  sley_error *error;    /* join, all, nchoose family: the outcome if it is a rejection */
  sley_list *list;
  sley_split *split;
  storage *storage;
  node nodes[];
} group;

/* A value lent to a callback that is on the stack: lets sley_take find its reader. */
struct sley__lent {
  sley_value *value; /* NULL: the reader's error is, which is noted where debugging only */
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
