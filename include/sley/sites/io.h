/* Made by scripts/generate from sley/io.h. */
#ifndef SLEY_SITES_IO_H
#define SLEY_SITES_IO_H

#include <sley/io.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_error *sley_io_from_fd_at(const char *site, sley_fd fd, sley_io_mode mode, sley_io **out); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_error *sley_io_pair_at(const char *site, size_t limit, sley_io *ends[2]); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_error *sley_pipe_at(const char *site, sley_io **in, sley_io **out); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_error *sley_socketpair_at(const char *site, sley_socket_kind kind, sley_io *ends[2]); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_error *sley_io_dup_at(const char *site, const sley_io *io, sley_io **out); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_io_close_at(const char *site, sley_io *io); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_io_end_at(const char *site, sley_io *io); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_io_end_reading_at(const char *site, sley_io *io); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_read_at(const char *site, sley_io *io, void *buffer, size_t size); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_readv_at(const char *site, sley_io *io, const sley_room *rooms, size_t n); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_write_at(const char *site, sley_io *io, const void *data, size_t size); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_write_some_at(const char *site, sley_io *io, const void *data, size_t size); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_writev_at(const char *site, sley_io *io, const sley_slice *slices, size_t n); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_io_wait_readable_at(const char *site, sley_io *io); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_io_wait_writable_at(const char *site, sley_io *io); /* contract: io.h */
SLEY_API SLEY_NODISCARD sley_error *sley_io_new_at(const char *site, const sley_io_type *type, void *ctx, sley_io **out); /* contract: io.h */
SLEY_API sley_io *sley_io_in_at(const char *site, const sley_value *v); /* contract: io.h */
#define sley_io_from_fd(...) sley_io_from_fd_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_pair(...) sley_io_pair_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_pipe(...) sley_pipe_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_socketpair(...) sley_socketpair_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_dup(...) sley_io_dup_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_close(...) sley_io_close_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_end(...) sley_io_end_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_end_reading(...) sley_io_end_reading_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_read(...) sley_read_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_readv(...) sley_readv_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_write(...) sley_write_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_write_some(...) sley_write_some_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_writev(...) sley_writev_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_wait_readable(...) sley_io_wait_readable_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_wait_writable(...) sley_io_wait_writable_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_new(...) sley_io_new_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */
#define sley_io_in(...) sley_io_in_at(SLEY_HERE, __VA_ARGS__) /* contract: io.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
