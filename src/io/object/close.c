/* The ends of byte objects. The descriptor is closed before anybody hears of it, so that no callback finds its number
 * reused. */
#include "io/object/object.h"

#include <errno.h>
#include <unistd.h>

/* Nobody is told of what a type's ready becomes from now on; it is canceled when the type has heard of the end. */
typedef struct asked {
  sley_promise *promises[2];
} asked;

static asked forget_asked(sley_io *io)
{
  sley__custom *custom = (sley__custom *)(void *)io;
  asked a = {{custom->asked[0], custom->asked[1]}};
  custom->asked[0] = custom->asked[1] = NULL;
  io->handle.wanted = 0;
  return a;
}

static void cancel_asked(asked a)
{
  for (int i = 0; i < 2; i++) {
    if (a.promises[i] != NULL && sley_is_pending(a.promises[i])) sley_cancel(a.promises[i]);
    sley_drop(a.promises[i]);
  }
}

/* The error of closing, or NULL. */
static sley_error *fd_close(const char *site, sley_io *io)
{
  sley_fd fd = io->handle.fd;
  if (io->handle.loop != NULL) sley__io_leave(io);
  io->handle.fd = -1;
  if (fd < 0 || io->is_standard) return NULL;
  if (sley__sys_close(fd) == 0 || errno == EINTR)
    return NULL; /* after EINTR it is closed, too (sley__sys_close(2)) */
  return sley__error_errno(site, errno, "close");
}

void sley__io_abort_now(sley_io *io, sley_error *e)
{
  if (io->error != NULL) {
    sley_error_drop(e);
    return;
  }
  io->error = e;
  sley__io_hold(io);
  void (*channels_abort)(sley_io *) =
      io->has_channels ? sley__io_state_of(io)->channels_abort : NULL;
  if (io->kind == SLEY__IO_CUSTOM) {
    asked a = forget_asked(io);
    sley__io_type_of(io)->abort(sley__io_ctx_of(io));
    cancel_asked(a);
  } else {
    sley_error_drop(fd_close("", io));
  }
  if (channels_abort != NULL) channels_abort(io);
  sley__io_reject_all(io);
  sley_io_drop(io);
}

void sley_io_abort_with(sley_io *io, sley_error *e)
{
  if (e == NULL) sley__no_error("sley_io_abort_with", "");
  if (io == NULL) {
    sley_error_drop(e);
    return;
  }
  sley__io_check(io, __func__, "");
  sley__io_abort_now(io, e);
}

void sley_io_abort(sley_io *io)
{
  if (io == NULL) return;
  sley__io_check(io, __func__, "");
  sley__io_abort_now(io, sley_error_closed());
}

/* ---- close ---- */

sley_promise *sley__io_close_now(const char *site, sley_io *io)
{
  sley_promise *p;
  sley__io_hold(io);
  io->error = sley_error_closed();
  if (io->kind != SLEY__IO_CUSTOM) {
    sley_error *e = fd_close(site, io);
    p = e == NULL ? sley_return_at(site, sley_unit()) : sley_fail_at(site, e);
  } else {
    asked a = forget_asked(io);
    if (sley__io_type_of(io)->close != NULL) {
      p = sley__returned(sley__io_type_of(io)->close(sley__io_ctx_of(io)), "sley_io_new as close",
                         site);
    } else {
      sley__io_type_of(io)->abort(sley__io_ctx_of(io));
      p = sley_return_at(site, sley_unit());
    }
    cancel_asked(a);
  }
  *sley__io_closing_at(io) = sley_keep(p);
  sley__io_reject_all(io);
  sley_io_drop(io);
  return p;
}

sley_promise *sley_io_close_at(const char *site, sley_io *io)
{
  sley__io_check(io, "sley_io_close", site);
  if (sley__io_closing(io) != NULL) return sley_keep(sley__io_closing(io));
  if (io->error != NULL) return sley_return_at(site, sley_unit());
  if (io->has_channels)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_io_close: this object has channels: close "
                                                "those (sley_input_close, sley_output_close)"));
  return sley__io_close_now(site, io);
}

/* ---- half of it ---- */

static sley_promise *end_half(const char *site, const char *function, sley_io *io,
                              sley_promise *(*end)(void *ctx))
{
  if (io->error != NULL) return sley_fail_at(site, sley_error_keep(io->error));
  if (end == NULL)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "%s: an object of type %s has no halves", function,
                                                sley__io_type_of(io)->name));
  int code = sley__io_attach(io); /* asks what the descriptor is */
  if (code != 0) return sley_fail_at(site, sley__io_code_error(site, io, code, function));
  return sley__returned(end(sley__io_ctx_of(io)), "sley_io_new as end", site);
}

sley_promise *sley_io_end_at(const char *site, sley_io *io)
{
  sley__io_check(io, "sley_io_end", site);
  return end_half(site, "sley_io_end", io, sley__io_type_of(io)->end);
}

sley_promise *sley_io_end_reading_at(const char *site, sley_io *io)
{
  sley__io_check(io, "sley_io_end_reading", site);
  return end_half(site, "sley_io_end_reading", io, sley__io_type_of(io)->end_reading);
}
