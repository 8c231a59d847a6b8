/* How a reader takes a value out of a promise: the only reader gets the value itself; each of several gets a copy, if
 * the type can make one. */
#include "promise/core/core.h"

static const sley_value moved_marker = {.type = &sley_type_moved};

/* Whether no other reader is left. A frame holds one producer of the promise whose callbacks it runs. */
static bool is_sole_reader(const sley_promise *reader, uint32_t held)
{
  const sley_promise *owner = reader->flags & FLAG_SHARED ? reader->owner : reader;
  uint32_t frame = reader->flags & FLAG_FRAME ? 1 : 0;
  if (reader->refs > held || reader->producers > frame || sley__has_callbacks(reader)) return false;
  return owner == reader || (owner->refs == 1 && owner->producers == 0);
}

sley_promise sley__several = {.refs = 1, .site = ""}, sley__keeper = {.refs = 1, .site = ""};

bool sley__has_other_readers(const struct sley__lent *lent)
{
  return !is_sole_reader(lent->reader, lent->held);
}

static void move_out(sley_value *v, sley_value *out)
{
  *out = *v;
  *v = moved_marker;
}

int sley__take_shared(sley_value *v, sley_value *out)
{
  if (v->type->dup != NULL) return sley_value_dup(v, out);
  move_out(v, out);
  return 0;
}

static int take_lent(const struct sley__lent *lent, sley_value *v, sley_value *out)
{
  if (sley__has_other_readers(lent)) {
    if (lent->reader == &sley__keeper)
      sley__abort(
          "sley_take was asked for a %s of values that stay with their signals: copy the elements "
          "that you need with sley_list_take_item",
          v->type->name);
    return sley__take_shared(v, out);
  }
  move_out(v, out);
  return 0;
}

int sley_take(sley_value *v, sley_value *out)
{
  if (v->type == NULL) {
    sley__value_put(out, v);
    return 0;
  }
  *out = sley_unit();
  if (v->type == &sley_type_moved) return -SLEY_EMOVED;
  for (struct sley__lent *lent = sley__current->lent; lent != NULL; lent = lent->outer)
    if (lent->value == v) return take_lent(lent, v, out);
  *out = *v;
  *v = sley_unit();
  return 0;
}

void *sley__value_take(sley_value *v, const sley_type *type)
{
  sley_value out;
  if (v == NULL) return sley_value_ptr(v, type); /* aborts */
  if (v->type == &sley_type_moved) return NULL;
  sley_value_ptr(v, type);
  return v != NULL && sley_take(v, &out) == 0 ? out.ptr : NULL;
}

void sley__value_share(sley_promise *source, uint32_t held, sley_value *value, sley_promise **owner)
{
  *owner = NULL;
  if (!(source->flags & FLAG_SHARED)) {
    sley__value_put(value, &source->value);
    if (source->value.type == NULL) return;
    if (is_sole_reader(source, held)) {
      source->value = moved_marker;
      return;
    }
  }
  *value = sley_unit();
  *owner = source->flags & FLAG_SHARED ? source->owner : source;
  (*owner)->refs++;
}
