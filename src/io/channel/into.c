/* Reading into the caller's memory, and throwing away. */
#include "io/channel/channel.h"

typedef struct into_work {
  sley__work work;
  char *buffer; /* NULL: nowhere */
  uint64_t size, done;
} into_work;

static void take(sley_input *in, into_work *w)
{
  uint64_t left = w->size - w->done;
  size_t n = in->unread < left ? in->unread : (size_t)left;
  if (n == 0) return;
  if (w->buffer != NULL) memcpy(w->buffer + w->done, sley__input_at(in), n);
  w->done += n;
  sley__input_advance(in, n);
  sley__input_tidy(in);
}

static sley__step read_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  into_work *w = (into_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  if (in->unread == 0 && in->half.error != NULL) {
    *e = sley_error_keep(in->half.error);
    return SLEY__STEP_DONE;
  }
  take(in, w);
  *v = sley_int((int64_t)w->done);
  return SLEY__STEP_DONE;
}

static sley__step exactly_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  into_work *w = (into_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  (void)v;
  take(in, w);
  if (w->done == w->size) return SLEY__STEP_DONE;
  if (!sley__input_is_over(in)) return SLEY__STEP_MORE;
  *e = sley__input_why(in);
  return SLEY__STEP_DONE;
}

static sley__step skip_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  into_work *w = (into_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  take(in, w);
  *v = sley_int((int64_t)w->done);
  if (w->done == w->size) return SLEY__STEP_DONE;
  if (!sley__input_is_over(in)) return SLEY__STEP_MORE;
  if (in->half.error != NULL) *e = sley_error_keep(in->half.error);
  return SLEY__STEP_DONE;
}

#define TYPE(type_name, text, function)      \
  static const sley__work_type type_name = { \
      .operation = {text, sley__work_cancel}, .bytes = sizeof(into_work), .attempt = function}
TYPE(read_type, "read", read_attempt);
TYPE(exactly_type, "read exactly", exactly_attempt);
TYPE(skip_type, "skip", skip_attempt);

static sley_promise *into(const char *site, const char *function, sley_input *in,
                          const sley__work_type *type, void *buffer, uint64_t size)
{
  into_work w = {.work = {.type = type, .need = size > 0}, .buffer = buffer, .size = size};
  return sley__work_start(site, function, in, &w.work);
}

sley_promise *sley_input_read_at(const char *site, sley_input *in, void *buffer, size_t size)
{
  SLEY__NEEDS_AT(site, buffer);
  return into(site, "sley_input_read", in, &read_type, buffer, size);
}

sley_promise *sley_input_read_exactly_at(const char *site, sley_input *in, void *buffer,
                                         size_t size)
{
  SLEY__NEEDS_AT(site, buffer);
  return into(site, "sley_input_read_exactly", in, &exactly_type, buffer, size);
}

sley_promise *sley_input_skip_at(const char *site, sley_input *in, uint64_t bytes)
{
  return into(site, "sley_input_skip", in, &skip_type, NULL, bytes);
}
