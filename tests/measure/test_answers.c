/* Answers in bytes from a server; and the fuzzer's corpus, in pieces of every size. */
#include <dirent.h>

#include "answers.h"
#include "answers_target.h"
#include "support/process.h"

#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"

static int feed(answers *a, const char *text) { return answers_feed(a, text, strlen(text)); }

static void counts_http_answers(void **state)
{
  (void)state;
  answers a;
  answers_init(&a, PROTOCOL_HTTP, 0);
  assert_int_equal(feed(&a, GOOD GOOD CHUNKED), 3);
  assert_int_equal(feed(&a, "HTTP/1.1 204 None\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le"), 1);
  assert_int_equal(feed(&a, "ngth: 2\r\n\r\nh"), 0);
  assert_int_equal(feed(&a, "i"), 1);
}

static void says_what_is_wrong(void **state)
{
  (void)state;
  static const struct {
    const char *text, *wrong;
    unsigned status;
  } cases[] = {
      {GOOD "SSH-2.0\r\n\r\n", "invalid", 0},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "not 2xx", 404},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "keep-alive", 0},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "keep-alive", 0},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "ontent-", 0}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    answers a;
    answers_init(&a, PROTOCOL_HTTP, 0);
    assert_int_equal(feed(&a, cases[i].text), -1);
    assert_non_null(strstr(a.wrong, cases[i].wrong));
    assert_int_equal(a.status, cases[i].status);
    assert_int_equal(feed(&a, GOOD), -1);
  }
}

static void counts_frames(void **state)
{
  (void)state;
  answers a;
  answers_init(&a, PROTOCOL_ECHO, 3);
  assert_int_equal(answers_feed(&a, "\0\0\0\3abc\0\0\0\3a", 12), 1);
  assert_int_equal(answers_feed(&a, "bc\0", 3), 1);
  assert_int_equal(answers_feed(&a, "", 0), 0);
  assert_int_equal(answers_feed(&a, "\0\0\3xyz", 6), 1);
  assert_int_equal(answers_feed(&a, "\0\0\0\4", 4), -1);
  assert_non_null(strstr(a.wrong, "length"));
}

static void corpus_in_pieces_of_every_size(void **state)
{
  DIR *folder = opendir(*state);
  int files = 0;
  assert_non_null(folder);
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    static uint8_t bytes[1 << 16];
    char path[4096];
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof(path), "%s/%s", (const char *)*state, entry->d_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, size);
    for (unsigned pieces = 0; pieces < 128 && size > 0; pieces++) {
      bytes[0] = (uint8_t)(pieces << 1 | (bytes[0] & 1));
      LLVMFuzzerTestOneInput(bytes, size);
    }
    files++;
  }
  closedir(folder);
  assert_true(files >= 10);
}

int main(int count, char **words)
{
  if (count < 2) return 2;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_http_answers), cmocka_unit_test(says_what_is_wrong),
      cmocka_unit_test(counts_frames),
      cmocka_unit_test_prestate(corpus_in_pieces_of_every_size, words[1])};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
