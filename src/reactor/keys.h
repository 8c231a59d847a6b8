/* A table of objects by keys, which are bytes that a peer may have chosen: so the hash is SipHash (Aumasson, Bernstein
 * 2012) with one compression round and three at the end, and a secret that the table draws. */
#ifndef SLEY_REACTOR_KEYS_H
#define SLEY_REACTOR_KEYS_H

#include "promise/promise_floor.h"

typedef struct sley__key {
  struct sley__key *next; /* with the same place in the table */
  uint64_t hash;
  size_t size, offset; /* of the bytes, from the key on */
} sley__key;

typedef struct sley__keys {
  sley__key **rows; /* room, a power of 2 */
  size_t room, count;
  sley_domain *domain;
  uint64_t secret[2];
} sley__keys;

void sley__keys_init(sley__keys *keys, uint64_t a, uint64_t b); /* a and b: hard to guess */
uint64_t sley__key_hash(const sley__keys *keys, const void *bytes, size_t size);
sley__key *sley__key_find(const sley__keys *keys, uint64_t hash, const void *bytes, size_t size);
/* A new object of so many bytes that begins with a key, in the table; not zeroed. NULL: out of memory. */
sley__key *sley__key_new(sley_domain *d, sley__keys *keys, uint64_t hash, const void *bytes,
                         size_t size, size_t object);
/* The last one removed also frees the table's own memory. */
void sley__key_remove(sley__keys *keys, sley__key *key);
void sley__key_free(sley_domain *d, sley__key *key, size_t object);
/* In no order. The one returned may be removed after the next one was asked for. */
sley__key *sley__key_first(const sley__keys *keys);
sley__key *sley__key_next(const sley__keys *keys, const sley__key *key);

#endif
