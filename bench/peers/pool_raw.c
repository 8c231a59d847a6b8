/* Pools by hand: jobs go to threads through ConcurrencyKit's ring (one producer, many consumers), finished
 * ones come back through its stack, which the loop takes whole. A thread that finds nothing waits on a futex, with at
 * most one wake-up under way; the loop sleeps in epoll and is woken through an eventfd only then.
 *
 * Rows latency and throughput: a minimal pool for an event loop. A job is allocated, has a function, an argument and
 * a result, and a callback that receives it in the loop, in the order in which jobs ended; the queue is bounded,
 * jobs beyond it wait in the loop; each turn polls epoll.
 * No promise, no cancel, no error, no figures, no second queue or pool, no growth or end of threads.
 * Row bare: the hand-over alone. Preallocated jobs without argument, result or callback, newest first, no
 * bound, and epoll polled only when nothing has come back: the lower bound for every pool.
 * Usage: bench-pool-raw THREADS JOBS; prints nanoseconds per job, one at a time and 1,000 at a time. */
#include <ck_pr.h>
#include <ck_ring.h>
#include <ck_stack.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RING = 2048, IN_FLIGHT = 1000, APART = 128 };

typedef struct job {
  ck_stack_entry_t done; /* first */
  int (*f)(void *arg, void **result);
  void *arg, *result;
  int error;
  void (*callback)(void *ctx, int error, void *result);
  void *ctx;
  struct job *next; /* waits for room in the ring */
} job;

static ck_ring_t ring __attribute__((aligned(APART)));
static ck_ring_buffer_t slots[RING];
static ck_stack_t finished __attribute__((aligned(APART)));
static unsigned loop_sleeps __attribute__((aligned(APART)));
static unsigned waiting, waking, ticket; /* threads asleep; a wake-up is under way; futex word */
static bool over;
static int wake_fd, epoll_fd;

static void futex(unsigned *word, int operation, unsigned value)
{
  syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* ---- threads ---- */

static void wake_one(void)
{
  ck_pr_fence_memory();
  if (ck_pr_load_uint(&waiting) == 0 || ck_pr_fas_uint(&waking, 1) != 0) return;
  ck_pr_inc_uint(&ticket);
  futex(&ticket, FUTEX_WAKE, 1);
}

static void wait_for_job(void)
{
  unsigned seen = ck_pr_load_uint(&ticket);
  ck_pr_inc_uint(&waiting);
  ck_pr_store_uint(&waking, 0); /* ends a wake-up that found no sleeper */
  ck_pr_fence_memory();
  if (ck_ring_size(&ring) == 0 && !ck_pr_load_8((uint8_t *)&over)) futex(&ticket, FUTEX_WAIT, seen);
  ck_pr_dec_uint(&waiting);
  ck_pr_store_uint(&waking, 0);
}

static void *work(void *ctx)
{
  void *found;
  while (!ck_pr_load_8((uint8_t *)&over)) {
    if (!ck_ring_dequeue_spmc(&ring, slots, &found)) {
      wait_for_job();
      continue;
    }
    if (ck_ring_size(&ring) > 0) wake_one();
    job *j = found;
    j->error = j->f(j->arg, &j->result);
    ck_stack_push_upmc(&finished, &j->done);
    ck_pr_fence_memory();
    if (ck_pr_load_uint(&loop_sleeps) != 0 && ck_pr_fas_uint(&loop_sleeps, 0) != 0) {
      uint64_t one = 1;
      if (write(wake_fd, &one, sizeof(one)) < 0) abort();
    }
  }
  return ctx;
}

/* ---- the loop ---- */

static void ask_epoll(int timeout)
{
  struct epoll_event event;
  uint64_t count;
  if (epoll_wait(epoll_fd, &event, 1, timeout) != 1) return;
  if (read(wake_fd, &count, sizeof(count)) < 0) abort();
}

/* Sleeps unless something has come back. */
static void sleep_for_jobs(void)
{
  ck_pr_store_uint(&loop_sleeps, 1);
  ck_pr_fence_memory();
  if (CK_STACK_ISEMPTY(&finished)) ask_epoll(-1);
  ck_pr_store_uint(&loop_sleeps, 0);
}

static job *unsent, **unsent_end = &unsent;

static bool enqueue(job *j)
{
  if (!ck_ring_enqueue_spmc(&ring, slots, j)) return false;
  wake_one();
  return true;
}

static void start(int (*f)(void *arg, void **result), void *arg,
                  void (*callback)(void *ctx, int error, void *result), void *ctx)
{
  job *j = malloc(sizeof(*j));
  if (j == NULL) abort();
  *j = (job){.f = f, .arg = arg, .callback = callback, .ctx = ctx};
  if (unsent == NULL && enqueue(j)) return;
  *unsent_end = j;
  unsent_end = &j->next;
}

static void send_unsent(void)
{
  while (unsent != NULL && enqueue(unsent)) unsent = unsent->next;
  if (unsent == NULL) unsent_end = &unsent;
}

static ck_stack_entry_t *take_in_order(void)
{
  ck_stack_entry_t *newest = ck_stack_batch_pop_upmc(&finished), *oldest = NULL;
  while (newest != NULL) {
    ck_stack_entry_t *next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

static void turn(void)
{
  if (CK_STACK_ISEMPTY(&finished)) sleep_for_jobs();
  else ask_epoll(0);
  for (ck_stack_entry_t *next, *entry = take_in_order(); entry != NULL; entry = next) {
    next = entry->next;
    job j = *(job *)(void *)entry;
    free(entry);
    j.callback(j.ctx, j.error, j.result);
  }
  if (unsent != NULL) send_unsent();
}

/* ---- what is timed ---- */

static long sent, done, total;

static int nothing(void *arg, void **result)
{
  *result = arg;
  return 0;
}

static void next_one(void *ctx, int error, void *result)
{
  if (error != 0 || result != ctx) abort();
  done++;
  if (sent >= total) return;
  sent++;
  start(nothing, ctx, next_one, ctx);
}

static void run(int in_flight)
{
  for (; sent < in_flight && sent < total; sent++) start(nothing, &ring, next_one, &ring);
  while (done < total) turn();
}

static void run_bare(int in_flight)
{
  static job jobs[IN_FLIGHT];
  for (; sent < in_flight && sent < total; sent++) {
    jobs[sent].f = nothing;
    if (!enqueue(&jobs[sent])) abort();
  }
  while (done < total) {
    if (CK_STACK_ISEMPTY(&finished)) {
      sleep_for_jobs();
      continue;
    }
    for (ck_stack_entry_t *next, *entry = ck_stack_batch_pop_upmc(&finished); entry != NULL;
         entry = next) {
      next = entry->next;
      done++;
      if (sent >= total) continue;
      sent++;
      if (!enqueue((job *)(void *)entry)) abort();
    }
  }
}

static void row(const char *name, void (*run_it)(int in_flight), int in_flight, long count)
{
  struct timespec begin, end;
  for (int round = 0; round < 2; round++) { /* the first to warm up */
    clock_gettime(CLOCK_MONOTONIC, &begin);
    sent = done = 0;
    total = round == 0 ? count / 10 : count;
    run_it(in_flight);
    clock_gettime(CLOCK_MONOTONIC, &end);
  }
  printf("%s %.1f\n", name,
         ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
             (double)count);
}

int main(int argc, char **argv)
{
  int threads = argc > 1 ? atoi(argv[1]) : 4;
  long count = argc > 2 ? atol(argv[2]) : 1000000;
  pthread_t thread[64];
  if (threads < 1 || threads > 64) return 2;
  wake_fd = eventfd(0, EFD_NONBLOCK);
  epoll_fd = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  if (wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) return 1;
  ck_ring_init(&ring, RING);
  ck_stack_init(&finished);
  for (int i = 0; i < threads; i++)
    if (pthread_create(&thread[i], NULL, work, NULL) != 0) return 1;
  row("latency", run, 1, count / 10);
  row("throughput", run, IN_FLIGHT, count);
  row("throughput/bare", run_bare, IN_FLIGHT, count);
  ck_pr_store_8((uint8_t *)&over, 1);
  ck_pr_add_uint(&ticket, 1);
  futex(&ticket, FUTEX_WAKE, 64);
  for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
  return 0;
}
