/* refuse ERRNO CALL... -- PROGRAM ARGUMENT...: runs a program whose kernel refuses these system calls with that error, by a
 * filter of seccomp(2), which needs no privilege. prctl: PR_SET_NAME alone; socket6: socket(AF_INET6). */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOW_WORD(n) \
  (offsetof(struct seccomp_data, args) + (n)*8 + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))

typedef struct refused {
  const char *name;
  unsigned number;
  int first; /* the first argument of what is refused; -1: any */
} refused;

static const refused KNOWN[] = {
    {"accept4", SYS_accept4, -1},
    {"clone3", SYS_clone3, -1},
    {"epoll_create1", SYS_epoll_create1, -1},
    {"eventfd2", SYS_eventfd2, -1},
    {"getrandom", SYS_getrandom, -1},
    {"io_uring_setup", SYS_io_uring_setup, -1},
    {"madvise", SYS_madvise, -1},
    {"membarrier", SYS_membarrier, -1},
    {"mprotect", SYS_mprotect, -1},
    {"pidfd_open", SYS_pidfd_open, -1},
    {"pipe2", SYS_pipe2, -1},
    {"prctl", SYS_prctl, PR_SET_NAME},
    {"rseq", SYS_rseq, -1},
    {"sched_getaffinity", SYS_sched_getaffinity, -1},
    {"sched_setaffinity", SYS_sched_setaffinity, -1},
    {"sigaltstack", SYS_sigaltstack, -1},
    {"socket6", SYS_socket, AF_INET6},
    {"timerfd_create", SYS_timerfd_create, -1},
};
static const struct {
  const char *name;
  unsigned number;
} ERRORS[] = {{"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"EAFNOSUPPORT", EAFNOSUPPORT}};

static struct sock_filter filter[4 * sizeof(KNOWN) / sizeof(KNOWN[0]) + 2];
static unsigned short length;

static void add(unsigned code, unsigned char yes, unsigned char no, size_t k)
{
  filter[length++] = (struct sock_filter){(unsigned short)code, yes, no, (unsigned)k};
}

static void refuse(const refused *call, unsigned error)
{
  const unsigned load = BPF_LD | BPF_W | BPF_ABS, equal = BPF_JMP | BPF_JEQ | BPF_K;
  add(load, 0, 0, offsetof(struct seccomp_data, nr));
  add(equal, 0, call->first < 0 ? 1 : 3, call->number);
  if (call->first >= 0) {
    add(load, 0, 0, LOW_WORD(0));
    add(equal, 0, 1, (unsigned)call->first);
  }
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error);
}

int main(int count, char **words)
{
  unsigned error = 0;
  int at = 2;
  for (size_t i = 0; count > 2 && i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++)
    if (strcmp(words[1], ERRORS[i].name) == 0) error = ERRORS[i].number;
  for (; at < count && strcmp(words[at], "--") != 0; at++) {
    size_t i = 0, known = sizeof(KNOWN) / sizeof(KNOWN[0]);
    while (i < known && strcmp(words[at], KNOWN[i].name) != 0) i++;
    if (i == known || length + 6u > sizeof(filter) / sizeof(filter[0]))
      return fprintf(stderr, "refuse: no %s\n", words[at]), 2;
    refuse(&KNOWN[i], error);
  }
  if (error == 0 || at + 1 >= count)
    return fprintf(stderr, "usage: refuse ERRNO CALL... -- PROGRAM...\n"), 2;
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {length, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
    return perror("refuse: seccomp"), 77;
  execv(words[at + 1], words + at + 1);
  return perror("refuse: exec"), 2;
}
