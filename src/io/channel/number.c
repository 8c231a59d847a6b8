/* Integers and floats of either byte order. */
#include <sley/format.h>

#include "io/channel/channel.h"

enum { WIDTH_MOST = 8 };

typedef enum number_kind { SIGNED, UNSIGNED, FLOAT } number_kind;

typedef struct number_work {
  sley__work work;
  uint8_t width;
  bool big;
  uint8_t kind;
} number_work;

/* ---- bytes ---- */

static bool is_big(sley_byte_order order)
{
  const union {
    uint16_t number;
    uint8_t bytes[2];
  } one = {1};
  return order == SLEY_BYTE_ORDER_BIG || (order == SLEY_BYTE_ORDER_NATIVE && one.bytes[0] == 0);
}

static uint64_t bits_get(const char *at, unsigned width, bool big)
{
  uint64_t bits = 0;
  for (unsigned i = 0; i < width; i++)
    bits = bits << 8 | (unsigned char)at[big ? i : width - 1 - i];
  return bits;
}

static void bits_put(char *at, uint64_t bits, unsigned width, bool big)
{
  for (unsigned i = 0; i < width; i++, bits >>= 8)
    at[big ? width - 1 - i : i] = (char)(unsigned char)(bits & 0xff);
}

static double double_of(uint64_t bits, unsigned width)
{
  double d;
  if (width == 8) {
    memcpy(&d, &bits, sizeof(d));
    return d;
  }
  float f;
  uint32_t half = (uint32_t)bits;
  memcpy(&f, &half, sizeof(f));
  return (double)f;
}

static uint64_t bits_of(double d, unsigned width)
{
  uint64_t bits;
  uint32_t half;
  float f = (float)d;
  memcpy(&bits, &d, sizeof(d));
  memcpy(&half, &f, sizeof(f));
  return width == 8 ? bits : half;
}

static int64_t extended(uint64_t bits, unsigned width)
{
  uint64_t sign = (uint64_t)1 << ((8 * width - 1) & 63);
  return (int64_t)((bits ^ sign) - sign);
}

/* NULL: this width and order can be had. */
static sley_error *check(const char *site, const char *function, unsigned width,
                         sley_byte_order order, bool is_float)
{
  bool fits = is_float ? width == 4 || width == 8
                       : width == 1 || width == 2 || width == 4 || width == WIDTH_MOST;
  if (SLEY__LIKELY(fits && order <= SLEY_BYTE_ORDER_BIG)) return NULL;
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           fits       ? "%s was given %u bytes in an unknown byte order"
                           : is_float ? "%s: a float of %u bytes: 4 or 8 can be had"
                                      : "%s: an integer of %u bytes: 1, 2, 4 or 8 can be had",
                           function, width);
}

/* ---- reading ---- */

static sley__step number_attempt(sley__work *work, sley_value *v, sley_error **e)
{
  const number_work *w = (const number_work *)(void *)work;
  sley_input *in = sley__work_input(work);
  if (in->unread < w->width) {
    *e = sley__input_why(in);
    return SLEY__STEP_DONE;
  }
  uint64_t bits = bits_get(sley__input_at(in), w->width, w->big);
  if (SLEY__UNLIKELY(w->kind == UNSIGNED && bits > INT64_MAX)) {
    *e = sley_error_new_at(
        sley__work_site(work), &sley_kind_sley, SLEY_EINVAL,
        "sley_input_uint: %llu is more than INT64_MAX: sley_input_int gives its bits",
        (unsigned long long)bits);
    return SLEY__STEP_DONE;
  }
  *v = w->kind == FLOAT    ? sley_double(double_of(bits, w->width))
       : w->kind == SIGNED ? sley_int(extended(bits, w->width))
                           : sley_int((int64_t)bits);
  sley__input_advance(in, w->width);
  sley__input_tidy(in);
  return SLEY__STEP_DONE;
}

static const sley__work_type number_type = {.operation = {"number", sley__work_cancel},
                                            .bytes = sizeof(number_work),
                                            .attempt = number_attempt};

static sley_promise *number_read(const char *site, const char *function, sley_input *in,
                                 unsigned width, sley_byte_order order, number_kind kind)
{
  sley_error *e = check(site, function, width, order, kind == FLOAT);
  if (e != NULL) return sley_fail_at(site, e);
  number_work w = {.work = {.type = &number_type, .need = width},
                   .width = (uint8_t)width,
                   .big = is_big(order),
                   .kind = (uint8_t)kind};
  return sley__work_start(site, function, in, &w.work);
}

sley_promise *sley_input_int_at(const char *site, sley_input *in, unsigned width,
                                sley_byte_order order)
{
  return number_read(site, "sley_input_int", in, width, order, SIGNED);
}

sley_promise *sley_input_uint_at(const char *site, sley_input *in, unsigned width,
                                 sley_byte_order order)
{
  return number_read(site, "sley_input_uint", in, width, order, UNSIGNED);
}

sley_promise *sley_input_float_at(const char *site, sley_input *in, unsigned width,
                                  sley_byte_order order)
{
  return number_read(site, "sley_input_float", in, width, order, FLOAT);
}

/* ---- writing ---- */

static bool fits(int64_t i, unsigned width)
{
  if (width == WIDTH_MOST) return true;
  int64_t half = (int64_t)1 << (8 * width - 1);
  return i >= -half && i < 2 * half;
}

static sley_promise *put(const char *site, const char *function, sley_output *out, uint64_t bits,
                         unsigned width, sley_byte_order order)
{
  char bytes[WIDTH_MOST];
  sley__half_check(out, function, site);
  bits_put(bytes, bits, width, is_big(order));
  return sley_output_write_at(site, out, bytes, width);
}

sley_promise *sley_output_int_at(const char *site, sley_output *output, int64_t i, unsigned width,
                                 sley_byte_order order)
{
  sley_error *e = check(site, "sley_output_int", width, order, false);
  if (e == NULL && !fits(i, width))
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_output_int: %lld does not fit into %u bytes", (long long)i, width);
  if (e != NULL) return sley_fail_at(site, e);
  return put(site, "sley_output_int", output, (uint64_t)i, width, order);
}

sley_promise *sley_output_float_at(const char *site, sley_output *output, double number,
                                   unsigned width, sley_byte_order order)
{
  sley_error *e = check(site, "sley_output_float", width, order, true);
  if (e != NULL) return sley_fail_at(site, e);
  return put(site, "sley_output_float", output, bits_of(number, width), width, order);
}
