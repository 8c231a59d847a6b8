/* Text from outside in messages. */
#ifndef SLEY_IO_ESCAPE_H
#define SLEY_IO_ESCAPE_H

#include <stddef.h>

/* A text for one message. */
typedef struct sley__said {
  char text[120];
} sley__said;

/* Writes size bytes with each one that is not printable ASCII, and each backslash, as \xHH. Cuts the text to room - 1
 * bytes; returns the length that was needed. Any thread. */
size_t sley__escape(const void *bytes, size_t size, char *text, size_t room);
/* The text escaped, shortened to its beginning with "..." where it is long. Any thread. */
sley__said sley__say(const char *text);

#endif
