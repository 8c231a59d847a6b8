/* Fibers in failure cases: no memory, no stacks, misuse, overflow, the end of their domain.
 * Tests src/promise/fiber/fiber_spawn.c, src/promise/fiber/fiber_end.c, src/promise/fiber/fiber_stack.c. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "promise/fiber/fiber_internal.h"
#include "support/child.h"
#include "support/world.h"

/* ---- failing system calls */
static struct sley__stack_calls real;
static size_t map_left, guard_left, protect_left, mapped, unmapped;
static bool no_guard_install;
static int guard_refusal; /* the error it then returns */

static void *test_map(size_t bytes)
{
  if (map_left == 0) {
    errno = ENOMEM;
    return NULL;
  }
  map_left--;
  mapped += bytes;
  return real.map(bytes);
}
static int test_guard(void *memory, size_t bytes)
{
  if (no_guard_install) {
    errno = guard_refusal;
    return -1;
  }
  if (guard_left == 0) {
    errno = ENOMEM;
    return -1;
  }
  guard_left--;
  return real.guard(memory, bytes);
}
static int test_protect(void *memory, size_t bytes)
{
  if (protect_left == 0) {
    errno = ENOMEM;
    return -1;
  }
  protect_left--;
  return real.protect(memory, bytes);
}
static int test_unmap(void *memory, size_t bytes)
{
  unmapped += bytes;
  return real.unmap(memory, bytes);
}
static void calls_begin(size_t maps, size_t guards, size_t protects)
{
  real = sley__stack_calls;
  map_left = maps;
  guard_left = guards;
  protect_left = protects;
  mapped = unmapped = 0;
  no_guard_install = false;
  guard_refusal = EINVAL;
  sley__stack_calls.map = test_map;
  sley__stack_calls.guard = test_guard;
  sley__stack_calls.protect = test_protect;
  sley__stack_calls.unmap = test_unmap;
}
static void calls_end(void) { sley__stack_calls = real; }

static sley_promise *never_called(void *ctx)
{
  (void)ctx;
  abort();
}
static void free_thing(void *ctx) { thing_drop(ctx); }

static void assert_no_stack(const char *call)
{
  sley_promise *p = sley_spawn(never_called, thing_new(1), free_thing);
  assert_rejected_sley(p, SLEY_ENOMEM);
  const char *text = sley_error_message(sley_promise_error(p));
  if (strstr(text, call) == NULL || strstr(text, "vm.max_map_count") == NULL)
    fail_msg("says: %s", text);
  assert_int_equal(things_alive, 0);
  sley_drop(p);
}

static sley_promise *wait_for(void *ctx)
{
  sley_error *e = sley_await(ctx, NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(1));
}

static void spawn_fails_where_mmap_does(void **state)
{
  (void)state;
  calls_begin(0, 0, 0);
  assert_no_stack("mmap");
  map_left = 1;
  assert_no_stack("mprotect");
  assert_int_equal(mapped, unmapped);
  map_left = 2;
  no_guard_install = true;
  assert_no_stack("mprotect");
  /* The first stack of a chunk can be made, the second cannot: the first fiber continues. */
  protect_left = 1;
  sley_resolver *r;
  sley_promise *p = sley_spawn(wait_for, sley_cancelable(&r));
  assert_pending(p);
  assert_no_stack("mprotect");
  sley_fulfill(&r, sley_unit());
  assert_fulfilled(p, 1);
  sley_drop(p);
  /* A returned stack is used again. */
  p = sley_spawn(wait_for, sley_return(sley_unit()));
  assert_fulfilled(p, 1);
  sley_drop(p);
  calls_end();
}

/* Fault 39: a system call filter can refuse the advice with any error. */
static void guards_are_made_otherwise(void **state)
{
  static const int refusals[] = {EINVAL, EPERM, EACCES, ENOSYS, ENOMEM, ENOTSUP};
  (void)state;
  for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
    calls_begin(1, 0, 1);
    no_guard_install = true;
    guard_refusal = refusals[i];
    sley_spawn_options o = {.size = sizeof(o), .stack = (size_t)1 << (17 + i)}; /* a new chunk */
    sley_promise *p = sley_spawn_with(&o, wait_for, sley_return(sley_unit()), NULL);
    assert_fulfilled(p, 1);
    assert_int_equal(protect_left, 0);
    sley_drop(p);
    calls_end();
  }
}

static void too_large_a_stack(void **state)
{
  (void)state;
  sley_spawn_options o = {.size = sizeof o, .stack = SIZE_MAX};
  sley_promise *p = sley_spawn_with(&o, never_called, thing_new(1), free_thing);
  assert_rejected_sley(p, SLEY_EINVAL);
  assert_int_equal(things_alive, 0);
  sley_drop(p);
}

/* Every allocation of a small program fails once. */
static sley_promise *several_waits(void *ctx)
{
  sley_resolver **r = ctx;
  for (int i = 0; i < 3; i++) {
    sley_error *e = sley_await(sley_cancelable(r), NULL);
    if (e != NULL) return sley_fail(e);
    e = sley_yield();
    if (e != NULL) return sley_fail(e);
  }
  static const sley_key key = SLEY_KEY("k");
  sley_error *e = sley_fiber_set(&key, sley_own(thing_new(2), &type_mover));
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(3));
}
static sley_promise *spawn_inner(void *ctx)
{
  sley_spawn_async_with(NULL, several_waits, ctx, NULL);
  return sley_return(sley_unit());
}
static bool lacked_memory(sley_promise *p)
{
  if (sley_state(p) != SLEY_PROMISE_STATE_REJECTED) return false;
  assert_true(sley_error_is(sley_promise_error(p), &sley_kind_sley, SLEY_ENOMEM));
  return true;
}
static void each_allocation_may_fail(void **state)
{
  (void)state;
  size_t failures = 0;
  world.single_objects = true;
  for (size_t at = 1;; at++) {
    if (!world_open(at)) continue;
    sley_resolver *r = NULL, *inner = NULL;
    sley_promise *p = sley_spawn(several_waits, &r, note_done);
    sley_promise *q = sley_spawn(spawn_inner, &inner);
    for (int i = 0; i < 10; i++) {
      sley_fulfill(&r, sley_unit());
      sley_fulfill(&inner, sley_unit());
      sley_wakeup_paused();
    }
    bool bad = lacked_memory(p);
    if (!bad) assert_fulfilled(p, 3);
    bad |= lacked_memory(q) || world.async > 0;
    bool reached = heap.count >= at;
    if (!bad && reached && heap.fail_at != 0) bad = true; /* no effect: a name, a reserve */
    failures += bad;
    sley_drop(p);
    sley_drop(q);
    logged[0] = '\0';
    world_close();
    if (!reached) break;
  }
  assert_true(failures >= 10);
}

/* ---- the end of a domain */
typedef struct ending {
  sley_promise *awaits;
  int stubborn;
  const char *word;
} ending;
static sley_promise *end_well(void *ctx)
{
  ending *s = ctx;
  sley_error *e = sley_await(s->awaits, NULL);
  if (e == NULL || !sley_error_is_canceled(e)) abort();
  note(s->word);
  for (int i = 0; i < s->stubborn; i++) {
    sley_error *again = sley_yield();
    if (again == NULL || !sley_error_is_canceled(again)) abort();
  }
  return sley_fail(e);
}
static void pending_awaits_end_with_the_domain(void **state)
{
  (void)state;
  sley_runtime *runtime = world.runtime;
  sley_domain *d;
  assert_null(sley_domain_new(runtime, "short", &d));
  sley_domain_enter(d);
  sley_resolver *task, *wait;
  ending one = {sley_cancelable(&task), 0, "task"}, two = {sley_pending(&wait), 100, "wait"},
         three = {sley_pause(), 5, "pause"};
  sley_drop(sley_spawn(end_well, &one));
  sley_spawn_options o = {.size = sizeof o, .not_cancelable = true, .stack = 1 << 20};
  sley_drop(sley_spawn_with(&o, end_well, &two, NULL));
  sley_drop(sley_spawn(end_well, &three));
  sley_domain_leave(d);
  int answered = 0;
  sley_domain_enter(d);
  sley_fiber_counters c = {.size = sizeof c};
  sley_fiber_counters_get(&c);
  assert_int_equal(c.live, 3);
  sley_domain_leave(d);
  /* The test holds the resolvers as producers: their promises are what is left. */
  answered = (int)sley_domain_end(d);
  assert_int_equal(answered, 2);
  assert_non_null(strstr(logged, "task"));
  assert_non_null(strstr(logged, "wait"));
  assert_non_null(strstr(logged, "pause"));
}

/* So many that their stacks are unmapped while others are still being canceled. */
static void thousands_end_with_their_domain(void **state)
{
  (void)state;
  enum { MANY = 2500 };
#ifdef __SANITIZE_THREAD__
  int many = 250;
#else
  int many = MANY;
#endif
  sley_domain *d;
  assert_null(sley_domain_new(world.runtime, "crowded", &d));
  sley_domain_enter(d);
  for (int i = 0; i < many; i++) sley_drop(sley_spawn(wait_for, sley_pause()));
  sley_fiber_counters c = {.size = sizeof c};
  sley_fiber_counters_get(&c);
  assert_int_equal(c.live, many);
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
}

/* ---- cases that must abort: each in its own process */
static sley_promise *one(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_error *e = sley_await(sley_return(sley_unit()), NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void outside(void)
{
  sley_error *e = sley_await(sley_return(sley_unit()), NULL);
  sley_error_drop(e);
}
static void yield_outside(void)
{
  sley_error *e = sley_yield();
  sley_error_drop(e);
}
static sley_promise *bind_and_await(void *ctx)
{
  (void)ctx;
  return sley_bind(sley_return(sley_unit()), one, NULL);
}
static void in_an_immediate_callback(void) { sley_drop(sley_spawn(bind_and_await, NULL)); }
static sley_promise *fulfill_and_await(void *ctx)
{
  (void)ctx;
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_cancelable(&r), one, NULL);
  sley_fulfill_now(&r, sley_unit());
  return p;
}
static void in_a_callback_of_the_loop(void) { sley_drop(sley_spawn(fulfill_and_await, NULL)); }
static void await_in_drop(void *ctx)
{
  (void)ctx;
  outside();
}
static sley_promise *drop_and_await(void *ctx)
{
  (void)ctx;
  sley_resolver *r;
  sley_promise *p = sley_attach(sley_cancelable(&r), NULL, await_in_drop);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
  return sley_return(sley_unit());
}
static void in_a_destructor(void) { sley_drop(sley_spawn(drop_and_await, NULL)); }
static sley_promise *await_other(void *ctx) { return wait_for(ctx); }
static void another_domains_promise(void)
{
  sley_resolver *r;
  sley_promise *p = sley_cancelable(&r);
  sley_domain *d;
  if (sley_domain_new(NULL, "other", &d) != NULL) exit(3);
  sley_domain_enter(d);
  sley_drop(sley_spawn(await_other, p));
}
static sley_promise *null_awaited(void *ctx)
{
  (void)ctx;
  return wait_for(NULL);
}
static void no_promise(void) { sley_drop(sley_spawn(null_awaited, NULL)); }
static sley_promise *returns_null(void *ctx)
{
  (void)ctx;
  return NULL;
}
static void null_returned(void) { sley_drop(sley_spawn(returns_null, NULL)); }
static sley_promise *itself;
static sley_promise *await_itself(void *ctx)
{
  sley_error *e = sley_await(ctx, NULL);
  if (e != NULL) return sley_fail(e);
  return wait_for(itself);
}
static void its_own_result(void)
{
  sley_resolver *r;
  itself = sley_spawn(await_itself, sley_cancelable(&r));
  sley_fulfill(&r, sley_unit());
}
static void options_without_size(void)
{
  sley_spawn_options o = {0};
  sley_drop(sley_spawn_with(&o, never_called, NULL, NULL));
}
static sley_promise *await_text(void *ctx)
{
  int64_t i;
  sley_error *e = sley_await_int(ctx, &i);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void not_an_int(void)
{
  sley_value v;
  if (sley_text("hello", &v) != NULL) exit(3);
  sley_drop(sley_spawn(await_text, sley_return(v)));
}
static sley_promise *await_pointer(void *ctx)
{
  void *pointer;
  sley_error *e = sley_await_ptr(ctx, &type_mover, &pointer);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
static void not_that_type(void) { sley_drop(sley_spawn(await_pointer, sley_return(sley_int(1)))); }
static sley_promise *end_domain(void *ctx)
{
  (void)ctx;
  sley_finish();
  return sley_return(sley_unit());
}
static void domain_ended_inside(void) { sley_drop(sley_spawn(end_domain, NULL)); }
static void set_outside(void)
{
  static const sley_key key = SLEY_KEY("k");
  if (sley_fiber_set(&key, sley_unit()) != NULL) exit(3);
}

static int deep(int n);
static int (*volatile deeper)(int) = deep; /* keeps the compiler from turning it into a loop */
static int deep(int n)
{
  volatile char frame[300];
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = (char)n;
  int below = n <= 0 ? 0 : deeper(n - 1);
  return below + frame[(unsigned)n % sizeof frame];
}
static sley_promise *overflow(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_yield();
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(deep(1 << 24)));
}
static void stack_overflow(void)
{
  sley_spawn_options o = {.size = sizeof o, .name = "the deep one", .stack = 65536};
  sley_promise *p = sley_spawn_with(&o, overflow, NULL, NULL);
  sley_wakeup_paused();
  sley_drop(p);
}
static sley_promise *never_ends(void *ctx)
{
  (void)ctx;
  for (bool on = true; on;) {
    sley_error *e = sley_yield();
    on = e == NULL || sley_error_is_canceled(e);
  }
  return sley_return(sley_unit());
}
static void will_not_end(void)
{
  sley_spawn_options o = {.size = sizeof o, .name = "the endless one"};
  sley_drop(sley_spawn_with(&o, never_ends, NULL, NULL));
  if (sley_finish() == 1) abort(); /* named, and counted as left */
}
/* A fault unrelated to fibers ends the process as it would without the library. */
static sley_promise *fault(void *ctx)
{
  static volatile uintptr_t nowhere = 64;
  (void)ctx;
  *(volatile int *)nowhere = 1;
  return sley_return(sley_unit());
}
static void another_fault(void) { sley_drop(sley_spawn(fault, NULL)); }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHECKED 1
#endif
#endif
#ifndef CHECKED
#define CHECKED 0 /* checkers install their own SIGSEGV handler with its own message */
#endif

static const struct misuse {
  const char *name;
  void (*run)(void);
  const char *says[2];
  int signal;
} cases[] = {
    {"outside", outside, {"sley_await at", "outside a fiber"}, SIGABRT},
    {"yield_outside", yield_outside, {"sley_yield at", "outside a fiber"}, SIGABRT},
    {"in_an_immediate_callback",
     in_an_immediate_callback,
     {"callback that runs on the stack", ""},
     SIGABRT},
    {"in_a_callback_of_the_loop",
     in_a_callback_of_the_loop,
     {"callback that runs on the stack", ""},
     SIGABRT},
    {"in_a_destructor", in_a_destructor, {"callback that runs on the stack", ""}, SIGABRT},
    {"another_domains_promise", another_domains_promise, {"in domain", "never leave"}, SIGABRT},
    {"no_promise", no_promise, {"was given NULL", ""}, SIGABRT},
    {"null_returned", null_returned, {"returned NULL", "spawned at"}, SIGABRT},
    {"its_own_result", its_own_result, {"its own result", ""}, SIGABRT},
    {"options_without_size", options_without_size, {"sizeof(sley_spawn_options)", ""}, SIGABRT},
    {"not_an_int", not_an_int, {"sley_await_int at", "type text"}, SIGABRT},
    {"not_that_type", not_that_type, {"scalar", "mover"}, SIGABRT},
    {"domain_ended_inside", domain_ended_inside, {"inside its own fiber", ""}, SIGABRT},
    {"set_outside", set_outside, {"sley_fiber_set", "outside a fiber"}, SIGABRT},
    {"stack_overflow",
     stack_overflow,
     {"fiber the deep one, spawned at", "used up its stack"},
     SIGABRT},
    {"will_not_end", will_not_end, {"fiber the endless one", "does not end"}, SIGABRT},
    {"another_fault", another_fault, {"", ""}, SIGSEGV},
};

static void every_misuse_aborts(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct misuse *m = &cases[i];
    if (CHECKED && (m->signal == SIGSEGV)) continue;
    char text[8192];
    int status = run_in_child(m->run, text, sizeof text);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != m->signal)
      fail_msg("%s: status %x, %s", m->name, (unsigned)status, text);
    for (int k = 0; k < 2; k++)
      if (strstr(text, m->says[k]) == NULL)
        fail_msg("%s does not say \"%s\": %s", m->name, m->says[k], text);
  }
}

/* A program that has its own handler. */
static void on_fault(int number, siginfo_t *info, void *context)
{
  (void)number;
  (void)context;
  sley_fiber_fault(info->si_addr);
  _exit(7);
}
static char handler_stack[65536];
static void handler_begin(void)
{
  stack_t s = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&s, NULL);
  sigaction(SIGSEGV, &a, NULL);
}
static void overflow_with_handler(void)
{
  handler_begin();
  stack_overflow();
}
static void fault_with_handler(void)
{
  handler_begin();
  another_fault();
}
static void a_handler_of_the_programs_own(void **state)
{
  (void)state;
  char text[8192];
  int status = run_in_child(overflow_with_handler, text, sizeof text);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  assert_non_null(strstr(text, "the deep one"));
  status = run_in_child(fault_with_handler, text, sizeof text);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int main(void)
{
  const struct CMUnitTest first[] = {
      cmocka_unit_test(every_misuse_aborts),
      cmocka_unit_test(a_handler_of_the_programs_own),
      cmocka_unit_test(each_allocation_may_fail),
  };
  const struct CMUnitTest tests[] = {
      TEST(spawn_fails_where_mmap_does),
      TEST(guards_are_made_otherwise),
      TEST(too_large_a_stack),
      TEST(pending_awaits_end_with_the_domain),
      TEST(thousands_end_with_their_domain),
  };
  return cmocka_run_group_tests_name("misuse", first, NULL, NULL) + RUN_TESTS(tests);
}
