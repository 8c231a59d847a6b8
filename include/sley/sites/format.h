/* Made by scripts/generate from sley/format.h. */
#ifndef SLEY_SITES_FORMAT_H
#define SLEY_SITES_FORMAT_H

#include <sley/format.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_input_int_at(const char *site, sley_input *in, unsigned width, sley_byte_order order); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_uint_at(const char *site, sley_input *in, unsigned width, sley_byte_order order); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_input_float_at(const char *site, sley_input *in, unsigned width, sley_byte_order order); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_int_at(const char *site, sley_output *output, int64_t i, unsigned width, sley_byte_order order); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_float_at(const char *site, sley_output *output, double number, unsigned width, sley_byte_order order); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_printf_at(const char *site, sley_output *output, const char *format, ...) SLEY_PRINTF(3, 4); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_hexdump_at(const char *site, sley_output *output, const void *data, size_t size); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_input_chars_at(const char *site, sley_input *in); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_stream *sley_input_lines_at(const char *site, sley_input *in); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_stream_at(const char *site, sley_output *output, sley_stream *s); /* contract: format.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_lines_at(const char *site, sley_output *output, sley_stream *s); /* contract: format.h */
#define sley_input_int(...) sley_input_int_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_input_uint(...) sley_input_uint_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_input_float(...) sley_input_float_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_output_int(...) sley_output_int_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_output_float(...) sley_output_float_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_output_printf(...) sley_output_printf_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_output_hexdump(...) sley_output_hexdump_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_input_chars(...) sley_input_chars_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_input_lines(...) sley_input_lines_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_output_stream(...) sley_output_stream_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */
#define sley_output_lines(...) sley_output_lines_at(SLEY_HERE, __VA_ARGS__) /* contract: format.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
