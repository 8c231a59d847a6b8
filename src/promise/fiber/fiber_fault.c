/* The messages for a fiber that overflowed its stack, and for code that dlclose has unloaded. An overflow's fault is below
 * the stack, which is full: the handler needs another stack, per thread, and can call only async-signal-safe functions.
 *
 * Installed with a process's first fiber, and only if SIGSEGV (and SIGBUS, which some systems send instead) has its
 * default action: a program with its own handler calls sley_fiber_fault from there. For any other fault, the default
 * action is restored and the instruction faults again; a signal that was sent is raised again. When the last domain
 * with fibers ends, the previous action is restored. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "promise/fiber/fiber_internal.h"

enum { HANDLER_STACK = 65536 };

/* How far below its stack a fiber's frame can reach and still be attributed to the fiber. */
#define REACH ((uintptr_t)8 << 20)

/* ---- the message ---- */

static void put(char **at, const char *end, const char *text)
{
  while (*text != '\0' && *at < end) *(*at)++ = *text++;
}

static void put_number(char **at, const char *end, size_t n)
{
  char digits[24];
  int i = (int)sizeof(digits) - 1;
  digits[i] = '\0';
  do {
    digits[--i] = (char)('0' + n % 10);
    n /= 10;
  } while (n > 0);
  put(at, end, digits + i);
}

static void say(const fiber *f, size_t below)
{
  char text[512] = "", *end = text;
  const char *limit = text + sizeof(text) - 1;
  put(&end, limit, "sley: fiber ");
  put(&end, limit, sley__fiber_name(f));
  put(&end, limit, ", spawned at ");
  put(&end, limit, f->result->cell.site[0] != '\0' ? f->result->cell.site : "an unknown place");
  put(&end, limit, ", has used up its stack of ");
  put_number(&end, limit, (size_t)(f->top - f->low));
  put(&end, limit, " bytes: ");
  if (below > 0) {
    put(&end, limit, "it touched memory ");
    put_number(&end, limit, below);
    put(&end, limit, " bytes below, most likely in a large local array; ");
  }
  put(&end, limit,
      "call less deeply, keep large arrays elsewhere, or spawn it with a larger stack "
      "(sley_spawn_options)\n");
  ssize_t ignored = write(2, text, (size_t)(end - text));
  (void)ignored;
}

/* Whether at is close enough below f's stack for one of its frames to have reached it. */
static bool is_below(const fiber *f, uintptr_t at)
{
  uintptr_t low = (uintptr_t)f->low;
  return at < low && at >= low - REACH;
}

/* sp: the stack pointer at the fault; 0: unknown. If it is still inside the stack, only a fault in the guard proves
 * an overflow: the memory below it can belong to anything. */
static void look(uintptr_t at, uintptr_t sp)
{
  const fiber *f = sley__current->fiber;
  if (f == NULL || !is_below(f, at)) return;
  size_t below = (uintptr_t)f->low - at, bytes = sley__stack_guard_bytes();
  if (below > bytes && sp != 0 && !is_below(f, sp)) return;
  say(f, below > bytes ? below : 0);
  abort();
}

void sley_fiber_fault(const void *address) { look((uintptr_t)address, 0); }

static void put_address(char **at, const char *end, uintptr_t address)
{
  char digits[2 * sizeof(address) + 1];
  int i = (int)sizeof(digits) - 1;
  digits[i] = '\0';
  do {
    digits[--i] = "0123456789abcdef"[address & 15];
    address >>= 4;
  } while (address > 0);
  put(at, end, "0x");
  put(at, end, digits + i);
}

/* Aborts if the program jumped to where no code is: a thread of ours has most likely called into, or returned to, a plugin
 * that is unloaded. Names and sites of fibers can lie in that plugin, so none is read. */
static void look_for_code(uintptr_t at, uintptr_t pc)
{
  enum { FIRST_PAGE = 4096 }; /* a function pointer that is NULL leads there */
  const sley_domain *d = sley__current;
  if (pc == 0 || at != pc || at < FIRST_PAGE || (d->id == 0 && d != &sley__in_job)) return;
  char text[512] = "", *end = text;
  const char *limit = text + sizeof(text) - 1;
  put(&end, limit, "sley: no code is loaded at ");
  put_address(&end, limit, at);
  put(&end, limit, ", which domain ");
  put(&end, limit, d->name);
  put(&end, limit,
      " was to run: most likely dlclose has unloaded a plugin that still had fibers, callbacks or "
      "jobs; close a plugin "
      "when its promises have settled, or link it with -Wl,-z,nodelete\n");
  ssize_t ignored = write(2, text, (size_t)(end - text));
  (void)ignored;
  abort();
}

/* ---- the handlers ---- */

/* 0: unknown. */
typedef struct registers {
  uintptr_t sp, pc;
} registers;

static registers registers_of(const void *context)
{
#if defined(__linux__) && defined(__x86_64__)
  const greg_t *all = ((const ucontext_t *)context)->uc_mcontext.gregs;
  return (registers){.sp = (uintptr_t)all[REG_RSP], .pc = (uintptr_t)all[REG_RIP]};
#elif defined(__linux__) && defined(__aarch64__)
  const mcontext_t *all = &((const ucontext_t *)context)->uc_mcontext;
  return (registers){.sp = (uintptr_t)all->sp, .pc = (uintptr_t)all->pc};
#else
  (void)context;
  return (registers){0, 0};
#endif
}

/* Whether the faulting instruction will fault again. */
static bool happens_again(const siginfo_t *info)
{
#ifdef SEGV_MTEAERR
  if (info->si_signo == SIGSEGV && info->si_code == SEGV_MTEAERR) return false; /* asynchronous */
#endif
  return info->si_code > 0;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
  bool again = happens_again(info);
  if (again) {
    registers at = registers_of(context);
    look((uintptr_t)info->si_addr, at.sp);
    look_for_code((uintptr_t)info->si_addr, at.pc);
  }
  signal(number, SIG_DFL);
  if (!again) raise(number); /* waits until this returns */
}

/* Under the lock of faults. */
static unsigned domains; /* that have fibers, and do not forbid the handler */
static struct {
  int number;
  bool installed;
  struct sigaction before;
} handled[] = {
    {.number = SIGSEGV},
#ifdef SIGBUS
    {.number = SIGBUS},
#endif
};
enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };

static bool is_ours(const struct sigaction *a)
{
  return (a->sa_flags & SA_SIGINFO) != 0 && a->sa_sigaction == on_fault;
}

static void install(unsigned i)
{
  struct sigaction before, new;
  if (sigaction(handled[i].number, NULL, &before) != 0) return;
  if ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL) return;
  memset(&new, 0, sizeof(new));
  new.sa_sigaction = on_fault;
  new.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&new.sa_mask);
  if (sigaction(handled[i].number, &new, NULL) != 0) return;
  handled[i].before = before;
  handled[i].installed = true;
}

/* Unless another handler has replaced it, which might call ours. */
static void uninstall(unsigned i)
{
  struct sigaction now;
  if (handled[i].installed && sigaction(handled[i].number, NULL, &now) == 0 && is_ours(&now))
    sigaction(handled[i].number, &handled[i].before, NULL);
  handled[i].installed = false;
}

/* ---- the handlers' stack, per thread ---- */

/* How many domains with fibers the thread has entered. memory: NULL if the thread already had a signal stack. */
static _Thread_local struct {
  void *memory;
  stack_t before;
  unsigned users;
} alternate;

static void alternate_begin(void)
{
  if (alternate.users++ > 0) return;
  if (sigaltstack(NULL, &alternate.before) != 0 || !(alternate.before.ss_flags & SS_DISABLE))
    return;
  void *memory =
      mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return; /* the process then dies without the message */
  stack_t new = {.ss_sp = memory, .ss_size = HANDLER_STACK};
  if (sigaltstack(&new, NULL) != 0) munmap(memory, HANDLER_STACK);
  else alternate.memory = memory;
}

static void alternate_end(void)
{
  stack_t now;
  if (--alternate.users > 0 || alternate.memory == NULL) return;
  void *memory = alternate.memory;
  alternate.memory = NULL;
  /* The program may have set another one since. */
  bool in_use = sigaltstack(NULL, &now) != 0 || now.ss_sp == memory;
  alternate.before.ss_size = HANDLER_STACK; /* some systems check it even if disabled */
  if (!in_use || sigaltstack(&alternate.before, NULL) == 0) munmap(memory, HANDLER_STACK);
}

void sley__fault_enter(sley_domain *d)
{
  if (!d->runtime->no_fault_handler) alternate_begin();
}

void sley__fault_leave(sley_domain *d)
{
  if (!d->runtime->no_fault_handler) alternate_end();
}

void sley__fault_begin(sley_domain *d)
{
  sley__pin(); /* handler or not: the stack of a parked fiber leads back into this module */
  if (d->runtime->no_fault_handler) return;
  sley__process_lock(SLEY__LOCK_FAULTS);
  domains++;
  for (unsigned i = 0; i < HANDLED; i++) install(i);
  sley__process_unlock(SLEY__LOCK_FAULTS);
  alternate_begin();
}

void sley__fault_end(sley_domain *d)
{
  if (d->runtime->no_fault_handler) return;
  alternate_end();
  sley__process_lock(SLEY__LOCK_FAULTS);
  if (--domains == 0)
    for (unsigned i = 0; i < HANDLED; i++) uninstall(i);
  sley__process_unlock(SLEY__LOCK_FAULTS);
}
