/* Messages between two threads that are pinned to two processors: between sley's domains, and over
 * ConcurrencyKit's ring alone, the lower bound. Prints "row nanoseconds" lines; the programs of bench/peers print
 * the same rows for others. Usage: bench-domain [ROW...] */
#define _GNU_SOURCE
#include <ck_pr.h>
#include <ck_ring.h>
#include <pthread.h>
#include <sched.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
  CAPACITY = 1024,
  POSTS = 1 << 19,
  CALLS = 1 << 16,
  AWAKE = 1 << 15,
  ASLEEP = 1 << 11,
  WIDTH = 64
};

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static cpu_set_t only(int processor)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)processor, &set);
  return set;
}

/* ---- ConcurrencyKit's ring ---- */

typedef struct message {
  uint64_t word[4];
} message;
CK_RING_PROTOTYPE(message, message)

typedef struct way { /* from one thread to the other */
  ck_ring_t ring;
  message slots[CAPACITY];
  unsigned sleeping; /* its reader; any thread */
  int event;
  int poll; /* epoll that watches event */
} way;

static way ways[2] __attribute__((aligned(128)));

static void ways_init(void)
{
  for (int i = 0; i < 2; i++) {
    memset(&ways[i], 0, sizeof(way));
    ck_ring_init(&ways[i].ring, CAPACITY);
    struct epoll_event readable = {.events = EPOLLIN};
    ways[i].event = eventfd(0, 0);
    ways[i].poll = epoll_create1(0);
    if (epoll_ctl(ways[i].poll, EPOLL_CTL_ADD, ways[i].event, &readable) != 0) abort();
  }
}

static void ways_close(void)
{
  for (int i = 0; i < 2; i++) {
    close(ways[i].poll);
    close(ways[i].event);
  }
}

/* With the fence and the check of the sleeper that a message to a sleeping thread needs. */
static void ring_send(way *w, uint64_t number)
{
  message m = {{number, 0, 0, 0}};
  while (!ck_ring_enqueue_spsc_message(&w->ring, w->slots, &m)) ck_pr_stall();
  ck_pr_fence_memory();
  if (ck_pr_load_uint(&w->sleeping) != 0 && ck_pr_fas_uint(&w->sleeping, 0) == 1)
    eventfd_write(w->event, 1);
}

static uint64_t ring_receive(way *w)
{
  message m;
  while (!ck_ring_dequeue_spsc_message(&w->ring, w->slots, &m)) ck_pr_stall();
  return m.word[0];
}

static uint64_t ring_receive_after(way *w, bool watches)
{
  message m;
  while (!ck_ring_dequeue_spsc_message(&w->ring, w->slots, &m)) {
    ck_pr_store_uint(&w->sleeping, 1);
    ck_pr_fence_memory();
    if (ck_ring_dequeue_spsc_message(&w->ring, w->slots, &m)) break;
    eventfd_t count;
    struct epoll_event event;
    if (watches && epoll_wait(w->poll, &event, 1, -1) != 1) abort();
    if (eventfd_read(w->event, &count) != 0) abort();
  }
  ck_pr_store_uint(&w->sleeping, 0);
  return m.word[0];
}

static uint64_t ring_receive_asleep(way *w) { return ring_receive_after(w, false); }
static uint64_t ring_receive_watching(way *w) { return ring_receive_after(w, true); }

typedef struct raw_job {
  int count;
  uint64_t (*receive)(way *);
  bool answers;
} raw_job;

static void *raw_other(void *ctx)
{
  const raw_job *job = ctx;
  for (int i = 0; i < job->count; i++) {
    uint64_t number = job->receive(&ways[0]);
    if (job->answers) ring_send(&ways[1], number);
  }
  return NULL;
}

static double raw(int count, uint64_t (*receive)(way *), bool answers)
{
  pthread_t thread;
  raw_job job = {count, receive, answers};
  pthread_attr_t attributes;
  cpu_set_t second = only(1);
  ways_init();
  pthread_attr_init(&attributes);
  pthread_attr_setaffinity_np(&attributes, sizeof(second), &second);
  double begun = now();
  if (pthread_create(&thread, &attributes, raw_other, &job) != 0) abort();
  pthread_attr_destroy(&attributes);
  for (int i = 0; i < count; i++) {
    ring_send(&ways[0], 1);
    if (answers) receive(&ways[1]);
  }
  pthread_join(thread, NULL);
  double took = now() - begun;
  ways_close();
  return took * 1e9 / count;
}

static double raw_stream(void) { return raw(POSTS, ring_receive, false); }
static double raw_awake(void) { return raw(AWAKE, ring_receive, true); }
static double raw_watching(void) { return raw(ASLEEP, ring_receive_watching, true); }
static double raw_asleep(void) { return raw(ASLEEP, ring_receive_asleep, true); }

/* ---- domains ---- */

static sley_domain *other;
static struct {
  char apart[128];
  uint64_t posted; /* other's; read by main, __atomic */
  char apart_too[128];
} counter;

static sley_promise *echo(sley_value *v) { return sley_return(*v); }

static void count_post(sley_value *v)
{
  (void)v;
  __atomic_store_n(&counter.posted, counter.posted + 1, __ATOMIC_RELAXED);
}

static sley_promise *set_spin(sley_value *v)
{
  sley_domain_set_spin_time((double)(v->i) / SLEY_SECOND);
  return sley_return(sley_unit());
}

static void run(sley_promise *p)
{
  if (sley_run(p, NULL) != NULL) abort();
}

static void begin(int64_t spin)
{
  sley_domain_options options = {.size = sizeof(options), .name = "other"};
  options.processor = 2; /* numbered from 1 */
  if (sley_domain_spawn(&options, &other) != NULL) abort();
  sley_domain_set_spin_time((double)(spin) / SLEY_SECOND);
  run(sley_call(other, set_spin, sley_int(spin)));
  __atomic_store_n(&counter.posted, 0, __ATOMIC_RELAXED);
}

static void end(void)
{
  run(sley_domain_shutdown(other, 1.0));
  sley_domain_drop(other);
}

typedef struct flow {
  int left;
  bool flushes;
} flow;

static sley_promise *call_again(void *ctx, sley_value *v)
{
  flow *f = ctx;
  (void)v;
  if (f->left-- <= 0) return sley_return(sley_unit());
  return sley_bind(sley_call(other, echo, sley_int(1)), call_again, f);
}

/* The previous row with an observer instead of a bind, which makes its own promise. */
typedef struct watched {
  int left, running;
  sley_resolver *over;
} watched;

static void call_next(void *ctx);

static void call_watched(watched *w)
{
  sley_promise *p = sley_call(other, echo, sley_int(1));
  sley_on_termination(p, call_next, w);
  sley_drop(p);
}

static void call_next(void *ctx)
{
  watched *w = ctx;
  if (w->left-- > 0) call_watched(w);
  else if (--w->running == 0) sley_fulfill(&w->over, sley_unit());
}

static double calls_watched(int count, int width)
{
  watched w = {count, width, NULL};
  begin(1000000);
  sley_promise *over = sley_pending(&w.over);
  double begun = now();
  for (int i = 0; i < width; i++) call_watched(&w);
  run(over);
  double took = now() - begun;
  end();
  return took * 1e9 / count;
}

static double watched_64(void) { return calls_watched(CALLS, WIDTH); }

/* Watches a descriptor that never becomes readable, as a domain with connections does. */
static _Thread_local struct {
  int ends[2];
  sley_promise *readable;
} quiet;

static sley_promise *watch(sley_value *v)
{
  (void)v;
  if (pipe(quiet.ends) != 0) abort();
  quiet.readable = sley_wait_readable(quiet.ends[0]);
  return sley_return(sley_unit());
}

static sley_promise *unwatch(sley_value *v)
{
  (void)v;
  sley_cancel(quiet.readable);
  sley_drop(quiet.readable);
  close(quiet.ends[0]);
  close(quiet.ends[1]);
  return sley_return(sley_unit());
}

static void on_both(sley_call_fn *f)
{
  sley_value nothing = sley_unit();
  run(sley_call(other, f, nothing));
  run(f(&nothing));
}

static double calls(int count, int width, int64_t spin, bool watches)
{
  sley_promise *lines[WIDTH];
  begin(spin);
  if (watches) on_both(watch);
  flow warm = {count / 16, false}, f = {count, false};
  run(call_again(&warm, NULL));
  double begun = now();
  for (int i = 0; i < width; i++) lines[i] = call_again(&f, NULL);
  run(sley_join(lines, (size_t)width));
  double took = now() - begun;
  if (watches) on_both(unwatch);
  end();
  return took * 1e9 / count;
}

static double call_awake(void) { return calls(AWAKE, 1, 1000000, false); }
static double call_asleep(void) { return calls(ASLEEP, 1, 0, false); }
static double call_watching(void) { return calls(ASLEEP, 1, 0, true); }
static double call_64(void) { return calls(CALLS, WIDTH, 1000000, false); }

/* Posts until there is no room left, then yields to the loop. */
static sley_promise *post_again(void *ctx, sley_value *v)
{
  flow *f = ctx;
  (void)v;
  while (f->left > 0 && sley_post(other, count_post, sley_int(1)) == 0) {
    f->left--;
    if (f->flushes) sley_domain_flush();
  }
  if (f->left == 0 && __atomic_load_n(&counter.posted, __ATOMIC_RELAXED) == POSTS)
    return sley_return(sley_unit());
  return sley_bind(sley_pause(), post_again, f);
}

static double posts(bool flushes)
{
  begin(1000000);
  flow f = {POSTS, flushes};
  double begun = now();
  run(post_again(&f, NULL));
  double took = now() - begun;
  end();
  return took * 1e9 / POSTS;
}

static double post_flushed(void) { return posts(true); }
static double post_batched(void) { return posts(false); }

static const struct {
  const char *name;
  double (*f)(void);
} rows[] = {{"ck/stream", raw_stream},
            {"ck/awake", raw_awake},
            {"ck/asleep", raw_asleep},
            {"ck/asleep_watching", raw_watching},
            {"sley/stream_flushed", post_flushed},
            {"sley/stream", post_batched},
            {"sley/calls_64", watched_64},
            {"sley/bound_calls_64", call_64},
            {"sley/awake", call_awake},
            {"sley/asleep", call_asleep},
            {"sley/asleep_watching", call_watching}};

int main(int count, char **words)
{
  cpu_set_t first = only(0);
  (void)sley_domain_default_count(); /* counts the processors before this thread is pinned to one */
  sched_setaffinity(0, sizeof(first), &first);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    bool wanted = count == 1;
    for (int k = 1; k < count; k++) wanted |= strcmp(words[k], rows[i].name) == 0;
    if (!wanted) continue;
    printf("%s %.1f\n", rows[i].name, rows[i].f());
    fflush(stdout);
  }
  return sley_finish() != 0;
}
