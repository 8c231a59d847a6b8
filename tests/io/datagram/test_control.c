/* The fuzzer's corpus of control messages, and changes of it.
 * Tests src/io/datagram/received.c. */
#include "support/corpus.h"
#include "support/process.h"

static const char *folder;
static unsigned changes = 2000;

static void each_file_at_each_length(void **state)
{
  (void)state;
  corpus_run(folder, 10);
}

static void random_changes(void **state)
{
  (void)state;
  corpus_change(folder, changes);
}

int main(int count, char **words)
{
  if (count < 2) return 2;
  folder = words[1];
  if (count > 2) changes = (unsigned)strtoul(words[2], NULL, 10); /* more, by hand */
  const struct CMUnitTest tests[] = {TEST(each_file_at_each_length), TEST(random_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
