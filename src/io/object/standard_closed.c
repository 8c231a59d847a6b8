/* A standard stream that the program was started without: its number stays free (docs/decisions/standard-descriptors.md),
 * and everything that uses the stream says so. */
#include "io/object/object.h"

#include <errno.h>

static int64_t closed_call(void)
{
  errno = EBADF;
  return -SLEY_ESYSTEM;
}

static int64_t closed_read(void *ctx, const sley_room *rooms, size_t n)
{
  (void)ctx;
  (void)rooms;
  (void)n;
  return closed_call();
}

static int64_t closed_write(void *ctx, const sley_slice *slices, size_t n)
{
  (void)ctx;
  (void)slices;
  (void)n;
  return closed_call();
}

/* An attempt is always worth it: it tells. */
static sley_promise *closed_ready(void *ctx, bool to_write)
{
  (void)ctx;
  (void)to_write;
  return sley_return(sley_unit());
}

static void closed_abort(void *ctx) { (void)ctx; }

#define CLOSED_STREAM(says)                                                                   \
  {                                                                                           \
    .size = sizeof(sley_io_type), .name = (says), .read = closed_read, .write = closed_write, \
    .ready = closed_ready, .abort = closed_abort                                              \
  }
static const sley_io_type closed_streams[] = {CLOSED_STREAM("standard input"),
                                              CLOSED_STREAM("standard output"),
                                              CLOSED_STREAM("standard error")};

bool sley__io_standard_is_closed(sley_fd fd)
{
  return sley__sys_fcntl(fd, F_GETFD, 0) < 0 && errno == EBADF;
}

sley_io *sley__io_standard_closed(sley_fd fd)
{
  sley_io *io;
  sley_error_drop(sley_io_new_at("", &closed_streams[fd], NULL, &io));
  return io;
}
