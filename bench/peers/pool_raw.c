/* The least a pool can do, by hand: jobs go to threads through ConcurrencyKit's ring (one producer, many
 * consumers), finished ones come back through its stack, taken whole. A thread that finds nothing waits
 * on a futex, with at most one wake-up under way; the loop sleeps in epoll and is woken through an
 * eventfd only then. No promise, no cancel, no error, no limit, no growth: the floor for every pool.
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

enum { RING = 4096, IN_FLIGHT = 1000, APART = 128 };

typedef struct job {
  ck_stack_entry_t done; /* first */
  void (*f)(struct job *);
  char apart[APART];
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
  ck_pr_store_uint(&waking, 0); /* a wake-up meant for who did not sleep after all is over */
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
    j->f(j);
    ck_stack_push_upmc(&finished, &j->done);
    ck_pr_fence_memory();
    if (ck_pr_load_uint(&loop_sleeps) != 0 && ck_pr_fas_uint(&loop_sleeps, 0) != 0) {
      uint64_t one = 1;
      if (write(wake_fd, &one, sizeof(one)) < 0) abort();
    }
  }
  return ctx;
}

static void submit(job *j)
{
  if (!ck_ring_enqueue_spmc(&ring, slots, j)) abort();
  wake_one();
}

static ck_stack_entry_t *take(void)
{
  for (;;) {
    if (!CK_STACK_ISEMPTY(&finished)) return ck_stack_batch_pop_upmc(&finished);
    ck_pr_store_uint(&loop_sleeps, 1);
    ck_pr_fence_memory();
    if (CK_STACK_ISEMPTY(&finished)) {
      struct epoll_event event;
      if (epoll_wait(epoll_fd, &event, 1, -1) == 1) {
        uint64_t count;
        if (read(wake_fd, &count, sizeof(count)) < 0) abort();
      }
    }
    ck_pr_store_uint(&loop_sleeps, 0);
  }
}

static void nothing(job *j) { (void)j; }

static double run(job *jobs, int in_flight, long count)
{
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  long sent = 0, done = 0;
  for (; sent < in_flight && sent < count; sent++) {
    jobs[sent].f = nothing;
    submit(&jobs[sent]);
  }
  while (done < count) {
    for (ck_stack_entry_t *next, *entry = take(); entry != NULL; entry = next) {
      next = entry->next;
      done++;
      if (sent < count) {
        sent++;
        submit((job *)(void *)entry);
      }
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
         (double)count;
}

int main(int argc, char **argv)
{
  int threads = argc > 1 ? atoi(argv[1]) : 4;
  long count = argc > 2 ? atol(argv[2]) : 1000000;
  static job jobs[IN_FLIGHT];
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
  run(jobs, 1, count / 50);
  printf("latency %.1f\n", run(jobs, 1, count / 10));
  run(jobs, IN_FLIGHT, count / 10);
  printf("throughput %.1f\n", run(jobs, IN_FLIGHT, count));
  ck_pr_store_8((uint8_t *)&over, 1);
  ck_pr_add_uint(&ticket, 1);
  futex(&ticket, FUTEX_WAKE, 64);
  for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
  return 0;
}
