/* udp --port N: echoes packets, hand-written over epoll, recvmmsg and sendmmsg, on one thread: the reference for
 * packets per CPU second. Batches and rooms are those of sley_datagram. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { BATCH = 32, MOST = 2048, STRIDE = MOST + 64 };

static struct mmsghdr messages[BATCH];
static struct iovec parts[BATCH];
static struct sockaddr_in from[BATCH];
static char data[BATCH * STRIDE];

static void prepare(void)
{
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){data + (size_t)i * STRIDE, MOST};
    messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                          .msg_namelen = sizeof(from[i]),
                                          .msg_iov = &parts[i],
                                          .msg_iovlen = 1};
  }
}

static void echo(int fd)
{
  prepare();
  int n = recvmmsg(fd, messages, BATCH, 0, NULL);
  for (int i = 0; i < n; i++) parts[i].iov_len = messages[i].msg_len;
  for (int sent = 0; sent < n;) {
    int now = sendmmsg(fd, messages + sent, (unsigned)(n - sent), MSG_NOSIGNAL);
    if (now < 0 && errno != EINTR) return;
    if (now > 0) sent += now;
  }
}

int main(int count, char **words)
{
  int port = count == 3 && strcmp(words[1], "--port") == 0 ? atoi(words[2]) : 0;
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (port == 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    perror("udp");
    return 1;
  }
  for (;;)
    if (epoll_wait(epoll, &event, 1, -1) > 0) echo(fd);
}
