/* Mvars: a value and two queues, of which at least one is empty. Writers wait while the box is full, each with its
 * value; readers wait while it is empty. */
#include <sley/mvar.h>

#include "promise/sync/waiters.h"

struct sley_mvar {
  object head;
  bool full;
  sley_value value;
  waiters writers, readers;
};

static const sley__operation_type type_put = {"mvar_put", sley__waiter_with_canceled};
static const sley__operation_type type_take = {"mvar_take", sley__waiter_canceled};

sley_error *sley_mvar_new(sley_mvar **out)
{
  SLEY__NEEDS(out);
  sley_mvar *box = sley__object_new(sley__self(), sizeof(sley_mvar));
  *out = box;
  if (box == NULL) return sley_error_nomem();
  sley__dlist_init(&box->writers);
  sley__dlist_init(&box->readers);
  return NULL;
}

sley_error *sley_mvar_new_full(sley_value v, sley_mvar **out)
{
  SLEY__NEEDS(out);
  sley_error *e = sley_mvar_new(out);
  if (e != NULL) {
    sley_value_drop(&v);
    return e;
  }
  (*out)->full = true;
  (*out)->value = v;
  return NULL;
}

sley_mvar *sley_mvar_keep(sley_mvar *box)
{
  sley__object_enter(box, "sley_mvar_keep");
  box->head.handles++;
  return box;
}

void sley_mvar_drop(sley_mvar *box)
{
  if (box == NULL) return;
  sley_domain *d = sley__object_enter(box, "sley_mvar_drop");
  if (!sley__object_drop(box)) return;
  sley__waiters_abandon(&box->writers);
  sley__waiters_abandon(&box->readers);
  if (box->full) sley_value_drop(&box->value);
  sley__object_unuse(d, box, sizeof(*box));
}

sley_promise *sley_mvar_put_at(const char *site, sley_mvar *box, sley_value v)
{
  sley_domain *d = sley__object_enter(box, "sley_mvar_put");
  if (box->full) return sley__waiter_new_with(d, site, &type_put, &box->writers, v);
  waiter *reader = sley__waiters_pop(&box->readers);
  if (reader == NULL) {
    box->full = true;
    box->value = v;
  } else {
    sley__waiter_fulfill(reader, v);
  }
  return sley__unit_promise(d);
}

/* Lets the oldest writer fill the box again, or leaves it empty. This may free the box. */
static void next_writer(sley_mvar *box)
{
  waiter *writer = sley__waiters_pop(&box->writers);
  box->full = writer != NULL;
  if (writer == NULL) return;
  sley__value_put(&box->value, &writer->value);
  writer->value = sley_unit();
  sley__waiter_fulfill(writer, sley_unit());
}

int sley_mvar_try_take(sley_mvar *box, sley_value *out)
{
  sley__object_enter(box, "sley_mvar_try_take");
  bool full = box->full;
  *out = sley_unit();
  if (full) sley__value_put(out, &box->value);
  if (full) next_writer(box);
  return full ? 0 : -SLEY_EAGAIN;
}

/* The promise is made first: if that fails, the value stays in the box. */
sley_promise *sley_mvar_take_at(const char *site, sley_mvar *box)
{
  sley_domain *d = sley__object_enter(box, "sley_mvar_take");
  if (!box->full) return sley__waiter_new(d, site, &type_take, &box->readers);
  sley_promise *taken = sley_return_at(site, sley_unit());
  if (SLEY__UNLIKELY(sley__is_immortal(taken))) return taken;
  sley__value_put(&taken->value, &box->value);
  next_writer(box);
  return taken;
}

bool sley_mvar_is_empty(const sley_mvar *box)
{
  sley__object_enter(box, "sley_mvar_is_empty");
  return !box->full;
}
