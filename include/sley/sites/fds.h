/* Made by scripts/generate from sley/fds.h. */
#ifndef SLEY_SITES_FDS_H
#define SLEY_SITES_FDS_H

#include <sley/fds.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_send_fds_at(const char *site, sley_io *io, const sley_slice *slices, size_t n, const sley_fd *fds, size_t count); /* contract: fds.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_receive_fds_at(const char *site, sley_io *io, size_t most_bytes, size_t most_fds); /* contract: fds.h */
SLEY_API SLEY_NODISCARD sley_fd sley_fds_take_fd_at(const char *site, const sley_fds *fds, size_t index); /* contract: fds.h */
SLEY_API sley_fds *sley_fds_in_at(const char *site, const sley_value *v); /* contract: fds.h */
SLEY_API SLEY_NODISCARD sley_promise *sley_output_fds_at(const char *site, sley_output *output, const sley_fd *fds, size_t n); /* contract: fds.h */
#define sley_send_fds(...) sley_send_fds_at(SLEY_HERE, __VA_ARGS__) /* contract: fds.h */
#define sley_receive_fds(...) sley_receive_fds_at(SLEY_HERE, __VA_ARGS__) /* contract: fds.h */
#define sley_fds_take_fd(...) sley_fds_take_fd_at(SLEY_HERE, __VA_ARGS__) /* contract: fds.h */
#define sley_fds_in(...) sley_fds_in_at(SLEY_HERE, __VA_ARGS__) /* contract: fds.h */
#define sley_output_fds(...) sley_output_fds_at(SLEY_HERE, __VA_ARGS__) /* contract: fds.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
