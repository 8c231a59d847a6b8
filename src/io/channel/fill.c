/* Waiting for data, and looking at it where it lies. */
#include "io/channel/channel.h"

/* What comes before an error is told first. */
static sley__step fill_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const sley_input *in = sley__work_input(work);
  if (in->unread == 0 && in->half.error != NULL) *e = sley_error_keep(in->half.error);
  else *v = sley_int((int64_t)in->unread);
  return SLEY__STEP_DONE;
}

/* Ends it, if it is alone in line. Callbacks run here. */
static sley__step fill_call(sley__work *work, sley_value *v, sley_error **e)
{
  sley_input *in = sley__work_input(work);
  sley__line *line = sley__half_line(&in->half);
  (void)v, (void)e;
  if (line->last != work || work->next != work) return SLEY__STEP_MORE;
  sley_resolver *r = sley__operation_resolver(work);
  line->last = NULL;
  sley__half_look(&in->half);
  sley__operation_fulfill(&r, sley_int((int64_t)in->unread));
  return SLEY__STEP_MORE; /* for whoever is next */
}

static const sley__work_type fill_type = {.operation = {"fill", sley__work_cancel},
                                          .bytes = sizeof(sley__work),
                                          .attempt = fill_attempt,
                                          .call = fill_call};

/* Of an input that has nothing, and is told of what comes. */
static sley_promise *fill_wait(const char *site, sley_input *in, const sley_input *handle, size_t n)
{
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &fill_type.operation, sizeof(sley__work), &data, &r);
  if (SLEY__UNLIKELY(p == NULL)) return sley__nomem_promise();
  sley__work *work = data;
  *work = (sley__work){.type = &fill_type,
                       .next = work,
                       .half = &in->half,
                       .need = n,
                       .depth = (uint8_t)sley__depth_of(handle)};
  in->half.is_lent = false;
  sley__half_line(&in->half)->last = work;
  in->half.free_in = SLEY__NOT_FREE;
  return p;
}

sley_error *sley__input_too_much(const char *site, const char *function, size_t n, size_t most)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "%s: %zu bytes are more than the input's most, %zu", function, n, most);
}

sley_promise *sley_input_fill_at(const char *site, sley_input *in, size_t n)
{
  sley_input *i = sley__input_if_free(in);
  if (SLEY__LIKELY(i != NULL && sley__input_rests(i) && i->unread == 0 && n > 0 &&
                   n <= SLEY__BLOCK_BYTES && n <= sley__input_most(i) &&
                   sley__extras_of(i) == NULL))
    return fill_wait(site, i, in, n);
  i = (sley_input *)(void *)sley__half_check(in, "sley_input_fill", site);
  if (SLEY__UNLIKELY(n > sley__input_most(i)))
    return sley_fail_at(site,
                        sley__input_too_much(site, "sley_input_fill", n, sley__input_most(i)));
  if (n > SLEY__BLOCK_BYTES) i->half.shows_all = true;
  sley__work work = {.type = &fill_type, .need = n};
  return sley__work_start(site, "sley_input_fill", in, &work);
}

bool sley_input_has(const sley_input *in, size_t n)
{
  const sley_input *i = (const sley_input *)(void *)sley__half_check(in, __func__, "");
  return sley__half_is_free(&i->half, in) && (i->unread >= n || sley__input_is_over(i));
}

int64_t sley_input_position(const sley_input *in)
{
  return (int64_t)sley__half_check(in, __func__, "")->position;
}

bool sley_input_is_busy(const sley_input *in)
{
  return !sley__half_is_free(sley__half_check(in, __func__, ""), in);
}

bool sley_input_is_closed(const sley_input *in)
{
  const sley__half *half = sley__half_check(in, __func__, "");
  return half->is_closed || sley__io_of_half(half)->error != NULL;
}

sley_error *sley_input_error(const sley_input *in)
{
  return sley__half_check(in, __func__, "")->error;
}
