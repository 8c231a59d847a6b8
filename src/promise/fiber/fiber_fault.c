/* The sentence for a fiber that has used up its stack. The fault is in the guard, the stack is full: the
 * handler needs another one, per thread, and may call only what is safe in a signal handler.
 *
 * Installed by the first spawn, and only where SIGSEGV (and SIGBUS, which some systems send instead)
 * has its default action: a program with a handler of its own calls sley_fiber_fault there. A fault
 * that is not ours gets the default action back, and happens again. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "promise/fiber/fiber_internal.h"

enum { HANDLER_STACK = 65536 };

/* The thread's stack for the handler: how many domains with fibers it has entered. */
static _Thread_local struct {
  void *memory;
  unsigned users;
} alternate;

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

void sley_fiber_fault(const void *address)
{
  const sley_domain *d = sley__current;
  const fiber *f = d->fiber;
  if (f == NULL) return;
  const char *at = address;
  if (at >= f->low || at < f->low - sley__stack_guard_bytes()) return;
  char text[512], *end = text;
  const char *limit = text + sizeof(text) - 1;
  put(&end, limit, "sley: fiber ");
  put(&end, limit, fiber_name(f));
  put(&end, limit, ", spawned at ");
  put(&end, limit, f->result->cell.site[0] != '\0' ? f->result->cell.site : "an unknown place");
  put(&end, limit, ", has used up its stack of ");
  put_number(&end, limit, (size_t)(f->top - f->low));
  put(&end, limit,
      " bytes: call less deeply, keep large arrays elsewhere, or spawn it with a larger stack "
      "(sley_spawn_options)\n");
  ssize_t ignored = write(2, text, (size_t)(end - text));
  (void)ignored;
  abort();
}

static void on_fault(int number, siginfo_t *info, void *context)
{
  (void)context;
  sley_fiber_fault(info->si_addr);
  signal(number, SIG_DFL);
}

static void install(int number)
{
  struct sigaction old, new;
  if (sigaction(number, NULL, &old) != 0) return;
  if ((old.sa_flags & SA_SIGINFO) != 0 || old.sa_handler != SIG_DFL) return;
  memset(&new, 0, sizeof(new));
  new.sa_sigaction = on_fault;
  new.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&new.sa_mask);
  sigaction(number, &new, NULL);
}

static void alternate_begin(void)
{
  stack_t old;
  if (alternate.users++ > 0) return;
  if (sigaltstack(NULL, &old) != 0 || !(old.ss_flags & SS_DISABLE)) return;
  void *memory =
      mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return; /* then the process dies without the sentence */
  stack_t new = {.ss_sp = memory, .ss_size = HANDLER_STACK};
  if (sigaltstack(&new, NULL) != 0) munmap(memory, HANDLER_STACK);
  else alternate.memory = memory;
}

static void alternate_end(void)
{
  if (--alternate.users > 0 || alternate.memory == NULL) return;
  stack_t none = {.ss_flags = SS_DISABLE, .ss_size = HANDLER_STACK};
  sigaltstack(&none, NULL);
  munmap(alternate.memory, HANDLER_STACK);
  alternate.memory = NULL;
}

void sley__fault_begin(sley_domain *d)
{
  if (d->runtime->no_fault_handler) return;
  install(SIGSEGV);
#ifdef SIGBUS
  install(SIGBUS);
#endif
  alternate_begin();
}

void sley__fault_end(sley_domain *d)
{
  if (!d->runtime->no_fault_handler) alternate_end();
}
