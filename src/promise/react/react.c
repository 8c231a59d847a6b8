/* Events and signals: nodes, and the steps that update them.
 *
 * A step begins with one pushed node. Nodes that depend on one that occurred are put on a list in order of height;
 * the lowest is removed and computed until the list is empty. A source is lower than its dependents, so it is
 * computed first. After the step the events' values are dropped, and each push made meanwhile gets a step of its
 * own. */
#include "promise/react/react.h"

/* Thread-local, although it belongs to a domain: steps begin and end within one call, and the thread's domain does
 * not change inside. */
static _Thread_local struct {
  bool running, out_of_memory;
  react *queue;    /* by height; among equals, in order of insertion */
  react *last;     /* the last one inserted, if it is still there */
  react *occurred; /* events whose value is dropped after the step */
  struct pushed {
    react *node;
    box *box;
    struct pushed *next;
  } * pushed, **pushed_end;
} now;

static _Thread_local uint64_t step = 1; /* number of the last step */

static react without_memory = {.refs = 1, .failed = true};
static box unit_box = {.refs = 1};
static react constant_without_memory = {
    .refs = 1, .failed = true, .is_signal = true, .box = &unit_box};

/* ---- boxes */

box *sley__box_new(sley_value v)
{
  box *b = sley__alloc(sley__self(), sizeof(*b));
  if (b == NULL) {
    sley_value_drop(&v);
    now.out_of_memory = true;
    return NULL;
  }
  *b = (box){1, v};
  return b;
}

box *sley__box_keep(box *b)
{
  if (b != NULL && b != &unit_box) b->refs++;
  return b;
}

void sley__box_drop(box *b)
{
  if (b == NULL || b == &unit_box || --b->refs > 0) return;
  sley_value_drop(&b->value);
  sley__free(sley__self(), b, sizeof(*b));
}

void sley__react_lend(struct sley__lent *lent, sley_value *v, sley_promise *reader)
{
  *lent = (struct sley__lent){v, reader, 0, sley__current->lent};
  sley__current->lent = lent;
}

box *sley__react_compute(sley_map_fn *f, void *ctx, sley_value *v, sley_promise *reader)
{
  struct sley__lent lent;
  sley_value out = sley_unit();
  sley__react_lend(&lent, v, reader);
  sley_error *e = f(ctx, v, &out);
  sley__react_lend_over(&lent);
  if (e == NULL) return sley__box_new(out);
  sley_value_drop(&out);
  sley__async_error(sley__self(), e, "");
  return NULL;
}

/* ---- nodes */

static edge *edge_at(const struct sley__dlist *place)
{
  return SLEY__CONTAINER(place, edge, place);
}

react *sley__react_new(bool is_signal, react *const *sources, size_t n)
{
  sley_domain *d = sley__self();
  size_t bytes = sizeof(react) + n * sizeof(edge);
  react *made = n < SIZE_MAX / 64 ? sley__alloc(d, bytes) : NULL;
  if (made == NULL) return is_signal ? &constant_without_memory : &without_memory;
  *made = (react){.refs = 1, .is_signal = is_signal, .count = n};
  sley__dlist_init(&made->dependents);
  for (size_t i = 0; i < n; i++) {
    react *source = sley__react_keep(sources[i]);
    edge *e = &made->edges[i];
    if (source->height >= made->height) made->height = source->height + 1;
    *e = (edge){.source = source, .node = made};
    if (source->failed) continue; /* a failed node is shared, and never occurs */
    sley__dlist_append(&source->dependents, &e->place);
  }
  return made;
}

react *sley__react_keep(react *n)
{
  if (!n->failed) n->refs++;
  return n;
}

void sley__react_weaken(react *n, void (*orphaned)(react *n))
{
  react *source = n->edges[0].source;
  n->orphaned = orphaned;
  sley__react_drop(source);
}

void sley__react_lose(react *n)
{
  if (n->failed || --n->refs > 0) return;
  sley_domain *d = sley__self();
  for (size_t i = 0; i < n->count; i++)
    sley__dlist_leave(&n->edges[i].place); /* no step must reach it any more */
  sley__object_schedule_free(d, n, OBJECT_REACT);
  sley__settle_down(d);
}

void sley__react_end(sley_domain *d, void *dead)
{
  (void)d;
  react *n = dead;
  n->refs = 1;
  sley__react_drop(n);
}

/* Freeing a node can free its sources, and so on: a loop, not a recursion. */
void sley__react_drop(react *n)
{
  react *dead;
  if (n == NULL || n->failed || --n->refs > 0) return;
  n->next_queued = NULL;
  dead = n;
  while ((n = dead) != NULL) {
    dead = n->next_queued;
    for (struct sley__dlist *at; (at = sley__dlist_pop(&n->dependents)) != NULL;) { /* weak ones */
      edge *e = edge_at(at);
      e->source = &without_memory;
      e->node->orphaned(e->node);
    }
    for (size_t i = 0; i < n->count; i++) {
      react *source = n->edges[i].source;
      sley__dlist_leave(&n->edges[i].place);
      if (n->orphaned != NULL || source->failed || --source->refs > 0) continue;
      source->next_queued = dead;
      dead = source;
    }
    if (n->release != NULL) n->release(n);
    sley__box_drop(n->box);
    sley__box_drop(n->accumulator);
    sley_drop_fn *drop = n->drop;
    void *ctx = n->ctx;
    sley__free(sley__self(), n, sizeof(react) + n->count * sizeof(edge));
    if (drop != NULL) drop(ctx);
  }
}

react *sley__react_owns(react *n, void *ctx, sley_drop_fn *drop)
{
  if (!n->failed) n->drop = drop;
  else if (drop != NULL) drop(ctx);
  return n;
}

/* ---- steps */

bool sley__react_occurs(const react *n) { return now.running && n->occurred == step; }

static void enqueue(react *n)
{
  if (n->queued) return;
  react **place = &now.queue;
  if (now.last != NULL && now.last->height <= n->height) place = &now.last->next_queued;
  while (*place != NULL && (*place)->height <= n->height) place = &(*place)->next_queued;
  n->queued = true;
  n->refs++;
  n->next_queued = *place;
  *place = now.last = n;
}

static void enqueue_dependents(react *n)
{
  for (const struct sley__dlist *at = n->dependents.next; at != &n->dependents; at = at->next)
    enqueue(edge_at(at)->node);
}

static react *dequeue(void)
{
  react *n = now.queue;
  now.queue = n->next_queued;
  n->queued = false;
  if (now.last == n) now.last = NULL;
  return n;
}

static void take_out(react *n)
{
  react **place = &now.queue;
  while (*place != n) place = &(*place)->next_queued;
  *place = n->next_queued;
  n->queued = false;
  if (now.last == n) now.last = NULL;
}

/* Recurses to at most the height of the graph. */
static void raise(react *n, uint32_t height, const react *never)
{
  if (n == never)
    sley__abort(
        "sley_event_switch, sley_signal_switch or a similar function was given an event or signal "
        "that depends on the result itself: make it depend on the inputs of the result instead");
  if (n->height >= height) return;
  n->height = height;
  if (n->queued) {
    take_out(n);
    enqueue(n);
    n->refs--;
  }
  for (const struct sley__dlist *at = n->dependents.next; at != &n->dependents; at = at->next)
    raise(edge_at(at)->node, height + 1, never);
}

react *sley__react_nothing(void) { return &without_memory; }

bool sley__react_resource(react *n, size_t at, react *source)
{
  edge *e = &n->edges[at];
  react *old = e->source;
  bool later = !source->failed && source->height >= n->height;
  sley__react_keep(source);
  sley__dlist_leave(&e->place);
  *e = (edge){.source = source, .node = n};
  if (!source->failed) sley__dlist_append(&source->dependents, &e->place);
  sley__react_drop(old);
  if (!later) return false;
  raise(n, source->height + 1, source);
  if (now.running) enqueue(n);
  return now.running;
}

static bool is_equal(const react *n, const sley_value *a, const sley_value *b)
{
  if (n->equal != NULL) return n->equal(a, b);
  return a->type == b->type && a->u == b->u;
}

bool sley__react_becomes(react *n, box *b)
{
  if (b == NULL) return false;
  if (n->is_signal && is_equal(n, &n->box->value, &b->value)) {
    sley__box_drop(b);
    return false;
  }
  sley__box_drop(n->box);
  n->box = b;
  n->occurred = step;
  if (!n->is_signal) {
    n->refs++;
    n->next_occurred = now.occurred;
    now.occurred = n;
  }
  return true;
}

static void step_run(react *n, box *b)
{
  step++;
  now.running = true;
  if (sley__react_becomes(n, b)) enqueue_dependents(n);
  while (now.queue != NULL) {
    react *next = dequeue();
    if (next->update(next)) enqueue_dependents(next);
    sley__react_drop(next);
  }
  while (now.occurred != NULL) {
    react *done = now.occurred;
    now.occurred = done->next_occurred;
    box *value = done->box;
    done->box = NULL;
    sley__box_drop(value);
    sley__react_drop(done);
  }
  now.running = false;
}

/* Keeps a push made inside a step until the step has ended. */
static int push_later(react *n, box *b)
{
  struct pushed *p = sley__alloc(sley__self(), sizeof(*p));
  if (p == NULL) {
    sley__box_drop(b);
    return -SLEY_ENOMEM;
  }
  *p = (struct pushed){sley__react_keep(n), b, NULL};
  if (now.pushed == NULL) now.pushed_end = &now.pushed;
  SLEY__FIFO_APPEND(now.pushed_end, p, next);
  return 0;
}

int sley__react_push(react *n, box *b)
{
  sley_domain *d = sley__self();
  if (n->failed || b == NULL) {
    sley__box_drop(b);
    return -SLEY_ENOMEM;
  }
  if (now.running) return push_later(n, b);
  now.out_of_memory = false;
  sley__react_keep(n);
  step_run(n, b);
  sley__react_drop(n);
  while (now.pushed != NULL) {
    struct pushed p = *now.pushed;
    sley__free(d, now.pushed, sizeof(p));
    now.pushed = p.next;
    step_run(p.node, p.box);
    sley__react_drop(p.node);
  }
  sley__settle_down(d);
  return now.out_of_memory ? -SLEY_ENOMEM : 0;
}
