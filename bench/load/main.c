/* One run, or slices on request: scripts/support keeps a generator beside each server that it compares and runs
 * them by turns, so connections stay open and nothing has to warm up again. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "load.h"

static bool fails_as_json; /* a failed slice prints a line that its reader can parse */

void fail(int code, const char *format, ...)
{
  char sentence[1024];
  va_list words;
  va_start(words, format);
  vsnprintf(sentence, sizeof(sentence), format, words);
  va_end(words);
  if (fails_as_json) {
    for (char *c = sentence; *c != '\0'; c++)
      if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') *c = '\'';
    printf("{\"error\": \"%s\"}\n", sentence);
  } else {
    fprintf(stderr, "sley-load: %s\n", sentence);
  }
  exit(code);
}

static uint64_t clock_ns(clockid_t clock)
{
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

uint64_t cpu_ns(const options *o)
{
  uint64_t sum = 0;
  for (unsigned i = 0; i < o->pids; i++) {
    clockid_t clock;
    int error = clock_getcpuclockid(o->pid[i], &clock);
    if (error != 0) fail(EXIT_WRONG_SERVER, "process %ld: %s", (long)o->pid[i], strerror(error));
    sum += clock_ns(clock);
  }
  return sum;
}

static result *new_result(void)
{
  result *r = calloc(1, sizeof(*r));
  if (r == NULL) fail(EXIT_USAGE, "no memory");
  return r;
}

static void slices(target *t, result *r)
{
  char line[128], what[16];
  double count;
  uint64_t seed = t->options->seed;
  printf("{\"ready\": true}\n");
  fflush(stdout);
  while (fgets(line, sizeof(line), stdin) != NULL) {
    bool good = sscanf(line, "%15s %lf", what, &count) == 2 && count < 1e12;
    if (good && strcmp(what, "requests") == 0 && count >= 1)
      drive(t, r, (uint64_t)count, 0, seed++);
    else if (good && strcmp(what, "seconds") == 0 && count > 0) drive(t, r, 0, count, seed++);
    else fail(EXIT_USAGE, "a slice is \"requests N\" or \"seconds S\"");
    report_slice(t->options, r, t->idle_closed);
  }
}

int main(int argc, char **argv)
{
  options o;
  target t;
  options_read(&o, argc, argv);
  fails_as_json = o.slices;
  prctl(PR_SET_TIMERSLACK, 1UL);
  target_open(&t, &o);
  result *r = new_result();
  if (o.warm_up > 0) drive(&t, r, 0, o.warm_up, o.seed - 1);
  if (o.slices) {
    slices(&t, r);
  } else {
    if (o.warm_up > 0 && r->at_limit) refuse_at_limit(&o, r);
    drive(&t, r, 0, o.seconds, o.seed);
    if (r->requests == 0)
      fail(EXIT_USAGE, "no request was due in %g s at %g a second: give it more time", o.seconds,
           o.rate);
    report(&o, r, t.idle_closed);
    if (r->at_limit) refuse_at_limit(&o, r);
  }
  target_close(&t);
  free(r);
  return EXIT_SUCCESS;
}
