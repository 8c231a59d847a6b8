/* The loop. Closed load: each connection starts a request when an answer has come. Open load: requests start on
 * schedule; one that finds every connection full waits here, but its latency still counts from when it was due. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "load.h"

enum { EVENTS = 512, AT_ONCE = 1024, SPIN_BELOW = 2000000 }; /* ns; epoll counts milliseconds */

typedef struct run {
  target *target;
  result *result;
  arrivals arrivals;
  uint64_t begin, end; /* nothing is due from end on; UINT64_MAX: no end */
  uint64_t heard;      /* time of the last answer, or of a request after a silence */
  uint64_t left;       /* requests that can still start */
  uint64_t in_flight;
  bool open;
} run;

static void start(run *r, connection *c, uint64_t when, uint64_t now)
{
  if (r->left != UINT64_MAX) r->left--;
  if (r->in_flight++ == 0) r->heard = now;
  connection_begin(r->target, c, when);
}

/* ---- closed ---- */

static void start_closed(run *r, connection *c, uint64_t now)
{
  while (r->left > 0 && now < r->end && c->in_flight < r->target->options->depth)
    start(r, c, now, now);
  connection_send(r->target, c);
}

static void start_all_closed(run *r)
{
  unsigned depth = r->target->options->depth;
  for (unsigned i = 0; i < r->target->options->connections; i++) {
    connection *c = &r->target->connection[i];
    uint64_t now = now_ns();
    for (unsigned k = 0; k < depth && r->left > 0; k++) start(r, c, now, now);
    connection_send(r->target, c);
  }
}

/* ---- open ---- */

static bool is_due(const run *r, uint64_t now)
{
  uint64_t due = arrivals_next(&r->arrivals);
  return r->left > 0 && due < r->end && due <= now;
}

static bool more_to_come(const run *r)
{
  return r->left > 0 && arrivals_next(&r->arrivals) < r->end;
}

/* Records how far the generator is behind here, before the server can be a cause of it: while its connection was
 * full, the wait was the server's. Requests due together are sent in one write per connection: after the server
 * has stalled there are thousands. */
static unsigned start_due(run *r)
{
  struct {
    connection *connection;
    uint64_t could;
  } started[AT_ONCE];
  unsigned count = 0;
  connection *c;
  uint64_t now;
  while (count < AT_ONCE && is_due(r, now = now_ns()) && (c = target_take(r->target)) != NULL) {
    uint64_t due = arrivals_next(&r->arrivals);
    started[count].connection = c;
    started[count++].could = due > c->room_since ? due : c->room_since;
    start(r, c, due, now);
    arrivals_pass(&r->arrivals);
    target_give(r->target, c);
  }
  for (unsigned i = 0; i < count; i++) {
    now = now_ns();
    histogram_add(&r->result->lag, now > started[i].could ? now - started[i].could : 0);
    if (started[i].connection->unsent > 0) connection_send(r->target, started[i].connection);
  }
  return count;
}

static int timeout_ms(const run *r, uint64_t now)
{
  if (!r->open || !more_to_come(r)) return 100;
  if (r->target->room_count == 0) return 1;
  uint64_t due = arrivals_next(&r->arrivals);
  if (due <= now || due - now < SPIN_BELOW) return 0;
  uint64_t ms = (due - now) / 1000000 - 1;
  return ms > 100 ? 100 : (int)ms;
}

/* ---- both ---- */

static void take_answers(run *r, connection *c, uint64_t now)
{
  bool was_full = c->in_flight == r->target->options->depth;
  unsigned count = connection_receive(r->target, c);
  if (count == 0) return;
  r->heard = now;
  for (unsigned i = 0; i < count; i++) {
    uint64_t begun = connection_finish(r->target, c);
    histogram_add(&r->result->latency, now > begun ? now - begun : 0);
  }
  r->in_flight -= count;
  r->result->requests += count;
  if (now < r->end) r->result->answered_in += count;
  if (!r->open) {
    start_closed(r, c, now);
    return;
  }
  if (was_full) c->room_since = now;
  target_give(r->target, c);
}

static void look_for_silence(const run *r, uint64_t now)
{
  const options *o = r->target->options;
  uint64_t most = (uint64_t)(o->timeout * 1e9);
  if (r->in_flight > 0 && now > r->heard && now - r->heard > most)
    fail(EXIT_WRONG_SERVER, "%s:%u has answered nothing for %g s; %llu requests are in flight",
         o->host, o->port, o->timeout, (unsigned long long)r->in_flight);
  if (r->open && now > r->end && now - r->end > most && more_to_come(r))
    fail(EXIT_WRONG_SERVER,
         "%s:%u does not keep up with %g requests a second: %g s after the end "
         "requests still wait for a connection with room",
         o->host, o->port, o->rate, o->timeout);
}

static void turn(run *r)
{
  struct epoll_event events[EVENTS];
  int count = epoll_wait(r->target->epoll, events, EVENTS, timeout_ms(r, now_ns()));
  if (count < 0 && errno != EINTR) fail(EXIT_USAGE, "epoll: %s", strerror(errno));
  uint64_t woke = now_ns();
  for (int i = 0; i < count; i++) {
    connection *c = events[i].data.ptr;
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take_answers(r, c, now_ns());
    if (events[i].events & EPOLLOUT) connection_send(r->target, c);
  }
  unsigned started = r->open ? start_due(r) : 0;
  uint64_t now = now_ns();
  if (count > 0 || started > 0) r->result->working += now - woke;
  look_for_silence(r, now);
}

void drive(target *t, result *out, uint64_t requests, double seconds, uint64_t seed)
{
  const options *o = t->options;
  memset(out, 0, sizeof(*out));
  histogram_clear(&out->latency);
  histogram_clear(&out->lag);
  uint64_t cpu = cpu_ns(o);
  run r = {.target = t, .result = out, .open = o->rate > 0, .begin = now_ns()};
  r.end = seconds > 0 ? r.begin + (uint64_t)(seconds * 1e9) : UINT64_MAX;
  r.left = requests > 0 ? requests : UINT64_MAX;
  if (r.open) arrivals_start(&r.arrivals, r.begin, o->rate, o->poisson, seed);
  else start_all_closed(&r);
  while (r.in_flight > 0 || (r.open && more_to_come(&r))) turn(&r);
  uint64_t last = r.heard > r.begin ? r.heard : r.begin;
  out->wall = (r.end < last ? r.end : last) - r.begin;
  if (r.open && r.end != UINT64_MAX) out->wall = r.end - r.begin;
  /* Lets the server go back to sleep, which is part of the cost of the last answers. */
  nanosleep(&(struct timespec){0, 200000}, NULL);
  out->cpu = cpu_ns(o) - cpu;
  out->at_limit = (double)histogram_value_at(&out->lag, 0.99) > o->lag_limit * 1e9;
}
