/* sley-soak-fibers SPAWNS [SEED]: fibers choose their actions at random: wait, yield, spawn others and wait for all
 * or the first of them, give up after a deadline, recurse to near the end of their stacks and wait there, generate
 * and read streams, cancel one another, fail. Promises only, without an operating-system loop. At the end nothing
 * may be left: no promise, no fiber, no context, no stack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sley.h>

#include "promise/fiber/fiber_internal.h"

static uint64_t random_state;
static uint32_t random_below(uint32_t n)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 33) % n;
}

static uint64_t spawned, wanted, contexts, canceled, timed_out, deepest, emitted, refused;
static size_t mapped, unmapped;
static struct sley__stack_calls real;

static void *counted_map(size_t bytes)
{
  void *memory = real.map(bytes);
  if (memory != NULL) mapped += bytes;
  return memory;
}
static int counted_unmap(void *memory, size_t bytes)
{
  unmapped += bytes;
  return real.unmap(memory, bytes);
}

/* Promises that will be settled some time, and results that can be canceled. */
enum { OPEN = 64, LATEST = 64 };
static sley_resolver *open_resolvers[OPEN];
static sley_promise *latest[LATEST];

static sley_promise *open_promise(void)
{
  uint32_t at = random_below(OPEN);
  sley_resolver *old = open_resolvers[at];
  sley_promise *p = sley_cancelable(&open_resolvers[at]);
  sley_fulfill(&old, sley_int(at)); /* can run fibers that come here, too */
  return p;
}

typedef struct work {
  uint32_t depth; /* of spawns inside spawns */
  size_t stack;
} work;

static void work_free(void *ctx)
{
  contexts--;
  free(ctx);
}

static sley_promise *fiber_main(void *ctx);

static sley_promise *spawn_one(uint32_t depth)
{
  static const size_t stacks[] = {0, 0, 0, 0, 16384, 32768, 65536, 1 << 20};
  work *w = malloc(sizeof(*w));
  if (w == NULL) abort();
  contexts++;
  w->depth = depth;
  w->stack = stacks[random_below(8)];
  sley_spawn_options o = {.size = sizeof(o),
                          .name = random_below(4) == 0 ? "soaked" : NULL,
                          .stack = w->stack,
                          .not_cancelable = random_below(16) == 0,
                          .empty_storage = random_below(2) == 0};
  spawned++;
  return sley_spawn_with(&o, fiber_main, w, work_free);
}

static sley_promise *deadline(void *ctx)
{
  (void)ctx;
  for (uint32_t left = random_below(6); left > 0; left--) {
    sley_error *e = sley_yield();
    if (e != NULL) return sley_fail(e);
  }
  return sley_fail(sley_error_timeout());
}

/* Children that end before their parent does, whatever happens. */
static sley_error *scope(uint32_t depth)
{
  sley_promise *children[4];
  uint32_t count = 1 + random_below(4);
  for (uint32_t i = 0; i < count; i++) children[i] = spawn_one(depth + 1);
  sley_promise *both;
  switch (random_below(4)) {
    case 0: both = sley_join(children, count); break;
    case 1: both = sley_pick(children, count); break;
    case 2: both = sley_all(children, count); break;
    default:
      spawned++;
      both = sley_pick(SLEY_PROMISES(sley_join(children, count), sley_spawn(deadline, NULL)));
      break;
  }
  sley_error *e = sley_await(both, NULL);
  if (e == sley_error_timeout()) timed_out++;
  return e;
}

static const sley_key key = SLEY_KEY("soak");

/* Recurses until little of the stack is left, and waits there. */
static sley_error *recurse(const char *low, uint32_t left)
{
  volatile char frame[128];
  for (size_t i = 0; i < sizeof(frame); i++) frame[i] = (char)left;
  size_t room = (size_t)((const char *)__builtin_frame_address(0) - low); /* checkers move frame */
  if (left > 0 && room > 9000) {
    sley_error *e = recurse(low, left - 1);
    if (frame[left % sizeof(frame)] != (char)left) abort();
    return e;
  }
  if (left > 0) deepest++;
  return sley_yield();
}

/* A generator that waits now and then, and a reader that can leave before the end. */
static sley_promise *generate(void *ctx)
{
  (void)ctx;
  sley_error *e = NULL;
  for (uint32_t left = random_below(6); left > 0 && e == NULL; left--) {
    if (random_below(2) == 0) e = sley_await(open_promise(), NULL);
    if (e == NULL) e = sley_emit(sley_int(left));
    emitted += e == NULL;
  }
  if (e != NULL && random_below(2) == 0) { /* cleaning up can wait */
    sley_error *again = sley_yield();
    sley_error_drop(again);
  }
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

static sley_error *read_some(void)
{
  work *w = malloc(sizeof(*w));
  if (w == NULL) abort();
  contexts++;
  spawned++;
  sley_stream *s = sley_stream_generate(generate, w, work_free);
  sley_value v = sley_unit();
  sley_error *e = NULL;
  for (uint32_t left = random_below(8); left > 0 && e == NULL && !sley_is_none(&v); left--)
    e = sley_await(sley_stream_get(s), &v);
  sley_stream_drop(s);
  return e;
}

static sley_error *step(const work *w)
{
  switch (random_below(9)) {
    case 7: return w->stack == 0 ? read_some() : NULL;
    case 0: return sley_yield();
    case 1: return sley_await(open_promise(), NULL);
    case 2: return sley_await(sley_protected(open_promise()), NULL);
    case 3: return w->depth < 4 && spawned < wanted ? scope(w->depth) : NULL;
    case 4: {
      sley_promise *p = latest[random_below(LATEST)];
      if (p != NULL) sley_cancel(p);
      return NULL;
    }
    case 5: {
      if (random_below(16) != 0) return NULL;
      return recurse(sley__current->fiber->low, random_below(8000));
    }
    case 6: {
      if (sley_fiber_set(&key, sley_int((int64_t)spawned)) != NULL) abort();
      const int64_t before = sley_storage_get(&key)->i;
      sley_error *e = sley_await(open_promise(), NULL);
      if (sley_storage_get(&key)->i != before) abort();
      return e;
    }
    default: return sley_await(sley_return(sley_unit()), NULL);
  }
}

static sley_promise *fiber_main(void *ctx)
{
  for (uint32_t steps = random_below(5); steps > 0; steps--) {
    sley_error *e = step(ctx);
    if (e == NULL) continue;
    if (sley_error_is_canceled(e)) {
      canceled++;
      if (random_below(2) == 0) continue; /* ignores the cancel */
    }
    return sley_fail(e);
  }
  if (random_below(32) == 0)
    return sley_fail(sley_error_new(&sley_kind_sley, SLEY_EAGAIN, "at random"));
  return random_below(8) == 0 ? open_promise() : sley_return(sley_int(1));
}

static void ignore(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

static void remember(sley_promise *p)
{
  if (sley_promise_error(p) != NULL &&
      sley_error_is(sley_promise_error(p), &sley_kind_sley, SLEY_ENOMEM))
    refused++;
  uint32_t at = random_below(LATEST);
  sley_promise *old = latest[at];
  latest[at] = p;
  sley_drop(old); /* can run fibers, which read the latest */
}

static void tell(void *ctx, const sley_fiber_info *info)
{
  (void)ctx;
  printf("alive: %s, awaits at %s\n", info->name, info->awaits_at != NULL ? info->awaits_at : "-");
}

static void run_round(void)
{
  for (uint32_t count = random_below(8); count > 0 && spawned < wanted; count--)
    remember(spawn_one(0));
  for (uint32_t count = random_below(8); count > 0; count--) {
    sley_resolver **r = &open_resolvers[random_below(OPEN)];
    switch (random_below(4)) {
      case 0: sley_resolver_drop(r); break;
      case 1: sley_reject(r, sley_error_new(&sley_kind_sley, SLEY_EEOF, NULL)); break;
      default: sley_fulfill(r, sley_int(1)); break;
    }
  }
  if (random_below(4) == 0 && latest[0] != NULL) sley_cancel(latest[0]);
  sley_wakeup_paused();
}

int main(int argc, char **argv)
{
  wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
  random_state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 0x9e3779b97f4a7c15u | 1;
  real = sley__stack_calls;
  sley__stack_calls.map = counted_map;
  sley__stack_calls.unmap = counted_unmap;
  sley_set_unhandled_hook(ignore, NULL);
  sley_set_async_hook(ignore, NULL);
  while (spawned < wanted) run_round();

  sley_fiber_counters c = {.size = sizeof(c)};
  for (int rounds = 0; rounds < 100000; rounds++) {
    for (int i = 0; i < OPEN; i++) sley_fulfill(&open_resolvers[i], sley_unit());
    sley_wakeup_paused();
    sley_fiber_counters_get(&c);
    if (c.live == 0) break;
  }
  for (int i = 0; i < OPEN; i++) sley_fulfill(&open_resolvers[i], sley_unit());
  for (int i = 0; i < LATEST; i++) sley_drop(latest[i]);
  printf(
      "%llu spawned, at most %llu at once, %llu told Canceled, %llu timed out, %llu near the end "
      "of their stacks, %llu elements generated, %llu stacks trimmed\n",
      (unsigned long long)spawned, (unsigned long long)c.peak, (unsigned long long)canceled,
      (unsigned long long)timed_out, (unsigned long long)deepest, (unsigned long long)emitted,
      (unsigned long long)c.trimmed);
  uint64_t live = c.live;
  sley_fiber_report(tell, NULL);
  size_t left = sley_finish();
  if (left == 0 && live == 0 && contexts == 0 && mapped == unmapped && refused == 0) return 0;
  printf(
      "left behind: %zu promises, %llu fibers, %llu contexts, %zu bytes of stacks; %llu refused\n",
      left, (unsigned long long)live, (unsigned long long)contexts, mapped - unmapped,
      (unsigned long long)refused);
  return 1;
}
