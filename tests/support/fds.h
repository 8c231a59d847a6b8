/* Descriptors to hand over, and what came with some bytes, by system calls. */
#ifndef TESTS_SUPPORT_FDS_H
#define TESTS_SUPPORT_FDS_H

#include <sys/socket.h>

#include "support/process.h"

/* Whether what is written to one end of a pipe comes out of the other. */
static inline bool pipe_works(sley_fd out, sley_fd in)
{
  char c = 0;
  return write(out, "x", 1) == 1 && read(in, &c, 1) == 1 && c == 'x';
}

/* Sends a text with n descriptors over a socket that takes it at once. */
static inline void send_with(sley_fd socket, const char *text, const sley_fd *fds, size_t n)
{
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(253 * sizeof(sley_fd))];
  } control;
  struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
  memset(&control, 0, sizeof(control));
  if (n > 0) {
    m.msg_control = control.bytes;
    m.msg_controllen = CMSG_SPACE(n * sizeof(*fds));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n * sizeof(*fds));
    memcpy(CMSG_DATA(c), fds, n * sizeof(*fds));
  }
  assert_int_equal(sendmsg(socket, &m, 0), (ssize_t)strlen(text));
}

/* Receives what one call gives: the number of descriptors, and *size bytes; text has room for 4 KiB. */
static inline size_t receive_size_with(sley_fd socket, char *text, size_t *size, sley_fd *fds)
{
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(253 * sizeof(sley_fd))];
  } control;
  struct iovec part = {text, 4095};
  struct msghdr m = {.msg_iov = &part,
                     .msg_iovlen = 1,
                     .msg_control = control.bytes,
                     .msg_controllen = sizeof(control)};
  ssize_t n = recvmsg(socket, &m, 0);
  assert_true(n >= 0);
  text[n] = '\0';
  *size = (size_t)n;
  const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  if (c == NULL) return 0;
  size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(*fds);
  memcpy(fds, CMSG_DATA(c), count * sizeof(*fds));
  return count;
}

static inline size_t receive_with(sley_fd socket, char *text, sley_fd *fds)
{
  size_t size;
  return receive_size_with(socket, text, &size, fds);
}

static inline void close_all(const sley_fd *fds, size_t n)
{
  for (size_t i = 0; i < n; i++) close(fds[i]);
}

#endif
