/* Counts the answers in a stream of bytes from a server: HTTP/1.1 responses, by libhttp-parser, or
 * frames of a 4-byte big-endian length and as many bytes. Bytes come in pieces of any size. */
#ifndef LOAD_ANSWERS_H
#define LOAD_ANSWERS_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum protocol { PROTOCOL_HTTP, PROTOCOL_ECHO } protocol;

typedef struct answers {
  protocol protocol;
  unsigned complete; /* in the last piece */
  const char *wrong; /* why parsing must stop, in static storage; NULL: no error */
  unsigned status;   /* of an HTTP answer that is not 2xx, with wrong */
  http_parser parser;
  uint32_t expected;     /* echo: bytes in each frame */
  uint32_t length, seen; /* echo: of the current frame; seen counts the 4 bytes of the length too */
} answers;

/* expected: the length that frames of the echo protocol must have; unused for HTTP. */
void answers_init(answers *a, protocol kind, uint32_t expected);

/* Returns how many answers ended in these bytes; -1, with a->wrong, if the server's output is invalid. */
int answers_feed(answers *a, const char *bytes, size_t size);

#endif
