/* How many connections each peer has, over all domains. A connection can end in another domain than the one that accepted
 * it, so the table has a lock, held for a look-up.
 *
 * A peer is an IPv4 address, also a mapped one, or the first 64 bits of an IPv6 address, since whoever has one has at least
 * that many (RFC 6177 section 2, RFC 4291 section 2.5.1); on a link, where all have the same (RFC 4291 section 2.5.6), the last
 * 64 bits. */
#include "io/server/server.h"

enum { ROOM_FIRST = 64 };

typedef struct visitor {
  struct visitor *next; /* with the same place in the table */
  uint64_t address;
  bool is_ipv4;
  uint32_t open;
} visitor;

struct sley__peers {
  sley_runtime *runtime;
  pthread_mutex_t lock;
  visitor **rows; /* room, a power of 2 */
  size_t room, count;
  uint64_t secret; /* peers choose their addresses */
};

struct sley__peers *sley__peers_new(sley_runtime *runtime)
{
  struct sley__peers *p = sley__runtime_alloc(runtime, sizeof(*p));
  if (p == NULL) return NULL;
  *p = (struct sley__peers){.runtime = runtime, .room = ROOM_FIRST};
  p->secret = (uint64_t)(uintptr_t)p * 0x9e3779b97f4a7c15u ^ (uint64_t)sley_now();
  p->rows = sley__runtime_alloc(runtime, ROOM_FIRST * sizeof(visitor *));
  if (p->rows != NULL && pthread_mutex_init(&p->lock, NULL) == 0) {
    memset(p->rows, 0, ROOM_FIRST * sizeof(visitor *));
    return p;
  }
  if (p->rows != NULL) sley__runtime_free(runtime, p->rows, ROOM_FIRST * sizeof(visitor *));
  sley__runtime_free(runtime, p, sizeof(*p));
  return NULL;
}

void sley__peers_free(struct sley__peers *p)
{
  if (p == NULL) return;
  pthread_mutex_destroy(&p->lock);
  sley__runtime_free(p->runtime, p->rows, p->room * sizeof(visitor *));
  sley__runtime_free(p->runtime, p, sizeof(*p));
}

/* ---- addresses ---- */

static uint64_t bits_of(const unsigned char *bytes, size_t n)
{
  uint64_t bits = 0;
  for (size_t i = 0; i < n; i++) bits = bits << 8 | bytes[i];
  return bits;
}

/* false: it has no address by which it could be told from others. */
static bool address_of(const sley__peer *peer, visitor *out)
{
  if (peer->length == 0) return false;
  if (peer->any.sa_family == AF_INET) {
    *out = (visitor){.address = bits_of((const unsigned char *)&peer->v4.sin_addr, 4),
                     .is_ipv4 = true};
    return true;
  }
  if (peer->any.sa_family != AF_INET6) return false;
  const struct in6_addr *address = &peer->v6.sin6_addr;
  const unsigned char *bytes = address->s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(address))
    *out = (visitor){.address = bits_of(bytes + 12, 4), .is_ipv4 = true};
  else *out = (visitor){.address = bits_of(IN6_IS_ADDR_LINKLOCAL(address) ? bytes + 8 : bytes, 8)};
  return true;
}

/* ---- the table ---- */

/* The finalizer of MurmurHash3 (Appleby), keyed. */
static visitor **row_of(const struct sley__peers *p, const visitor *who)
{
  uint64_t h = (who->address ^ p->secret) + who->is_ipv4;
  h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
  h = ((h ^ h >> 33) + p->secret) * 0xc4ceb9fe1a85ec53u;
  return &p->rows[(h ^ h >> 33) & (p->room - 1)];
}

static visitor **place_of(const struct sley__peers *p, const visitor *who)
{
  visitor **at = row_of(p, who);
  while (*at != NULL && ((*at)->address != who->address || (*at)->is_ipv4 != who->is_ipv4))
    at = &(*at)->next;
  return at;
}

/* Without memory the lists get longer, and that is all. */
static void grow(struct sley__peers *p)
{
  size_t before = p->room;
  visitor **old = p->rows, **rows = sley__runtime_alloc(p->runtime, 2 * before * sizeof(visitor *));
  if (rows == NULL) return;
  memset(rows, 0, 2 * before * sizeof(visitor *));
  p->rows = rows;
  p->room = 2 * before;
  for (size_t i = 0; i < before; i++) {
    for (visitor *v = old[i], *next; v != NULL; v = next) {
      visitor **row = row_of(p, v);
      next = v->next;
      v->next = *row;
      *row = v;
    }
  }
  sley__runtime_free(p->runtime, old, before * sizeof(visitor *));
}

static bool visitor_add(struct sley__peers *p, const visitor *who, visitor **at)
{
  visitor *v = sley__runtime_alloc(p->runtime, sizeof(*v));
  if (v == NULL) return false;
  *v = *who;
  v->open = 1;
  *at = v;
  if (++p->count > p->room) grow(p);
  return true;
}

bool sley__peers_enter(struct sley__peers *p, const sley__peer *peer, size_t most)
{
  visitor who;
  if (!address_of(peer, &who)) return true;
  pthread_mutex_lock(&p->lock);
  visitor **at = place_of(p, &who), *v = *at;
  bool enters = v != NULL ? v->open < most : visitor_add(p, &who, at);
  if (v != NULL && enters) v->open++;
  pthread_mutex_unlock(&p->lock);
  return enters;
}

void sley__peers_leave(struct sley__peers *p, const sley__peer *peer)
{
  visitor who;
  if (!address_of(peer, &who)) return;
  pthread_mutex_lock(&p->lock);
  visitor **at = place_of(p, &who), *v = *at;
  if (--v->open == 0) {
    *at = v->next;
    p->count--;
    sley__runtime_free(p->runtime, v, sizeof(*v));
  }
  pthread_mutex_unlock(&p->lock);
}
