/* Loads a plugin that has its own copy of the library, has it do WHAT, unloads it, and then does what led into
 * its memory: forks, faults, sends signals, lets its threads run. Usage: unload PLUGIN WHAT [handles]
 * handles: the program has handlers of faults of its own, so that the library installs none.
 * Tests src/promise/base/pin.c. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/watchdog.h"

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition); \
      return 1;                                                           \
    }                                                                     \
  } while (0)

typedef int plugin_fn(const char *what);

static bool has_code(void *address)
{
  Dl_info info;
  return dladdr(address, &info) != 0;
}

/* The handler of number is the system's, or somewhere that is still mapped. */
static bool handler_is_sound(int number)
{
  union {
    void (*function)(int);
    void *address;
  } handler;
  struct sigaction a;
  if (sigaction(number, NULL, &a) != 0) return false;
  handler.function = a.sa_handler;
  return handler.function == SIG_DFL || handler.function == SIG_IGN || has_code(handler.address);
}

int main(int count, char **words)
{
  if (count != 3 && count != 4) return 2;
  if (count == 4) CHECK(signal(SIGSEGV, _exit) != SIG_ERR && signal(SIGBUS, _exit) != SIG_ERR);
  const char *what = words[2];
  bool stays = strcmp(what, "promises") != 0;
  void *plugin = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(plugin != NULL);
  union {
    void *address;
    plugin_fn *function;
  } entry = {dlsym(plugin, "plugin")};
  CHECK(entry.address != NULL && entry.function(what) == 0);
  CHECK(dlclose(plugin) == 0);
  void *again = dlopen(words[1], RTLD_NOW | RTLD_NOLOAD);
  CHECK((again != NULL) == stays);
  CHECK(handler_is_sound(SIGSEGV));
  CHECK(handler_is_sound(SIGBUS));
  CHECK(handler_is_sound(SIGUSR1));
  pid_t child = fork(); /* runs the handlers of forks that are left */
  if (child == 0) _exit(0);
  int status;
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  if (strcmp(what, "signal_unfinished") == 0) raise(SIGUSR1);
  usleep(20000); /* for threads that are left */
  return 0;
}
