/* A program without the library that loads a plugin with a copy of it, late: after modules have taken the room of thread-local
 * variables that can be reached without a call, as many as fit. Built for the C library of the plugin.
 * Usage: late PLUGIN [FILLER...]; prints "runs", or why the plugin cannot be loaded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *plugin;

/* ISO C has no conversion between the two kinds of pointer. */
typedef int int_fn(void);
static int call(const char *name)
{
  union {
    void *in;
    int_fn *out;
  } u = {dlsym(plugin, name)};
  return u.in == NULL ? -1 : u.out();
}

/* In a thread with a domain of its own, from beginning to end. */
static void *use(void *ctx)
{
  (void)ctx;
  if (call("plugin_own") != 42 || call("plugin_finish") != 0) exit(3);
  return NULL;
}

int main(int count, char **words)
{
  int filled = 0;
  /* The first thread is there before the plugin, and others come after it. */
  for (int i = 2; i < count; i++) filled += dlopen(words[i], RTLD_NOW | RTLD_LOCAL) != NULL;
  if (count > 2 && (filled == 0 || filled == count - 2)) {
    printf("%d of %d fillers were loaded\n", filled, count - 2);
    return 2;
  }
  plugin = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == NULL) {
    puts(dlerror());
    return 0;
  }
  use(NULL);
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, use, NULL) != 0 || pthread_join(thread, NULL) != 0) return 4;
  }
  use(NULL);
  puts("runs");
  return 0;
}
