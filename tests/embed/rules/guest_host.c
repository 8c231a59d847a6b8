/* The guest runtime of examples/guest.c in a program that knows nothing of sley: calls from many threads, a stop that cancels
 * those under way, and starts and stops again. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

enum { THREADS = 8, CALLS = 40, STARTS = 20 };

static char port[8];
static guest *shared;
static int listener;
static int asked_in_vain; /* __atomic */

#define EXPECT(condition)                                                     \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      _exit(1);                                                               \
    }                                                                         \
  } while (0)

/* Answers "quiet" never, everything else with itself. */
static void *serve_one(void *ctx)
{
  int fd = (int)(long)ctx;
  char line[256];
  ssize_t n = read(fd, line, sizeof(line));
  if (n >= 5 && memcmp(line, "quiet", 5) == 0) {
    __atomic_add_fetch(&asked_in_vain, 1, __ATOMIC_RELAXED);
    while (read(fd, line, sizeof(line)) > 0) continue; /* until it is given up */
  } else if (n > 0 && write(fd, line, (size_t)n) != n) {
    perror("write");
  }
  close(fd);
  return NULL;
}

static void *serve(void *ctx)
{
  (void)ctx;
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, serve_one, (void *)(long)fd) == 0);
    pthread_detach(thread);
  }
  return NULL;
}

static void listen_here(void)
{
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(at);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT(bind(listener, (struct sockaddr *)&at, size) == 0 && listen(listener, 128) == 0);
  EXPECT(getsockname(listener, (struct sockaddr *)&at, &size) == 0);
  snprintf(port, sizeof(port), "%d", ntohs(at.sin_port));
}

static void *ask_often(void *ctx)
{
  for (int i = 0; i < CALLS; i++) {
    char question[32], answer[64];
    snprintf(question, sizeof(question), "%ld and %d", (long)ctx, i);
    int result = guest_ask(shared, "127.0.0.1", port, question, answer, sizeof(answer));
    if (result != 0) fprintf(stderr, "%s\n", answer);
    EXPECT(result == 0 && strcmp(question, answer) == 0);
  }
  return NULL;
}

static void *ask_in_vain(void *ctx)
{
  char *answer = ctx;
  EXPECT(guest_ask(shared, "127.0.0.1", port, "quiet", answer, 64) == -1);
  return NULL;
}

static void many_threads(void)
{
  pthread_t threads[THREADS];
  shared = guest_start();
  EXPECT(shared != NULL);
  for (long i = 0; i < THREADS; i++)
    EXPECT(pthread_create(&threads[i], NULL, ask_often, (void *)i) == 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  char answer[64];
  EXPECT(guest_ask(shared, "127.0.0.1", "1", "x", answer, sizeof(answer)) == -1 &&
         answer[0] != '\0');
  guest_stop(shared);
}

static void calls_under_way(void)
{
  pthread_t threads[THREADS];
  char answers[THREADS][64];
  shared = guest_start();
  EXPECT(shared != NULL);
  for (int i = 0; i < THREADS; i++)
    EXPECT(pthread_create(&threads[i], NULL, ask_in_vain, answers[i]) == 0);
  char answer[64];
  EXPECT(guest_ask(shared, "127.0.0.1", port, "one more", answer, sizeof(answer)) == 0);
  while (__atomic_load_n(&asked_in_vain, __ATOMIC_RELAXED) < THREADS) usleep(1000);
  guest_stop(shared);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    EXPECT(strstr(answers[i], "closed") != NULL);
  }
}

static void again_and_again(void)
{
  for (int i = 0; i < STARTS; i++) {
    char answer[64];
    guest *g = guest_start();
    EXPECT(g != NULL);
    if (i % 2) EXPECT(guest_ask(g, "127.0.0.1", port, "again", answer, sizeof(answer)) == 0);
    guest_stop(g);
  }
}

int main(void)
{
  pthread_t server;
  listen_here();
  EXPECT(pthread_create(&server, NULL, serve, NULL) == 0);
  many_threads();
  calls_under_way();
  again_and_again();
  return 0;
}
