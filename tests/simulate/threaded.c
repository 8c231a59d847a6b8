/* The same programs on real threads: PROGRAM FIRST COUNT. Linked instead of the simulator, to show that the programs
 * are unchanged, and to find mistakes of the program itself. */
#include <stdio.h>
#include <stdlib.h>

#include "slice.h"
#include "support/watchdog.h"

static uint64_t running;

bool simulate_running(void) { return false; }

void simulate_fail(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s on threads, seed %llu: ", simulate_program, (unsigned long long)running);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  abort();
}

int main(int count, char **words)
{
  if (count < 3) return 2;
  uint64_t first = strtoull(words[1], NULL, 10), seeds = strtoull(words[2], NULL, 10);
  for (running = first; running < first + seeds; running++) {
    choose_slice(running);
    simulate_run(running);
  }
  printf("%s on threads: seeds %llu to %llu\n", simulate_program, (unsigned long long)first,
         (unsigned long long)(first + seeds - 1));
  return 0;
}
