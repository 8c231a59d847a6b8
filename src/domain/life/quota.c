/* Processor time quotas of Linux cgroups, both versions. If there are none, the files do not exist. The files are
 * not trusted: unexpected content means no limit. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "domain/life/processors.h"

#ifdef __linux__
enum { PATH_MOST = 4096 };

/* ---- numbers ---- */

/* Reads the first line of a file; false: no such file, or the line is too long. */
static bool quota_line_of(const char *directory, const char *name, char *line, size_t size)
{
  char path[PATH_MOST + 64];
  if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path)) return false;
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  size_t length = fread(line, 1, size - 1, file);
  fclose(file);
  line[length] = '\0';
  char *end = strchr(line, '\n');
  if (end == NULL) return false;
  *end = '\0';
  return true;
}

/* Parses the digits at *at and moves *at past them; false: there are none, or too many. */
static bool number_at(const char **at, uint64_t *number)
{
  uint64_t n = 0;
  const char *digit = *at;
  for (; *digit >= '0' && *digit <= '9'; digit++) {
    unsigned value = (unsigned)(*digit - '0');
    if (n > (UINT64_MAX - value) / 10) return false;
    n = n * 10 + value;
  }
  bool any = digit != *at;
  *at = digit;
  *number = n;
  return any;
}

static bool is_number(const char *text, uint64_t *number)
{
  return number_at(&text, number) && *text == '\0';
}

/* The number of processors that a quota per period amounts to, rounded up. 0: no limit. */
static unsigned processors_of(uint64_t quota, uint64_t period)
{
  if (period == 0) return 0;
  uint64_t count = quota / period + (quota % period != 0 ? 1 : 0);
  return count < UINT_MAX ? (unsigned)count : UINT_MAX;
}

/* ---- one group ---- */

typedef unsigned group_fn(const char *directory); /* its own limit; 0: none */

/* "QUOTA PERIOD" or "max PERIOD" (kernel documentation, cgroup v2: cpu.max). */
static unsigned second_version(const char *directory)
{
  char line[64];
  uint64_t quota, period;
  if (!quota_line_of(directory, "cpu.max", line, sizeof(line))) return 0;
  const char *at = line;
  if (!number_at(&at, &quota) || *at++ != ' ' || !is_number(at, &period)) return 0;
  return processors_of(quota, period);
}

/* Two files, in microseconds; a quota of -1 is none (kernel documentation, CFS bandwidth control). */
static unsigned first_version(const char *directory)
{
  char line[64];
  uint64_t quota, period;
  if (!quota_line_of(directory, "cpu.cfs_quota_us", line, sizeof(line)) || !is_number(line, &quota))
    return 0;
  if (!quota_line_of(directory, "cpu.cfs_period_us", line, sizeof(line)) ||
      !is_number(line, &period))
    return 0;
  return processors_of(quota, period);
}

/* ---- the process's groups ---- */

static unsigned quota_lesser(unsigned a, unsigned b) { return a == 0 || (b != 0 && b < a) ? b : a; }

/* Every ancestor's limit also applies. In a container the path can be the one outside, of which only the top is
 * mounted. */
static unsigned quota_along(const char *mount, const char *hierarchy, const char *group,
                            group_fn *limit)
{
  char directory[2 * PATH_MOST];
  unsigned least = 0;
  int top = snprintf(directory, sizeof(directory), "%s%s", mount, hierarchy);
  if (top < 0 || (size_t)top + strlen(group) >= sizeof(directory)) return 0;
  memcpy(directory + top, group, strlen(group) + 1);
  for (;;) {
    least = quota_lesser(least, limit(directory));
    char *last = strrchr(directory + top, '/');
    if (last == NULL) return least;
    *last = '\0';
  }
}

static bool has_cpu(const char *controllers)
{
  for (const char *at = controllers;; at++) {
    size_t length = strcspn(at, ",");
    if (length == 3 && strncmp(at, "cpu", 3) == 0) return true;
    at += length;
    if (*at == '\0') return false;
  }
}

/* A line "NUMBER:CONTROLLERS:/GROUP"; of version 2, "0::/GROUP". */
static unsigned limit_of(char *line, const char *mount)
{
  char *controllers = strchr(line, ':'), *group = NULL;
  if (controllers != NULL) group = strchr(++controllers, ':');
  if (group == NULL || group[1] != '/' || strstr(group, "/..") != NULL) return 0;
  *group++ = '\0';
  if (controllers[0] == '\0') return quota_along(mount, "", group, second_version);
  if (!has_cpu(controllers) || strchr(controllers, '/') != NULL) return 0;
  char hierarchy[256]; /* mounted under the names of all its controllers, with a link for each */
  if ((size_t)snprintf(hierarchy, sizeof(hierarchy), "/%s", controllers) >= sizeof(hierarchy))
    return 0;
  return quota_lesser(quota_along(mount, hierarchy, group, first_version),
                      quota_along(mount, "/cpu", group, first_version));
}

unsigned sley__quota(const char *file, const char *mount)
{
  char line[PATH_MOST];
  unsigned least = 0;
  bool whole = true; /* the next read begins a line */
  FILE *in = fopen(file, "re");
  if (in == NULL) return 0;
  while (fgets(line, sizeof(line), in) != NULL) {
    char *end = strchr(line, '\n');
    bool begins = whole;
    whole = end != NULL;
    if (end == NULL || !begins) continue; /* too long, or the rest of such a line */
    *end = '\0';
    least = quota_lesser(least, limit_of(line, mount));
  }
  fclose(in);
  return least;
}
#else
unsigned sley__quota(const char *file, const char *mount)
{
  (void)file;
  (void)mount;
  return 0;
}
#endif
