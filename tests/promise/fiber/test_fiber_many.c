/* As many fibers as the system allows: 100,000 if guards are marks in the page table; if each costs two mappings,
 * some 30,000 and then a rejected promise that states the limit. The cost of a parked fiber. Checkers and emulators
 * run a hundredth, because they have limits of their own.
 * Tests src/promise/fiber/fiber_stack.c. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "promise/fiber/fiber_internal.h"
#include "support/world.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SHARE 100
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SHARE 100
#endif
#endif
#if !defined(SHARE) && (UINTPTR_MAX > UINT32_MAX)
#define SHARE 1
#elif !defined(SHARE)
#define SHARE 100 /* 4 GiB of address space */
#endif

enum { MANY = 100000 / SHARE };
static sley_promise *all[MANY];

static sley_promise *wait_for(void *ctx)
{
  sley_error *e = sley_await(ctx, NULL);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

static size_t resident(void)
{
  size_t total = 0, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%zu %zu", &total, &pages) != 2) pages = 0;
  if (file != NULL) fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t touched;
static bool count_touched(void *ctx, fiber *f)
{
  size_t page = *(size_t *)ctx;
  static unsigned char in[4096];
  size_t bytes = (size_t)(f->top - f->low);
  if (bytes / page > sizeof in || mincore(f->low, bytes, in) != 0) return true;
  for (size_t i = 0; i < bytes / page; i++) touched += in[i] & 1;
  return false;
}

static int spawn_all(int most, sley_promise *source)
{
  int count = 0;
  while (count < most) {
    sley_promise *p = sley_spawn(wait_for, sley_keep(source));
    all[count++] = p;
    if (sley_is_pending(p)) continue;
    sley_drop(source); /* a fiber that did not run consumed nothing */
    break;
  }
  return count;
}

static void end_all(int count, sley_resolver **r, sley_promise *source)
{
  sley_fulfill(r, sley_unit());
  for (int i = 0; i < count; i++) sley_drop(all[i]);
  sley_drop(source);
  sley_fiber_counters c = {.size = sizeof c};
  sley_fiber_counters_get(&c);
  assert_int_equal(c.live, 0);
  assert_true(c.stacks <= 1024 + 64);
}

static bool has_guard_install(void)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void *memory = sley__stack_calls.map(page);
  bool has = memory != NULL && sley__stack_calls.guard(memory, page) == 0;
  sley__stack_calls.unmap(memory, page);
  return has;
}

static void a_hundred_thousand(void **state)
{
  (void)state;
  if (!has_guard_install() && SHARE == 1) {
    print_message("no MADV_GUARD_INSTALL here\n");
    return;
  }
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  size_t before = resident();
  int count = spawn_all(MANY, source);
  size_t after = resident();
  assert_int_equal(count, MANY);
  assert_pending(all[MANY - 1]);
  touched = 0;
  assert_null(sley__fibers_find(world.domain, count_touched, &page));
  double share = (double)(after - before) / (double)(touched * page);
  print_message("%d fibers: %.0f bytes each in memory, %.2f pages touched, %.2f of that\n", count,
                (double)(after - before) / count, (double)touched / count, share);
  if (SHARE == 1 && before > 0) assert_true(share <= 1.2);
  end_all(count, &r, source);
}

static int refuse_guard(void *memory, size_t bytes)
{
  (void)memory;
  (void)bytes;
  errno = EINVAL;
  return -1;
}

static void until_the_mappings_are_used_up(void **state)
{
  (void)state;
  struct sley__stack_calls real = sley__stack_calls;
  sley__stack_calls.guard = refuse_guard;
  sley_resolver *r;
  sley_promise *source = sley_cancelable(&r);
  int count = spawn_all(MANY, source);
  if (SHARE == 1 && !sley_is_pending(all[count - 1])) {
    print_message("refused after %d: %s\n", count - 1,
                  sley_error_message(sley_promise_error(all[count - 1])));
    assert_true(count > 30000);
    assert_rejected_sley(all[count - 1], SLEY_ENOMEM);
    assert_non_null(
        strstr(sley_error_message(sley_promise_error(all[count - 1])), "vm.max_map_count"));
  }
  end_all(count, &r, source);
  sley__stack_calls = real;
}

/* A deeply used stack returns its memory, unless it is the next one to be used. */
static int deep(int n);
static int (*volatile deeper)(int) = deep; /* keeps the compiler from turning it into a loop */
static int deep(int n)
{
  volatile char frame[200];
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = (char)(n | 1);
  int below = n <= 0 ? 0 : deeper(n - 1);
  return below + frame[(unsigned)n % sizeof frame];
}
static sley_promise *go_deep(void *ctx)
{
  int n = *(int *)ctx;
  sley_error *e = sley_yield();
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(n > 0 ? deep(n) : 0));
}
static void deep_stacks_are_trimmed(void **state)
{
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  return; /* the frames are marked, and four times as large */
#endif
  sley_fiber_counters c = {.size = sizeof c};
  for (int depth = 0; depth <= 600; depth += 300) {
    for (int i = 0; i < 16; i++) all[i] = sley_spawn(go_deep, &depth);
    sley_wakeup_paused();
    for (int i = 0; i < 16; i++) {
      assert_int_equal(sley_state(all[i]), SLEY_PROMISE_STATE_FULFILLED);
      sley_drop(all[i]);
    }
    sley_fiber_counters_get(&c);
    assert_int_equal(c.trimmed, depth / 300 * 15);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_hundred_thousand),
      TEST(until_the_mappings_are_used_up),
      TEST(deep_stacks_are_trimmed),
  };
  (void)failed_with_slabs; /* one failure is enough */
  return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
