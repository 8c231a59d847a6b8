/* What a child that a test forks says before it ends. */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <sys/wait.h>
#include <unistd.h>

/* Reads what child writes into the pipe, up to room bytes with the 0 behind; closes the pipe. Returns the
 * child's status, as waitpid has it. */
static inline int child_said(pid_t child, const int ends[2], char *text, size_t room)
{
  close(ends[1]);
  size_t length = 0;
  ssize_t got;
  while (length + 1 < room && (got = read(ends[0], text + length, room - 1 - length)) > 0)
    length += (size_t)got;
  text[length] = '\0';
  close(ends[0]);
  int status;
  waitpid(child, &status, 0);
  return status;
}

#endif
