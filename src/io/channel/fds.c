/* Descriptors through channels. Those that came lie beside the input, each with the position behind the bytes that it came
 * with. In an output they are pieces without bytes. */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/channel/channel.h"

/* ---- input ---- */

enum { KEPT_MOST = 4 * SLEY_FDS_MOST };

typedef struct sley__arrival {
  struct sley__arrival *next;
  uint64_t position; /* they can be taken when that many bytes have been consumed */
  size_t count, given, room;
  sley_fd fds[];
} arrival;

static size_t arrival_bytes(size_t room) { return sizeof(arrival) + room * sizeof(sley_fd); }

static arrival *arrival_new(size_t room)
{
  arrival *a = sley__alloc(sley__self(), arrival_bytes(room));
  if (a != NULL) *a = (arrival){.room = room};
  return a;
}

static void arrival_free(arrival *a) { sley__free(sley__self(), a, arrival_bytes(a->room)); }

/* Memory for as many as can come, which stays in the domain as long as one of its inputs takes them. */
static arrival *spare_take(struct sley__io_state *state)
{
  arrival *a = state->fds_spare;
  state->fds_spare = NULL;
  return a != NULL ? a : arrival_new(SLEY_FDS_MOST);
}

static void spare_put(struct sley__io_state *state, arrival *a)
{
  if (state->fds_spare == NULL) state->fds_spare = a;
  else arrival_free(a);
}

void sley__input_fds_close(const sley_input *in)
{
  struct sley__extras *x = sley__extras_of(in);
  for (arrival *a; (a = x->fds_first) != NULL; arrival_free(a)) {
    x->fds_first = a->next;
    sley__fds_close(a->fds + a->given, a->count - a->given);
    sley__current->io->fds_closed++;
  }
  x->fds_last = NULL;
  x->fds_count = 0;
}

/* Few descriptors do not keep the memory of many, if there is memory for few. */
static arrival *fitted(arrival *a)
{
  arrival *small = arrival_new(a->count);
  if (small == NULL) return a;
  small->position = a->position;
  small->count = a->count;
  memcpy(small->fds, a->fds, a->count * sizeof(*a->fds));
  spare_put(sley__current->io, a);
  return small;
}

/* end: of the bytes that were read with them, which are not counted as unread yet. */
static void keep(const sley_input *in, arrival *a, const sley__arrived *arrived, size_t end)
{
  struct sley__extras *x = sley__extras_of(in);
  size_t room = KEPT_MOST - x->fds_count, n = arrived->count < room ? arrived->count : room;
  if (arrived->lost || n < arrived->count) sley__current->io->fds_closed++;
  sley__fds_close(arrived->fds + n, arrived->count - n);
  if (n == 0) {
    spare_put(sley__current->io, a);
    return;
  }
  a->position = in->half.position + in->unread + end;
  a->count = n;
  memcpy(a->fds, arrived->fds, n * sizeof(*a->fds));
  a = fitted(a);
  if (x->fds_last != NULL) x->fds_last->next = a;
  else x->fds_first = a;
  x->fds_last = a;
  x->fds_count += n;
}

#ifdef __linux__
static size_t end_of(size_t n) { return n; } /* the read ends with the bytes that they came with */
#else
static size_t end_of(size_t n) { return n > 0; } /* it begins with these */
#endif

/* As recvmsg(2) of bytes. The memory is there before the kernel is asked: then there is no failing any more. */
static ssize_t fds_read(sley_io *io, const sley_room *room, int flags)
{
  sley__arrived arrived = {.count = 0};
  arrival *a = spare_take(sley__io_state_of(io));
  if (a == NULL) {
    errno = ENOMEM;
    return -1;
  }
  ssize_t n = sley__fds_receive(io->handle.fd, room, flags, &arrived);
  int code = errno;
  keep(&sley__channel_of(io)->in, a, &arrived, n > 0 ? end_of((size_t)n) : 0);
  errno = code;
  return n;
}

void sley__input_takes_fds(sley_io *io)
{
  struct sley__io_state *state = sley__io_state_of(io);
  state->fds_read = fds_read;
  state->fds_takers++;
  sley__channel_of(io)->extras->takes_fds = true;
  io->failed = SLEY__READ_TAKES_FDS;
}

void sley__input_takes_fds_no_more(struct sley__extras *x)
{
  struct sley__io_state *state = sley__current->io;
  x->takes_fds = false;
  if (--state->fds_takers > 0 || state->fds_spare == NULL) return;
  arrival_free(state->fds_spare);
  state->fds_spare = NULL;
}

size_t sley_input_take_fds(sley_input *in, sley_fd *fds, size_t n)
{
  const sley_input *i = (const sley_input *)(void *)sley__half_check(in, __func__, "");
  struct sley__extras *x = sley__extras_of(i);
  size_t given = 0;
  if (x == NULL || !sley__half_is_free(&i->half, in)) return 0;
  for (arrival *a; given < n && (a = x->fds_first) != NULL && a->position <= i->half.position;) {
    fds[given++] = a->fds[a->given++];
    x->fds_count--;
    if (a->given < a->count) continue;
    x->fds_first = a->next;
    if (a->next == NULL) x->fds_last = NULL;
    arrival_free(a);
  }
  return given;
}

/* ---- output ---- */

typedef struct fds_piece {
  struct sley__piece piece; /* the first member */
  size_t count;
  sley_fd fds[];
} fds_piece;

static fds_piece *fds_of(struct sley__piece *piece) { return (fds_piece *)(void *)piece; }

static size_t fds_piece_bytes(size_t count) { return sizeof(fds_piece) + count * sizeof(sley_fd); }

void sley__fds_piece_free(struct sley__piece *piece)
{
  fds_piece *p = fds_of(piece);
  sley__fds_close(p->fds, p->count);
  sley__free(sley__self(), p, fds_piece_bytes(p->count));
}

int64_t sley__output_send_fds(const sley_output *out, const sley_io *io, size_t *wanted)
{
  sley_slice slices[SLEY__IO_SLICES];
  sley_fd fds[SLEY_FDS_MOST];
  size_t n = 0, count = 0;
  struct sley__piece *p = sley__output_first(out);
  *wanted = 0;
  for (; p != NULL && p->size == 0; p = sley__output_next(out, p)) {
    if (!sley__piece_has_fds(p)) continue;
    memcpy(fds + count, fds_of(p)->fds, fds_of(p)->count * sizeof(*fds));
    count += fds_of(p)->count;
  }
  for (; p != NULL && n < SLEY__IO_SLICES && !sley__piece_has_fds(p);
       p = sley__output_next(out, p)) {
    slices[n++] = (sley_slice){p->at, p->size};
    *wanted += p->size;
  }
  return sley__fds_attempt_send(io, slices, n, fds, count);
}

typedef struct fds_work {
  sley__work work;
  fds_piece *piece;
} fds_work;

static void fds_drop(sley__work *work)
{
  const fds_work *w = (const fds_work *)(void *)work;
  if (w->piece != NULL) sley__fds_piece_free(&w->piece->piece);
}

/* Of those that already travel with the next byte. */
static size_t fds_waiting(const sley_output *out)
{
  size_t count = 0;
  for (struct sley__piece *p = sley__output_first(out); p != NULL; p = sley__output_next(out, p)) {
    if (p->size > 0) count = 0;
    else if (sley__piece_has_fds(p)) count += fds_of(p)->count;
  }
  return count;
}

static sley_error *too_many(const char *site)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_output_fds: more than %d descriptors for one byte", SLEY_FDS_MOST);
}

static sley__step fds_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  fds_work *w = (fds_work *)(void *)work;
  sley_output *out = sley__work_output(work);
  (void)v;
  if (out->half.error != NULL) *e = sley__output_error_tell(out);
  else if (fds_waiting(out) + w->piece->count > SLEY_FDS_MOST) *e = too_many("");
  if (*e != NULL) return SLEY__STEP_DONE;
  sley__output_append_piece(out, &w->piece->piece);
  w->piece = NULL;
  return SLEY__STEP_DONE;
}

static const sley__work_type fds_type = {.operation = {"fds", sley__work_cancel},
                                         .bytes = sizeof(fds_work),
                                         .attempt = fds_attempt,
                                         .drop = fds_drop};

/* NULL, and *e says why. */
static fds_piece *duplicates(const char *site, const sley_fd *fds, size_t n, sley_error **e)
{
  fds_piece *p = sley__alloc(sley__self(), fds_piece_bytes(n));
  if (p == NULL) {
    *e = sley_error_nomem();
    return NULL;
  }
  p->piece = (struct sley__piece){0};
  p->count = n;
  if (sley__fds_duplicate(fds, n, p->fds)) return p;
  *e = sley__error_errno(site, errno, "duplicating a descriptor");
  sley__free(sley__self(), p, fds_piece_bytes(n));
  return NULL;
}

sley_promise *sley_output_fds_at(const char *site, sley_output *output, const sley_fd *fds,
                                 size_t n)
{
  const sley__half *half = sley__half_check(output, "sley_output_fds", site);
  const sley_io *io = sley__io_of_half(half);
  sley_error *e = NULL;
  if (io->error != NULL) e = sley_error_keep(io->error);
  else if (n > SLEY_FDS_MOST) e = too_many(site);
  else if (io->kind == SLEY__IO_CUSTOM || !sley__io_is_unix(io))
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_output_fds: only a Unix socket carries descriptors");
  if (e != NULL) return sley_fail_at(site, e);
  if (n == 0) return sley_keep(sley__self()->unit);
  SLEY__NEEDS_AT(site, fds);
  fds_work w = {.work = {.type = &fds_type}, .piece = duplicates(site, fds, n, &e)};
  return e != NULL ? sley_fail_at(site, e)
                   : sley__work_start(site, "sley_output_fds", output, &w.work);
}
