/* How many connections are served at once, over all domains. An acceptor that finds no place says so and looks once more,
 * and whoever gives one back looks at what acceptors say afterwards, so that one of them sees the other. */
#include "io/server/server.h"

/* In case there is no memory for waking whoever waits for a place. */
#define LOOK_AGAIN 1.0 /* seconds */

bool sley__place_is_there(const sley_server *s)
{
  return s->options.most == 0 || __atomic_load_n(&s->open, __ATOMIC_SEQ_CST) < s->options.most;
}

bool sley__place_take(sley_server *s)
{
  if (s->options.most == 0) return true;
  uint64_t open = __atomic_load_n(&s->open, __ATOMIC_SEQ_CST);
  do {
    if (open >= s->options.most) return false;
  } while (!__atomic_compare_exchange_n(&s->open, &open, open + 1, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST));
  return true;
}

void sley__place_free(sley_server *s)
{
  if (s->options.most == 0) return;
  __atomic_sub_fetch(&s->open, 1, __ATOMIC_SEQ_CST);
  for (size_t i = 0; i < (s->count + 1) * s->listens; i++) {
    acceptor *a = &s->acceptors[i];
    if (__atomic_exchange_n(&a->is_full, 0, __ATOMIC_SEQ_CST) == 0) continue;
    if (sley__acceptor_wake(a)) return;
    __atomic_store_n(&a->is_full, 1, __ATOMIC_SEQ_CST);
  }
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

void sley__member_leave(member *m)
{
  sley__member_count(&m->open, -1);
  sley__place_free(m->server);
}
