/* Messages between two pinned threads with libuv: a list under a lock and uv_async_send, as is usual with libuv.
 * Rows as in bench/domain.c. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { POSTS = 1 << 19, CALLS = 1 << 16, ALONE = 1 << 12, WIDTH = 64 };

typedef struct message {
  struct message *next;
} message;

typedef struct side {
  uv_loop_t loop;
  uv_async_t async;
  uv_mutex_t lock;
  message *first, **end;
  long sent, received, wanted;
} side;

static side sides[2];
static bool answers;

static void hand_over(side *to)
{
  message *m = malloc(sizeof(*m));
  m->next = NULL;
  uv_mutex_lock(&to->lock);
  *to->end = m;
  to->end = &m->next;
  uv_mutex_unlock(&to->lock);
  uv_async_send(&to->async);
}

static void receive(uv_async_t *async)
{
  side *s = async->data;
  uv_mutex_lock(&s->lock);
  message *m = s->first;
  s->first = NULL;
  s->end = &s->first;
  uv_mutex_unlock(&s->lock);
  while (m != NULL) {
    message *next = m->next;
    free(m);
    m = next;
    s->received++;
    if (s == &sides[1] && answers) hand_over(&sides[0]);
    if (s == &sides[0] && s->sent < s->wanted) {
      s->sent++;
      hand_over(&sides[1]);
    }
    if (s->received == s->wanted) uv_close((uv_handle_t *)&s->async, NULL);
  }
}

static void *run(void *ctx)
{
  uv_run(&((side *)ctx)->loop, UV_RUN_DEFAULT);
  return NULL;
}

static void pin(pthread_attr_t *a, int processor)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)processor, &set);
  if (a == NULL) sched_setaffinity(0, sizeof(set), &set);
  else pthread_attr_setaffinity_np(a, sizeof(set), &set);
}

static double since(uint64_t begun, long count)
{
  return (double)(uv_hrtime() - begun) / (double)count;
}

/* in_flight: calls at a time; 0: one way. */
static void row(const char *name, long count, int in_flight)
{
  pthread_t thread;
  pthread_attr_t a;
  answers = in_flight > 0;
  for (int i = 0; i < 2; i++) {
    side *s = &sides[i];
    uv_loop_init(&s->loop);
    uv_async_init(&s->loop, &s->async, receive);
    s->async.data = s;
    uv_mutex_init(&s->lock);
    s->first = NULL;
    s->end = &s->first;
    s->sent = in_flight;
    s->received = 0;
    s->wanted = count;
  }
  pthread_attr_init(&a);
  pin(&a, 1);
  uint64_t begun = uv_hrtime();
  pthread_create(&thread, &a, run, &sides[1]);
  for (long i = 0; i < (answers ? in_flight : count); i++) hand_over(&sides[1]);
  if (!answers) uv_close((uv_handle_t *)&sides[0].async, NULL);
  uv_run(&sides[0].loop, UV_RUN_DEFAULT);
  pthread_join(thread, NULL);
  printf("libuv/%s %.1f\n", name, since(begun, count));
  fflush(stdout);
  for (int i = 0; i < 2; i++) {
    uv_loop_close(&sides[i].loop);
    uv_mutex_destroy(&sides[i].lock);
  }
}

int main(void)
{
  pin(NULL, 0);
  row("stream", POSTS, 0);
  row("calls_64", CALLS, WIDTH);
  row("asleep", ALONE, 1);
  return 0;
}
