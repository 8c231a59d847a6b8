/* Bytes one by one, and lines: as values, and lent where they lie. The place where the search for the end of a line
 * stopped is kept, so that a line that comes byte by byte is looked at once. */
#include <stdlib.h>

#include <sley/fiber.h>

#include "io/channel/channel.h"

/* ---- one byte ---- */

static sley__step char_next(sley__work *work, bool none_at_end, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  if (in->unread > 0) {
    *v = sley_int((unsigned char)*sley__input_at(in));
    sley__input_advance(in, 1);
    sley__input_tidy(in);
  } else if (none_at_end && in->half.error == NULL) {
    *v = sley_none();
  } else {
    *e = sley__input_why(in);
  }
  return SLEY__STEP_DONE;
}

static sley__step char_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  return char_next(work, false, v, e);
}

static sley__step char_opt_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  return char_next(work, true, v, e);
}

static const sley__work_type char_type = {
    .operation = {"char", sley__work_cancel}, .bytes = sizeof(sley__work), .attempt = char_attempt};
static const sley__work_type char_opt_type = {.operation = {"char", sley__work_cancel},
                                              .bytes = sizeof(sley__work),
                                              .attempt = char_opt_attempt};

sley_promise *sley_input_char_at(const char *site, sley_input *in)
{
  sley__work w = {.type = &char_type, .need = 1};
  return sley__work_start(site, "sley_input_char", in, &w);
}

sley_promise *sley_input_char_opt_at(const char *site, sley_input *in)
{
  sley__work w = {.type = &char_opt_type, .need = 1};
  return sley__work_start(site, "sley_input_char_opt", in, &w);
}

/* ---- a line ---- */

/* 1: there is one, of *size bytes, with *end bytes of LF or CR LF behind it; 0: not yet; or a negated code. */
static int line_find(sley_input *in, size_t *size, size_t *end)
{
  struct sley__block *b = in->block;
  size_t searched = b != NULL ? b->input.searched : 0;
  const char *found = b != NULL && in->unread > searched
                          ? memchr(b->input.at + searched, '\n', in->unread - searched)
                          : NULL;
  if (found != NULL) {
    *size = (size_t)(found - b->input.at);
    *end = 1;
    if (*size > 0 && found[-1] == '\r') {
      --*size;
      *end = 2;
    }
    return *size <= sley__input_most(in) ? 1 : -SLEY_EINVAL;
  }
  if (in->half.error != NULL) return -SLEY_ESYSTEM;
  if (in->half.has_ended) {
    const struct sley__extras *x = sley__extras_of(in);
    if (in->unread == 0 || (x != NULL && x->whole_lines)) return -SLEY_EEOF;
    *size = in->unread;
    *end = 0;
    return in->unread <= sley__input_most(in) ? 1 : -SLEY_EINVAL;
  }
  if (b != NULL) b->input.searched = in->unread;
  if (in->unread <= sley__input_most(in)) return 0;
  bool may_end =
      in->unread == sley__input_most(in) + 1 && sley__input_at(in)[in->unread - 1] == '\r';
  return may_end ? 0 : -SLEY_EINVAL;
}

static sley_error *line_error(const sley_input *in, int code)
{
  if (code == -SLEY_ESYSTEM) return sley_error_keep(in->half.error);
  if (code == -SLEY_EEOF) return sley_error_eof();
  return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "the line is longer than %u bytes",
                        sley__input_most(in));
}

static void line_consume(sley_input *in, size_t n)
{
  sley__input_advance(in, n);
  sley__input_tidy(in);
}

static sley__step line_next(sley__work *work, bool none_at_end, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  size_t size, end;
  int code = line_find(in, &size, &end);
  if (code == 0) {
    work->need = in->unread + 1;
    return SLEY__STEP_MORE;
  }
  if (code == -SLEY_EEOF && none_at_end) {
    *v = sley_none();
  } else if (code < 0) {
    *e = line_error(in, code);
  } else {
    char *text = malloc(size + 1); /* as sley_text makes them */
    if (text == NULL) {
      *e = sley_error_nomem();
      return SLEY__STEP_DONE;
    }
    if (size > 0) memcpy(text, sley__input_at(in), size);
    text[size] = '\0';
    *v = sley_own(text, &sley_type_text);
    line_consume(in, size + end);
  }
  return SLEY__STEP_DONE;
}

static sley__step line_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  return line_next(work, false, v, e);
}

static sley__step line_opt_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  return line_next(work, true, v, e);
}

static const sley__work_type line_type = {
    .operation = {"line", sley__work_cancel}, .bytes = sizeof(sley__work), .attempt = line_attempt};
static const sley__work_type line_opt_type = {.operation = {"line", sley__work_cancel},
                                              .bytes = sizeof(sley__work),
                                              .attempt = line_opt_attempt};

sley_promise *sley_input_line_at(const char *site, sley_input *in)
{
  sley__work w = {.type = &line_type, .need = 1};
  return sley__work_start(site, "sley_input_line", in, &w);
}

sley_promise *sley_input_line_opt_at(const char *site, sley_input *in)
{
  sley__work w = {.type = &line_opt_type, .need = 1};
  return sley__work_start(site, "sley_input_line_opt", in, &w);
}

/* ---- lent ---- */

/* The input behind a handle, if the call may take from it: 0, or a negated code; -SLEY_EAGAIN: not now. */
static int lend_begin(sley_input *handle, const char *function, const char *site, sley_input **in)
{
  sley_input *i = *in = (sley_input *)(void *)sley__half_check(handle, function, site);
  if (i->half.is_closed || sley__io_of_input(i)->error != NULL) return -SLEY_ECLOSED;
  if (!sley__half_is_free(&i->half, handle)) return -SLEY_EAGAIN;
  sley__input_take_back(i);
  return 0;
}

static void lend(sley_input *in, size_t size, size_t end, const char **at)
{
  *at = in->block != NULL ? in->block->input.at : ""; /* an empty one at the end */
  in->half.is_lent = in->block != NULL;
  sley__input_advance(in, size + end);
}

static int line_lend(sley_input *handle, const char *function, const char *site, const char **at,
                     size_t *size)
{
  sley_input *in;
  size_t end;
  *at = NULL;
  *size = 0;
  int code = lend_begin(handle, function, site, &in);
  if (code != 0) return code;
  code = line_find(in, size, &end);
  if (code == 1) lend(in, *size, end, at);
  else *size = 0;
  return code;
}

int sley_try_line(sley_input *in, const char **data, size_t *size)
{
  SLEY__NEEDS(data);
  SLEY__NEEDS(size);
  int code = line_lend(in, __func__, "", data, size);
  return code == -SLEY_EAGAIN ? 0 : code;
}

static int bytes_lend(sley_input *handle, const char *function, const char *site, size_t n,
                      const char **at)
{
  sley_input *in;
  *at = NULL;
  int code = lend_begin(handle, function, site, &in);
  if (code != 0) return code;
  if (n > sley__input_most(in)) return -SLEY_EINVAL;
  if (in->unread >= n) {
    lend(in, n, 0, at);
    return 1;
  }
  if (in->half.error != NULL) return -SLEY_ESYSTEM;
  return in->half.has_ended ? -SLEY_EEOF : 0;
}

int sley_try_bytes(sley_input *in, size_t n, const char **data)
{
  SLEY__NEEDS(data);
  int code = bytes_lend(in, __func__, "", n, data);
  return code == -SLEY_EAGAIN ? 0 : code;
}

/* ---- in a fiber ---- */

/* Of a fiber that waits. What is lent to it is its own from the attempt on, so that nobody overtakes it, and it runs before
 * those behind it. */
typedef struct lend_work {
  sley__work work;
  const char **data; /* in the fiber's frame */
  size_t *size;
} lend_work;

static sley__step line_lend_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const lend_work *w = (const lend_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  size_t size, end;
  int code = line_find(in, &size, &end);
  (void)v;
  if (code == 0) {
    work->need = in->unread + 1;
    return SLEY__STEP_MORE;
  }
  if (code == 1) {
    lend(in, size, end, w->data);
    *w->size = size;
  } else if (code != -SLEY_EEOF) {
    *e = line_error(in, code);
  }
  return SLEY__STEP_DONE;
}

static sley__step bytes_lend_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const lend_work *w = (const lend_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  (void)v;
  if (in->unread >= *w->size) lend(in, *w->size, 0, w->data);
  else *e = sley__input_why(in);
  return SLEY__STEP_DONE;
}

static const sley__work_type line_lend_type = {.operation = {"line", sley__work_cancel},
                                               .bytes = sizeof(lend_work),
                                               .attempt = line_lend_attempt,
                                               .lends = true};
static const sley__work_type bytes_lend_type = {.operation = {"bytes", sley__work_cancel},
                                                .bytes = sizeof(lend_work),
                                                .attempt = bytes_lend_attempt,
                                                .lends = true};

sley_error *sley_await_line_at(const char *site, sley_input *in, const char **data, size_t *size)
{
  SLEY__NEEDS_AT(site, data);
  SLEY__NEEDS_AT(site, size);
  /* Not only where it would wait, which may be rare in tests. */
  sley__fiber_needed(site, "sley_await_line");
  int code = line_lend(in, "sley_await_line", site, data, size);
  if (code == 1) return NULL;
  lend_work w = {.work = {.type = &line_lend_type, .need = 1}, .data = data, .size = size};
  return sley_await_at(site, sley__work_start(site, "sley_await_line", in, &w.work), NULL);
}

sley_error *sley_await_bytes_at(const char *site, sley_input *in, size_t n, const char **data)
{
  SLEY__NEEDS_AT(site, data);
  sley__fiber_needed(site, "sley_await_bytes");
  int code = bytes_lend(in, "sley_await_bytes", site, n, data);
  if (code == 1) return NULL;
  if (code == -SLEY_EINVAL)
    return sley__input_too_much(
        site, "sley_await_bytes", n,
        sley__input_most((const sley_input *)(const void *)sley__half_of(in)));
  lend_work w = {.work = {.type = &bytes_lend_type, .need = n}, .data = data, .size = &n};
  return sley_await_at(site, sley__work_start(site, "sley_await_bytes", in, &w.work), NULL);
}
