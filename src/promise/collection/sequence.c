/* Sequences. A removed element keeps its links, so that a walk that stands on it finds the next one; its memory
 * stays until no walk over any sequence of the domain is under way. */
#include <sley/sequence.h>

#include "promise/combine/combine.h"

typedef struct sley_sequence_node element;

enum { INSIDE, CLEARED, LEFT }; /* CLEARED: removed, but a walk under way still visits it */

struct sley_sequence_node {
  object head;   /* handles; one more while it is in its sequence */
  uint8_t where; /* of those above */
  bool dead;     /* on the domain's list of elements to be freed */
  bool is_task;  /* its memory is the data of an operation, which it keeps */
  element *next_to_free;
  struct sley__dlist links;
  sley_value value;
};

struct sley_sequence {
  object head; /* uses: walks under way */
  struct sley__dlist ends;
};

typedef struct sley__dlist *step(const struct sley__dlist *at);
static struct sley__dlist *to_the_right(const struct sley__dlist *at) { return at->next; }
static struct sley__dlist *to_the_left(const struct sley__dlist *at) { return at->prev; }

static element *element_at(struct sley__dlist *links)
{
  return SLEY__CONTAINER(links, element, links);
}

/* ---- elements and their memory ---- */

static void element_free(sley_domain *d, element *e)
{
  sley_value v = e->value;
  if (e->is_task) {
    operation *op = (operation *)(void *)((char *)e - OPERATION_HEAD);
    e->value = sley_unit();
    sley__producer_drop(d, &op->cell);
  } else {
    sley__object_free(d, e, sizeof(*e));
  }
  sley_value_drop(&v);
}

static void element_unref(sley_domain *d, element *e)
{
  if (--e->head.handles > 0 || e->dead) return;
  if (d->sequences.walks == 0) {
    element_free(d, e);
  } else {
    e->dead = true;
    e->next_to_free = d->sequences.to_free;
    d->sequences.to_free = e;
  }
}

static void walk_start(sley_domain *d, sley_sequence *s)
{
  d->sequences.walks++;
  sley__object_use(s);
}

static void walk_end(sley_domain *d, sley_sequence *s)
{
  sley__object_unuse(d, s, sizeof(*s));
  if (--d->sequences.walks > 0) return;
  while (d->sequences.walks == 0 && d->sequences.to_free != NULL) {
    element *e = d->sequences.to_free;
    d->sequences.to_free = e->next_to_free;
    e->dead = false;
    if (e->head.handles == 0) element_free(d, e);
  }
  sley__settle_down(d);
}

static void leave(sley_domain *d, element *e)
{
  if (e->where != INSIDE) {
    e->where = LEFT;
    return;
  }
  e->where = LEFT;
  sley__dlist_bypass(&e->links);
  element_unref(d, e);
}

static void insert(sley_sequence *s, element *e, bool left)
{
  e->where = INSIDE;
  sley__dlist_insert(left ? s->ends.next : &s->ends, &e->links);
}

/* ---- sequences ---- */

sley_error *sley_sequence_new(sley_sequence **out)
{
  SLEY__NEEDS(out);
  sley_sequence *s = sley__object_new(sley__self(), sizeof(sley_sequence));
  *out = s;
  if (s == NULL) return sley_error_nomem();
  sley__dlist_init(&s->ends);
  return NULL;
}

sley_sequence *sley_sequence_keep(sley_sequence *s)
{
  sley__object_enter(s, "sley_sequence_keep");
  s->head.handles++;
  return s;
}

void sley_sequence_clear(sley_sequence *s)
{
  sley_domain *d = sley__object_enter(s, "sley_sequence_clear");
  struct sley__dlist *at = s->ends.next;
  struct sley__dlist *last = s->ends.prev;
  sley__dlist_init(&s->ends);
  d->sequences.walks++; /* dropping a value can run any code: elements stay until all are removed */
  sley__object_use(s);
  for (bool more = at != &s->ends; more;) {
    element *e = element_at(at);
    more = at != last;
    at = at->next;
    e->where = CLEARED;
    element_unref(d, e);
  }
  walk_end(d, s);
}

void sley_sequence_drop(sley_sequence *s)
{
  if (s == NULL) return;
  sley_domain *d = sley__object_enter(s, "sley_sequence_drop");
  if (!sley__object_drop(s)) return;
  sley_sequence_clear(s);
  sley__object_unuse(d, s, sizeof(*s));
}

bool sley_sequence_is_empty(const sley_sequence *s)
{
  sley__object_enter(s, "sley_sequence_is_empty");
  return sley__dlist_is_empty(&s->ends);
}

size_t sley_sequence_count(const sley_sequence *s)
{
  sley__object_enter(s, "sley_sequence_count");
  size_t count = 0;
  for (const struct sley__dlist *at = s->ends.next; at != &s->ends; at = at->next) count++;
  return count;
}

static int add(sley_sequence *s, sley_value v, sley_sequence_node **place, bool left,
               const char *function)
{
  sley_domain *d = sley__object_enter(s, function);
  element *e = sley__object_new(d, sizeof(*e));
  if (place != NULL) *place = e;
  if (e == NULL) {
    sley_value_drop(&v);
    return -SLEY_ENOMEM;
  }
  if (place != NULL) e->head.handles++;
  e->value = v;
  insert(s, e, left);
  return 0;
}

int sley_sequence_add_l(sley_sequence *s, sley_value v, sley_sequence_node **place)
{
  return add(s, v, place, true, "sley_sequence_add_l");
}

int sley_sequence_add_r(sley_sequence *s, sley_value v, sley_sequence_node **place)
{
  return add(s, v, place, false, "sley_sequence_add_r");
}

static int take(sley_sequence *s, sley_value *out, step *first, const char *function)
{
  sley_domain *d = sley__object_enter(s, function);
  struct sley__dlist *at = first(&s->ends);
  *out = sley_unit();
  if (at == &s->ends) return -SLEY_ENOTFOUND;
  element *e = element_at(at);
  *out = e->value;
  e->value = sley_unit();
  leave(d, e);
  return 0;
}

int sley_sequence_try_take_l(sley_sequence *s, sley_value *out)
{
  return take(s, out, to_the_right, "sley_sequence_try_take_l");
}

int sley_sequence_try_take_r(sley_sequence *s, sley_value *out)
{
  return take(s, out, to_the_left, "sley_sequence_try_take_r");
}

static void transfer(sley_sequence *from, sley_sequence *to, bool left, const char *function)
{
  sley__object_enter(from, function);
  sley__object_enter(to, function);
  if (from == to || sley__dlist_is_empty(&from->ends)) return;
  if (from->head.uses > 0)
    sley__abort(
        "%s was given a sequence that is being iterated, whose elements cannot be moved to another "
        "one: move them after sley_sequence_iter_l or a similar function has returned",
        function);
  sley__dlist_splice(left ? to->ends.next : &to->ends, &from->ends);
}

void sley_sequence_transfer_l(sley_sequence *from, sley_sequence *to)
{
  transfer(from, to, true, "sley_sequence_transfer_l");
}

void sley_sequence_transfer_r(sley_sequence *from, sley_sequence *to)
{
  transfer(from, to, false, "sley_sequence_transfer_r");
}

/* ---- iterating: exactly one of the three functions is set ---- */

typedef struct sequence_walk {
  sley_value_fn *on_value;
  sley_sequence_fn *on_node;
  sley_sequence_test_fn *test;
  void *ctx;
} sequence_walk;

/* Returns the element at which the test was true. */
static element *iterate(sley_sequence *s, const sequence_walk *w, step *next, const char *function)
{
  sley_domain *d = sley__object_enter(s, function);
  element *found = NULL;
  walk_start(d, s);
  for (struct sley__dlist *at = next(&s->ends); at != &s->ends && found == NULL; at = next(at)) {
    element *e = element_at(at);
    if (e->where == LEFT) continue;
    if (w->on_value != NULL) w->on_value(w->ctx, &e->value);
    else if (w->on_node != NULL) w->on_node(w->ctx, e);
    else if (w->test(w->ctx, &e->value)) found = e;
  }
  if (found != NULL) found->head.handles++;
  walk_end(d, s);
  return found;
}

void sley_sequence_iter_l(sley_sequence *s, sley_value_fn *f, void *ctx)
{
  iterate(s, &(sequence_walk){.on_value = f, .ctx = ctx}, to_the_right, "sley_sequence_iter_l");
}

void sley_sequence_iter_r(sley_sequence *s, sley_value_fn *f, void *ctx)
{
  iterate(s, &(sequence_walk){.on_value = f, .ctx = ctx}, to_the_left, "sley_sequence_iter_r");
}

void sley_sequence_iter_node_l(sley_sequence *s, sley_sequence_fn *f, void *ctx)
{
  iterate(s, &(sequence_walk){.on_node = f, .ctx = ctx}, to_the_right, "sley_sequence_iter_node_l");
}

void sley_sequence_iter_node_r(sley_sequence *s, sley_sequence_fn *f, void *ctx)
{
  iterate(s, &(sequence_walk){.on_node = f, .ctx = ctx}, to_the_left, "sley_sequence_iter_node_r");
}

sley_sequence_node *sley_sequence_find_node_l(sley_sequence *s, sley_sequence_test_fn *f, void *ctx)
{
  return iterate(s, &(sequence_walk){.test = f, .ctx = ctx}, to_the_right,
                 "sley_sequence_find_node_l");
}

sley_sequence_node *sley_sequence_find_node_r(sley_sequence *s, sley_sequence_test_fn *f, void *ctx)
{
  return iterate(s, &(sequence_walk){.test = f, .ctx = ctx}, to_the_left,
                 "sley_sequence_find_node_r");
}

/* ---- nodes ---- */

sley_sequence_node *sley_sequence_node_keep(sley_sequence_node *place)
{
  sley__object_enter(place, "sley_sequence_node_keep");
  place->head.handles++;
  return place;
}

void sley_sequence_node_drop(sley_sequence_node *place)
{
  if (place == NULL) return;
  sley_domain *d = sley__object_enter(place, "sley_sequence_node_drop");
  element_unref(d, place);
  sley__settle_down(d);
}

sley_value *sley_sequence_get(sley_sequence_node *place)
{
  sley__object_enter(place, "sley_sequence_get");
  return &place->value;
}

void sley_sequence_set(sley_sequence_node *place, sley_value v)
{
  sley__object_enter(place, "sley_sequence_set");
  sley_value old = place->value;
  place->value = v;
  sley_value_drop(&old);
}

void sley_sequence_remove(sley_sequence_node *place)
{
  sley_domain *d = sley__object_enter(place, "sley_sequence_remove");
  leave(d, place);
  sley__settle_down(d);
}

/* ---- tasks ---- */

static void resolver_abandon(void *ptr)
{
  sley_resolver *r = ptr;
  sley_resolver_drop(&r);
}

const sley_type sley_type_resolver = {
    .size = sizeof(sley_type), .name = "resolver", .drop = resolver_abandon};

static void task_canceled(void *data) { leave(sley__self(), data); }

static const sley__operation_type type_task = {"task in a sequence", task_canceled};

static sley_promise *add_task(const char *site, sley_sequence *s, bool left, const char *function)
{
  sley_domain *d = sley__object_enter(s, function);
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &type_task, sizeof(element), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  element *e = data;
  memset(e, 0, sizeof(*e));
  e->head = (object){.handles = 1, .domain = d->id};
  e->is_task = true;
  e->value = sley_own(r, &sley_type_resolver);
  p->producers++; /* the element's */
  ((operation *)(void *)p)->cancel_node.kind =
      NODE_OPERATION_CANCEL; /* so that it is removed when Lwt removes it */
  insert(s, e, left);
  return p;
}

sley_promise *sley_add_task_l_at(const char *site, sley_sequence *s)
{
  return add_task(site, s, true, "sley_add_task_l");
}

sley_promise *sley_add_task_r_at(const char *site, sley_sequence *s)
{
  return add_task(site, s, false, "sley_add_task_r");
}
