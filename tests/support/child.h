/* Child processes that are expected to abort or to be killed by a signal: their exit status and what they write to stderr. */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/unit.h"

/* Forks. In the child, stderr goes into the pipe, a crash kills the process without cmocka's handlers, and no core
 * file is written. */
static inline pid_t child_fork(int ends[2])
{
  if (pipe(ends) != 0) fail_msg("pipe");
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) fail_msg("fork");
  if (child == 0) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    static const int caught[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS}; /* by cmocka */
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) signal(caught[i], SIG_DFL);
    dup2(ends[1], 2);
    close(ends[0]);
  }
  return child;
}

/* Reads what the child writes to the pipe, and closes the pipe: text gets the beginning, at most room bytes with the
 * terminating 0; the rest is read and dropped, because a child that finds the pipe closed dies of SIGPIPE.
 * Returns the child's status as waitpid reports it. */
static inline int child_said(pid_t child, const int ends[2], char *text, size_t room)
{
  close(ends[1]);
  size_t length = 0;
  char part[512];
  for (ssize_t got; (got = read(ends[0], part, sizeof part)) > 0;) {
    size_t kept = (size_t)got < room - 1 - length ? (size_t)got : room - 1 - length;
    memcpy(text + length, part, kept);
    length += kept;
  }
  text[length] = '\0';
  close(ends[0]);
  int status;
  waitpid(child, &status, 0);
  return status;
}

/* Runs f in a child, which exits with status 0 if f returns. */
static inline int run_in_child(void (*f)(void), char *text, size_t room)
{
  int ends[2];
  pid_t child = child_fork(ends);
  if (child == 0) {
    f();
    _exit(0);
  }
  return child_said(child, ends, text, room);
}

/* Runs the program words[0] with the arguments words, which end with NULL; debugging sets SLEY_DEBUG=1. */
static inline int run_program(const char *const *words, bool debugging, char *text, size_t room)
{
  int ends[2];
  pid_t child = child_fork(ends);
  if (child == 0) {
    if (debugging) setenv("SLEY_DEBUG", "1", 1);
    execv(words[0], (char *const *)(uintptr_t)words);
    _exit(4);
  }
  return child_said(child, ends, text, room);
}

static inline bool aborted(int status)
{
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
