/* The life of byte objects: made, known to a loop, moved to another domain, dropped. */
#include "io/object/object.h"

#include <errno.h>
#include <netinet/tcp.h>

static const uint64_t GONE = 0x736c657920636cff;

/* ---- checks ---- */

/* Detects a stale handle as far as its memory still shows it. */
static _Noreturn SLEY__NOINLINE void io_stale(const sley_io *io, const char *function,
                                              const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (io == NULL) sley__abort("%s%s%s was given NULL instead of a connection", function, at, site);
  if (io->mark != GONE)
    sley__refuse_foreign_if_known((uintptr_t)(io->mark ^ SLEY__IO_BASE), function, site,
                                  "a connection");
  sley__abort(
      "%s%s%s was given a connection that is already dropped: sley_io_drop gives up a holder, and "
      "so does dropping a value that owns it; set the variable to NULL then",
      function, at, site);
}

static _Noreturn SLEY__NOINLINE void io_elsewhere(const sley_io *io, const char *function,
                                                  const char *site)
{
  sley__abort(
      "%s%s%s in domain %s was given a connection of domain %s: move it there as a value, for "
      "example with sley_call",
      function, site[0] != '\0' ? " at " : "", site, sley__self()->name,
      sley__handle_domain(&io->handle)->name);
}

void sley__io_check_slow(const sley_io *io, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(io == NULL || io->mark != SLEY__IO_OPEN)) io_stale(io, function, site);
  if (SLEY__UNLIKELY(io->handle.loop != NULL &&
                     sley__handle_domain(&io->handle) != sley__self_at(function, site)))
    io_elsewhere(io, function, site);
}

/* ---- made ---- */

static size_t bytes_of(sley__io_kind kind)
{
  return kind == SLEY__IO_CUSTOM ? sizeof(sley__custom) : (size_t)SLEY__IO_BYTES;
}

/* Behind an object is where it was made, if SLEY_DEBUG is set. */
static size_t bytes_in(const sley_runtime *runtime, sley__io_kind kind)
{
  return bytes_of(kind) + (runtime->tells ? sizeof(const char *) : 0);
}

static const char **site_of(const sley_io *io)
{
  if (!sley__io_runtime(io)->tells) return NULL;
  return (const char **)(void *)((char *)(uintptr_t)io + bytes_of((sley__io_kind)io->kind));
}

void sley__io_note_site(sley_io *io, const char *site)
{
  const char **at = site_of(io);
  if (at != NULL) *at = site;
}

const char *sley__io_site(const sley_io *io)
{
  const char **at = site_of(io);
  return at != NULL ? *at : "";
}

void sley__io_free(sley_io *io)
{
  sley__runtime_free(io->away.runtime, io, bytes_in(io->away.runtime, (sley__io_kind)io->kind));
}

static void io_init(sley_io *io, sley_runtime *runtime, sley__io_kind kind)
{
  memset(io, 0, SLEY__IO_BYTES);
  io->handle.fd = -1;
  io->handle.calls = &sley__io_calls;
  io->away.runtime = runtime;
  io->kind = (uint8_t)kind;
  io->handle.holders = 1;
  io->mark = SLEY__IO_OPEN;
  sley__io_note_site(io, "");
}

sley_io *sley__io_make(sley_runtime *runtime, sley_fd fd, sley__io_kind kind, sley_io_mode mode)
{
  sley_io *io = sley__runtime_alloc(runtime, bytes_in(runtime, kind));
  if (io == NULL) return NULL;
  io_init(io, runtime, kind);
  io->handle.fd = fd;
  io->mode = (unsigned)mode & 15;
  return io;
}

sley_error *sley_io_new_at(const char *site, const sley_io_type *type, void *ctx, sley_io **out)
{
  SLEY__NEEDS_AT(site, type);
  SLEY__NEEDS_AT(site, out);
  SLEY__OPTIONS_CHECK(type, sley_io_type, "sley_io_new");
  SLEY__NEEDS_AT(site, type->read);
  SLEY__NEEDS_AT(site, type->write);
  SLEY__NEEDS_AT(site, type->ready);
  SLEY__NEEDS_AT(site, type->abort);
  *out = NULL;
  sley_domain *d = sley__self();
  sley__custom *custom = sley__runtime_alloc(d->runtime, bytes_in(d->runtime, SLEY__IO_CUSTOM));
  if (custom == NULL) return sley_error_nomem();
  io_init(&custom->io, d->runtime, SLEY__IO_CUSTOM);
  custom->closing = NULL;
  custom->asked[0] = custom->asked[1] = NULL;
  custom->trouble = NULL;
  custom->observers = 0;
  custom->is_gone = false;
  custom->type = type;
  custom->ctx = ctx;
  sley__io_note_site(&custom->io, site);
  *out = &custom->io;
  return NULL;
}

const sley_io_type *sley_io_type_get(const sley_io *io, void **ctx)
{
  SLEY__NEEDS(ctx);
  sley__io_check(io, __func__, "");
  bool is_custom = io->kind == SLEY__IO_CUSTOM;
  *ctx = is_custom ? sley__io_ctx_of(io) : NULL;
  return is_custom ? sley__io_type_of(io) : NULL;
}

/* A socket other than TCP refuses it. */
static bool nodelay_set(sley_fd fd)
{
  int on = 1;
  return sley__sys_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

int sley__io_new(sley_domain *d, sley_fd fd, bool is_seqpacket, sley_io **out)
{
  *out = sley__io_make(d->runtime, fd, SLEY__IO_SOCKET, SLEY_IO_MODE_READY);
  if (*out == NULL) return -SLEY_ENOMEM;
  int code = sley__io_attach(*out);
  if (code != 0) {
    int reason = errno;
    (*out)->handle.fd = -1; /* the caller's still */
    sley_io_drop(*out);
    *out = NULL;
    errno = reason;
    return code;
  }
  if (!nodelay_set(fd)) sley__io_set_unix(*out, is_seqpacket);
  return 0;
}

/* ---- the domain ---- */

static void left_tell(sley_domain *d, const sley_io *io)
{
  char name[SLEY__PEER_TEXT];
  sley__peer peer = {0};
  if (io->error != NULL || io->is_standard) return;
  if (io->kind == SLEY__IO_SOCKET) peer = sley__peer_of(io);
  bool is_tcp = peer.length > 0 && peer.any.sa_family != AF_UNIX;
  sley__io_name(io, &peer, name, sizeof(name));
  sley__domain_tell_left(d, "%s%s%s%s", is_tcp ? "tcp to " : "", name,
                         SLEY__MADE_AT(sley__io_site(io)));
}

/* What is left when a domain ends. Its users keep their handles, which are closed. */
static void objects_end(sley_domain *d)
{
  struct sley__io_state *state = d->io;
  sley__io_standard_end(d);
  sley__splice_end(state);
  for (sley_io *io; (io = sley__io_next(state, NULL)) != NULL;) {
    left_tell(d, io);
    sley__io_hold(io);
    sley__io_abort_now(io, sley_error_closed());
    if (io->has_channels) state->channels_end(io);
    sley__io_leave(io);
    sley_io_drop(io);
  }
}

const struct sley__part sley__objects_part = {.end = objects_end};

static void state_flush(sley_domain *d)
{
  struct sley__io_state *state = d->io;
  if (state->dirty_end > 0 || state->partial != NULL) state->flush(state);
  if (state->spares > 0) sley__blocks_look(state, d->published.since);
}

static bool state_run_later(sley_domain *d, sley__budget *budget)
{
  struct sley__dlist *later = &d->io->later;
  /* What is listed meanwhile waits for the next turn. */
  struct sley__dlist now;
  sley__dlist_move(&now, later);
  while (!sley__dlist_is_empty(&now)) {
    struct sley__later *l = SLEY__CONTAINER(sley__dlist_pop(&now), struct sley__later, place);
    l->run(l);
    if (!sley__budget_is_spent(budget, 1) || sley__dlist_is_empty(&now)) continue;
    sley__dlist_splice(later->next, &now);
    return true;
  }
  return false;
}

static bool state_prepare_sleep(sley_domain *d) { return sley__dlist_is_empty(&d->io->later); }
static sley_time state_sleep_most(sley_domain *d) { return sley__blocks_look_due(d->io); }
static bool state_expects(sley_domain *d) { return !sley__dlist_is_empty(&d->io->later); }

static const sley__loop_hooks state_hooks = {.drains = {state_run_later},
                                             .flush = state_flush,
                                             .expects = state_expects,
                                             .prepare_sleep = state_prepare_sleep,
                                             .sleep_most = state_sleep_most};

int sley__io_state_start(sley_domain *d)
{
  if (sley__io_state_open(d) == NULL) return -SLEY_ENOMEM;
  int code = sley__loop_open(d);
  if (code != 0) return code;
  sley__loop_add_hooks(d, &state_hooks);
  d->parts[SLEY__PART_IO] = &sley__objects_part;
  return 0;
}

int sley__io_attach_slow(sley_io *io)
{
  sley_domain *d = sley__self();
  if (io->error != NULL) return -SLEY_ECLOSED;
  int code = sley__io_state_start(d);
  if (code != 0) return code;
  if (io->kind == SLEY__IO_CUSTOM) {
    io->handle.loop = d->loop;
  } else {
    const struct sley__handle_calls *calls = io->handle.calls;
    code = sley__fd_prepare(io);
    if (code == 0) code = sley__handle_open(&io->handle, d, io->handle.fd, calls);
    if (code != 0) {
      io->handle.loop = NULL;
      return code;
    }
  }
  sley__dlist_append(&d->io->objects[SLEY__LIST_OPEN], &io->place);
  return 0;
}

void sley__io_leave(sley_io *io)
{
  if (io->handle.loop == NULL) return;
  sley_runtime *runtime = sley__io_runtime(io);
  sley__dlist_remove(&io->place);
  if (io->kind != SLEY__IO_CUSTOM) sley__handle_leave(&io->handle);
  io->handle.loop = NULL;
  io->away.runtime = runtime;
  io->away.closing = NULL;
}

sley_io *sley__io_next(struct sley__io_state *state, sley_io *io)
{
  struct sley__dlist *place = io != NULL ? io->place.next : state->objects[0].next;
  for (int i = 0; i < SLEY__LISTS; i++)
    if (place == &state->objects[i])
      place = i + 1 < SLEY__LISTS ? state->objects[i + 1].next : NULL;
  return place != NULL ? SLEY__CONTAINER(place, sley_io, place) : NULL;
}

sley_runtime *sley__io_runtime(const sley_io *io)
{
  return io->handle.loop != NULL ? sley__handle_domain(&io->handle)->runtime : io->away.runtime;
}

sley_promise **sley__io_closing_at(sley_io *io)
{
  if (io->kind == SLEY__IO_CUSTOM) return &((sley__custom *)(void *)io)->closing;
  return io->handle.loop == NULL ? &io->away.closing : NULL;
}

/* ---- holders ---- */

sley_io *sley_io_keep(sley_io *io)
{
  if (io == NULL) return NULL;
  sley__io_check(io, __func__, "");
  io->handle.holders++;
  return io;
}

void sley_io_drop(sley_io *io)
{
  if (io == NULL) return;
  sley__io_check(io, __func__, "");
  if (--io->handle.holders > 0) return;
  io->handle.holders = 1; /* for the callbacks */
  if (io->error == NULL) sley__io_abort_now(io, sley_error_closed());
  if (--io->handle.holders > 0) return;
  sley__io_leave(io);
  if (io->handle.calls->over != NULL) io->handle.calls->over(&io->handle);
  sley_drop(sley__io_closing(io));
  sley_error_drop(io->error);
  io->mark = GONE;
  __asm__ volatile("" ::"r"(io) : "memory"); /* keeps the write to the freed memory */
  sley__custom *custom = (sley__custom *)(void *)io;
  if (io->kind == SLEY__IO_CUSTOM && custom->observers > 0) custom->is_gone = true;
  else sley__io_free(io);
}

/* ---- values ---- */

static void io_value_drop(void *ptr) { sley_io_drop(ptr); }

/* Leaves its loop; fails while it is used in any way. */
static void *io_send(void *ptr)
{
  sley_io *io = ptr;
  sley__io_check(io, "a move of its value", "");
  if (io->handle.holders != 1 || io->has_channels || io->is_standard || io->error != NULL ||
      io->transfer[0] != NULL || io->transfer[1] != NULL)
    return NULL;
  if (io->kind == SLEY__IO_CUSTOM && (sley__io_type_of(io)->is_idle == NULL ||
                                      !sley__io_type_of(io)->is_idle(sley__io_ctx_of(io))))
    return NULL;
  sley__io_leave(io);
  return io;
}

const sley_type sley_type_io = {
    .size = sizeof(sley_type), .name = "sley_io", .drop = io_value_drop, .send = io_send};

sley_value sley_io_to_value(sley_io *io) { return sley_own(io, &sley_type_io); }

sley_io *sley_io_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_io);
}

bool sley_io_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_io); }

sley_io *sley_io_take(sley_value *v) { return sley__value_take(v, &sley_type_io); }
