/* Writing. Up to a block is copied before the call returns, also above the mark; more is copied as there is room, and
 * stands in line meanwhile. */
#include "io/channel/channel.h"

typedef struct write_work {
  sley__work work;
  size_t size;      /* of all slices */
  size_t done;      /* slices that are copied */
  size_t at;        /* bytes of the next one that are */
  size_t count;     /* of slices */
  sley_slice *many; /* a copy of them; NULL: it is `one` */
  sley_slice one;
  char *copied; /* a copy of the data; NULL: that is the caller's */
} write_work;

static void many_free(write_work *w)
{
  if (w->many != NULL) sley__free(sley__self(), w->many, w->count * sizeof(*w->many));
  w->many = NULL;
}

static void write_drop(sley__work *work)
{
  write_work *w = (write_work *)(void *)work;
  many_free(w);
  if (w->copied != NULL) sley__free(sley__self(), w->copied, w->size);
}

static const sley_slice *slices_of(const write_work *w)
{
  return w->many != NULL ? w->many : &w->one;
}

static void gather(char *to, const write_work *w)
{
  const sley_slice *slices = slices_of(w);
  for (size_t i = 0; i < w->count; i++) {
    if (slices[i].size > 0) memcpy(to, slices[i].at, slices[i].size);
    to += slices[i].size;
  }
}

/* Up to a block, as what need not stand in line. */
static bool write_copy(sley__work *work)
{
  write_work *w = (write_work *)(void *)work;
  if (w->size == 0 || w->size > SLEY__BLOCK_BYTES) return true;
  w->copied = sley__alloc(sley__self(), w->size);
  if (w->copied == NULL) return false;
  gather(w->copied, w);
  many_free(w);
  w->count = 1;
  w->one = (sley_slice){w->copied, w->size};
  return true;
}

bool sley__output_append(sley_output *out, const void *data, size_t size)
{
  if (size == 0) return true;
  char *room = sley__output_room(out, size);
  if (SLEY__UNLIKELY(room == NULL)) return false;
  memcpy(room, data, size);
  sley__output_wrote(out, size);
  return true;
}

/* In one block: all of it or nothing. */
static bool copy_whole(sley_output *out, const write_work *w)
{
  const sley_slice *slices = slices_of(w);
  if (w->count == 1) return sley__output_append(out, slices->at, slices->size);
  if (w->size == 0) return true;
  char *room = sley__output_room(out, w->size);
  if (room == NULL) return false;
  gather(room, w);
  sley__output_wrote(out, w->size);
  return true;
}

/* Up to the high mark. false: out of memory. */
static bool copy_some(sley_output *out, write_work *w)
{
  while (w->done < w->count && !out->half.is_full && out->half.error == NULL) {
    const sley_slice *s = slices_of(w) + w->done;
    size_t left = s->size - w->at, n = left < SLEY__BLOCK_BYTES ? left : SLEY__BLOCK_BYTES;
    if (!sley__output_append(out, (const char *)s->at + w->at, n)) return false;
    w->at += n;
    if (w->at < s->size) continue;
    w->at = 0;
    w->done++;
  }
  return true;
}

static sley__step write_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  write_work *w = (write_work *)(void *)work;
  sley_output *out = sley__work_output(work);
  bool is_small = w->size <= SLEY__BLOCK_BYTES;
  if (SLEY__UNLIKELY(out->half.error != NULL)) {
    *e = sley__output_error_tell(out);
    return SLEY__STEP_DONE;
  }
  if (!(is_small ? copy_whole(out, w) : copy_some(out, w))) {
    if (out->unsent > 0 && !is_small) return SLEY__STEP_MORE; /* blocks come back as it is sent */
    *e = sley_error_nomem();
    return SLEY__STEP_DONE;
  }
  if (!is_small && w->done < w->count && out->half.error == NULL) return SLEY__STEP_MORE;
  return sley__output_written(out, work, v, e);
}

static const sley__work_type write_type = {.operation = {"write", sley__work_cancel},
                                           .bytes = sizeof(write_work),
                                           .attempt = write_attempt,
                                           .drop = write_drop,
                                           .copy = write_copy};

/* What has to stand in line is copied now, as what need not is: the caller's data may go when the call returns. */
static sley_promise *write_small_in_line(const char *site, sley_output *out,
                                         const sley_slice *slices, size_t n, size_t size)
{
  sley_bytes bytes;
  char *to;
  if (sley_bytes_new(size, &to, &bytes) != NULL) return sley__nomem_promise();
  for (size_t i = 0; i < n; i++) {
    if (slices[i].size > 0) memcpy(to, slices[i].at, slices[i].size);
    to += slices[i].size;
  }
  return sley_output_bytes_at(site, out, &bytes);
}

static bool waits_and_is_small(const char *site, const char *function, sley_output *out,
                               size_t size)
{
  const sley__half *half = sley__half_check(out, function, site);
  return SLEY__UNLIKELY(!sley__half_is_free(half, out)) && size > 0 && size <= SLEY__BLOCK_BYTES;
}

static sley_promise *write_one(const char *site, const char *function, sley_output *out,
                               const void *data, size_t size)
{
  write_work w = {
      .work = {.type = &write_type}, .size = size, .count = 1, .one = {.at = data, .size = size}};
  if (SLEY__UNLIKELY(waits_and_is_small(site, function, out, size)))
    return write_small_in_line(site, out, &w.one, 1, size);
  return sley__work_start(site, function, out, &w.work);
}

sley_promise *sley_output_write_at(const char *site, sley_output *output, const void *data,
                                   size_t size)
{
  if (SLEY__UNLIKELY(data == NULL && size > 0)) sley__missing("sley_output_write", site, "data");
  return write_one(site, "sley_output_write", output, data, size);
}

sley_promise *sley_output_text_at(const char *site, sley_output *output, const char *text)
{
  SLEY__NEEDS_AT(site, text);
  return write_one(site, "sley_output_text", output, text, strlen(text));
}

static sley_promise *write_many(const char *site, const char *function, sley_output *out,
                                const sley_slice *slices, size_t n)
{
  if (n == 0) return write_one(site, function, out, "", 0);
  sley__half_check(out, function, site);
  write_work w = {.work = {.type = &write_type}, .count = n};
  if (slices == NULL) sley__missing(function, site, "slices");
  for (size_t i = 0; i < n; i++) {
    if (SLEY__UNLIKELY(slices[i].at == NULL && slices[i].size > 0))
      sley__missing(function, site, "data");
    w.size += slices[i].size;
  }
  if (SLEY__UNLIKELY(waits_and_is_small(site, function, out, w.size)))
    return write_small_in_line(site, out, slices, n, w.size);
  w.many = sley__alloc(sley__self(), n * sizeof(*w.many));
  if (w.many == NULL) return sley__nomem_promise();
  memcpy(w.many, slices, n * sizeof(*w.many));
  return sley__work_start(site, function, out, &w.work);
}

sley_promise *sley_output_slices_at(const char *site, sley_output *output, const sley_slice *slices,
                                    size_t n)
{
  return write_many(site, "sley_output_slices", output, slices, n);
}

sley_promise *sley_output_line_bytes_at(const char *site, sley_output *output, const void *data,
                                        size_t size)
{
  const sley_slice slices[] = {{data, size}, {"\n", 1}};
  return write_many(site, "sley_output_line_bytes", output, slices, 2);
}

sley_promise *sley_output_line_at(const char *site, sley_output *output, const char *text)
{
  SLEY__NEEDS_AT(site, text);
  const sley_slice slices[] = {{text, strlen(text)}, {"\n", 1}};
  return write_many(site, "sley_output_line", output, slices, 2);
}

/* A byte in line is a copy. */
static sley__step char_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const write_work *w = (const write_work *)(void *)work;
  sley_output *out = sley__work_output(work);
  char c = (char)w->at;
  if (out->half.error != NULL) {
    *e = sley__output_error_tell(out);
    return SLEY__STEP_DONE;
  }
  if (!sley__output_append(out, &c, 1)) {
    *e = sley_error_nomem();
    return SLEY__STEP_DONE;
  }
  return sley__output_written(out, work, v, e);
}

static const sley__work_type char_type = {.operation = {"write", sley__work_cancel},
                                          .bytes = sizeof(write_work),
                                          .attempt = char_attempt};

sley_promise *sley_output_char_at(const char *site, sley_output *output, char c)
{
  write_work w = {.work = {.type = &char_type}, .at = (unsigned char)c};
  return sley__work_start(site, "sley_output_char", output, &w.work);
}

/* ---- without a copy ---- */

enum {
  REFERRED_LEAST = 1024 /* fewer bytes are copied: that is cheaper than a piece of their own */
};

typedef struct bytes_work {
  sley__work work;
  sley_bytes bytes;
} bytes_work;

static void bytes_drop(sley__work *work) { sley_bytes_drop(&((bytes_work *)(void *)work)->bytes); }

static sley__step bytes_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  bytes_work *w = (bytes_work *)(void *)work;
  sley_output *out = sley__work_output(work);
  if (out->half.error != NULL) {
    *e = sley__output_error_tell(out);
    return SLEY__STEP_DONE;
  }
  bool did = w->bytes.size < REFERRED_LEAST ? sley__output_append(out, w->bytes.at, w->bytes.size)
                                            : sley__output_append_bytes(out, &w->bytes);
  if (!did) {
    *e = sley_error_nomem();
    return SLEY__STEP_DONE;
  }
  return sley__output_written(out, work, v, e);
}

static const sley__work_type bytes_type = {.operation = {"bytes", sley__work_cancel},
                                           .bytes = sizeof(bytes_work),
                                           .attempt = bytes_attempt,
                                           .drop = bytes_drop};

sley_promise *sley_output_bytes_at(const char *site, sley_output *output, sley_bytes *bytes)
{
  SLEY__NEEDS_AT(site, bytes);
  sley__half_check(output, "sley_output_bytes", site);
  bytes_work w = {.work = {.type = &bytes_type}, .bytes = *bytes};
  *bytes = (sley_bytes){0};
  return sley__work_start(site, "sley_output_bytes", output, &w.work);
}

/* ---- alone on it ---- */

typedef struct atomic_work {
  sley__work work; /* the first member */
  sley_output_fn *f;
  void *ctx;
  sley_drop_fn *drop;
} atomic_work;

static void atomic_drop(sley__work *work)
{
  const atomic_work *w = (const atomic_work *)(const void *)work;
  if (w->drop != NULL) w->drop(w->ctx);
}

static void body_over(void *ctx)
{
  sley__lock lock = sley__lock_over(ctx);
  sley__work *work = lock.work;
  sley_output *out = sley__work_output(work);
  sley_io *io = sley__io_of_output(out);
  sley_value v = sley_unit();
  sley_error *e = sley__finish(lock.body, &v);
  sley__work_leave(work);
  sley__work_settle(work, v, e);
  sley__output_tell(out);
  sley_io_drop(io);
}

static sley__step atomic_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const atomic_work *w = (const atomic_work *)(void *)work;
  sley__lock lock;
  lock.was_over = false;
  void *inside = sley__lock_enter(&lock, work);
  sley_promise *p = w->f(w->ctx, inside);
  sley__returned(p, "sley_output_atomic", sley__work_site(work));
  if (sley_is_pending(p) || sley__lock_is_covered(&lock)) {
    sley__lock_wait(&lock, p, body_over);
    return SLEY__STEP_RUNS;
  }
  sley__lock_leave(&lock);
  *e = sley__finish(p, v);
  return SLEY__STEP_DONE;
}

static const sley__work_type atomic_type = {.operation = {"atomic", sley__work_cancel},
                                            .bytes = sizeof(atomic_work),
                                            .attempt = atomic_attempt,
                                            .drop = atomic_drop,
                                            .starts_in_line = true,
                                            .has_body = true};

sley_promise *sley_output_atomic_at(const char *site, sley_output *output, sley_output_fn *f,
                                    void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, f);
  atomic_work w = {.work = {.type = &atomic_type}, .f = f, .ctx = ctx, .drop = drop};
  if (sley__depth_of(output) < SLEY__DEPTH_MOST)
    return sley__work_start(site, "sley_output_atomic", output, &w.work);
  atomic_drop(&w.work);
  return sley_fail_at(
      site, sley_error_new_at(site, &sley_kind_sley, SLEY_EDEPTH,
                              "sley_output_atomic: bodies are nested %d deep", SLEY__DEPTH_MOST));
}
