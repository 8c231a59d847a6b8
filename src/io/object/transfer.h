/* What waits to be read or written through an object, and its attempts. */
#ifndef SLEY_IO_OBJECT_TRANSFER_H
#define SLEY_IO_OBJECT_TRANSFER_H

#include "io/object/object.h"

enum { SLEY__READING, SLEY__WRITING };

/* The last room of those with descriptors says how many of them, and where they are. */
typedef enum sley__transfer_kind {
  SLEY__TRANSFER_WAIT,
  SLEY__TRANSFER_READ,
  SLEY__TRANSFER_READ_FDS,
  SLEY__TRANSFER_WRITE_SOME,
  SLEY__TRANSFER_WRITE_ALL,
  SLEY__TRANSFER_WRITE_FDS
} sley__transfer_kind;

typedef struct sley__transfer {
  sley_io *io;
  sley_resolver *resolver;
  struct sley__transfer *next, **place;
  sley__transfer_kind kind;
  int direction;
  bool is_due; /* to be attempted because of the present event */
  size_t count;
  sley_room *rooms; /* what is left, of `all` or of the caller's one */
  sley_room all[];
} sley__transfer;

static inline unsigned sley__direction_bit(int direction)
{
  return direction == SLEY__READING ? SLEY__READ : SLEY__WRITE;
}

/* The numbers of descriptors lie behind the rooms of a pending one. */
static inline size_t sley__rooms_of_fds(size_t count)
{
  return (count * sizeof(sley_fd) + sizeof(sley_room) - 1) / sizeof(sley_room);
}

/* MORE: a part is done, and the rest is worth trying immediately. */
enum { SLEY__TRANSFER_DONE = 1, SLEY__TRANSFER_MORE = 2 };
/* Gives one of these or a negative code. */
int64_t sley__transfer_attempt(sley__transfer *t, sley_value *value);

/* Tries, and waits if that is too early; t and its rooms are copied then. */
sley_promise *sley__transfer_start(const char *site, const char *function, sley__transfer *t);

#endif
