/* How much processor time the control group grants the process.
 * Tests src/domain/life/quota.c. */
#include <sys/stat.h>

#include "domain/life/processors.h"
#include "support/process.h"

static void write_text(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* Fault 39. */
static void quotas_of_the_first_version(const char *top, const char *file)
{
  char path[256];
  write_text(file, "2:memory:/none\n4:cpu,cpuacct:/docker/abc\n5:cpuset:/none\n");
  snprintf(path, sizeof(path), "%s/cpu,cpuacct", top);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(sley__quota(file, top), 0);
  /* In a container the root of the mount is the process's own group. */
  snprintf(path, sizeof(path), "%s/cpu,cpuacct/cpu.cfs_quota_us", top);
  write_text(path, "-1\n");
  assert_int_equal(sley__quota(file, top), 0);
  write_text(path, "250000\n");
  assert_int_equal(sley__quota(file, top), 0);
  snprintf(path, sizeof(path), "%s/cpu,cpuacct/cpu.cfs_period_us", top);
  write_text(path, "100000\n");
  assert_int_equal(sley__quota(file, top), 3);
  /* Under the controller's own name, and with both versions present: the lower limit counts. */
  snprintf(path, sizeof(path), "%s/cpu", top);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof(path), "%s/cpu/cpu.cfs_quota_us", top);
  write_text(path, "900000\n");
  snprintf(path, sizeof(path), "%s/cpu/cpu.cfs_period_us", top);
  write_text(path, "100000\n");
  write_text(file, "4:cpu:/\n");
  assert_int_equal(sley__quota(file, top), 9);
  write_text(file, "4:cpu:/\n0::/slice/job\n");
  assert_int_equal(sley__quota(file, top), 2);
  write_text(file, "4:cpuset,cpuacct:/\n");
  assert_int_equal(sley__quota(file, top), 0);
}

/* Files with invalid contents mean no limit and cause no other harm. */
static void quotas_that_are_none(const char *top, const char *file)
{
  static const char *const limits[] = {
      "",
      "\n",
      "350000\n",
      "350000 \n",
      "350000 0\n",
      "0 100000\n",
      "-1 100000\n",
      "350000 -100000\n",
      " 350000 100000\n",
      "350000 100000 1\n",
      "0x5000 100000\n",
      "350000 100000",
      "99999999999999999999999999 100000\n",
      "00000000000000000000000000000000000000000000000000000000000000000000000000001 1\n",
  };
  static const char *const groups[] = {
      "",
      "\n",
      ":",
      "::",
      "0:\n",
      "0::\n",
      "0::slice/job\n",
      "0::/slice/../slice/job\n",
      "4:cpu\n",
      "4:cpu,../../etc:/\n",
      "4:,,,:/slice\n",
      "0::/slice/job",
  };
  char path[256];
  snprintf(path, sizeof(path), "%s/cpu.max", top);
  write_text(file, "0::/\n");
  for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
    write_text(path, limits[i]);
    if (sley__quota(file, top) != 0) fail_msg("a quota of %s", limits[i]);
  }
  write_text(path, "18446744073709551615 1\n"); /* more than the maximum */
  assert_int_equal(sley__quota(file, top), UINT32_MAX);
  write_text(path, "1 18446744073709551615\n");
  assert_int_equal(sley__quota(file, top), 1);
  write_text(path, "100000 100000\n");
  for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
    write_text(file, groups[i]);
    if (sley__quota(file, top) > 1) fail_msg("a group of %s", groups[i]);
  }
  /* A line that is too long is skipped as a whole, even if its end looks like another line. */
  char *text = malloc(20000);
  memset(text, 'x', 20000);
  memcpy(text, "7:name=a:/", 10);
  for (size_t at = 10; at + 6 < 19000; at += 6) memcpy(text + at, "0::/xx", 6);
  strcpy(text + 19000, "\n");
  write_text(file, text);
  assert_int_equal(sley__quota(file, top), 0);
  strcpy(text + 19000, "\n0::/\n");
  write_text(file, text);
  assert_int_equal(sley__quota(file, top), 1);
  free(text);
}

static void quotas(void **state)
{
  (void)state;
  char top[] = "/tmp/sley-quota-XXXXXX", path[256], file[256], inner[256];
  assert_non_null(mkdtemp(top));
  snprintf(file, sizeof(file), "%s/cgroup", top);
  write_text(file, "1:name=systemd:/other\n0::/slice/job\n");
  snprintf(path, sizeof(path), "%s/slice", top);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(inner, sizeof(inner), "%s/slice/job", top);
  assert_int_equal(mkdir(inner, 0700), 0);
  assert_int_equal(sley__quota(file, top), 0);
  snprintf(path, sizeof(path), "%s/slice/job/cpu.max", top);
  write_text(path, "max 100000\n");
  assert_int_equal(sley__quota(file, top), 0);
  write_text(path, "350000 100000\n");
  assert_int_equal(sley__quota(file, top), 4);
  snprintf(path, sizeof(path), "%s/slice/cpu.max", top); /* a parent's limit counts, too */
  write_text(path, "150000 100000\n");
  assert_int_equal(sley__quota(file, top), 2);
  assert_int_equal(sley__quota("/nowhere", top), 0);
  quotas_of_the_first_version(top, file);
  quotas_that_are_none(top, file);
  char command[300];
  snprintf(command, sizeof(command), "rm -r %s", top);
  assert_int_equal(system(command), 0);
  assert_true(sley_domain_default_count() >= 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(quotas),
  };
  return cmocka_run_group_tests_name("quotas", tests, NULL, NULL);
}
