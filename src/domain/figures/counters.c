/* Counters of domains and their links: each is written by one thread with relaxed stores, and read by any. */
#include <time.h>

#include "domain/life/life.h"

static uint64_t counter_load(const uint64_t *counter)
{
  return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void loop_counters(seat *s, sley_domain_counters *now)
{
  pthread_mutex_lock(&s->lock); /* keeps the loop, and with it the thread, from ending */
  if (s->loop != NULL) {
    const sley__loop_counters *loop = sley__loop_counters_of(s->loop);
    now->turns = counter_load(&loop->turns);
    now->sleeps = counter_load(&loop->sleeps);
    uint64_t since = counter_load(&loop->since), clock = (uint64_t)sley__clock();
    now->idle_time = counter_load(&loop->idle) + (since != 0 && since < clock ? clock - since : 0);
    if (s->life.spawned) {
      uint64_t all = (uint64_t)(sley__clock() - s->opened);
      now->busy_time = sley__thread_time(s->life.thread);
      uint64_t known = now->idle_time + now->busy_time;
      now->steal_time = all > known ? all - known : 0;
    }
  }
  pthread_mutex_unlock(&s->lock);
}

void sley_domain_counters_get(sley_domain *domain, sley_domain_counters *out)
{
  SLEY__NEEDS(domain);
  SLEY__NEEDS(out);
  sley_domain_counters now = {0};
  seat *s = domain->seat;
  size_t size = SLEY__FIGURES_CHECK(out, sley_domain_counters, "sley_domain_counters_get");
  sley__refuse_elsewhere(domain->runtime->origin, "domain", domain->name);
  if (s != NULL) {
    now.sent = counter_load(&s->counters.sent);
    now.received = counter_load(&s->counters.received);
    now.batches = counter_load(&s->counters.batches);
    now.wakeups_sent = counter_load(&s->counters.wakeups_sent);
    now.wakeups_saved = counter_load(&s->counters.wakeups_saved);
    now.credit_waits = counter_load(&s->counters.credit_waits);
    now.refused = counter_load(&s->counters.refused);
    now.expired = counter_load(&s->counters.expired);
    now.longest_queue = counter_load(&s->counters.longest_queue);
    loop_counters(s, &now);
  }
  now.size = size;
  memcpy(out, &now, size);
}

/* ---- links ---- */

static const peer *incoming_from(const seat *here, const seat *other)
{
  const peer *p = here->incoming;
  while (p != NULL && p->from != other) p = p->next_incoming;
  return p;
}

static void peer_show(const peer *out, const peer *in, sley_peer_fn *f, void *ctx)
{
  const seat *other = out != NULL ? out->to : in->from;
  sley_peer_counters now = {.size = sizeof(now), .peer = other->id, .name = other->name};
  if (out != NULL) {
    now.sent = out->sent;
    now.batches = out->batches;
    now.wakeups_sent = out->wakeups_sent;
    now.wakeups_saved = out->wakeups_saved;
    now.credit_waits = out->credit_waits;
    now.refused = out->refused;
  }
  if (in != NULL) {
    now.received = in->received;
    now.expired = in->expired;
    now.longest_queue = in->longest;
  }
  f(ctx, &now);
}

void sley_domain_peers(sley_peer_fn *f, void *ctx)
{
  const seat *here = sley__self()->seat;
  if (here == NULL) return;
  for (const peer *p = here->outgoing; p != NULL; p = p->next_outgoing)
    peer_show(p, incoming_from(here, p->to), f, ctx);
  for (const peer *in = here->incoming; in != NULL; in = in->next_incoming) {
    const peer *out = here->outgoing;
    while (out != NULL && out->to != in->from) out = out->next_outgoing;
    if (out == NULL) peer_show(NULL, in, f, ctx);
  }
}
