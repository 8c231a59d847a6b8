/* What one domain of the kv example keeps: a hash table with a limit in bytes, least recently used out
 * first. Used by its domain alone: no lock. */
#ifndef KV_STORE_H
#define KV_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KV_KEY_BYTES = 250, KV_ITEM_BYTES = 1 << 20 };

typedef struct kv_item {
  struct kv_item *next;          /* in its bucket */
  struct kv_item *newer, *older; /* by use */
  uint64_t hash, cas;
  int64_t expires; /* seconds; 0: never */
  uint32_t flags, key_size, size;
  char bytes[]; /* the key, then the data */
} kv_item;

typedef enum kv_operation {
  KV_GET,
  KV_SET,
  KV_ADD,
  KV_REPLACE,
  KV_APPEND,
  KV_PREPEND,
  KV_CAS,
  KV_DELETE,
  KV_INCR,
  KV_DECR,
  KV_TOUCH
} kv_operation;

typedef enum kv_outcome {
  KV_FOUND, /* get: data, flags and cas are there; incr, decr: number */
  KV_STORED,
  KV_NOT_STORED,
  KV_EXISTS,
  KV_NOT_FOUND,
  KV_DELETED,
  KV_TOUCHED,
  KV_NOT_A_NUMBER,
  KV_NO_MEMORY
} kv_outcome;

/* One operation; travels to the domain of its key and back. */
typedef struct kv_request {
  kv_operation operation;
  kv_outcome outcome;
  char key[KV_KEY_BYTES];
  uint32_t key_size;
  uint64_t hash;
  int64_t expires;
  uint64_t number, cas;
  uint32_t flags;
  kv_item *item; /* what is to be stored; the store's once it took it */
  char *data;    /* what was found: copied, grows as needed */
  size_t size, room;
} kv_request;

typedef struct kv_counters {
  uint64_t items, bytes, total_items, gets, hits, sets, evictions;
} kv_counters;

typedef struct kv_store kv_store;

/* NULL: out of memory. */
kv_store *kv_store_new(size_t limit);
void kv_store_free(kv_store *store);
void kv_store_apply(kv_store *store, kv_request *q);
/* Everything that is stored before then goes then; seconds since 1970, 0: now. */
void kv_store_flush_at(kv_store *store, int64_t when);
kv_counters kv_store_counters(const kv_store *store);

kv_item *kv_item_new(const char *key, uint32_t key_size, uint32_t size);
uint64_t kv_hash(const char *key, uint32_t size);
/* memcached's: up to 30 days from now, else since 1970; negative: at once. 0 stays 0. */
int64_t kv_expiry(int64_t seconds);
bool kv_request_reserve(kv_request *q, size_t room);
void kv_request_clear(kv_request *q);

#endif
