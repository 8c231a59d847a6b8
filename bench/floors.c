/* What the machine needs without any library: lower bounds for the rows of bench-domain and bench-preempt.
 * Two threads on two processors (on one, if the row says so). Prints "row nanoseconds" lines.
 *
 * line          a word there and back: one cache line each way, both threads spinning
 * ring_64       a message of 32 bytes through a ring whose position is published once per 64 messages
 * echo_64       the same there and back, 64 in flight
 * futex         a thread woken and the waker woken by it: two futex wake-ups, both asleep in between
 * futex_one     the same on one processor: two switches
 * eventfd       two wake-ups through eventfd and epoll, as loops are woken
 * Usage: bench-floors [ROW...] */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  APART = 128,
  CAPACITY = 1024,
  BATCH = 64,
  MESSAGES = 1 << 20,
  LINES = 1 << 15,
  WAKES = 1 << 11
};

static void must(bool good)
{
  if (!good) abort();
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void pause_a_moment(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* ---- a ring ---- */

typedef struct message {
  uint64_t word[4];
} message;

/* One writer, one reader; each keeps the other's position as it saw it last. */
typedef struct ring {
  alignas(APART) atomic_ulong written;              /* published by the writer */
  alignas(APART) atomic_ulong taken;                /* published by the reader */
  alignas(APART) unsigned long writes, taken_seen;  /* writer's */
  alignas(APART) unsigned long takes, written_seen; /* reader's */
  alignas(APART) message slot[CAPACITY];
} ring;

static ring ways[2];

static void put(ring *r, uint64_t number)
{
  while (r->writes - r->taken_seen == CAPACITY) {
    r->taken_seen = atomic_load_explicit(&r->taken, memory_order_acquire);
    if (r->writes - r->taken_seen == CAPACITY) pause_a_moment();
  }
  r->slot[r->writes++ % CAPACITY] = (message){{number, 2, 3, 4}};
}

static void publish(ring *r)
{
  atomic_store_explicit(&r->written, r->writes, memory_order_release);
}

/* Waits until there is a message, then takes all. */
static unsigned long take_some(ring *r)
{
  static _Thread_local volatile uint64_t sink;
  unsigned long count;
  while ((count = atomic_load_explicit(&r->written, memory_order_acquire) - r->takes) == 0)
    pause_a_moment();
  for (unsigned long i = 0; i < count; i++) sink = r->slot[r->takes++ % CAPACITY].word[0];
  (void)sink;
  atomic_store_explicit(&r->taken, r->takes, memory_order_release);
  return count;
}

static void send_all(long count)
{
  for (long i = 1; i <= count; i++) {
    put(&ways[0], 1);
    if (i % BATCH == 0) publish(&ways[0]);
  }
}

static void *ring_reader(void *ctx)
{
  for (unsigned long got = 0; got < MESSAGES;) got += take_some(&ways[0]);
  return ctx;
}

static void ring_writer(void) { send_all(MESSAGES); }

static void *echo_reader(void *ctx)
{
  for (unsigned long got = 0; got < MESSAGES;) {
    unsigned long count = take_some(&ways[0]);
    for (unsigned long i = 0; i < count; i++) put(&ways[1], 1);
    publish(&ways[1]);
    got += count;
  }
  return ctx;
}

/* Each answer is followed by the next request; all requests available are answered together. */
static void echo_writer(void)
{
  long left = MESSAGES - BATCH;
  send_all(BATCH);
  for (unsigned long got = 0; got < MESSAGES;) {
    unsigned long count = take_some(&ways[1]);
    got += count;
    for (unsigned long i = 0; i < count && left > 0; i++, left--) put(&ways[0], 1);
    publish(&ways[0]);
  }
}

/* ---- a word, spun on and slept on ---- */

static struct {
  alignas(APART) atomic_uint there;
  alignas(APART) atomic_uint back;
} word;

static void spin_until(atomic_uint *w, unsigned value)
{
  while (atomic_load_explicit(w, memory_order_acquire) != value) pause_a_moment();
}

static void *line_other(void *ctx)
{
  for (unsigned i = 1; i <= LINES; i++) {
    spin_until(&word.there, i);
    atomic_store_explicit(&word.back, i, memory_order_release);
  }
  return ctx;
}

static void line(void)
{
  for (unsigned i = 1; i <= LINES; i++) {
    atomic_store_explicit(&word.there, i, memory_order_release);
    spin_until(&word.back, i);
  }
}

static void futex(atomic_uint *w, int operation, unsigned value)
{
  syscall(SYS_futex, w, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void sleep_until(atomic_uint *w, unsigned value)
{
  unsigned seen;
  while ((seen = atomic_load_explicit(w, memory_order_acquire)) != value)
    futex(w, FUTEX_WAIT, seen);
}

static void wake(atomic_uint *w, unsigned value)
{
  atomic_store_explicit(w, value, memory_order_release);
  futex(w, FUTEX_WAKE, 1);
}

static void *futex_other(void *ctx)
{
  for (unsigned i = 1; i <= WAKES; i++) {
    sleep_until(&word.there, i);
    wake(&word.back, i);
  }
  return ctx;
}

static void futexes(void)
{
  for (unsigned i = 1; i <= WAKES; i++) {
    wake(&word.there, i);
    sleep_until(&word.back, i);
  }
}

/* ---- eventfd and epoll ---- */

static int events[2], polls[2];

static void events_wait(int way)
{
  struct epoll_event event;
  eventfd_t count;
  while (epoll_wait(polls[way], &event, 1, -1) != 1) must(errno == EINTR);
  must(eventfd_read(events[way], &count) == 0);
}

static void *eventfd_other(void *ctx)
{
  for (int i = 0; i < WAKES; i++) {
    events_wait(0);
    must(eventfd_write(events[1], 1) == 0);
  }
  return ctx;
}

static void eventfds(void)
{
  for (int i = 0; i < WAKES; i++) {
    must(eventfd_write(events[0], 1) == 0);
    events_wait(1);
  }
}

static void events_open(void)
{
  for (int i = 0; i < 2; i++) {
    struct epoll_event readable = {.events = EPOLLIN};
    events[i] = eventfd(0, EFD_CLOEXEC);
    polls[i] = epoll_create1(EPOLL_CLOEXEC);
    must(events[i] >= 0 && polls[i] >= 0);
    must(epoll_ctl(polls[i], EPOLL_CTL_ADD, events[i], &readable) == 0);
  }
}

/* ---- rows ---- */

static const struct row {
  const char *name;
  void (*here)(void);
  void *(*there)(void *);
  int count;
  bool one_processor;
} rows[] = {{"floor/line", line, line_other, LINES, false},
            {"floor/ring_64", ring_writer, ring_reader, MESSAGES, false},
            {"floor/echo_64", echo_writer, echo_reader, MESSAGES, false},
            {"floor/futex", futexes, futex_other, WAKES, false},
            {"floor/futex_one", futexes, futex_other, WAKES, true},
            {"floor/eventfd", eventfds, eventfd_other, WAKES, false}};

/* Counts only processors that this program can use; returns the last one if there are too few. */
static cpu_set_t processor(int number)
{
  static cpu_set_t all;
  cpu_set_t one;
  if (CPU_COUNT(&all) == 0) must(sched_getaffinity(0, sizeof(all), &all) == 0);
  CPU_ZERO(&one);
  for (size_t i = 0, left = (size_t)number + 1; i < CPU_SETSIZE && left > 0; i++)
    if (CPU_ISSET(i, &all)) {
      CPU_ZERO(&one);
      CPU_SET(i, &one);
      left--;
    }
  return one;
}

static double time_row(const struct row *r)
{
  pthread_t thread;
  pthread_attr_t attributes;
  cpu_set_t first = processor(0), second = processor(r->one_processor ? 0 : 1);
  memset(ways, 0, sizeof(ways));
  memset(&word, 0, sizeof(word));
  must(sched_setaffinity(0, sizeof(first), &first) == 0);
  pthread_attr_init(&attributes);
  pthread_attr_setaffinity_np(&attributes, sizeof(second), &second);
  double begun = now();
  must(pthread_create(&thread, &attributes, r->there, NULL) == 0);
  pthread_attr_destroy(&attributes);
  r->here();
  pthread_join(thread, NULL);
  return (now() - begun) / r->count;
}

int main(int count, char **words)
{
  processor(0); /* before anything is pinned */
  events_open();
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    bool wanted = count == 1;
    for (int k = 1; k < count; k++) wanted |= strcmp(words[k], rows[i].name) == 0;
    if (wanted) printf("%s %.2f\n", rows[i].name, time_row(&rows[i]));
    fflush(stdout);
  }
  return 0;
}
