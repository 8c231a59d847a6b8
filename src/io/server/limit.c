/* How many connections are open at once, and how many are being wrapped, over all domains. An acceptor that finds no place
 * says so and looks once more, and whoever gives one back looks at what acceptors say afterwards, so that one of them
 * sees the other. One is woken, and wakes the next if it leaves the place to others: else a place would stay empty
 * while the one that was woken has nothing to accept. models/place.pml checks it. */
#include "io/server/server.h"

/* In case there is no memory for waking whoever waits for a place. */
#define LOOK_AGAIN 1.0 /* seconds */

static bool is_there(const uint64_t *taken, size_t most)
{
  return most == 0 || __atomic_load_n(taken, __ATOMIC_SEQ_CST) < most;
}

static bool take(uint64_t *taken, size_t most)
{
  if (most == 0) return true;
  uint64_t now = __atomic_load_n(taken, __ATOMIC_SEQ_CST);
  do {
    if (now >= most) return false;
  } while (
      !__atomic_compare_exchange_n(taken, &now, now + 1, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return true;
}

bool sley__place_is_there(const sley_server *s)
{
  return is_there(&s->open, s->options.most) && is_there(&s->wrapping, s->options.wrap_most);
}

bool sley__place_take(sley_server *s)
{
  if (!take(&s->open, s->options.most)) return false;
  if (take(&s->wrapping, s->options.wrap_most)) return true;
  sley__place_free(s, SLEY__PLACE_OPEN); /* somebody may have missed it meanwhile */
  return false;
}

static void one_wake(sley_server *s)
{
  for (size_t i = 0; i < (s->count + 1) * s->listens; i++) {
    acceptor *a = &s->acceptors[i];
    if (__atomic_exchange_n(&a->is_full, 0, __ATOMIC_SEQ_CST) == 0) continue;
    if (sley__acceptor_wake(a)) return;
    __atomic_store_n(&a->is_full, 1, __ATOMIC_SEQ_CST);
  }
}

void sley__place_free(sley_server *s, unsigned which)
{
  bool frees_open = (which & SLEY__PLACE_OPEN) != 0 && s->options.most > 0;
  bool frees_wrap = (which & SLEY__PLACE_WRAP) != 0 && s->options.wrap_most > 0;
  if (frees_open) __atomic_sub_fetch(&s->open, 1, __ATOMIC_SEQ_CST);
  if (frees_wrap) __atomic_sub_fetch(&s->wrapping, 1, __ATOMIC_SEQ_CST);
  if (frees_open || frees_wrap) one_wake(s);
}

void sley__place_offer(sley_server *s)
{
  bool is_limited = s->options.most > 0 || s->options.wrap_most > 0;
  if (is_limited && sley__place_is_there(s)) one_wake(s);
}

void sley__place_wait(acceptor *a)
{
  __atomic_store_n(&a->is_full, 1, __ATOMIC_SEQ_CST);
  if (sley__place_is_there(a->server) &&
      __atomic_exchange_n(&a->is_full, 0, __ATOMIC_SEQ_CST) != 0) {
    sley__accept_next(a);
    return;
  }
  sley__accept_pause(a, LOOK_AGAIN);
}

void sley__member_leave(member *m, const sley__peer *peer, unsigned places)
{
  sley_server *s = m->server;
  sley__member_count(&m->open, -1);
  if (s->peers != NULL) sley__peers_leave(s->peers, peer);
  sley__place_free(s, places);
}
