/* The promises of reading and writing, over any type: try, wait until it is worth trying again, try again.
 *
 * Reading stays wanted between reads, and ends to be only when an event finds nobody waiting: an object that answers and
 * reads again in the same turn never changes what the kernel watches. Writing is wanted only while somebody waits, for
 * it would be reported in every turn.
 *
 * A large write proceeds in attempts of limited size, each queued behind what else is ready; the kernel is asked only
 * when it has taken less than it was given. */
#include "io/object/object.h"

#include <errno.h>
#include <limits.h>

enum { READING, WRITING };
enum { WRITE_MOST = 128 * 1024 /* in one attempt: some tens of microseconds */ };

/* The last room of those with descriptors says how many of them, and where they are. */
typedef enum transfer_kind { WAIT, READ, READ_FDS, WRITE_SOME, WRITE_ALL, WRITE_FDS } transfer_kind;

typedef struct sley__transfer {
  sley_io *io;
  sley_resolver *resolver;
  struct sley__transfer *next, **place;
  transfer_kind kind;
  int direction;
  bool is_due; /* to be attempted because of the present event */
  size_t count;
  sley_room *rooms; /* what is left, of `all` or of the caller's one */
  sley_room all[];
} transfer;

static unsigned bit_of(int direction) { return direction == READING ? SLEY__READ : SLEY__WRITE; }

const char *sley__io_call_name(const sley_io *io, bool writes)
{
  if (io->kind == SLEY__IO_SOCKET) return writes ? "send" : "recv";
  return writes ? "write" : "read";
}

/* ---- attempts ---- */

/* DONE; MORE: a part is done, and the rest is worth trying immediately. */
enum { DONE = 1, MORE = 2 };

static void moved_note(const sley_io *io, int64_t n)
{
  sley__loop_charge(io->handle.loop, (size_t)n);
}

static size_t size_of(const sley_room *rooms, size_t n)
{
  size_t size = 0;
  for (size_t i = 0; i < n; i++) size += rooms[i].size;
  return size;
}

static void transfer_advance(transfer *t, size_t n)
{
  while (t->count > 0 && n >= t->rooms->size) {
    n -= t->rooms->size;
    t->rooms++;
    t->count--;
  }
  if (n == 0) return;
  t->rooms->at = (char *)t->rooms->at + n;
  t->rooms->size -= n;
}

static int64_t attempt_read(transfer *t, sley_value *value)
{
  sley_io *io = t->io;
  int64_t n = sley__io_type_of(io)->read(sley__io_ctx_of(io), t->rooms, t->count);
  if (n == -SLEY_EAGAIN ||
      (n >= 0 && io->kind != SLEY__IO_CUSTOM && (size_t)n < size_of(t->rooms, t->count)))
    io->handle.maybe_ready &= (uint8_t)~SLEY__READ;
  else io->handle.maybe_ready |= SLEY__READ;
  if (n < 0) return n;
  moved_note(io, n);
  *value = sley_int(n);
  return DONE;
}

/* A part means that there is no more room: the kernel is asked when there is some. */
static int64_t attempt_write(transfer *t, sley_value *value)
{
  sley_io *io = t->io;
  sley_slice one = {t->rooms->at, t->rooms->size};
  const sley_slice *slices = (const sley_slice *)(const void *)t->rooms;
  size_t count = t->count, wanted = one.size;
  if (sley__io_type_of(io) == &sley__seqpacket_type) {
    wanted = size_of(t->rooms, count);
  } else if (count == 1) {
    if (one.size > WRITE_MOST) one.size = wanted = WRITE_MOST;
    slices = &one;
  } else {
    size_t some = 1;
    while (some < count && some < SLEY__IO_SLICES && wanted < WRITE_MOST)
      wanted += t->rooms[some++].size;
    count = some;
  }
  int64_t n = sley__io_type_of(io)->write(sley__io_ctx_of(io), slices, count);
  if (n < 0) return n;
  moved_note(io, n);
  if (t->kind == WRITE_SOME) {
    *value = sley_int(n);
    return DONE;
  }
  transfer_advance(t, (size_t)n);
  if (t->count == 0) return DONE;
  return (size_t)n == wanted ? MORE : -SLEY_EAGAIN;
}

static int64_t attempt_read_fds(const transfer *t, sley_value *value)
{
  int64_t code = sley__fds_attempt_receive(t->io, t->rooms[0].size, t->rooms[1].size, value);
  if (code == -SLEY_EAGAIN) t->io->handle.maybe_ready &= (uint8_t)~SLEY__READ;
  return code;
}

/* With the first byte all of them have gone; the rest is written as any other. */
static int64_t attempt_write_fds(transfer *t, sley_value *value)
{
  size_t slices = t->count - 1;
  size_t n = slices < SLEY__IO_SLICES || sley__io_type_of(t->io) == &sley__seqpacket_type
                 ? slices
                 : SLEY__IO_SLICES;
  const sley_room *fds = &t->rooms[slices];
  int64_t sent = sley__fds_attempt_send(t->io, (const sley_slice *)(const void *)t->rooms, n,
                                        fds->at, fds->size);
  if (sent < 0) return sent;
  moved_note(t->io, sent);
  t->kind = WRITE_ALL;
  t->count--;
  transfer_advance(t, (size_t)sent);
  return t->count == 0 ? DONE : attempt_write(t, value);
}

static int64_t attempt(transfer *t, sley_value *value)
{
  *value = sley_unit();
  if (t->kind == WAIT) return DONE;
  if (t->kind == READ_FDS) return attempt_read_fds(t, value);
  if (t->kind == WRITE_FDS) return attempt_write_fds(t, value);
  return t->kind == READ ? attempt_read(t, value) : attempt_write(t, value);
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

static void transfer_remove(transfer *t)
{
  sley_io *io = t->io;
  SLEY__LIST_REMOVE(t, next, place);
  if (io->transfer[t->direction] != NULL) return;
  if (t->direction == WRITING || io->kind == SLEY__IO_CUSTOM)
    sley__io_want_no_more(io, bit_of(t->direction));
  if (t->direction == WRITING && io->handle.reported != 0)
    sley__handle_unready(&io->handle, SLEY__WRITE);
}

/* The rest of a write: behind what else is ready, or, if others wait to hear that there is room, when there is. */
static void write_continues(sley_io *io)
{
  bool is_alone = io->transfer[WRITING]->next == NULL;
  if (is_alone && io->kind != SLEY__IO_CUSTOM) sley__handle_ready(&io->handle, SLEY__WRITE);
  else sley__io_want(io, SLEY__WRITE);
}

static void transfer_cancel(void *data)
{
  transfer *t = data;
  transfer_remove(t);
  sley_resolver_drop(&t->resolver);
}

static const sley__operation_type types[] = {
    [READING] = {"read", transfer_cancel}, [WRITING] = {"write", transfer_cancel}};

static transfer *oldest_due(sley_io *io, int direction)
{
  transfer *oldest = NULL;
  if (io->has_channels) return NULL; /* a callback has made them */
  for (transfer *t = io->transfer[direction]; t != NULL; t = t->next)
    if (t->is_due) oldest = t;
  return oldest;
}

static void direction_ready(sley_io *io, int direction)
{
  for (transfer *t = io->transfer[direction]; t != NULL; t = t->next) t->is_due = true;
  for (transfer *t; (t = oldest_due(io, direction)) != NULL;) {
    sley_value value;
    t->is_due = false;
    int64_t code = attempt(t, &value);
    if (code == MORE) {
      write_continues(io);
      continue;
    }
    if (code == -SLEY_EAGAIN) {
      sley__io_want(io, bit_of(direction));
      continue;
    }
    sley_resolver *r = t->resolver;
    sley_error *e = code == DONE
                        ? NULL
                        : sley__io_code_error(sley__resolver_site(r), io, code,
                                              sley__io_call_name(io, direction == WRITING));
    transfer_remove(t);
    if (e == NULL) sley_fulfill(&r, value);
    else sley_reject(&r, e);
  }
}

static void io_ready(struct sley__handle *handle, unsigned what)
{
  sley_io *io = SLEY__CONTAINER(handle, sley_io, handle);
  int direction = what == SLEY__READ ? READING : WRITING;
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
  for (int direction = READING; direction <= WRITING; direction++) {
    if (io->has_channels || (handle->wanted & bit_of(direction))) continue;
    for (transfer *t = io->transfer[direction]; t != NULL; t = t->next) t->is_due = true;
    for (transfer *t; (t = oldest_due(io, direction)) != NULL;) {
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
  for (int direction = READING; direction <= WRITING; direction++)
    while (io->transfer[direction] != NULL) {
      transfer *t = io->transfer[direction];
      while (t->next != NULL) t = t->next; /* the oldest first */
      sley_resolver *r = t->resolver;
      SLEY__LIST_REMOVE(t, next, place);
      sley__reject_if_watched(&r, sley_error_keep(io->error));
    }
}

/* ---- waiting ---- */

static void custom_settled(sley_io *io, int direction)
{
  sley__custom *custom = (sley__custom *)(void *)io;
  sley_promise *p = custom->asked[direction];
  /* Nobody waits any more, or for another one. */
  if (custom->is_gone || p == NULL || sley_is_pending(p)) return;
  custom->asked[direction] = NULL;
  sley__io_hold(io);
  io->handle.wanted &= (uint8_t)~bit_of(direction);
  sley_error *e = sley_promise_error(p);
  if (e == NULL || sley_error_is_canceled(e)) {
    io->handle.calls->ready(&io->handle, bit_of(direction));
  } else {
    custom->trouble = e;
    io->handle.calls->refused(&io->handle, 0);
    custom->trouble = NULL;
  }
  sley_drop(p);
  sley_io_drop(io);
}

static void custom_can_read(void *ctx) { custom_settled(ctx, READING); }
static void custom_can_write(void *ctx) { custom_settled(ctx, WRITING); }

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
      sley__returned(sley__io_type_of(io)->ready(sley__io_ctx_of(io), direction == WRITING),
                     "sley_io_new as ready", "");
  custom->asked[direction] = sley_keep(p);
  io->handle.wanted |= (uint8_t)bit_of(direction);
  if (!sley_is_pending(p)) {
    sley_drop(p);
    p = sley_pause();
  }
  custom->observers++;
  sley_on_termination(p, direction == READING ? custom_can_read : custom_can_write, io,
                      custom_release);
  sley_drop(p);
}

static void custom_ask_no_more(sley_io *io, int direction)
{
  sley__custom *custom = (sley__custom *)(void *)io;
  sley_promise *p = custom->asked[direction];
  if (p == NULL) return;
  custom->asked[direction] = NULL;
  io->handle.wanted &= (uint8_t)~bit_of(direction);
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
  if (missing & SLEY__READ) custom_ask(io, READING);
  if (missing & SLEY__WRITE && io->error == NULL) custom_ask(io, WRITING);
}

void sley__io_want_no_more(sley_io *io, unsigned what)
{
  if (io->handle.loop == NULL || (io->handle.wanted & what) == 0) return;
  if (SLEY__LIKELY(io->kind != SLEY__IO_CUSTOM)) {
    sley__handle_want(&io->handle, io->handle.wanted & ~what);
    return;
  }
  if (what & SLEY__READ) custom_ask_no_more(io, READING);
  if (what & SLEY__WRITE) custom_ask_no_more(io, WRITING);
}

/* ---- starting ---- */

static sley_error *refusal_of(const char *site, const char *function, const sley_io *io,
                              const transfer *t)
{
  if (io->error != NULL) return sley_error_keep(io->error);
  if (io->has_channels)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "%s: this object has channels: read and write through them", function);
  if (t->kind != WAIT) {
    for (const transfer *other = io->transfer[t->direction]; other != NULL; other = other->next)
      if (other->kind != WAIT)
        return sley_error_new_at(
            site, &sley_kind_sley, SLEY_EINVAL,
            "%s: another %s on this descriptor is still pending: cancel it first "
            "(sley_choose leaves the losers pending, sley_pick cancels them)",
            sley__io_call_name(io, t->direction == WRITING),
            sley__io_call_name(io, other->direction == WRITING));
  }
  return NULL;
}

static size_t rooms_of_fds(size_t count)
{
  return (count * sizeof(sley_fd) + sizeof(sley_room) - 1) / sizeof(sley_room);
}

/* is_begun: a part is written, and the rest is worth trying. */
static sley_promise *transfer_wait(const char *site, const transfer *wanted, bool is_begun)
{
  sley_io *io = wanted->io;
  size_t rooms = wanted->count;
  if (wanted->kind == WRITE_FDS) rooms += rooms_of_fds(wanted->rooms[wanted->count - 1].size);
  size_t bytes = sizeof(transfer) + rooms * sizeof(sley_room);
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &types[wanted->direction], bytes, &data, &r);
  if (p == NULL) return sley__nomem_promise();
  transfer *t = data;
  *t = *wanted;
  t->resolver = r;
  t->is_due = false;
  if (rooms > 0) memcpy(t->all, wanted->rooms, rooms * sizeof(sley_room));
  if (t->kind == WRITE_FDS) t->all[t->count - 1].at = t->all + t->count;
  t->rooms = t->all;
  SLEY__LIST_PREPEND(io->transfer[t->direction], t, next, place);
  if (is_begun) {
    write_continues(io);
    return p;
  }
  /* The next part of a write is no news of room. */
  if (t->direction == WRITING && io->handle.reported != 0)
    sley__handle_unready(&io->handle, SLEY__WRITE);
  sley__io_want(io, bit_of(t->direction));
  return p;
}

static sley_promise *transfer_start(const char *site, const char *function, transfer *t)
{
  sley_io *io = t->io;
  sley__io_check(io, function, site);
  sley_error *e = refusal_of(site, function, io, t);
  if (SLEY__UNLIKELY(e != NULL)) return sley_fail_at(site, e);
  int64_t code = sley__io_attach(io);
  if (SLEY__UNLIKELY(code != 0))
    return sley_fail_at(site, sley__io_code_error(site, io, code, function));
  bool tries = t->kind == WAIT ? io->kind == SLEY__IO_PLAIN
                               : t->direction == WRITING || (io->handle.maybe_ready & SLEY__READ) ||
                                     io->kind >= SLEY__IO_PLAIN;
  code = -SLEY_EAGAIN;
  if (tries && sley__loop_may_try(io->handle.loop)) {
    sley_value value;
    code = attempt(t, &value);
    if (code == DONE) return sley_return_at(site, value);
    if (code < 0 && code != -SLEY_EAGAIN)
      return sley_fail_at(
          site,
          sley__io_code_error(site, io, code, sley__io_call_name(io, t->direction == WRITING)));
  }
  return transfer_wait(site, t, code == MORE);
}

/* Pieces without a byte say nothing. NULL: out of memory; the caller frees other memory than what it gave. */
static sley_room *without_empty(const sley_room *rooms, size_t *n)
{
  size_t all = *n;
  sley_domain *d = sley__self();
  sley_room *copy = sley__alloc(d, (all > 0 ? all : 1) * sizeof(*copy));
  if (copy == NULL) return NULL;
  *n = 0;
  for (size_t i = 0; i < all; i++)
    if (rooms[i].size > 0) copy[(*n)++] = rooms[i];
  return copy;
}

static sley_promise *start_many(const char *site, const char *function, sley_io *io,
                                const sley_room *rooms, size_t n, transfer_kind kind)
{
  size_t count = n;
  if (n > 0 && rooms == NULL) sley__missing(function, site, kind == READ ? "rooms" : "slices");
  sley_room *some = without_empty(rooms, &count);
  if (some == NULL) return sley__nomem_promise();
  transfer t = {.io = io,
                .kind = kind,
                .direction = kind == READ ? READING : WRITING,
                .rooms = some,
                .count = count};
  sley_promise *p = count > 0 ? transfer_start(site, function, &t)
                              : sley__io_nothing(site, function, io, kind == READ);
  sley__free(sley__self(), some, (n > 0 ? n : 1) * sizeof(*some));
  return p;
}

sley_promise *sley__io_nothing(const char *site, const char *function, const sley_io *io,
                               bool reads)
{
  sley__io_check(io, function, site);
  if (io->error != NULL) return sley_fail_at(site, sley_error_keep(io->error));
  if (!reads) return sley_return_at(site, sley_unit());
  return sley_fail_at(
      site,
      sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                        "%s was given an empty buffer: it needs at least one byte", function));
}

sley_promise *sley_read_at(const char *site, sley_io *io, void *buffer, size_t size)
{
  if (size == 0) return sley__io_nothing(site, "sley_read", io, true);
  SLEY__NEEDS_AT(site, buffer);
  sley_room room = {buffer, size};
  transfer t = {.io = io, .kind = READ, .direction = READING, .rooms = &room, .count = 1};
  return transfer_start(site, "sley_read", &t);
}

sley_promise *sley_readv_at(const char *site, sley_io *io, const sley_room *rooms, size_t n)
{
  return start_many(site, "sley_readv", io, rooms, n, READ);
}

static sley_promise *write_one(const char *site, const char *function, sley_io *io,
                               const void *data, size_t size, transfer_kind kind)
{
  if (size == 0 && kind == WRITE_ALL) return sley__io_nothing(site, function, io, false);
  if (size == 0) return sley__io_nothing(site, function, io, true);
  if (data == NULL) sley__missing(function, site, "data");
  sley_room room = {(void *)(uintptr_t)data, size}; /* only read from */
  transfer t = {.io = io, .kind = kind, .direction = WRITING, .rooms = &room, .count = 1};
  return transfer_start(site, function, &t);
}

sley_promise *sley_write_at(const char *site, sley_io *io, const void *data, size_t size)
{
  return write_one(site, "sley_write", io, data, size, WRITE_ALL);
}

sley_promise *sley_write_some_at(const char *site, sley_io *io, const void *data, size_t size)
{
  return write_one(site, "sley_write_some", io, data, size, WRITE_SOME);
}

sley_promise *sley__io_receive_fds(const char *site, sley_io *io, size_t most_bytes,
                                   size_t most_fds)
{
  sley_room rooms[] = {{NULL, most_bytes}, {NULL, most_fds}};
  transfer t = {.io = io, .kind = READ_FDS, .direction = READING, .rooms = rooms, .count = 2};
  return transfer_start(site, "sley_receive_fds", &t);
}

/* The descriptors' numbers lie behind the rooms of a pending one. */
sley_promise *sley__io_send_fds(const char *site, sley_io *io, const sley_slice *slices, size_t n,
                                const sley_fd *fds, size_t count)
{
  size_t all = n + 1 + rooms_of_fds(count);
  sley_domain *d = sley__self();
  sley_room *rooms = sley__alloc(d, all * sizeof(*rooms));
  if (rooms == NULL) return sley__nomem_promise();
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    if (slices[i].size > 0)
      rooms[used++] = (sley_room){(void *)(uintptr_t)slices[i].at, slices[i].size};
  rooms[used] = (sley_room){rooms + used + 1, count};
  memcpy(rooms + used + 1, fds, count * sizeof(*fds));
  transfer t = {
      .io = io, .kind = WRITE_FDS, .direction = WRITING, .rooms = rooms, .count = used + 1};
  sley_promise *p = transfer_start(site, "sley_send_fds", &t);
  sley__free(d, rooms, all * sizeof(*rooms));
  return p;
}

sley_promise *sley_writev_at(const char *site, sley_io *io, const sley_slice *slices, size_t n)
{
  return start_many(site, "sley_writev", io, (const sley_room *)(const void *)slices, n, WRITE_ALL);
}

static sley_promise *io_wait(const char *site, const char *function, sley_io *io, int direction)
{
  transfer t = {.io = io, .kind = WAIT, .direction = direction};
  return transfer_start(site, function, &t);
}

sley_promise *sley_io_wait_readable_at(const char *site, sley_io *io)
{
  return io_wait(site, "sley_io_wait_readable", io, READING);
}

sley_promise *sley_io_wait_writable_at(const char *site, sley_io *io)
{
  return io_wait(site, "sley_io_wait_writable", io, WRITING);
}

/* ---- without a promise ---- */

static int64_t try_check(sley_io *io, const char *function, int direction, size_t size)
{
  sley__io_check(io, function, "");
  if (io->error != NULL) return -SLEY_ECLOSED;
  if (size == 0 || io->has_channels) return -SLEY_EINVAL;
  for (const transfer *t = io->transfer[direction]; t != NULL; t = t->next)
    if (t->kind != WAIT) return -SLEY_EINVAL;
  return sley__io_attach(io);
}

int64_t sley_try_read(sley_io *io, void *buffer, size_t size)
{
  int64_t code = try_check(io, __func__, READING, size);
  sley_room room = {buffer, size};
  return code != 0 ? code : sley__io_type_of(io)->read(sley__io_ctx_of(io), &room, 1);
}

int64_t sley_try_write(sley_io *io, const void *data, size_t size)
{
  int64_t code = try_check(io, __func__, WRITING, size);
  sley_slice slice = {data, size};
  return code != 0 ? code : sley__io_type_of(io)->write(sley__io_ctx_of(io), &slice, 1);
}
