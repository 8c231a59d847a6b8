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

static const sley__work_type fill_type = {
    .operation = {"fill", sley__work_cancel}, .bytes = sizeof(sley__work), .attempt = fill_attempt};

sley_error *sley__input_too_much(const char *site, const char *function, size_t n, size_t most)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "%s: %zu bytes are more than the input's most, %zu", function, n, most);
}

sley_promise *sley_input_fill_at(const char *site, sley_input *in, size_t n)
{
  const sley_input *i = (const sley_input *)(void *)sley__half_check(in, "sley_input_fill", site);
  if (SLEY__UNLIKELY(n > sley__input_most(i)))
    return sley_fail_at(site,
                        sley__input_too_much(site, "sley_input_fill", n, sley__input_most(i)));
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
