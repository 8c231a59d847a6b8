/* What an object wants to hear of: of the kernel, or of a type of the program's, which gives a promise for it. */
#include "io/object/transfer.h"

static void custom_settled(sley_io *io, int direction)
{
  sley__custom *custom = (sley__custom *)(void *)io;
  sley_promise *p = custom->asked[direction];
  /* Nobody waits any more, or for another one. */
  if (custom->is_gone || p == NULL || sley_is_pending(p)) return;
  custom->asked[direction] = NULL;
  sley__io_hold(io);
  io->handle.wanted &= (uint8_t)~sley__direction_bit(direction);
  sley_error *e = sley_promise_error(p);
  if (e == NULL || sley_error_is_canceled(e)) {
    io->handle.calls->ready(&io->handle, sley__direction_bit(direction));
  } else {
    custom->trouble = e;
    io->handle.calls->refused(&io->handle, 0);
    custom->trouble = NULL;
  }
  sley_drop(p);
  sley_io_drop(io);
}

static void custom_can_read(void *ctx) { custom_settled(ctx, SLEY__READING); }
static void custom_can_write(void *ctx) { custom_settled(ctx, SLEY__WRITING); }

static void custom_release(void *ctx)
{
  sley__custom *custom = ctx;
  if (--custom->observers == 0 && custom->is_gone) sley__io_free(&custom->io);
}

/* What is ready already is told in a later pass: its reader must not call itself. */
static void custom_ask(sley_io *io, int direction)
{
  sley__custom *custom = (sley__custom *)(void *)io;
  sley_promise *p =
      sley__returned(sley__io_type_of(io)->ready(sley__io_ctx_of(io), direction == SLEY__WRITING),
                     "sley_io_new as ready", "");
  custom->asked[direction] = sley_keep(p);
  io->handle.wanted |= (uint8_t)sley__direction_bit(direction);
  if (!sley_is_pending(p)) {
    sley_drop(p);
    p = sley_pause();
  }
  custom->observers++;
  sley_on_termination(p, direction == SLEY__READING ? custom_can_read : custom_can_write, io,
                      custom_release);
  sley_drop(p);
}

static void custom_ask_no_more(sley_io *io, int direction)
{
  sley__custom *custom = (sley__custom *)(void *)io;
  sley_promise *p = custom->asked[direction];
  if (p == NULL) return;
  custom->asked[direction] = NULL;
  io->handle.wanted &= (uint8_t)~sley__direction_bit(direction);
  if (sley_is_pending(p)) sley_cancel(p);
  sley_drop(p);
}

void sley__io_want(sley_io *io, unsigned what)
{
  struct sley__handle *handle = &io->handle;
  if (SLEY__LIKELY((handle->wanted & what) == what)) return;
  if (SLEY__LIKELY(io->kind != SLEY__IO_CUSTOM)) {
    sley__handle_want(handle, handle->wanted | what);
    return;
  }
  unsigned missing = what & ~(unsigned)handle->wanted;
  if (missing & SLEY__READ) custom_ask(io, SLEY__READING);
  if (missing & SLEY__WRITE && io->error == NULL) custom_ask(io, SLEY__WRITING);
}

void sley__io_want_no_more(sley_io *io, unsigned what)
{
  if (io->handle.loop == NULL || (io->handle.wanted & what) == 0) return;
  if (SLEY__LIKELY(io->kind != SLEY__IO_CUSTOM)) {
    sley__handle_want(&io->handle, io->handle.wanted & ~what);
    return;
  }
  if (what & SLEY__READ) custom_ask_no_more(io, SLEY__READING);
  if (what & SLEY__WRITE) custom_ask_no_more(io, SLEY__WRITING);
}
