/* What one domain of the kv example keeps: a hash table with a limit in bytes, least recently used out first. Used by its
 * domain alone: no lock. Items are counted, since an answer can still be on its way when its item is replaced. */
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
  int64_t expires; /* seconds since 1970; 0: never */
  uint32_t flags, key_size, size;
  uint32_t holders; /* any thread, __atomic */
  char bytes[];     /* the key, then the data */
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
  KV_TOUCH,
  KV_FLUSH, /* what is stored before `expires` goes then */
  KV_COUNT  /* adds to counters */
} kv_operation;

enum { KV_ITEMS, KV_BYTES, KV_LIMIT, KV_TOTAL, KV_GETS, KV_HITS, KV_SETS, KV_EVICTED, KV_COUNTERS };

/* Travels to the domain of its key and back. */
typedef struct kv_request {
  kv_operation operation;
  char key[KV_KEY_BYTES + 1];
  uint32_t key_size;
  int64_t expires;
  uint64_t cas, number, counters[KV_COUNTERS];
  kv_item *item; /* to be stored, and the store's then; or found, and the caller's to drop */
  const char
      *outcome; /* of memcached's; NULL: what was found is in item, what was counted in number */
} kv_request;

typedef struct kv_store kv_store;

/* NULL: out of memory. */
kv_store *kv_store_new(size_t limit);
void kv_store_free(void *store);
void kv_store_apply(kv_store *store, kv_request *q);
uint64_t kv_store_age(const kv_store *store); /* in seconds */

kv_item *kv_item_new(const char *key, uint32_t key_size, uint32_t size);
void kv_item_drop(kv_item **item); /* any thread; leaves NULL, which is allowed */
void kv_request_free(void *q);     /* malloc's, with its item; NULL is allowed */
extern const char kv_no_memory[], *const kv_counter_names[KV_COUNTERS];
static inline char *kv_item_data(kv_item *i) { return i->bytes + i->key_size; }

#endif
