#include "kv_store.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct kv_store {
  kv_item **buckets;
  size_t mask, limit;
  kv_item *newest, *oldest;
  uint64_t last_cas;
  int64_t flush_at; /* seconds since 1970; 0: none requested */
  kv_counters counters;
};

/* ---- items ---- */

uint64_t kv_hash(const char *key, uint32_t size)
{
  uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
  for (uint32_t i = 0; i < size; i++) h = (h ^ (unsigned char)key[i]) * 0x100000001b3u;
  return h ^ h >> 29;
}

static size_t item_bytes(const kv_item *i) { return sizeof(*i) + i->key_size + i->size; }

kv_item *kv_item_new(const char *key, uint32_t key_size, uint32_t size)
{
  kv_item *i = malloc(sizeof(*i) + key_size + size);
  if (i == NULL) return NULL;
  memset(i, 0, sizeof(*i));
  i->key_size = key_size;
  i->size = size;
  i->hash = kv_hash(key, key_size);
  memcpy(i->bytes, key, key_size);
  return i;
}

static char *data_of(kv_item *i) { return i->bytes + i->key_size; }

int64_t kv_expiry(int64_t seconds)
{
  enum { MONTH = 60 * 60 * 24 * 30 };
  if (seconds == 0) return 0;
  if (seconds < 0) return 1; /* negative: already expired */
  return seconds <= MONTH ? (int64_t)time(NULL) + seconds : seconds;
}

static bool is_over(const kv_item *i)
{
  return i->expires != 0 && i->expires <= (int64_t)time(NULL);
}

/* ---- the table ---- */

static kv_item **place_of(kv_store *s, const kv_request *q)
{
  kv_item **place = &s->buckets[q->hash & s->mask];
  while (*place != NULL && ((*place)->hash != q->hash || (*place)->key_size != q->key_size ||
                            memcmp((*place)->bytes, q->key, q->key_size) != 0))
    place = &(*place)->next;
  return place;
}

static void use_begin(kv_store *s, kv_item *i)
{
  i->newer = NULL;
  i->older = s->newest;
  if (s->newest != NULL) s->newest->newer = i;
  else s->oldest = i;
  s->newest = i;
}

static void use_end(kv_store *s, kv_item *i)
{
  if (i->newer != NULL) i->newer->older = i->older;
  else s->newest = i->older;
  if (i->older != NULL) i->older->newer = i->newer;
  else s->oldest = i->newer;
}

static void take_out(kv_store *s, kv_item **place)
{
  kv_item *i = *place;
  *place = i->next;
  use_end(s, i);
  s->counters.items--;
  s->counters.bytes -= item_bytes(i);
  free(i);
}

/* The item of q's key, marked as just used; an expired one is removed. */
static kv_item *find(kv_store *s, const kv_request *q)
{
  kv_item **place = place_of(s, q), *i = *place;
  if (i == NULL) return NULL;
  if (is_over(i)) {
    take_out(s, place);
    return NULL;
  }
  use_end(s, i);
  use_begin(s, i);
  return i;
}

static void evict(kv_store *s)
{
  while (s->counters.bytes > s->limit && s->oldest != NULL) {
    kv_item **place = &s->buckets[s->oldest->hash & s->mask];
    while (*place != s->oldest) place = &(*place)->next;
    take_out(s, place);
    s->counters.evictions++;
  }
}

static void grow(kv_store *s)
{
  size_t count = (s->mask + 1) * 2;
  kv_item **buckets = calloc(count, sizeof(kv_item *));
  if (buckets == NULL) return; /* the only effect is longer chains */
  for (size_t b = 0; b <= s->mask; b++) {
    for (kv_item *i = s->buckets[b], *next; i != NULL; i = next) {
      next = i->next;
      i->next = buckets[i->hash & (count - 1)];
      buckets[i->hash & (count - 1)] = i;
    }
  }
  free(s->buckets);
  s->buckets = buckets;
  s->mask = count - 1;
}

static void put_in(kv_store *s, kv_request *q)
{
  kv_item **place = place_of(s, q), *i = q->item;
  if (*place != NULL) take_out(s, place);
  q->item = NULL;
  i->cas = ++s->last_cas;
  i->next = s->buckets[i->hash & s->mask];
  s->buckets[i->hash & s->mask] = i;
  use_begin(s, i);
  s->counters.items++;
  s->counters.total_items++;
  s->counters.bytes += item_bytes(i);
  if (s->counters.items > s->mask) grow(s);
  evict(s);
}

kv_store *kv_store_new(size_t limit)
{
  enum { FIRST = 1024 };
  kv_store *s = calloc(1, sizeof(*s));
  if (s == NULL) return NULL;
  s->buckets = calloc(FIRST, sizeof(kv_item *));
  if (s->buckets == NULL) {
    free(s);
    return NULL;
  }
  s->mask = FIRST - 1;
  s->limit = limit;
  return s;
}

static void flush(kv_store *s)
{
  s->flush_at = 0;
  for (size_t b = 0; b <= s->mask; b++)
    while (s->buckets[b] != NULL) take_out(s, &s->buckets[b]);
}

void kv_store_flush_at(kv_store *s, int64_t when)
{
  if (when <= (int64_t)time(NULL)) flush(s);
  else s->flush_at = when;
}

void kv_store_free(kv_store *s)
{
  flush(s);
  free(s->buckets);
  free(s);
}

kv_counters kv_store_counters(const kv_store *s) { return s->counters; }

/* ---- operations ---- */

bool kv_request_reserve(kv_request *q, size_t room)
{
  if (room <= q->room) return true;
  char *data = realloc(q->data, room);
  if (data == NULL) return false;
  q->data = data;
  q->room = room;
  return true;
}

void kv_request_clear(kv_request *q)
{
  free(q->item);
  free(q->data);
  q->item = NULL;
  q->data = NULL;
  q->size = q->room = 0;
}

static void get(kv_store *s, kv_request *q)
{
  kv_item *i = find(s, q);
  s->counters.gets++;
  q->outcome = KV_NOT_FOUND;
  if (i == NULL) return;
  s->counters.hits++;
  q->outcome = kv_request_reserve(q, i->size) ? KV_FOUND : KV_NO_MEMORY;
  if (q->outcome != KV_FOUND) return;
  if (i->size > 0) memcpy(q->data, data_of(i), i->size);
  q->size = i->size;
  q->flags = i->flags;
  q->cas = i->cas;
}

/* Joins the old data and the new in one item. */
static void extend(kv_store *s, kv_request *q, kv_item *old)
{
  kv_item *i = old->size + q->item->size > KV_ITEM_BYTES
                   ? NULL
                   : kv_item_new(q->key, q->key_size, old->size + q->item->size);
  if (i == NULL) {
    q->outcome = KV_NO_MEMORY;
    return;
  }
  bool behind = q->operation == KV_APPEND;
  i->flags = old->flags;
  i->expires = old->expires;
  memcpy(data_of(i) + (behind ? 0 : q->item->size), data_of(old), old->size);
  memcpy(data_of(i) + (behind ? old->size : 0), data_of(q->item), q->item->size);
  free(q->item);
  q->item = i;
  put_in(s, q);
  q->outcome = KV_STORED;
}

static void store(kv_store *s, kv_request *q)
{
  kv_item *old = q->operation == KV_SET ? NULL : find(s, q);
  s->counters.sets++;
  q->outcome = KV_NOT_STORED;
  if (q->operation == KV_ADD && old != NULL) return;
  if (q->operation == KV_CAS) {
    q->outcome = old == NULL ? KV_NOT_FOUND : KV_EXISTS;
    if (old == NULL || old->cas != q->cas) return;
  } else if (q->operation != KV_SET && q->operation != KV_ADD && old == NULL) {
    return;
  }
  if (q->operation == KV_APPEND || q->operation == KV_PREPEND) {
    extend(s, q, old);
    return;
  }
  put_in(s, q);
  q->outcome = KV_STORED;
}

static bool number_of(kv_item *i, uint64_t *number)
{
  char text[24], *end;
  if (i->size == 0 || i->size >= sizeof(text)) return false;
  memcpy(text, data_of(i), i->size);
  text[i->size] = '\0';
  if (!isdigit((unsigned char)text[0])) return false;
  errno = 0;
  *number = strtoull(text, &end, 10);
  return errno == 0 && (*end == '\0' || *end == ' ');
}

static void count(kv_store *s, kv_request *q)
{
  kv_item *i = find(s, q);
  uint64_t number;
  char text[24];
  q->outcome = i == NULL ? KV_NOT_FOUND : KV_NOT_A_NUMBER;
  if (i == NULL || !number_of(i, &number)) return;
  if (q->operation == KV_INCR) number += q->number;
  else number -= q->number < number ? q->number : number;
  int size = snprintf(text, sizeof(text), "%" PRIu64, number);
  q->item = kv_item_new(q->key, q->key_size, (uint32_t)size);
  q->outcome = q->item == NULL ? KV_NO_MEMORY : KV_FOUND;
  if (q->item == NULL) return;
  memcpy(data_of(q->item), text, (size_t)size);
  q->item->flags = i->flags;
  q->item->expires = i->expires;
  put_in(s, q);
  q->number = number;
}

void kv_store_apply(kv_store *s, kv_request *q)
{
  kv_item *i;
  if (s->flush_at != 0 && s->flush_at <= (int64_t)time(NULL))
    flush(s); /* before anything new is stored */
  switch (q->operation) {
    case KV_GET: get(s, q); break;
    case KV_INCR:
    case KV_DECR: count(s, q); break;
    case KV_DELETE:
      q->outcome = find(s, q) != NULL ? KV_DELETED : KV_NOT_FOUND;
      if (q->outcome == KV_DELETED) take_out(s, place_of(s, q));
      break;
    case KV_TOUCH:
      i = find(s, q);
      if (i != NULL) i->expires = q->expires;
      q->outcome = i != NULL ? KV_TOUCHED : KV_NOT_FOUND;
      break;
    default: store(s, q); break;
  }
}
