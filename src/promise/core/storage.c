/* Sequence-associated storage: an immutable, counted array of bindings. A callback's snapshot is one more count on
 * the array that was current; programs without storage carry NULL around. */
#include "promise/core/core.h"

static size_t storage_bytes(uint32_t count)
{
  return sizeof(storage) + count * sizeof(struct binding);
}

static void box_drop(sley_domain *d, struct boxed *box)
{
  if (--box->refs > 0) return;
  sley_value_drop(&box->value);
  sley__free(d, box, sizeof(*box));
}

void sley__storage_free(sley_domain *d, storage *s)
{
  for (uint32_t i = 0; i < s->count; i++) box_drop(d, s->bindings[i].box);
  sley__free(d, s, storage_bytes(s->count));
}

const sley_value *sley_storage_get(const sley_key *key)
{
  const storage *s = sley__self()->storage;
  if (s == NULL) return NULL;
  for (uint32_t i = 0; i < s->count; i++)
    if (s->bindings[i].key == key) return &s->bindings[i].box->value;
  return NULL;
}

/* The current storage without key, with room for one more. NULL when out of memory. */
static storage *copy_without(sley_domain *d, const sley_key *key, uint32_t extra)
{
  const storage *now = d->storage;
  uint32_t keep = 0;
  for (uint32_t i = 0; now != NULL && i < now->count; i++) keep += now->bindings[i].key != key;
  storage *s = sley__alloc(d, storage_bytes(keep + extra));
  if (s == NULL) return NULL;
  d->has_stored = true;
  s->refs = 1;
  s->count = keep + extra;
  uint32_t at = 0;
  for (uint32_t i = 0; now != NULL && i < now->count; i++) {
    if (now->bindings[i].key == key) continue;
    s->bindings[at] = now->bindings[i];
    s->bindings[at++].box->refs++;
  }
  return s;
}

static sley_promise *start_under(sley_domain *d, storage *s, sley_start_fn *start, void *ctx)
{
  storage *saved = d->storage;
  d->storage = s;
  sley_promise *p = start(ctx);
  sley__storage_restore(d, saved);
  sley__settle_down(d);
  sley__returned(p, "sley_with_value", "");
  return p;
}

int sley__storage_set(const sley_key *key, sley_value *v)
{
  sley_domain *d = sley__self();
  struct boxed *box = v != NULL ? sley__alloc(d, sizeof(*box)) : NULL;
  storage *s = v != NULL && box == NULL ? NULL : copy_without(d, key, v != NULL ? 1 : 0);
  if (s == NULL) {
    if (box != NULL) sley__free(d, box, sizeof(*box));
    sley_value_drop(v);
    return -SLEY_ENOMEM;
  }
  if (v != NULL) {
    box->refs = 1;
    box->value = *v;
    s->bindings[s->count - 1].key = key;
    s->bindings[s->count - 1].box = box;
  }
  sley__storage_restore(d, s);
  sley__settle_down(d);
  return 0;
}

/* The current storage with key bound to v; consumes v. NULL when out of memory. */
static storage *copy_with(sley_domain *d, const sley_key *key, sley_value v)
{
  struct boxed *box = sley__alloc(d, sizeof(*box));
  storage *s = box == NULL ? NULL : copy_without(d, key, 1);
  if (s == NULL) {
    if (box != NULL) sley__free(d, box, sizeof(*box));
    sley_value_drop(&v);
    return NULL;
  }
  box->refs = 1;
  box->value = v;
  s->bindings[s->count - 1].key = key;
  s->bindings[s->count - 1].box = box;
  return s;
}

sley_promise *sley_with_value(const sley_key *key, sley_value v, sley_start_fn *start, void *ctx)
{
  SLEY__NEEDS(key);
  SLEY__NEEDS(start);
  sley_domain *d = sley__self();
  storage *s = copy_with(d, key, v);
  return s == NULL ? sley__nomem_promise() : start_under(d, s, start, ctx);
}

sley_promise *sley__with_cached(storage **cached, const sley_key *key, sley_value v,
                                sley_start_fn *start, void *ctx)
{
  sley_domain *d = sley__self();
  if (SLEY__UNLIKELY(d->storage != NULL)) return sley_with_value(key, v, start, ctx);
  if (SLEY__UNLIKELY(*cached == NULL)) *cached = copy_with(d, key, v);
  if (SLEY__UNLIKELY(*cached == NULL)) return sley__nomem_promise();
  return start_under(d, sley__storage_keep(*cached), start, ctx);
}

void sley__storage_forget(storage **cached)
{
  storage *s = *cached;
  *cached = NULL;
  sley__storage_drop(sley__self(), s);
}

sley_promise *sley_without_value(const sley_key *key, sley_start_fn *start, void *ctx)
{
  SLEY__NEEDS(key);
  SLEY__NEEDS(start);
  sley_domain *d = sley__self();
  if (sley_storage_get(key) == NULL)
    return start_under(d, sley__storage_keep(d->storage), start, ctx);
  storage *s = copy_without(d, key, 0);
  return s == NULL ? sley__nomem_promise() : start_under(d, s, start, ctx);
}

const sley_key sley__call_level = SLEY_KEY("sley: nesting level of calls");
