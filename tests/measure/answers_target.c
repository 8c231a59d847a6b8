/* Bytes from a server, in any pieces, are the same answers: what libFuzzer looks for a counterexample to.
 * The first byte chooses the protocol and where the pieces begin; the others are the server's. */
#include "answers_target.h"

#include <stdlib.h>
#include <string.h>

#include "answers.h"

enum { FRAME_BYTES = 5 };

typedef struct seen {
  unsigned long complete;
  const char *wrong;
} seen;

static seen feed(protocol kind, const uint8_t *bytes, size_t size, size_t piece)
{
  answers a;
  seen s = {0, NULL};
  answers_init(&a, kind, FRAME_BYTES);
  for (size_t at = 0; at < size; at += piece) {
    size_t now = size - at < piece ? size - at : piece;
    /* A copy of just that size, so that reading past its end is found. */
    char *copy = malloc(now);
    if (copy == NULL) abort();
    memcpy(copy, bytes + at, now);
    int count = answers_feed(&a, copy, now);
    free(copy);
    if (count < 0) {
      s.wrong = a.wrong;
      if (a.wrong == NULL || answers_feed(&a, "x", 1) != -1) abort(); /* wrong stays wrong */
      break;
    }
    if (a.wrong != NULL) abort();
    s.complete += (unsigned long)count;
  }
  return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0) return 0;
  protocol kind = data[0] & 1 ? PROTOCOL_ECHO : PROTOCOL_HTTP;
  size_t piece = 1 + (data[0] >> 1);
  seen whole = feed(kind, data + 1, size - 1, size), pieces = feed(kind, data + 1, size - 1, piece);
  if ((whole.wrong == NULL) != (pieces.wrong == NULL)) abort();
  if (whole.wrong == NULL && whole.complete != pieces.complete) abort();
  if (whole.complete > size) abort();
  return 0;
}
