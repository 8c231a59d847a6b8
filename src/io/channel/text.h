/* Bytes that a function has made itself, written as one piece. */
#ifndef SLEY_IO_TEXT_H
#define SLEY_IO_TEXT_H

#include <stdarg.h>

#include <sley/format.h>

#include "io/channel/channel.h"

sley_promise *sley__output_printf_list(const char *site, sley_output *output, const char *format,
                                       va_list arguments);
/* Writes at most 16 KiB, which are copied before it returns, also if they have to stand in line. */
sley_promise *sley__output_small(const char *site, const char *function, sley_output *handle,
                                 const char *data, size_t size);

#endif
