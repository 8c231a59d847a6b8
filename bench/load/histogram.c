#include "histogram.h"

#include <math.h>
#include <string.h>

void histogram_clear(histogram *h)
{
  memset(h, 0, sizeof(*h));
  h->least = UINT64_MAX;
}

unsigned histogram_bucket(uint64_t value)
{
  if (value < HISTOGRAM_STEPS) return (unsigned)value;
  unsigned octave = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
  return octave * HISTOGRAM_STEPS + (unsigned)(value >> octave);
}

uint64_t histogram_top(unsigned bucket)
{
  if (bucket < HISTOGRAM_STEPS) return bucket;
  unsigned octave = bucket / HISTOGRAM_STEPS - 1;
  uint64_t first = (uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << octave;
  return first + (((uint64_t)1 << octave) - 1);
}

void histogram_add(histogram *h, uint64_t value)
{
  double x = (double)value;
  h->count++;
  h->sum += x;
  h->squares += x * x;
  if (value < h->least) h->least = value;
  if (value > h->most) h->most = value;
  h->bucket[histogram_bucket(value)]++;
}

/* The number of values in a share of them, rounded up. A computed share can be slightly above the exact one, which
 * must not count one value more. */
static uint64_t rank(const histogram *h, double share)
{
  double exact = share * (double)h->count;
  uint64_t whole = (uint64_t)ceil(exact - 1e-6);
  if (whole < 1) return 1;
  return whole > h->count ? h->count : whole;
}

uint64_t histogram_value_at(const histogram *h, double share)
{
  if (h->count == 0) return 0;
  uint64_t wanted = rank(h, share), seen = 0;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += h->bucket[i];
    if (seen < wanted) continue;
    uint64_t top = histogram_top(i);
    return top < h->most ? top : h->most;
  }
  return h->most;
}

double histogram_mean(const histogram *h) { return h->count == 0 ? 0 : h->sum / (double)h->count; }

static double deviation(const histogram *h)
{
  if (h->count == 0) return 0;
  double mean = histogram_mean(h), variance = h->squares / (double)h->count - mean * mean;
  return variance > 0 ? sqrt(variance) : 0;
}

/* Like HdrHistogram, five lines for each halving of the distance to 100 %. */
static double next_share(double share)
{
  double halvings = floor(log2(1 / (1 - share))) + 1;
  return share + 1 / (5 * pow(2, halvings));
}

void histogram_write(const histogram *h, FILE *to)
{
  const double ms = 1e-6;
  double share = 0;
  uint64_t seen = 0;
  fprintf(to, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS && seen < h->count; i++) {
    if (h->bucket[i] == 0) continue;
    seen += h->bucket[i];
    uint64_t top = histogram_top(i) < h->most ? histogram_top(i) : h->most;
    if (seen == h->count) break;
    if ((double)seen < share * (double)h->count) continue;
    fprintf(to, "%12.3f %2.12f %10llu %14.2f\n", (double)top * ms, share, (unsigned long long)seen,
            1 / (1 - share));
    while (share * (double)h->count <= (double)seen) share = next_share(share);
  }
  if (h->count > 0)
    fprintf(to, "%12.3f %2.12f %10llu %14s\n", (double)h->most * ms, 1.0,
            (unsigned long long)h->count, "inf");
  fprintf(to, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", histogram_mean(h) * ms,
          deviation(h) * ms);
  fprintf(to, "#[Max     = %12.3f, Total count    = %12llu]\n", (double)h->most * ms,
          (unsigned long long)h->count);
  fprintf(to, "#[Buckets = %12d, SubBuckets     = %12d]\n", HISTOGRAM_BUCKETS / HISTOGRAM_STEPS,
          HISTOGRAM_STEPS);
}
