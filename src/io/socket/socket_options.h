/* Options of sockets, by descriptor. */
#ifndef SLEY_IO_SOCKET_OPTIONS_H
#define SLEY_IO_SOCKET_OPTIONS_H

#include <sley/error.h>

/* Seconds of silence until the kernel asks the peer, seconds between questions, and how many go unanswered until the
 * peer is gone. idle 0: off. An owned error, or NULL. Any thread. */
sley_error *sley__fd_keep_alive(const char *site, sley_fd fd, double idle, double interval,
                                int count);
/* Seconds that sent data can stay unacknowledged; 0: the system's limit. An owned error, or NULL. Any thread. */
sley_error *sley__fd_user_timeout(const char *site, sley_fd fd, double seconds);

#endif
