/* The time from starting a server to its first answer: the shortest of many, in microseconds. Usage: first TIMES SERVER ARGUMENT */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void need(int good, const char *what)
{
  if (good) return;
  perror(what);
  exit(2);
}

static double once(char **arguments)
{
  int ends[2];
  need(pipe(ends) == 0, "pipe");
  double begin = now();
  pid_t server = vfork();
  need(server >= 0, "vfork");
  if (server == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    execv(arguments[0], arguments);
    _exit(127);
  }
  close(ends[1]);
  char port[16] = "";
  need(read(ends[0], port, sizeof port - 1) > 0, "the server's port");
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  need(client >= 0 && connect(client, (struct sockaddr *)&at, sizeof at) == 0, "connect");
  need(write(client, "ask\n", 4) == 4, "write");
  char answer[8];
  need(read(client, answer, sizeof answer) > 0, "the answer");
  double taken = now() - begin;
  close(client);
  close(ends[0]);
  int status;
  need(kill(server, SIGTERM) == 0 && waitpid(server, &status, 0) == server, "the server's end");
  if (status != 0) {
    fprintf(stderr, "the server ended with %d\n", status);
    exit(2);
  }
  return taken;
}

int main(int count, char **arguments)
{
  if (count != 4) return 2;
  double best = 1e9;
  for (int i = atoi(arguments[1]); i > 0; i--) {
    double taken = once(arguments + 2);
    if (taken < best) best = taken;
  }
  printf("%.0f\n", best);
  return 0;
}
