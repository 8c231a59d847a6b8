/* The table of keys: lists of those with the same place; as many places as keys, at least. */
#include "reactor/keys.h"

#include <string.h>

enum { ROOM_FIRST = 16 };

void sley__keys_init(sley__keys *keys, uint64_t a, uint64_t b)
{
  *keys = (sley__keys){.secret = {a * 0x9e3779b97f4a7c15u, b ^ (a << 32)}};
}

/* ---- SipHash-1-3 ---- */

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline void sip_round(uint64_t v[4])
{
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate(v[1], 13) ^ v[0];
  v[3] = rotate(v[3], 16) ^ v[2];
  v[0] = rotate(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = rotate(v[1], 17) ^ v[2];
  v[3] = rotate(v[3], 21) ^ v[0];
  v[2] = rotate(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
  v[3] ^= word;
  sip_round(v);
  v[0] ^= word;
}

uint64_t sley__key_hash(const sley__keys *keys, const void *bytes, size_t size)
{
  const unsigned char *at = bytes;
  const uint64_t a = keys->secret[0], b = keys->secret[1];
  uint64_t v[4] = {a ^ 0x736f6d6570736575u, b ^ 0x646f72616e646f6du, a ^ 0x6c7967656e657261u,
                   b ^ 0x7465646279746573u};
  size_t whole = size / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    uint64_t word = 0;
    for (unsigned n = 0; n < 8; n++) word |= (uint64_t)at[i + n] << (8 * n);
    sip_word(v, word);
  }
  uint64_t last = (uint64_t)size << 56;
  for (size_t i = whole; i < size; i++) last |= (uint64_t)at[i] << (8 * (i - whole));
  sip_word(v, last);
  v[2] ^= 0xff;
  for (int i = 0; i < 3; i++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- the table ---- */

static sley__key **row_of(const sley__keys *keys, uint64_t hash)
{
  return &keys->rows[hash & (keys->room - 1)];
}

static void *bytes_of(const sley__key *key) { return (char *)(uintptr_t)key + key->offset; }

sley__key *sley__key_find(const sley__keys *keys, uint64_t hash, const void *bytes, size_t size)
{
  if (keys->room == 0) return NULL;
  sley__key *key = *row_of(keys, hash);
  while (key != NULL && (key->hash != hash || key->size != size ||
                         (size > 0 && memcmp(bytes_of(key), bytes, size) != 0)))
    key = key->next;
  return key;
}

static void row_add(const sley__keys *keys, sley__key *key)
{
  sley__key **row = row_of(keys, key->hash);
  key->next = *row;
  *row = key;
}

/* Room for one more. If memory is out, an existing table only gets slower. */
static bool keys_grow(sley_domain *d, sley__keys *keys)
{
  if (keys->count < keys->room) return true;
  sley__keys old = *keys;
  size_t room = old.room == 0 ? ROOM_FIRST : 2 * old.room;
  sley__key **rows = sley__alloc(d, room * sizeof(*rows));
  if (rows == NULL) return old.room > 0;
  memset(rows, 0, room * sizeof(*rows));
  keys->rows = rows;
  keys->room = room;
  keys->domain = d;
  for (size_t i = 0; i < old.room; i++)
    for (sley__key *key = old.rows[i], *next; key != NULL; key = next) {
      next = key->next;
      row_add(keys, key);
    }
  if (old.room > 0) sley__free(d, old.rows, old.room * sizeof(*old.rows));
  return true;
}

sley__key *sley__key_new(sley_domain *d, sley__keys *keys, uint64_t hash, const void *bytes,
                         size_t size, size_t object)
{
  if (size > SIZE_MAX - object || !keys_grow(d, keys)) return NULL;
  sley__key *key = sley__alloc(d, object + size);
  if (key == NULL) return NULL;
  key->hash = hash;
  key->size = size;
  key->offset = object;
  if (size > 0) memcpy(bytes_of(key), bytes, size);
  row_add(keys, key);
  keys->count++;
  return key;
}

void sley__key_remove(sley__keys *keys, sley__key *key)
{
  sley__key **at = row_of(keys, key->hash);
  while (*at != key) at = &(*at)->next;
  *at = key->next;
  if (--keys->count > 0) return;
  sley__free(keys->domain, keys->rows, keys->room * sizeof(*keys->rows));
  keys->rows = NULL;
  keys->room = 0;
}

void sley__key_free(sley_domain *d, sley__key *key, size_t object)
{
  sley__free(d, key, object + key->size);
}

static sley__key *first_from(const sley__keys *keys, size_t row)
{
  for (; row < keys->room; row++)
    if (keys->rows[row] != NULL) return keys->rows[row];
  return NULL;
}

sley__key *sley__key_first(const sley__keys *keys) { return first_from(keys, 0); }

sley__key *sley__key_next(const sley__keys *keys, const sley__key *key)
{
  if (key->next != NULL) return key->next;
  return first_from(keys, (size_t)(key->hash & (keys->room - 1)) + 1);
}
