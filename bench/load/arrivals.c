#include "arrivals.h"

#include <math.h>

/* splitmix64: any seed works, 0 too. */
static uint64_t draw(uint64_t *state)
{
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void arrivals_start(arrivals *a, uint64_t now, double rate, bool poisson, uint64_t seed)
{
  *a = (arrivals){.poisson = poisson, .gap = 1e9 / rate, .begin = now, .random = seed};
  arrivals_pass(a);
}

uint64_t arrivals_next(const arrivals *a) { return a->begin + (uint64_t)a->next; }

void arrivals_pass(arrivals *a)
{
  if (a->poisson) {
    double uniform = ((double)(draw(&a->random) >> 11) + 0.5) * 0x1p-53; /* never 0 */
    a->next -= log(uniform) * a->gap;
  } else {
    a->next += a->gap;
  }
}
