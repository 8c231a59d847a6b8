/* SIGSEGV and a thread's alternate stack once there are fibers: each case runs in a child, whose exit is checked.
 * Tests src/promise/fiber/fiber_fault.c. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __linux__
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include <cmocka.h>
#include <sley.h>

#include "support/child.h"
#include "support/overflow.h"
#include "support/watchdog.h"

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

enum { LIVED = 3, HANDLED = 7 };

static sley_promise *nothing(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static void use_a_fiber(void) { sley_drop(sley_spawn(nothing, NULL)); }

/* ---- cases ---- */

static void raised(void)
{
  use_a_fiber();
  raise(SIGSEGV);
}

static void raised_bus(void)
{
  use_a_fiber();
  raise(SIGBUS);
}

static void sent(void)
{
  use_a_fiber();
  kill(getpid(), SIGSEGV);
  usleep(100000);
}

static sley_promise *raise_inside(void *ctx)
{
  (void)ctx;
  raise(SIGSEGV);
  return sley_return(sley_unit());
}

static void raised_in_a_fiber(void) { sley_drop(sley_spawn(raise_inside, NULL)); }

static void ignored(void)
{
  signal(SIGSEGV, SIG_IGN);
  use_a_fiber();
  raise(SIGSEGV);
  _exit(LIVED);
}

static void plain_handler(int number) { _exit(number == SIGSEGV ? HANDLED : 1); }

static void handled_plainly(void)
{
  signal(SIGSEGV, plain_handler);
  use_a_fiber();
  raise(SIGSEGV);
}

static void informed_handler(int number, siginfo_t *info, void *context)
{
  (void)context;
  _exit(number == SIGSEGV && info->si_pid == getpid() ? HANDLED : 1);
}

static void handled_with_information(void)
{
  struct sigaction a = {.sa_sigaction = informed_handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &a, NULL);
  use_a_fiber();
  raise(SIGSEGV);
}

/* A handler that the program installs later stays the program's, even after sley_finish. */
static void handled_later(void)
{
  use_a_fiber();
  signal(SIGSEGV, plain_handler);
  sley_finish();
  raise(SIGSEGV);
}

static bool is_default(int number)
{
  struct sigaction a;
  return sigaction(number, NULL, &a) == 0 && !(a.sa_flags & SA_SIGINFO) && a.sa_handler == SIG_DFL;
}

static void handlers_go(void)
{
  use_a_fiber();
  if (is_default(SIGSEGV) || is_default(SIGBUS)) _exit(1);
  sley_finish();
  if (!is_default(SIGSEGV) || !is_default(SIGBUS)) _exit(2);
  use_a_fiber(); /* and use fibers again */
  if (is_default(SIGSEGV)) _exit(6);
  sley_finish();
  _exit(is_default(SIGSEGV) ? LIVED : 5);
}

/* The handler belongs to the process: it stays while another domain has fibers. */
static void *other_domain(void *ctx)
{
  sley_domain *d;
  (void)ctx;
  if (sley_domain_new(NULL, "other", &d) != NULL) _exit(1);
  sley_domain_enter(d);
  use_a_fiber();
  sley_domain_leave(d);
  return (void *)(uintptr_t)sley_domain_end(d);
}

static void handlers_stay(void)
{
  pthread_t thread;
  use_a_fiber();
  if (pthread_create(&thread, NULL, other_domain, NULL) != 0) _exit(1);
  pthread_join(thread, NULL);
  _exit(is_default(SIGSEGV) ? 2 : LIVED);
}

static char own[65536];

static void stack_set(void)
{
  stack_t s = {.ss_sp = own, .ss_size = sizeof(own)};
  if (sigaltstack(&s, NULL) != 0) _exit(1);
}

static bool stack_is_own(void)
{
  stack_t now;
  return sigaltstack(NULL, &now) == 0 && now.ss_sp == own && !(now.ss_flags & SS_DISABLE);
}

static void own_stack_before(void)
{
  stack_set();
  use_a_fiber();
  if (!stack_is_own()) _exit(2);
  sley_finish();
  _exit(stack_is_own() ? LIVED : 3 + HANDLED);
}

static void own_stack_after(void)
{
  use_a_fiber();
  stack_set();
  sley_finish();
  _exit(stack_is_own() ? LIVED : 2);
}

static void no_stack(void)
{
  stack_t now;
  use_a_fiber();
  if (sigaltstack(NULL, &now) != 0 || (now.ss_flags & SS_DISABLE)) _exit(1);
  sley_finish();
  if (sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE)) _exit(2);
  _exit(LIVED);
}

/* ---- large frames ---- */

static __attribute__((noinline)) sley_promise *half_a_mebibyte(void *ctx)
{
  volatile char array[512 << 10];
  (void)ctx;
  array[0] = 1; /* its lowest element: beyond the guard */
  /* Something else can be mapped there: then the guard is touched from above. */
  for (size_t i = sizeof(array); i >= 4096; i -= 4096) array[i - 1] = 1;
  return sley_return(sley_int(array[0]));
}

static void large_array(void)
{
  sley_spawn_options o = {.size = sizeof(o), .name = "the wide one"};
  sley_drop(sley_spawn_with(&o, half_a_mebibyte, NULL, NULL));
}

#ifdef MAP_FIXED_NOREPLACE
/* Below the guard, but through a pointer, not in a frame. */
static sley_promise *stray(void *ctx)
{
  uintptr_t here = (uintptr_t)&ctx & ~(uintptr_t)0xffff;
  for (uintptr_t at = here - (1 << 20); at > here - (6 << 20); at -= 65536) {
    void *page =
        mmap((void *)at, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == (void *)at) {
      *(volatile char *)page = 1;
      break;
    }
  }
  _exit(LIVED); /* no room there: the test cannot decide */
}

static void stray_pointer(void) { sley_drop(sley_spawn(stray, NULL)); }
#endif

/* A program's own handler gets only the address. */
static sley_promise *ask(void *ctx) /* checkers move locals, but not the frame */
{
  (void)ctx;
  sley_fiber_fault((const void *)((uintptr_t)__builtin_frame_address(0) - (1 << 20)));
  _exit(LIVED);
}

static void large_array_by_address(void)
{
  sley_spawn_options o = {.size = sizeof(o), .name = "the wide one"};
  sley_drop(sley_spawn_with(&o, ask, NULL, NULL));
}

static sley_promise *ask_far(void *ctx)
{
  (void)ctx;
  sley_fiber_fault((const void *)((uintptr_t)__builtin_frame_address(0) - (64 << 20)));
  sley_fiber_fault((const char *)64);
  _exit(LIVED);
}

static void far_address(void) { sley_drop(sley_spawn(ask_far, NULL)); }

/* ---- code that is gone ---- */

static void run_at(void *address)
{
  union {
    void *in;
    void (*out)(void);
  } code = {address};
  code.out();
}

static void unloaded_code(void)
{
  use_a_fiber();
  void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || munmap(page, 4096) != 0) _exit(1);
  run_at(page);
}

/* A new mapping of data can lie where the code was. */
static void unloaded_code_and_data(void)
{
  use_a_fiber();
  void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) _exit(1);
  run_at(page);
}

static void null_code(void)
{
  use_a_fiber();
  run_at(NULL);
}

static void *run_nowhere(void *page)
{
  run_at(page);
  return NULL;
}

/* A thread of the program, without a domain. */
static void unloaded_code_of_others(void)
{
  use_a_fiber();
  void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_t thread;
  if (page == MAP_FAILED || pthread_create(&thread, NULL, run_nowhere, page) != 0) _exit(1);
  pthread_join(thread, NULL);
}

/* ---- guards when a system call filter refuses MADV_GUARD_INSTALL ---- */

#if defined(__linux__) && defined(__x86_64__)
static void filter_advice(void)
{
  enum { GUARD_INSTALL = 102 };
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GUARD_INSTALL, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    _exit(LIVED + 1); /* this system has no filters */
}

static void overflow_under_a_filter(void)
{
  sley_spawn_options o = {.size = sizeof(o), .name = "the filtered one"};
  filter_advice();
  sley_promise *p = sley_spawn_with(&o, overflow, NULL, NULL);
  if (sley_state(p) == SLEY_PROMISE_STATE_REJECTED) _exit(1);
}

static void fiber_under_a_filter(void)
{
  filter_advice();
  sley_promise *p = sley_spawn(nothing, NULL);
  bool ran = sley_state(p) == SLEY_PROMISE_STATE_FULFILLED;
  sley_drop(p);
  _exit(ran && sley_finish() == 0 ? LIVED : 1);
}
#endif

/* ---- each in a child ---- */

static const struct one {
  const char *name;
  void (*run)(void);
  int exit, signal; /* one of them is used */
  const char *says;
  bool by_signal; /* caused by a fault, which checkers intercept */
} cases[] = {
    /* Fault 35. */
    {"raised", raised, 0, SIGSEGV, "", true},
    {"raised_bus", raised_bus, 0, SIGBUS, "", true},
    {"sent", sent, 0, SIGSEGV, "", true},
    {"raised_in_a_fiber", raised_in_a_fiber, 0, SIGSEGV, "", true},
    {"ignored", ignored, LIVED, 0, "", false},
    {"handled_plainly", handled_plainly, HANDLED, 0, "", false},
    {"handled_with_information", handled_with_information, HANDLED, 0, "", false},
    {"handled_later", handled_later, HANDLED, 0, "", false},
    {"handlers_go", handlers_go, LIVED, 0, "", true},
    {"handlers_stay", handlers_stay, LIVED, 0, "", true},
    {"own_stack_before", own_stack_before, LIVED, 0, "", true},
    {"own_stack_after", own_stack_after, LIVED, 0, "", true},
    {"no_stack", no_stack, LIVED, 0, "", true},
    /* Fault 18. */
    {"large_array", large_array, 0, SIGABRT, " bytes: it touched memory ", true},
#ifdef MAP_FIXED_NOREPLACE
    {"stray_pointer", stray_pointer, 0, SIGSEGV, "", true},
#endif
    {"large_array_by_address", large_array_by_address, 0, SIGABRT, "has used up its stack", false},
    {"far_address", far_address, LIVED, 0, "", false},
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
    {"unloaded_code", unloaded_code, 0, SIGABRT, ", which domain main was to run: ", true},
    {"unloaded_code_and_data", unloaded_code_and_data, 0, SIGABRT, "sley: no code is loaded at 0x",
     true},
    {"unloaded_code_of_others", unloaded_code_of_others, 0, SIGSEGV, "", true},
    {"null_code", null_code, 0, SIGSEGV, "", true},
#endif
#if defined(__linux__) && defined(__x86_64__)
    /* Fault 39. */
    {"fiber_under_a_filter", fiber_under_a_filter, LIVED, 0, "", true},
    {"overflow_under_a_filter", overflow_under_a_filter, 0, SIGABRT, "fiber the filtered one",
     true},
#endif
};

static void faults_go_where_they_belong(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const struct one *c = &cases[i];
    char text[4096];
    if (CHECKED && c->by_signal) continue;
    int status = run_in_child(c->run, text, sizeof(text));
    if (WIFEXITED(status) && WEXITSTATUS(status) == LIVED + 1) continue; /* cannot be tested here */
    bool right = c->signal != 0 ? WIFSIGNALED(status) && WTERMSIG(status) == c->signal
                                : WIFEXITED(status) && WEXITSTATUS(status) == c->exit;
    if (!right) fail_msg("%s: status %x, %s", c->name, (unsigned)status, text);
    if (strstr(text, c->says) == NULL || (c->says[0] == '\0' && text[0] != '\0'))
      fail_msg("%s says: %s", c->name, text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(faults_go_where_they_belong)};
  return cmocka_run_group_tests_name("fiber faults", tests, NULL, NULL);
}
