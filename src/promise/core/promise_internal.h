/* The promise floor's own header: what its files call in each other. cell.h has the words. Read resolve.c
 * first, then life.c, bind.c, group.h, cancel.c. The rest stands alone. */
#ifndef SLEY_PROMISE_INTERNAL_H
#define SLEY_PROMISE_INTERNAL_H

#include <string.h>

#include "promise/core/cell.h"
#include "promise/core/kind.h"
#include "promise/memory/slab.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_HWADDRESS__)
#define LOCALS_ARE_ELSEWHERE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(hwaddress_sanitizer) || \
    __has_feature(safe_stack)
#define LOCALS_ARE_ELSEWHERE 1
#endif
#endif

/* abort.c. site: of the call, "" where that is not known. */
_Noreturn void sley__misuse(sley_domain *d, const sley_promise *p, const char *function,
                            const char *site);
_Noreturn void sley__resolver_misuse(sley_domain *d, const sley_promise *p, const char *function);

/* Whether p may be used here; aborts if not. False only for the immortal rejection, whose counts
 * and flags nobody may write. Where objects are allocated alone no cell passes the quick way: see
 * alone.c. */
bool sley__check_slow(sley_domain *d, const sley_promise *p, const char *function,
                      const char *site);
static inline bool check_at(sley_domain *d, const sley_promise *p, const char *function,
                            const char *site)
{
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return true;
  return sley__check_slow(d, p, function, site);
}
static inline bool check(sley_domain *d, const sley_promise *p, const char *function)
{
  return check_at(d, p, function, "");
}
/* The same for ps[i], one of several operands. */
void sley__check_operand_slow(sley_domain *d, sley_promise *const *ps, size_t i,
                              const char *function, const char *site);
static inline void check_operand(sley_domain *d, sley_promise *const *ps, size_t i,
                                 const char *function, const char *site)
{
  if (SLEY__UNLIKELY(ps[i] == NULL || ps[i]->domain != d->id))
    sley__check_operand_slow(d, ps, i, function, site);
}

/* The current domain, which p must belong to. Its own id decides: a thread without a domain has one
 * that no promise carries. */
static inline sley_domain *sley__self_of(const sley_promise *p, const char *function,
                                         const char *site)
{
  sley_domain *d = sley__current;
  if (SLEY__LIKELY(p != NULL && p->domain == d->id)) return d;
  d = sley__self_at(function, site);
  sley__check_slow(d, p, function, site);
  return d;
}
/* The same for a resolver, which may be the last to hold its cell; answers: this is its one use. */
void sley__resolver_check_slow(sley_domain *d, sley_promise *p, const char *function, bool answers);
static inline sley_domain *sley__self_of_resolver(sley_promise *p, const char *function,
                                                  bool answers)
{
  sley_domain *d = sley__current;
  if (SLEY__LIKELY(p->domain == d->id)) return d;
  d = sley__self_at(function, "");
  sley__resolver_check_slow(d, p, function, answers);
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
void sley__cell_release_slow(sley_domain *d, sley_promise *p);
/* Gives back the memory of a bare cell. */
static inline void cell_release(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->watched)) sley__cell_release_slow(d, p);
  else cell_push(d, p, sley__kind_slots[p->kind]);
}
void sley__doom(sley_domain *d, sley_promise *p);
void sley__ref_gone(sley_domain *d, sley_promise *p);   /* its last reference */
void sley__maker_gone(sley_domain *d, sley_promise *p); /* its last maker */
static inline void ref_drop(sley_domain *d, sley_promise *p)
{
  if (p != NULL && !is_immortal(p) && --p->refs == 0 &&
      (p->makers == 0 || p->state == STATE_PROXY || (p->flags & FLAG_FOLLOWS) ||
       sley__may_be_unheld(p)))
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
/* bury.c */
void sley__bury(sley_domain *d);
/* An object whose last owner has gone, and that owns values: sley__bury drops them and frees it. So a drop
 * that is called from a drop adds to a list instead of to the stack. Overwrites the object's first word. */
void sley__dead_object(sley_domain *d, void *object, unsigned kind);
/* The same; outside of a burial the object ends at once, and what it let go of too. */
void sley__object_end(sley_domain *d, void *object, unsigned kind);
/* Whether a value owns nothing that may own more. */
static inline bool is_leaf(const sley_value *v)
{
  return v->type == NULL || v->type == &sley_type_text;
}
/* At the end of a domain: ends all that are left. */
void sley__dead_objects_end(sley_domain *d);
/* life.c */
/* Lets p go off all lists, if it is a guard or group that is of use to nobody. */
void sley__leave_if_useless(sley_domain *d, sley_promise *p);
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
/* The cell by way of which p is cancelled: p itself or what it follows; NULL: that is gone. */
static inline sley_promise *followed(const sley_promise *p)
{
  union {
    const sley_promise *in;
    sley_promise *out;
  } u = {p};
  while (u.out != NULL && (u.out->flags & FLAG_FOLLOWS)) u.out = u.out->delegate;
  return u.out;
}
bool sley__is_cancelable_alone(const sley_promise *p);
/* The guard or group whose node n is; NULL: another's. */
sley_promise *sley__member_of(node *n);
static inline bool is_alone_on(const node *list, const node *n)
{
  return list == n && n->next == n;
}
/* Its own node among its cancel callbacks; NULL: it has none. */
static inline const node *own_cancel_node(const sley_promise *p)
{
  size_t at = sley__kind_of(p)->cancel_node_at;
  return at != 0 ? (const node *)(const void *)((const char *)p + at) : NULL;
}
/* Whether nothing listens for p to be cancelled, apart from p itself. */
static inline bool has_no_cancel_callback(const sley_promise *p)
{
  return p->cancel_nodes == NULL || is_alone_on(p->cancel_nodes, own_cancel_node(p));
}
/* The nodes of a cell, by its shape. */
static inline node *inputs_of(const sley_promise *p, uint32_t *count)
{
  union {
    const sley_promise *in;
    void *out;
  } u = {p};
  uint8_t shape = sley__kind_of(p)->shape;
  *count = shape == SHAPE_MANY ? ((group *)u.out)->count : shape == SHAPE_ONE ? 1 : 0;
  if (shape == SHAPE_NONE) return NULL;
  return shape == SHAPE_MANY ? ((group *)u.out)->nodes : &((single *)u.out)->node;
}
/* Takes the node of a guard or group off the list it is on: its promise waits no longer. Whoever it
 * waited for has been listened to: a rejection there is no unhandled one. */
void sley__node_leave(sley_domain *d, node *n);
/* The same for all nodes of p, which is a single, guard, read or group; the caller looks at p's makers. */
void sley__sources_leave(sley_domain *d, sley_promise *p);

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

/* A node that is neither a cell's nor a group's, off its list, will never be called. */
static inline void sley__node_discard(sley_domain *d, node *n)
{
  void (*discard)(sley_domain *, node *) = sley__node_kinds[n->kind]->discard;
  if (discard != NULL) discard(d, n);
}

/* settle.c, resolve.c, answer.c, follow.c. The settle functions write the state and consume what they
 * are given; p must be underlying and pending. publish then sees to it that the callbacks run: on a new
 * frame. */
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
/* The same for a cell whose callback gave q: lets go of the maker that its node was. */
void sley__deliver_last(sley_domain *d, sley_promise *cell, sley_promise *q,
                        const sley_promise *from);

/* callback.c: runs the callback that n is, off its list, of source, which has settled. */
void sley__callback_run(sley_domain *d, node *n, sley_promise *source);
/* group.c, called by name, for the optimizer puts it into the resolution loop. n is a group's, off its list:
 * counts an element of a join that is not the last, and calls nobody. False: it is not one. */
bool sley__element_counts(sley_domain *d, node *n, sley_promise *source);
/* sley_join of what must all be done at an end: errors after the first are not lost. */
sley_promise *sley__join_of_ends(const char *site, sley_promise *const *ps, size_t n);
void sley__cancel_collect(sley_domain *d, sley_promise *p);
/* Operations among what sley__cancel_collect found since base was d->frames leave what they occupy. Call it
 * before the frames run. */
void sley__cancelled_leave(sley_domain *d, sley_promise *base);
/* Rejects p with Canceled: a kind's cancel where it is a root. */
sley_promise *sley__cancel_root(sley_domain *d, sley_promise *p, sley_promise *how, group **groups);
/* The same where the cell of SHAPE_ONE waits: goes on to its input. */
sley_promise *sley__cancel_input(sley_domain *d, sley_promise *p, sley_promise *how,
                                 group **groups);
sley_list *sley__list_new(sley_domain *d, size_t capacity);
void sley__list_drop(sley_domain *d, sley_list *list);
/* Ends of dead objects: list.c, result.c, seq.c, react.c, react_boxes.c. */
sley__object_end_fn sley__list_end, sley__result_end, sley__cons_end, sley__react_end,
    sley__boxes_end;
sley_split *sley__split_new(sley_domain *d, size_t capacity);
void sley__split_drop(sley_domain *d, sley_split *split);

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
/* The promise that lends v to the callback that is running; to be asked before anything else is lent. Scalars
 * are lent without a record, from the promise itself. */
static inline sley_promise *reader_of(const sley_domain *d, sley_value *v)
{
  return v->type == NULL ? SLEY__CONTAINER(v, sley_promise, value) : d->lent->reader;
}

/* error_filter.c: asks the error filter, which ends the process where it declines. */
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

/* immediate.c: callbacks called at once, and their limit. */
bool sley__is_deep(const sley_domain *d);
static inline bool sley__must_queue(const sley_domain *d)
{
  return SLEY__UNLIKELY(d->immediate != 0) && sley__is_deep(d);
}
void sley__queue(sley_domain *d, node *n, sley_promise *source);
/* The address of a local tells where the stack stands, and needs no frame pointer; but where checkers keep locals
 * elsewhere or tag their addresses only the frame's is on the stack. */
static inline void sley__immediate_enter(sley_domain *d)
{
#ifdef LOCALS_ARE_ELSEWHERE
  uintptr_t at = (uintptr_t)__builtin_frame_address(0);
#else
  char here;
  uintptr_t at = (uintptr_t)&here;
#endif
  if (SLEY__LIKELY(d->immediate++ == 0)) d->stack_base = at;
}
void sley__queue_drain_if_shallow(sley_domain *d);
static inline void sley__immediate_leave(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->queue != NULL)) sley__queue_drain_if_shallow(d);
  d->immediate--;
}
/* bind.c */
/* p, which drops ctx when it is over; drop may be NULL. */
static inline sley_promise *sley__with_drop(sley_promise *p, void *ctx, sley_drop_fn *drop)
{
  return drop == NULL ? p : sley_attach(p, ctx, drop);
}
/* sley_bind_at and sley_try_bind_at with a node from the reserve where memory is out. */
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

/* fiber_end.c */
/* The domain ends: NULL if cancelling p has settled it; otherwise it is dropped. */
sley_error *sley__await_refused(sley_domain *d, struct sley__fiber *f, const char *site,
                                sley_promise *p);

/* lent.c: where debugging, refuse what a callback was lent and gives away as its own. */
bool sley__error_has_one_owner(const sley_error *e); /* not static, not shared */
void sley__error_given_slow(const sley_domain *d, const sley_error *e, const char *function,
                            const char *site);
/* Aborts where e is gone, or another copy's. function gives e away, for good. */
static inline void sley__error_given(const sley_domain *d, const sley_error *e,
                                     const char *function, const char *site)
{
  sley__error_check(e, function, site);
  if (SLEY__UNLIKELY(d->alone)) sley__error_given_slow(d, e, function, site);
}
/* Calls f, which is lent u's error. */
static inline sley_promise *call_catch(sley_domain *d, sley_catch_fn *f, void *ctx, sley_promise *u)
{
  if (SLEY__LIKELY(!d->alone)) return f(ctx, u->error);
  struct sley__lent lent = {NULL, u, 0, d->lent};
  d->lent = &lent;
  sley_promise *q = f(ctx, u->error);
  d->lent = lent.outer;
  return q;
}
static inline void call_error(sley_domain *d, sley_error_fn *f, void *ctx, sley_promise *u)
{
  struct sley__lent lent = {NULL, u, 0, d->lent};
  if (SLEY__UNLIKELY(d->alone)) d->lent = &lent;
  f(ctx, u->error);
  if (SLEY__UNLIKELY(d->alone)) d->lent = lent.outer;
}

/* hooks.c */
extern const sley_trace sley__no_trace; /* where nobody traces, but cells go the long ways */
void sley__long_ways(sley_domain *d);   /* decides whether they do */
void sley__unhandled(sley_domain *d, sley_error *e, const char *site);
/* Another error took the place of e (borrowed; NULL: none), which nobody else hears of: tells the unhandled hook,
 * unless e is Canceled, or by is it or comes of it. */
void sley__superseded(sley_domain *d, sley_error *e, const sley_error *by, const char *site);
#define TRACE(d, event, ...)                                             \
  do {                                                                   \
    if (SLEY__UNLIKELY((d)->trace != NULL) && (d)->trace->event != NULL) \
      (d)->trace->event((d)->trace_ctx, __VA_ARGS__);                    \
  } while (0)

/* A cell has been made, the long way. */
void sley__created(sley_domain *d, sley_promise *p);
static inline void trace_created(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->trace != NULL)) sley__created(d, p);
}

/* runtime.c, process.c, end.c */
/* NULL, or what is wrong with them. */
sley_error *sley__runtime_options_check(const sley_runtime_options *o, const char *function);
void sley__runtime_end(sley_runtime *runtime, const char *function);
/* What ends or leaves a domain may not run on top of its own callbacks. */
void sley__refuse_inside(const sley_domain *d, const char *function);
bool sley__uses_malloc(const sley_domain *d);  /* not an allocator of the program's */
void sley__report_write(const sley_domain *d); /* live promises, a line a site, to stderr */
void sley__forks_expect(void);                 /* from now on a child of a fork has no domain */
/* Ends the current domain and writes what is left to stderr; how many promises that were. */
size_t sley__domain_end(sley_domain *d);

/* slow.c: 0: not at all. Where memory is out nothing is measured. */
void sley__slow_start(sley_domain *d, sley_time limit);
sley_time sley__slow_time(double seconds); /* at least 1; 0: not positive */
void sley__slow_stop(sley_domain *d);

static inline void mark_read(sley_promise *p)
{
  if (p->state == STATE_REJECTED && !is_immortal(p)) p->flags |= FLAG_READ;
}

static inline bool is_settled(const sley_promise *p)
{
  return p->state == STATE_FULFILLED || p->state == STATE_REJECTED;
}

#endif
