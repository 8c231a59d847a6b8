/* Makes a failed assertion abort with file and line in any thread, and a program that hangs show where each of its
 * threads is. */
#ifndef TESTS_SUPPORT_WATCHDOG_H
#define TESTS_SUPPORT_WATCHDOG_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { TEST_SECONDS = 240 /* less than any test's TIMEOUT in CTest */ };

static inline void write_error(const char *text)
{
  (void)!write(STDERR_FILENO, text, strlen(text));
}

/* Each thread's name and state as in proc(5): R is runnable but has no processor, S sleeps. */
static inline void show_threads(void)
{
  char path[64], text[64];
  struct timespec used = {0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  snprintf(text, sizeof(text), "%.1f s on a processor;",
           (double)used.tv_sec + (double)used.tv_nsec * 1e-9);
  write_error(text);
  DIR *tasks = opendir("/proc/self/task");
  for (const struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof(path), "/proc/self/task/%.16s/stat", task->d_name);
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0) close(fd);
    text[size > 0 ? size : 0] = '\0';
    char *end = strrchr(text, ')'), *name = strchr(text, '(');
    if (end == NULL || strlen(end) < 3) continue;
    end[3] = '\0';
    write_error(" ");
    write_error(name);
  }
  if (tasks != NULL) closedir(tasks);
  write_error("\n");
}

/* SIGALRM: shows the stack of every thread, and aborts. */
static inline void show_and_abort(int number)
{
  char pid[16];
  (void)number;
  write_error("\nFAILED: no end in the time that a test has: ");
  show_threads();
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

/* Makes cmocka abort at a failed assertion. It would otherwise keep the message until after the teardown, in which
 * the library aborts if a domain is still alive, and would longjmp out of callbacks and across threads. */
__attribute__((constructor)) static void watchdog_start(void)
{
  const char *seconds = getenv("SLEY_TEST_SECONDS"); /* 0: no limit */
  setenv("CMOCKA_TEST_ABORT", "1", 0);
  signal(SIGALRM, show_and_abort);
  alarm(seconds != NULL ? (unsigned)atoi(seconds) : (unsigned)TEST_SECONDS);
}

#endif
