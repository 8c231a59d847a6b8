/* What the library asks of the C library, seen by functions of the same names in the program, which those of shared objects
 * resolve to; and what the process has, by /proc. For stages.c. */
#ifndef PROCESS_SEEN_H
#define PROCESS_SEEN_H

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORDS = 64, WORD_BYTES = 128 };

/* A set of words, or a bag: what several threads add is sorted when it is printed. */
typedef struct words {
  char text[WORDS][WORD_BYTES];
  int count; /* any thread, __atomic */
} words;

static inline void words_add(words *w, const char *text)
{
  int at = __atomic_fetch_add(&w->count, 1, __ATOMIC_RELAXED);
  if (at < WORDS) snprintf(w->text[at], WORD_BYTES, "%s", text);
}

static inline int words_compare(const void *a, const void *b) { return strcmp(a, b); }

/* NAME: word, word×2 */
static inline void words_print(const char *name, words *w)
{
  if (w->count > WORDS) abort();
  qsort(w->text, (size_t)w->count, WORD_BYTES, words_compare);
  printf("%s:", name);
  for (int i = 0; i < w->count;) {
    int n = 1;
    while (i + n < w->count && strcmp(w->text[i], w->text[i + n]) == 0) n++;
    printf("%s %s", i > 0 ? "," : "", w->text[i]);
    if (n > 1) printf(" ×%d", n);
    i += n;
  }
  puts("");
}

/* ---- what is asked for ---- */

static bool is_watched;      /* set once, before the library is used */
static words environment;    /* a name once */
static words files, changes; /* what is opened by name; what no library should change */
static int forks, exits;     /* handlers: any thread, __atomic */
static size_t mapped;        /* bytes, any thread, __atomic */
static words stacks;         /* sizes that threads were asked for */

/* ISO C has no conversion between the two kinds of pointer. */
#define NEXT(name)             \
  ((union {                    \
    void *in;                  \
    __typeof__(&(name)) out;   \
  }){dlsym(RTLD_NEXT, #name)}) \
      .out

char *getenv(const char *name)
{
  if (is_watched) {
    bool is_new = true;
    for (int i = 0; i < environment.count; i++) is_new &= strcmp(environment.text[i], name) != 0;
    if (is_new) words_add(&environment, name);
  }
  return NEXT(getenv)(name);
}

FILE *fopen(const char *restrict name, const char *restrict mode)
{
  if (is_watched) words_add(&files, name);
  return NEXT(fopen)(name, mode);
}

int __cxa_atexit(void (*f)(void *), void *ctx, void *module);
int __cxa_atexit(void (*f)(void *), void *ctx, void *module)
{
  if (is_watched) __atomic_fetch_add(&exits, 1, __ATOMIC_RELAXED);
  return NEXT(__cxa_atexit)(f, ctx, module);
}

int __register_atfork(void (*a)(void), void (*b)(void), void (*c)(void), void *module);
int __register_atfork(void (*a)(void), void (*b)(void), void (*c)(void), void *module)
{
  if (is_watched) __atomic_fetch_add(&forks, 1, __ATOMIC_RELAXED);
  return NEXT(__register_atfork)(a, b, c, module);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
  void *memory = NEXT(mmap)(at, size, protection, flags, fd, offset);
  if (is_watched && memory != MAP_FAILED) __atomic_fetch_add(&mapped, size, __ATOMIC_RELAXED);
  return memory;
}

int munmap(void *at, size_t size)
{
  if (is_watched) __atomic_fetch_sub(&mapped, size, __ATOMIC_RELAXED);
  return NEXT(munmap)(at, size);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *ctx)
{
  size_t stack = 0, usual = 0;
  pthread_attr_t plain;
  pthread_attr_init(&plain);
  pthread_attr_getstacksize(&plain, &usual);
  if (attributes != NULL) pthread_attr_getstacksize(attributes, &stack);
  char text[WORD_BYTES];
  snprintf(text, sizeof(text), "%zu KiB", stack / 1024);
  if (is_watched) words_add(&stacks, attributes == NULL || stack == usual ? "the system's" : text);
  return NEXT(pthread_create)(thread, attributes, run, ctx);
}

#define CHANGES(type, name, parameters, arguments) \
  type name parameters;                            \
  type name parameters                             \
  {                                                \
    if (is_watched) words_add(&changes, #name);    \
    return NEXT(name) arguments;                   \
  }
CHANGES(char *, setlocale, (int category, const char *locale), (category, locale))
CHANGES(__mode_t, umask, (__mode_t mask), (mask))
CHANGES(int, chdir, (const char *path), (path))
CHANGES(int, setenv, (const char *name, const char *value, int replace), (name, value, replace))
CHANGES(int, putenv, (char *text), (text))
CHANGES(int, unsetenv, (const char *name), (name))

/* ---- what there is ---- */

typedef struct state {
  words threads, descriptors, handlers;
  size_t alternate; /* bytes of this thread's signal stack */
  size_t mapped;
  bool is_mask_same;
} state;

static struct sigaction before[NSIG];
static sigset_t mask_before;
enum { DESCRIPTORS = 64 };
static bool was_open[DESCRIPTORS];

static inline void threads_see(words *w)
{
  DIR *all = opendir("/proc/self/task");
  for (struct dirent *e; all != NULL && (e = readdir(all)) != NULL;) {
    long number = strtol(e->d_name, NULL, 10);
    if (number == 0 || number == getpid()) continue;
    char path[64], line[128], name[32] = "";
    unsigned long long blocked = 0, expected = ~0ull;
    snprintf(path, sizeof(path), "/proc/self/task/%ld/status", number);
    FILE *status = NEXT(fopen)(path, "re");
    if (status == NULL) continue; /* it has ended */
    while (fgets(line, sizeof(line), status) != NULL) {
      sscanf(line, "Name: %31s", name);
      sscanf(line, "SigBlk: %llx", &blocked);
    }
    fclose(status);
    /* All but those of faults, SIGPROF, and those that nobody can block: KILL, STOP, and two of the C library. */
    static const int own[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL, SIGTRAP, SIGSYS,
                              SIGPROF, SIGKILL, SIGSTOP, 32,     33};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) expected &= ~(1ull << (own[i] - 1));
    char text[WORD_BYTES];
    snprintf(text, sizeof(text), blocked == expected ? "%s" : "%s with the mask %llx", name,
             blocked);
    words_add(w, text);
  }
  if (all != NULL) closedir(all);
}

static inline void descriptors_see(words *w)
{
  for (int fd = 3; fd < DESCRIPTORS; fd++) {
    char path[64], to[WORD_BYTES] = "";
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || was_open[fd]) continue;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(path, to, sizeof(to) - 32);
    if (n < 0) continue;
    to[n] = '\0';
    if (strncmp(to, "anon_inode:", 11) == 0) memmove(to, to + 11, strlen(to + 10));
    to[strcspn(to, ":")] = '\0';
    for (char *c = to; (c = strpbrk(c, "[]")) != NULL;) memmove(c, c + 1, strlen(c));
    if (!(flags & FD_CLOEXEC)) strcat(to, " that exec inherits");
    words_add(w, to);
  }
}

static inline void state_see(state *s)
{
  memset(s, 0, sizeof(*s));
  threads_see(&s->threads);
  descriptors_see(&s->descriptors);
  for (int number = 1; number < NSIG; number++) {
    struct sigaction now;
    if (sigaction(number, NULL, &now) != 0 || now.sa_handler == before[number].sa_handler) continue;
    char text[WORD_BYTES];
    snprintf(text, sizeof(text), "SIG%s", sigabbrev_np(number));
    words_add(&s->handlers, text);
  }
  stack_t stack;
  if (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE))
    s->alternate = stack.ss_size;
  s->mapped = __atomic_load_n(&mapped, __ATOMIC_RELAXED);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  s->is_mask_same = true;
  for (int number = 1; number < NSIG; number++)
    s->is_mask_same &= sigismember(&mask, number) == sigismember(&mask_before, number);
}

static inline void seen_begin(void)
{
  for (int number = 1; number < NSIG; number++) sigaction(number, NULL, &before[number]);
  pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
  for (int fd = 0; fd < DESCRIPTORS; fd++) was_open[fd] = fcntl(fd, F_GETFD) >= 0;
  is_watched = true;
}

static inline void state_print(state *s)
{
  words_print("threads", &s->threads);
  words_print("stacks", &stacks);
  words_print("descriptors", &s->descriptors);
  words_print("handlers", &s->handlers);
  printf("alternate stack:%s\n", s->alternate == 0       ? ""
                                 : s->alternate == 65536 ? " 64 KiB"
                                                         : " of another size");
  printf("mapped:");
  if (s->mapped > 0) printf(" %zu KiB", s->mapped / 1024);
  puts("");
  printf("fork handlers: %d\n", forks);
  printf("exit handlers: %d\n", exits);
  words_print("environment", &environment);
  words_print("files", &files);
  words_print("changes", &changes);
  printf("mask: %s\n", s->is_mask_same ? "same" : "another");
}

#endif
