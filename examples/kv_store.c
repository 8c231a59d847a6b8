#include "kv_store.h"

#include <inttypes.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AVERAGE_BYTES = 512 /* of an item, for the number of buckets */ };

struct kv_store {
  kv_item **buckets;
  size_t mask;
  kv_item *newest, *oldest; /* by use */
  uint64_t last_cas;
  int64_t flush_at; /* 0: none requested */
  sley_time made;
  uint64_t counters[KV_COUNTERS];
};

const char *const kv_counter_names[] = {"curr_items", "bytes",    "limit_maxbytes", "total_items",
                                        "cmd_get",    "get_hits", "cmd_set",        "evictions"};

/* ---- items ---- */

static uint64_t hash_of(const char *key, uint32_t size)
{
  uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
  for (uint32_t i = 0; i < size; i++) h = (h ^ (unsigned char)key[i]) * 0x100000001b3u;
  return h ^ h >> 29;
}

static size_t bytes_of(const kv_item *i) { return sizeof(*i) + i->key_size + i->size; }

kv_item *kv_item_new(const char *key, uint32_t key_size, uint32_t size)
{
  kv_item *i = malloc(sizeof(*i) + key_size + size);
  if (i == NULL) return NULL;
  *i = (kv_item){.hash = hash_of(key, key_size), .key_size = key_size, .size = size, .holders = 1};
  memcpy(i->bytes, key, key_size);
  return i;
}

void kv_item_drop(kv_item **place)
{
  kv_item *i = *place;
  *place = NULL;
  if (i != NULL && __atomic_sub_fetch(&i->holders, 1, __ATOMIC_ACQ_REL) == 0) free(i);
}

void kv_request_free(void *ptr)
{
  kv_request *q = ptr;
  if (q != NULL) kv_item_drop(&q->item);
  free(q);
}

/* ---- the table ---- */

static kv_item **place_of(kv_store *s, uint64_t hash, const char *key, size_t size)
{
  kv_item **at = &s->buckets[hash & s->mask];
  while (*at != NULL &&
         ((*at)->hash != hash || (*at)->key_size != size || memcmp((*at)->bytes, key, size) != 0))
    at = &(*at)->next;
  return at;
}

static void use_end(kv_store *s, kv_item *i)
{
  *(i->newer != NULL ? &i->newer->older : &s->newest) = i->older;
  *(i->older != NULL ? &i->older->newer : &s->oldest) = i->newer;
}

static void use_begin(kv_store *s, kv_item *i)
{
  i->newer = NULL;
  i->older = s->newest;
  *(s->newest != NULL ? &s->newest->newer : &s->oldest) = i;
  s->newest = i;
}

static void take_out(kv_store *s, kv_item *i)
{
  *place_of(s, i->hash, i->bytes, i->key_size) = i->next;
  use_end(s, i);
  s->counters[KV_ITEMS]--;
  s->counters[KV_BYTES] -= bytes_of(i);
  kv_item_drop(&i);
}

/* The item of q's key, marked as just used; an expired one is removed. */
static kv_item *find(kv_store *s, const kv_request *q)
{
  kv_item *i = *place_of(s, hash_of(q->key, q->key_size), q->key, q->key_size);
  if (i == NULL) return NULL;
  if (i->expires != 0 && i->expires <= (int64_t)time(NULL)) {
    take_out(s, i);
    return NULL;
  }
  use_end(s, i);
  use_begin(s, i);
  return i;
}

static void put_in(kv_store *s, kv_request *q)
{
  kv_item *i = q->item, *old = *place_of(s, i->hash, i->bytes, i->key_size);
  if (old != NULL) take_out(s, old);
  q->item = NULL;
  q->outcome = "STORED";
  i->cas = ++s->last_cas;
  i->next = s->buckets[i->hash & s->mask];
  s->buckets[i->hash & s->mask] = i;
  use_begin(s, i);
  s->counters[KV_ITEMS]++;
  s->counters[KV_TOTAL]++;
  s->counters[KV_BYTES] += bytes_of(i);
  for (; s->counters[KV_BYTES] > s->counters[KV_LIMIT] && s->oldest != NULL;
       s->counters[KV_EVICTED]++)
    take_out(s, s->oldest);
}

kv_store *kv_store_new(size_t limit)
{
  kv_store *s = calloc(1, sizeof(*s));
  if (s == NULL) return NULL;
  *s = (kv_store){.mask = 1, .made = sley_now(), .counters[KV_LIMIT] = limit};
  while (s->mask < limit / AVERAGE_BYTES) s->mask = s->mask * 2 + 1;
  s->buckets = calloc(s->mask + 1, sizeof(kv_item *));
  if (s->buckets != NULL) return s;
  free(s);
  return NULL;
}

uint64_t kv_store_age(const kv_store *s)
{
  return (uint64_t)((sley_now() - s->made) / SLEY_SECOND);
}

static void flush(kv_store *s)
{
  s->flush_at = 0;
  while (s->oldest != NULL) take_out(s, s->oldest);
}

void kv_store_free(void *ptr)
{
  kv_store *s = ptr;
  flush(s);
  free(s->buckets);
  free(s);
}

/* ---- operations ---- */

const char kv_no_memory[] = "SERVER_ERROR out of memory storing object";

static void get(kv_store *s, kv_request *q)
{
  q->item = find(s, q);
  s->counters[KV_GETS]++;
  if (q->item == NULL) return;
  s->counters[KV_HITS]++;
  __atomic_add_fetch(&q->item->holders, 1, __ATOMIC_RELAXED);
}

/* Joins the old data and the new in one item. */
static void extend(kv_store *s, kv_request *q, kv_item *old)
{
  uint32_t size = old->size + q->item->size;
  kv_item *i = size > KV_ITEM_BYTES ? NULL : kv_item_new(q->key, q->key_size, size);
  q->outcome = kv_no_memory;
  if (i == NULL) return;
  bool behind = q->operation == KV_APPEND;
  i->flags = old->flags;
  i->expires = old->expires;
  memcpy(kv_item_data(i) + (behind ? 0 : q->item->size), kv_item_data(old), old->size);
  memcpy(kv_item_data(i) + (behind ? old->size : 0), kv_item_data(q->item), q->item->size);
  kv_item_drop(&q->item);
  q->item = i;
  put_in(s, q);
}

static void store(kv_store *s, kv_request *q)
{
  kv_item *old = q->operation == KV_SET ? NULL : find(s, q);
  bool is_new = q->operation == KV_SET || q->operation == KV_ADD;
  s->counters[KV_SETS]++;
  q->outcome = "NOT_STORED";
  if (is_new ? old != NULL : old == NULL) {
    if (q->operation == KV_CAS) q->outcome = "NOT_FOUND";
  } else if (q->operation == KV_CAS && old->cas != q->cas) {
    q->outcome = "EXISTS";
  } else if (q->operation == KV_APPEND || q->operation == KV_PREPEND) {
    extend(s, q, old);
  } else {
    put_in(s, q);
  }
}

static void count(kv_store *s, kv_request *q)
{
  kv_item *i = find(s, q);
  uint64_t number;
  char text[24];
  q->outcome =
      i == NULL ? "NOT_FOUND" : "CLIENT_ERROR cannot increment or decrement non-numeric value";
  if (i == NULL) return;
  sley_slice data = {kv_item_data(i), i->size};
  if (sley_slice_uint(sley_slice_word(&data, " "), UINT64_MAX, &number) != 0) return;
  if (q->operation == KV_INCR) number += q->number;
  else number -= q->number < number ? q->number : number;
  int size = snprintf(text, sizeof(text), "%" PRIu64, number);
  q->item = kv_item_new(q->key, q->key_size, (uint32_t)size);
  q->outcome = kv_no_memory;
  if (q->item == NULL) return;
  memcpy(kv_item_data(q->item), text, (size_t)size);
  q->item->flags = i->flags;
  q->item->expires = i->expires;
  put_in(s, q);
  q->number = number;
  q->outcome = NULL;
}

void kv_store_apply(kv_store *s, kv_request *q)
{
  q->outcome = NULL;
  if (s->flush_at != 0 && s->flush_at <= (int64_t)time(NULL)) flush(s); /* before anything new */
  kv_item *i = q->operation == KV_DELETE || q->operation == KV_TOUCH ? find(s, q) : NULL;
  switch (q->operation) {
    case KV_GET: get(s, q); break;
    case KV_INCR:
    case KV_DECR: count(s, q); break;
    case KV_DELETE:
      q->outcome = i != NULL ? "DELETED" : "NOT_FOUND";
      if (i != NULL) take_out(s, i);
      break;
    case KV_TOUCH:
      q->outcome = i != NULL ? "TOUCHED" : "NOT_FOUND";
      if (i != NULL) i->expires = q->expires;
      break;
    case KV_FLUSH:
      s->flush_at = q->expires;
      if (q->expires <= (int64_t)time(NULL)) flush(s);
      break;
    case KV_COUNT:
      for (int n = 0; n < KV_COUNTERS; n++) q->counters[n] += s->counters[n];
      break;
    default: store(s, q); break;
  }
}
