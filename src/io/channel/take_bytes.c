/* Reading bytes as values: some, so many, all, up to a mark. */
#include "io/channel/channel.h"

enum { PART = 4 /* of a block: from so much on bytes refer to it instead of being copied */ };

bool sley__input_take_bytes(sley_input *in, size_t n, sley_value *v)
{
  struct sley__block *b = in->block;
  bool refers = b != NULL && n > 0 && n >= b->size / PART;
  if (!refers) {
    if (!sley__bytes_value_copy(sley__input_at(in), n, v)) return false;
  } else {
    sley__block_keep(b);
    if (!sley__bytes_value(b, b->input.at, n, v)) {
      sley__block_drop(b);
      return false;
    }
  }
  sley__input_advance(in, n);
  sley__input_tidy(in);
  return true;
}

static sley__step take(sley_input *in, size_t n, sley_value *v, sley_error **e)
{
  if (!sley__input_take_bytes(in, n, v)) *e = sley_error_nomem();
  return SLEY__STEP_DONE;
}

typedef struct take_work {
  sley__work work;
  size_t size;
} take_work;

static size_t size_of(const sley__work *work)
{
  return ((const take_work *)(const void *)work)->size;
}

/* ---- some, exactly ---- */

static sley__step some_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  size_t most = size_of(work);
  if (in->unread == 0 && in->half.error != NULL) {
    *e = sley_error_keep(in->half.error);
    return SLEY__STEP_DONE;
  }
  return take(in, in->unread < most ? in->unread : most, v, e);
}

static sley__step exactly_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  if (in->unread >= size_of(work)) return take(in, size_of(work), v, e);
  *e = sley__input_why(in);
  return SLEY__STEP_DONE;
}

static const sley__work_type some_type = {
    .operation = {"some", sley__work_cancel}, .bytes = sizeof(take_work), .attempt = some_attempt};
static const sley__work_type exactly_type = {.operation = {"exactly", sley__work_cancel},
                                             .bytes = sizeof(take_work),
                                             .attempt = exactly_attempt};

sley_promise *sley_input_some_at(const char *site, sley_input *in, size_t most)
{
  take_work w = {.work = {.type = &some_type, .need = 1}, .size = most};
  if (most == 0)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_input_some was asked for no byte"));
  return sley__work_start(site, "sley_input_some", in, &w.work);
}

sley_promise *sley_input_exactly_at(const char *site, sley_input *in, size_t n)
{
  const sley_input *i =
      (const sley_input *)(void *)sley__half_check(in, "sley_input_exactly", site);
  if (n > sley__input_most(i))
    return sley_fail_at(site,
                        sley__input_too_much(site, "sley_input_exactly", n, sley__input_most(i)));
  take_work w = {.work = {.type = &exactly_type, .need = n}, .size = n};
  return sley__work_start(site, "sley_input_exactly", in, &w.work);
}

/* ---- all ---- */

static sley__step all_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  if (in->unread > size_of(work)) {
    *e = sley_error_new_at(sley__work_site(work), &sley_kind_sley, SLEY_EINVAL,
                           "sley_input_all: more than %zu bytes", size_of(work));
    return SLEY__STEP_DONE;
  }
  if (in->half.error != NULL) {
    *e = sley_error_keep(in->half.error);
    return SLEY__STEP_DONE;
  }
  if (in->half.has_ended) return take(in, in->unread, v, e);
  work->need = in->unread + 1;
  return SLEY__STEP_MORE;
}

static const sley__work_type all_type = {
    .operation = {"all", sley__work_cancel}, .bytes = sizeof(take_work), .attempt = all_attempt};

sley_promise *sley_input_all_at(const char *site, sley_input *in, size_t most)
{
  take_work w = {.work = {.type = &all_type}, .size = most};
  return sley__work_start(site, "sley_input_all", in, &w.work);
}

/* ---- up to a mark ---- */

typedef struct until_work {
  sley__work work;
  size_t size;
  size_t
      searched; /* of what is unread, without the end; nothing is consumed while this is the first in line */
  char *end; /* a copy */
} until_work;

static const char *find(const char *at, size_t size, const char *end, size_t end_size)
{
  const char *last = at + size - end_size; /* the last place where it can begin */
  while (size >= end_size && at <= last) {
    const char *found = memchr(at, end[0], (size_t)(last - at) + 1);
    if (found == NULL) return NULL;
    if (memcmp(found, end, end_size) == 0) return found;
    at = found + 1;
  }
  return NULL;
}

static sley__step until_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  until_work *w = (until_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  size_t searched = w->searched <= in->unread ? w->searched : 0; /* it was given up */
  const char *found =
      in->unread > 0 ? find(sley__input_at(in) + searched, in->unread - searched, w->end, w->size)
                     : NULL;
  if (found != NULL) {
    take(in, (size_t)(found - sley__input_at(in)), v, e);
    if (*e == NULL) {
      sley__input_advance(in, w->size);
      sley__input_tidy(in);
    }
  } else if (sley__input_is_over(in)) {
    *e = sley__input_why(in);
  } else if (in->unread >= sley__input_most(in)) {
    *e = sley_error_new_at(sley__work_site(work), &sley_kind_sley, SLEY_EINVAL,
                           "sley_input_until: its end is not among the first %u bytes",
                           sley__input_most(in));
  } else {
    w->searched = in->unread >= w->size ? in->unread - w->size + 1 : 0;
    work->need = in->unread + 1;
    return SLEY__STEP_MORE;
  }
  return SLEY__STEP_DONE;
}

static void until_drop(sley__work *work)
{
  const until_work *w = (const until_work *)(const void *)work;
  sley__free(sley__self(), w->end, w->size);
}

static const sley__work_type until_type = {.operation = {"until", sley__work_cancel},
                                           .bytes = sizeof(until_work),
                                           .attempt = until_attempt,
                                           .drop = until_drop};

sley_promise *sley_input_until_at(const char *site, sley_input *in, const void *end, size_t size)
{
  sley__half_check(in, "sley_input_until", site);
  if (size == 0)
    return sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                "sley_input_until was given an empty end"));
  SLEY__NEEDS_AT(site, end);
  until_work w = {.work = {.type = &until_type, .need = 1}, .size = size};
  w.end = sley__alloc(sley__self(), size);
  if (w.end == NULL) return sley__nomem_promise();
  memcpy(w.end, end, size);
  return sley__work_start(site, "sley_input_until", in, &w.work);
}
