/* The start times of requests under open load: evenly spaced, or a Poisson process, whose distances are
 * exponential. They depend only on the seed, never on the server. */
#ifndef LOAD_ARRIVALS_H
#define LOAD_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct arrivals {
  bool poisson;
  double gap;  /* mean distance, ns */
  double next; /* ns since begin */
  uint64_t begin, random;
} arrivals;

void arrivals_start(arrivals *a, uint64_t now, double rate, bool poisson, uint64_t seed);

/* The start of the next request, in the clock of now; arrivals_pass advances to the one after it. */
uint64_t arrivals_next(const arrivals *a);
void arrivals_pass(arrivals *a);

#endif
