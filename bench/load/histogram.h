/* Latencies in nanoseconds, counted in buckets whose width grows with the value: 128 to each power of two,
 * so that a percentile is at most 0.8 % too high, from 1 ns to 584 years, in 58 KB. */
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

enum { HISTOGRAM_STEP_BITS = 7, HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS };
enum { HISTOGRAM_BUCKETS = (64 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS };

typedef struct histogram {
  uint64_t count, least, most;
  double sum, squares;
  uint64_t bucket[HISTOGRAM_BUCKETS];
} histogram;

void histogram_clear(histogram *h);
void histogram_add(histogram *h, uint64_t value);

/* The bucket of a value, and the highest value that falls into a bucket. */
unsigned histogram_bucket(uint64_t value);
uint64_t histogram_top(unsigned bucket);

/* The value not exceeded by share (0 to 1) of all values; 0 for an empty histogram. */
uint64_t histogram_value_at(const histogram *h, double share);
double histogram_mean(const histogram *h);

/* Writes the percentile distribution in milliseconds, in HdrHistogram's format, which its plotters read. */
void histogram_write(const histogram *h, FILE *to);

#endif
