/* A guest runtime: a library with sley inside it, in a program without. Its domain belongs to a runtime and a thread of its
 * own, so it touches neither the program's default domain nor its signals and hooks; calls come as posts, which any thread
 * can send. */
#include "guest.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>

struct guest {
  sley_runtime *runtime;
  sley_domain *domain;
  pthread_t thread;
  sley_promise *stopped,
      *left; /* what is under way is picked against stopped; the thread runs until left */
  sley_resolver *stop, *leave;
  pthread_mutex_t lock;
  pthread_cond_t idle;
  unsigned callers; /* in guest_ask, under lock: they touch the domain until they return */
  bool stops;       /* under lock */
};

typedef struct call {
  guest *g;
  const char *host, *port, *question;
  char *answer;
  size_t room;
  int result;
  sem_t over;
} call;

static void *run(void *ctx)
{
  guest *g = ctx;
  sley_domain_enter(g->domain);
  sley_error_drop(sley_run(sley_keep(g->left), NULL));
  sley_domain_leave(g->domain);
  return NULL;
}

/* Signals are the program's: none is handled on this thread but those that a thread raises itself. 0, or a code. */
static int thread_start(guest *g)
{
  static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
  sigset_t all, before;
  sigfillset(&all);
  for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) sigdelset(&all, own[i]);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = pthread_create(&g->thread, NULL, run, g);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code;
}

/* Before its thread runs: from now on other threads can post. */
static void domain_open(guest *g)
{
  sley_domain_enter(g->domain);
  sley_domain_keep(g->domain);
  g->stopped = sley_pending(&g->stop);
  g->left = sley_pending(&g->leave);
  sley_domain_leave(g->domain);
}

static void domain_close(guest *g)
{
  sley_domain_enter(g->domain);
  if (g->stop != NULL) sley_fulfill(&g->stop, sley_unit()); /* no thread could be started */
  if (g->leave != NULL) sley_fulfill(&g->leave, sley_unit());
  sley_drop(g->stopped);
  sley_drop(g->left);
  sley_domain_leave(g->domain);
  sley_domain_drop(g->domain);
  sley_domain_end(g->domain);
}

/* c is gone when its caller has heard. */
static void call_over(call *c, int result, const char *text)
{
  snprintf(c->answer, c->room, "%s", text);
  c->result = result;
  sem_post(&c->over);
}

static void answered(void *c, sley_value *v)
{
  call_over(c, 0, sley_value_ptr(v, &sley_type_text));
}
static void failed(void *c, sley_error *e) { call_over(c, -1, sley_error_message(e)); }

static sley_promise *connected(void *ctx, sley_input *in, sley_output *out)
{
  sley_drop(sley_output_printf(
      out, "%s\n", ((const call *)ctx)->question)); /* if that fails, so does the line */
  return sley_input_line(in);
}

static void begin(sley_value *arg)
{
  call *c = sley_value_borrowed(arg);
  sley_promise *stopped = sley_protected(sley_keep(c->g->stopped));
  sley_promise *line = sley_with_connection(NULL, c->host, c->port, connected, c);
  sley_promise *first = sley_pick(SLEY_PROMISES(line, stopped));
  sley_on_any(first, answered, failed, c);
  sley_drop(first);
}

static void stop(sley_value *arg)
{
  guest *g = sley_value_borrowed(arg);
  sley_reject(&g->stop, sley_error_closed());
  (void)sley_promise_error(
      g->stopped); /* read, so that nobody hears of it where nothing was under way */
}

static void leave(sley_value *arg)
{
  guest *g = sley_value_borrowed(arg);
  sley_fulfill(&g->leave, sley_unit());
}

static bool caller_enters(guest *g)
{
  pthread_mutex_lock(&g->lock);
  bool welcome = !g->stops;
  if (welcome) g->callers++;
  pthread_mutex_unlock(&g->lock);
  return welcome;
}

static void caller_leaves(guest *g)
{
  pthread_mutex_lock(&g->lock);
  if (--g->callers == 0) pthread_cond_signal(&g->idle);
  pthread_mutex_unlock(&g->lock);
}

static void guest_free(guest *g)
{
  if (g->runtime != NULL) sley_runtime_drop(g->runtime);
  pthread_cond_destroy(&g->idle);
  pthread_mutex_destroy(&g->lock);
  free(g);
}

guest *guest_start(void)
{
  guest *g = calloc(1, sizeof(*g));
  if (g == NULL) return NULL;
  pthread_mutex_init(&g->lock, NULL);
  pthread_cond_init(&g->idle, NULL);
  sley_error *e = sley_runtime_new(NULL, &g->runtime);
  if (e == NULL) e = sley_domain_new(g->runtime, "guest", &g->domain);
  if (e == NULL) domain_open(g);
  if (e == NULL && thread_start(g) == 0) return g;
  sley_error_drop(e);
  if (g->domain != NULL) domain_close(g);
  guest_free(g);
  return NULL;
}

/* Without room or memory for a post it is sent again: the domain makes some. */
static void post(const guest *g, sley_post_fn *f, void *arg)
{
  while (sley_post(g->domain, f, sley_borrow(arg)) != 0)
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  if (sley_domain_current() != NULL)
    sley_domain_flush(); /* this thread's domain does not turn meanwhile */
}

int guest_ask(guest *g, const char *host, const char *port, const char *question, char *answer,
              size_t room)
{
  call c = {
      .g = g, .host = host, .port = port, .question = question, .answer = answer, .room = room};
  if (!caller_enters(g)) return snprintf(answer, room, "the guest stops"), -1;
  sem_init(&c.over, 0, 0);
  post(g, begin, &c);
  while (sem_wait(&c.over) != 0) continue; /* a signal */
  sem_destroy(&c.over);
  caller_leaves(g);
  return c.result;
}

void guest_stop(guest *g)
{
  pthread_mutex_lock(&g->lock);
  g->stops = true;
  pthread_mutex_unlock(&g->lock);
  post(g, stop, g);
  pthread_mutex_lock(&g->lock);
  while (g->callers > 0) pthread_cond_wait(&g->idle, &g->lock);
  pthread_mutex_unlock(&g->lock);
  post(g, leave, g);
  pthread_join(g->thread, NULL);
  domain_close(g);
  guest_free(g);
}
