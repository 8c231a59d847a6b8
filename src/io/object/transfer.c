/* The promises of reading and writing, over any type: try, wait until it is worth trying again, try again.
 *
 * Reading stays wanted between reads, and ends to be only when an event finds nobody waiting: an object that answers and
 * reads again in the same turn never changes what the kernel watches. Writing is wanted only while somebody waits, for
 * it would be reported in every turn.
 *
 * A large write proceeds in attempts of limited size, each queued behind what else is ready; the kernel is asked only
 * when it has taken less than it was given. */
#include "io/object/transfer.h"

#include <errno.h>

const char *sley__io_call_name(const sley_io *io, bool writes)
{
  if (io->kind == SLEY__IO_SOCKET) return writes ? "send" : "recv";
  return writes ? "write" : "read";
}

sley_error *sley__io_code_error(const char *site, const sley_io *io, int64_t code, const char *call)
{
  if (code == -SLEY_ESYSTEM) return sley__error_errno(site, errno, call);
  if (code == -SLEY_ECLOSED) return sley_error_keep(io->error);
  if (code == -SLEY_EINVAL && sley__io_type_of(io) == &sley__seqpacket_type)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "a message is longer than the room for it; the rest is gone");
  return sley__error_of_code((int)code);
}

/* ---- pending ones ---- */

static void transfer_remove(sley__transfer *t)
{
  sley_io *io = t->io;
  SLEY__LIST_REMOVE(t, next, place);
  if (io->transfer[t->direction] != NULL) return;
  if (t->direction == SLEY__WRITING || io->kind == SLEY__IO_CUSTOM)
    sley__io_want_no_more(io, sley__direction_bit(t->direction));
  if (t->direction == SLEY__WRITING && io->handle.reported != 0)
    sley__handle_unready(&io->handle, SLEY__WRITE);
}

/* The rest of a write: behind what else is ready, or, if others wait to hear that there is room, when there is. */
static void write_continues(sley_io *io)
{
  bool is_alone = io->transfer[SLEY__WRITING]->next == NULL;
  if (is_alone && io->kind != SLEY__IO_CUSTOM) sley__handle_ready(&io->handle, SLEY__WRITE);
  else sley__io_want(io, SLEY__WRITE);
}

static void transfer_cancel(void *data)
{
  sley__transfer *t = data;
  transfer_remove(t);
  sley_resolver_drop(&t->resolver);
}

static const sley__operation_type types[] = {
    [SLEY__READING] = {"read", transfer_cancel}, [SLEY__WRITING] = {"write", transfer_cancel}};

static sley__transfer *oldest_due(sley_io *io, int direction)
{
  sley__transfer *oldest = NULL;
  if (io->has_channels) return NULL; /* a callback has made them */
  for (sley__transfer *t = io->transfer[direction]; t != NULL; t = t->next)
    if (t->is_due) oldest = t;
  return oldest;
}

static void direction_ready(sley_io *io, int direction)
{
  for (sley__transfer *t = io->transfer[direction]; t != NULL; t = t->next) t->is_due = true;
  for (sley__transfer *t; (t = oldest_due(io, direction)) != NULL;) {
    sley_value value;
    t->is_due = false;
    int64_t code = sley__transfer_attempt(t, &value);
    if (code == SLEY__TRANSFER_MORE) {
      write_continues(io);
      continue;
    }
    if (code == -SLEY_EAGAIN) {
      sley__io_want(io, sley__direction_bit(direction));
      continue;
    }
    sley_resolver *r = t->resolver;
    sley_error *e = code == SLEY__TRANSFER_DONE
                        ? NULL
                        : sley__io_code_error(sley__resolver_site(r), io, code,
                                              sley__io_call_name(io, direction == SLEY__WRITING));
    transfer_remove(t);
    if (e == NULL) sley_fulfill(&r, value);
    else sley_reject(&r, e);
  }
}

static void io_ready(struct sley__handle *handle, unsigned what)
{
  sley_io *io = SLEY__CONTAINER(handle, sley_io, handle);
  int direction = what == SLEY__READ ? SLEY__READING : SLEY__WRITING;
  handle->maybe_ready |= (uint8_t)what;
  if (io->transfer[direction] == NULL) {
    sley__io_want_no_more(io, what);
    return;
  }
  sley__io_hold(io);
  direction_ready(io, direction);
  sley_io_drop(io);
}

sley_error *sley__io_refusal(sley_io *io, int code, const char *site)
{
  if (code == 0) return sley_error_keep(((sley__custom *)(void *)io)->trouble);
  return sley_error_new_at(
      site, &sley_kind_errno, code, "the kernel refuses to watch descriptor %d: %s%s",
      io->handle.fd, strerror(code), code == ENOSPC ? "; raise fs.epoll.max_user_watches" : "");
}

/* Those that wait hear of it; the next one asks again. */
static void io_refused(struct sley__handle *handle, int code)
{
  sley_io *io = SLEY__CONTAINER(handle, sley_io, handle);
  handle->maybe_ready = SLEY__READ | SLEY__WRITE;
  sley__io_hold(io);
  for (int direction = SLEY__READING; direction <= SLEY__WRITING; direction++) {
    if (io->has_channels || (handle->wanted & sley__direction_bit(direction))) continue;
    for (sley__transfer *t = io->transfer[direction]; t != NULL; t = t->next) t->is_due = true;
    for (sley__transfer *t; (t = oldest_due(io, direction)) != NULL;) {
      sley_resolver *r = t->resolver;
      sley_error *e = sley__io_refusal(io, code, sley__resolver_site(r));
      transfer_remove(t);
      sley_reject(&r, e);
    }
  }
  sley_io_drop(io);
}

const struct sley__handle_calls sley__io_calls = {.ready = io_ready, .refused = io_refused};

void sley__io_reject_all(sley_io *io)
{
  if (io->has_channels) return;
  for (int direction = SLEY__READING; direction <= SLEY__WRITING; direction++)
    while (io->transfer[direction] != NULL) {
      sley__transfer *t = io->transfer[direction];
      while (t->next != NULL) t = t->next; /* the oldest first */
      sley_resolver *r = t->resolver;
      SLEY__LIST_REMOVE(t, next, place);
      sley__reject_if_watched(&r, sley_error_keep(io->error));
    }
}

/* ---- starting ---- */

static sley_error *refusal_of(const char *site, const char *function, const sley_io *io,
                              const sley__transfer *t)
{
  if (io->error != NULL) return sley_error_keep(io->error);
  if (io->has_channels)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "%s: this object has channels: read and write through them", function);
  if (t->kind != SLEY__TRANSFER_WAIT) {
    for (const sley__transfer *other = io->transfer[t->direction]; other != NULL;
         other = other->next)
      if (other->kind != SLEY__TRANSFER_WAIT)
        return sley_error_new_at(
            site, &sley_kind_sley, SLEY_EINVAL,
            "%s: another %s on this descriptor is still pending: cancel it first "
            "(sley_choose leaves the losers pending, sley_pick cancels them)",
            sley__io_call_name(io, t->direction == SLEY__WRITING),
            sley__io_call_name(io, other->direction == SLEY__WRITING));
  }
  return NULL;
}

/* is_begun: a part is written, and the rest is worth trying. */
static sley_promise *transfer_wait(const char *site, const sley__transfer *wanted, bool is_begun)
{
  sley_io *io = wanted->io;
  size_t rooms = wanted->count;
  if (wanted->kind == SLEY__TRANSFER_WRITE_FDS)
    rooms += sley__rooms_of_fds(wanted->rooms[wanted->count - 1].size);
  size_t bytes = sizeof(sley__transfer) + rooms * sizeof(sley_room);
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &types[wanted->direction], bytes, &data, &r);
  if (p == NULL) return sley__nomem_promise();
  sley__transfer *t = data;
  *t = *wanted;
  t->resolver = r;
  t->is_due = false;
  if (rooms > 0) memcpy(t->all, wanted->rooms, rooms * sizeof(sley_room));
  if (t->kind == SLEY__TRANSFER_WRITE_FDS) t->all[t->count - 1].at = t->all + t->count;
  t->rooms = t->all;
  SLEY__LIST_PREPEND(io->transfer[t->direction], t, next, place);
  if (is_begun) {
    write_continues(io);
    return p;
  }
  /* The next part of a write is no news of room. */
  if (t->direction == SLEY__WRITING && io->handle.reported != 0)
    sley__handle_unready(&io->handle, SLEY__WRITE);
  sley__io_want(io, sley__direction_bit(t->direction));
  return p;
}

sley_promise *sley__transfer_start(const char *site, const char *function, sley__transfer *t)
{
  sley_io *io = t->io;
  sley__io_check(io, function, site);
  sley_error *e = refusal_of(site, function, io, t);
  if (SLEY__UNLIKELY(e != NULL)) return sley_fail_at(site, e);
  int64_t code = sley__io_attach(io);
  if (SLEY__UNLIKELY(code != 0))
    return sley_fail_at(site, sley__io_code_error(site, io, code, function));
  bool tries = t->kind == SLEY__TRANSFER_WAIT
                   ? io->kind == SLEY__IO_PLAIN
                   : t->direction == SLEY__WRITING || (io->handle.maybe_ready & SLEY__READ) ||
                         io->kind >= SLEY__IO_PLAIN;
  code = -SLEY_EAGAIN;
  if (tries && sley__loop_may_try(io->handle.loop)) {
    sley_value value;
    code = sley__transfer_attempt(t, &value);
    if (code == SLEY__TRANSFER_DONE) return sley_return_at(site, value);
    if (code < 0 && code != -SLEY_EAGAIN)
      return sley_fail_at(
          site, sley__io_code_error(site, io, code,
                                    sley__io_call_name(io, t->direction == SLEY__WRITING)));
  }
  return transfer_wait(site, t, code == SLEY__TRANSFER_MORE);
}
