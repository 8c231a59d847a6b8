/* Made by scripts/generate from sley/io.h. */
#ifndef SLEY_SITES_IO_H
#define SLEY_SITES_IO_H

#include <sley/io.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_listen_at(const char *site, const sley_listen_options *options, sley_listener **out); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_accept_at(const char *site, sley_listener *listener); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_read_at(const char *site, sley_io *io, void *buffer, size_t size); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_write_at(const char *site, sley_io *io, const void *data, size_t size); /* contract: io.h */
SLEY_API sley_io *sley_io_in_at(const char *site, const sley_value *v); /* contract: io.h */
#define sley_listen(...) sley_listen_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_accept(...) sley_accept_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_read(...) sley_read_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_write(...) sley_write_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_in(...) sley_io_in_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
