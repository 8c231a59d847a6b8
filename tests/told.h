/* What every test does to be understood when it fails or hangs where nobody looks on. */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { TEST_SECONDS = 240 /* less than the TIMEOUT that CTest has for any of them */ };

static inline void told(const char *text) { (void)!write(STDERR_FILENO, text, strlen(text)); }

/* SIGALRM: shows where every thread stands, and ends the program. */
static inline void it_hangs(int number)
{
  char pid[16];
  (void)number;
  told("\nFAILED: no end in the time that a test has; its threads, if gdb is there:\n");
  snprintf(pid, sizeof(pid), "%d", (int)getpid());
#ifdef PR_SET_PTRACER
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
  pid_t child = fork();
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execlp("gdb", "gdb", "-batch", "-nx", "-p", pid, "-ex", "thread apply all backtrace 30",
           (char *)NULL);
    _exit(1);
  }
  for (int i = 0; child > 0 && i < 300 && waitpid(child, NULL, WNOHANG) == 0; i++) usleep(100000);
  if (child > 0) kill(child, SIGKILL);
  abort();
}

/* A failed assertion ends the program at once, with its message, in whatever thread. cmocka would keep the
 * message until the teardown is over, which the library aborts where a domain is still alive; and would
 * leave a callback, or another thread, by a jump. A program that hangs tells where. */
__attribute__((constructor)) static void failures_are_told(void)
{
  const char *seconds = getenv("SLEY_TEST_SECONDS"); /* 0: as long as it takes */
  setenv("CMOCKA_TEST_ABORT", "1", 0);
  signal(SIGALRM, it_hangs);
  alarm(seconds != NULL ? (unsigned)atoi(seconds) : (unsigned)TEST_SECONDS);
}

#endif
