/* Packets with descriptors and credentials: what comes is what was sent, or it is told that some is lost; and no descriptor
 * stays open. What libFuzzer looks for a counterexample to: options, then three bytes for each packet. scripts/fuzz. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sley/cancel.h>
#include <sley/convenience.h>
#include <sley/datagram.h>
#include <sley/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PACKETS = 8, FDS = 24, BYTES = 256 };

typedef struct sent {
  unsigned fds, size;
  uint8_t takes; /* a bit for each descriptor that is taken */
} sent;

static struct {
  sent packets[PACKETS];
  unsigned count, came, most_fds, most;
  bool credentials;
  sley_promise *each;
} run;

static void must(bool is_true)
{
  if (!is_true) abort();
}

static int open_descriptors(void)
{
  int count = 0;
  for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* Those of the packet, in one message or two. */
static void send_packet(int fd, const char *path_tail, const sent *p, bool in_two)
{
  union {
    struct cmsghdr align;
    char bytes[2 * CMSG_SPACE(FDS * sizeof(int))];
  } control;
  static char bytes[BYTES];
  int fds[FDS];
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(path_tail));
  memcpy(to.sun_path + 1, path_tail, strlen(path_tail));
  struct iovec part = {bytes, p->size};
  struct msghdr m = {.msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};
  memset(bytes, (int)p->size, sizeof(bytes));
  memset(&control, 0, sizeof(control));
  for (unsigned i = 0; i < p->fds; i++) fds[i] = 0;
  unsigned first = in_two ? p->fds / 2 : p->fds;
  m.msg_control = &control;
  for (unsigned done = 0, n = first; done < p->fds; done += n, n = p->fds - done) {
    if (n == 0) n = p->fds - done;
    struct cmsghdr *c = (struct cmsghdr *)(void *)(control.bytes + m.msg_controllen);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(c), fds, n * sizeof(int));
    m.msg_controllen += CMSG_SPACE(n * sizeof(int));
  }
  if (m.msg_controllen == 0) m.msg_control = NULL;
  must(sendmsg(fd, &m, MSG_DONTWAIT) == (ssize_t)p->size);
}

static void came(const sley_packet *p)
{
  must(run.came < run.count);
  const sent *s = &run.packets[run.came++];
  must(p->size == (s->size < run.most ? s->size : run.most) && p->cut == (s->size > run.most));
  for (size_t i = 0; i < p->size; i++) must(p->at[i] == (char)s->size);
  must(p->fd_count == (s->fds < run.most_fds ? s->fds : run.most_fds));
  must(run.most_fds == 0 || p->lost_fds == (s->fds > run.most_fds));
  must((p->credentials != NULL) == run.credentials);
  if (p->credentials != NULL) must(p->credentials->pid == (int)getpid());
  for (size_t i = 0; i < p->fd_count && i < 8; i++) {
    if ((s->takes & 1u << i) == 0) continue;
    sley_fd fd = sley_packet_take_fd(p, i);
    must(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && sley_packet_take_fd(p, i) == -1);
    close(fd);
  }
}

static sley_promise *all_came(void *ctx, const sley_packet *packets, size_t n)
{
  (void)ctx;
  for (size_t i = 0; i < n; i++) came(&packets[i]);
  return sley_return_unit();
}

static void receive(sley_datagram *d, bool by_each)
{
  if (by_each) {
    sley_promise *p = sley_datagram_each(d, all_came, NULL, NULL);
    while (run.came < run.count) {
      must(sley_is_pending(p));
      sley_error_drop(sley_step(SLEY_MILLISECOND));
    }
    sley_cancel(p);
    sley_drop(p);
  }
  while (run.came < run.count) {
    sley_value v;
    must(sley_run(sley_datagram_receive(d), &v) == NULL);
    came(sley_packet_in(&v));
    sley_value_drop(&v);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static unsigned number;
  char path[64], address[80];
  if (size < 2) return 0;
  memset(&run, 0, sizeof(run));
  run.most_fds = data[0] & 0x1f;
  run.credentials = (data[0] & 0x80) != 0;
  run.most = 1u + data[1];
  snprintf(path, sizeof(path), "sley-control-%ld-%u", (long)getpid(), number++);
  snprintf(address, sizeof(address), "unix:@%s", path);
  sley_datagram_options o = {.size = sizeof(o),
                             .address = address,
                             .most = run.most,
                             .most_fds = run.most_fds,
                             .want_credentials = run.credentials};
  sley_datagram *d;
  sley_error_drop(sley_step(0)); /* the loop's own descriptors are there */
  int before = open_descriptors();
  must(sley_datagram_open(&o, &d) == NULL);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (size_t at = 2; at + 3 <= size && run.count < PACKETS; at += 3) {
    sent *p = &run.packets[run.count++];
    *p = (sent){.fds = (data[at] & 0x1f) % FDS, .size = data[at + 1], .takes = data[at + 2]};
    send_packet(fd, path, p, (data[at] & 0x80) != 0);
  }
  receive(d, (data[0] & 0x40) != 0);
  close(fd);
  sley_datagram_drop(d);
  sley_error_drop(sley_step(0));
  must(open_descriptors() == before);
  return 0;
}
