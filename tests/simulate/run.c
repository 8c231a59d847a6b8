/* Runs a program under several seeds: PROGRAM FIRST COUNT [--verbose | --hashes]. A failing seed ends the process
 * with a report; a crash also names the seed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/life/processors.h"
#include "promise/promise_floor.h"
#include "slice.h"

static volatile sig_atomic_t seed_low, seed_high; /* of the current run, in halves */

static void crashed(int number)
{
  char text[160];
  unsigned long long seed = (unsigned long long)seed_high << 31 | (unsigned long long)seed_low;
  int length = snprintf(text, sizeof(text),
                        "simulate: %s, seed %llu: signal %d\nsimulate: again with: "
                        "scripts/simulate --replay %llu %s\n",
                        simulate_program, seed, number, seed, simulate_program);
  if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0) _exit(2);
  signal(number, SIG_DFL);
  raise(number);
}

/* One-time initialization of the library happens before the first seed, so that each seed behaves the same alone and
 * among others. */
static void do_once(void)
{
  sley_error *const errors[] = {sley_error_canceled(), sley_error_nomem(), sley_error_abandoned(),
                                sley_error_closed(),   sley_error_eof(),   sley_error_timeout()};
  for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) sley_error_drop(errors[i]);
  sley__pin();
  sley__processors_note();
}

int main(int count, char **words)
{
  if (count < 3) {
    fprintf(stderr, "usage: %s FIRST COUNT [--verbose | --hashes]\n", words[0]);
    return 2;
  }
  uint64_t first = strtoull(words[1], NULL, 10), seeds = strtoull(words[2], NULL, 10), steps = 0;
  bool verbose = count > 3 && strcmp(words[3], "--verbose") == 0;
  bool hashes = count > 3 && strcmp(words[3], "--hashes") == 0;
  const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) signal(signals[i], crashed);
  do_once();
  for (uint64_t seed = first; seed < first + seeds; seed++) {
    seed_low = (sig_atomic_t)(seed & 0x7fffffff);
    seed_high = (sig_atomic_t)(seed >> 31);
    choose_slice(seed);
    simulate_begin(seed, verbose);
    simulate_run(seed);
    steps += simulate_steps();
    uint64_t hash = simulate_end();
    if (hashes)
      printf("%s %llu %016llx\n", simulate_program, (unsigned long long)seed,
             (unsigned long long)hash);
  }
  if (!hashes)
    printf("%s: seeds %llu to %llu, %llu points, nothing found\n", simulate_program,
           (unsigned long long)first, (unsigned long long)(first + seeds - 1),
           (unsigned long long)steps);
  return 0;
}
