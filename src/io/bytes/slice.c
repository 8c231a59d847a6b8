/* Words and numbers of a slice. */
#include <sley/slice.h>

#include <string.h>

#include "promise/promise_floor.h"

sley_slice sley_slice_word(sley_slice *rest, const char *between)
{
  SLEY__NEEDS(rest);
  SLEY__NEEDS(between);
  const char *at = rest->at, *end = rest->size > 0 ? at + rest->size : at;
  size_t count = strlen(between);
  while (at != end && memchr(between, *at, count) != NULL) at++;
  const char *word = at;
  while (at != end && memchr(between, *at, count) == NULL) at++;
  *rest = (sley_slice){at, (size_t)(end - at)};
  return (sley_slice){word, (size_t)(at - word)};
}

bool sley_slice_is(sley_slice s, const char *text)
{
  SLEY__NEEDS(text);
  size_t size = strlen(text);
  return s.size == size && (size == 0 || memcmp(s.at, text, size) == 0);
}

int sley_slice_uint(sley_slice s, uint64_t most, uint64_t *out)
{
  SLEY__NEEDS(out);
  const char *digits = s.at;
  uint64_t number = 0;
  if (s.size == 0) return -SLEY_EINVAL;
  for (size_t i = 0; i < s.size; i++) {
    unsigned digit = (unsigned)(digits[i] - '0');
    if (digit > 9 || number > most / 10 || digit > most - number * 10) return -SLEY_EINVAL;
    number = number * 10 + digit;
  }
  *out = number;
  return 0;
}
