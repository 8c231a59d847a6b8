/* Formatted text and dumps. What is short and need not wait is formatted on the stack, anything else in a part that the
 * output holds. */
#include "io/channel/channel.h"

#include <errno.h>
#include <stdio.h>

#include <sley/format.h>

enum { SHORT = 512 };

/* ---- printf ---- */

sley_promise *sley__output_printf_list(const char *site, sley_output *output, const char *format,
                                       va_list arguments)
{
  SLEY__NEEDS_AT(site, format);
  sley__half_check(output, "sley_output_printf", site);
  char text[SHORT];
  va_list first;
  va_copy(first, arguments);
  int size = vsnprintf(text, sizeof(text), format, first);
  int code = errno;
  va_end(first);
  sley_bytes bytes;
  char *data;
  if (size < 0)
    return sley_fail_at(site, sley__error_errno(site, code, "sley_output_printf: vsnprintf"));
  if ((size_t)size < sizeof(text)) return sley_output_write_at(site, output, text, (size_t)size);
  if (sley_bytes_new((size_t)size + 1, &data, &bytes) != NULL) return sley__nomem_promise();
  vsnprintf(data, (size_t)size + 1, format, arguments);
  bytes.size = (size_t)size;
  return sley_output_bytes_at(site, output, &bytes);
}

sley_promise *sley_output_printf_at(const char *site, sley_output *output, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  sley_promise *p = sley__output_printf_list(site, output, format, arguments);
  va_end(arguments);
  return p;
}

/* ---- hexdump ---- */

enum {
  ROW = 16, /* bytes of data in a line */
  LINE_BYTES =
      79, /* at most: 8 digits, 2 blanks, 16 times 3, 2 blanks, 16 characters between bars, newline */
  LAST_BYTES = 9
};

static char *digits_put(char *at, uint32_t number, int count)
{
  for (int i = count - 1; i >= 0; i--, number >>= 4) at[i] = "0123456789abcdef"[number & 15];
  return at + count;
}

static char *row_put(char *at, const unsigned char *data, size_t n, uint32_t from)
{
  at = digits_put(at, from, 8);
  *at++ = ' ';
  for (size_t i = 0; i < ROW; i++) {
    if (i % (ROW / 2) == 0) *at++ = ' ';
    if (i < n) at = digits_put(at, data[i], 2);
    else *at++ = ' ', *at++ = ' ';
    *at++ = ' ';
  }
  *at++ = ' ';
  *at++ = '|';
  for (size_t i = 0; i < n; i++) *at++ = data[i] >= 0x20 && data[i] <= 0x7e ? (char)data[i] : '.';
  *at++ = '|';
  *at++ = '\n';
  return at;
}

sley_promise *sley_output_hexdump_at(const char *site, sley_output *output, const void *data,
                                     size_t size)
{
  sley__half_check(output, "sley_output_hexdump", site);
  size_t rows = size / ROW + (size % ROW > 0);
  if ((uint64_t)size > UINT32_MAX || rows > (SIZE_MAX - LAST_BYTES) / LINE_BYTES)
    return sley_fail_at(site,
                        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                          "sley_output_hexdump: %zu bytes are too many", size));
  if (size == 0) return sley_output_write_at(site, output, "", 0);
  sley_bytes bytes;
  char *text;
  if (sley_bytes_new(rows * LINE_BYTES + LAST_BYTES, &text, &bytes) != NULL)
    return sley__nomem_promise();
  char *at = text;
  for (size_t i = 0; i < rows; i++)
    at = row_put(at, (const unsigned char *)data + i * ROW,
                 size - i * ROW < ROW ? size - i * ROW : ROW, (uint32_t)(i * ROW));
  at = digits_put(at, (uint32_t)size, 8);
  *at++ = '\n';
  bytes.size = (size_t)(at - text);
  return sley_output_bytes_at(site, output, &bytes);
}
