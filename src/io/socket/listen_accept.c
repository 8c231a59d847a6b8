/* Accepting. An accept is rejected only for errors of the listener itself; a connection that failed in the queue is
 * counted and skipped. When descriptors run out, the listener's spare one is closed to accept and close what is in
 * the queue, so that peers do not wait for an answer that never comes, and accepting pauses; it also pauses if the
 * kernel has no memory for it. */
#include <errno.h>
#ifdef __linux__
#include <linux/filter.h>
#endif
#include <sys/socket.h>
#include <unistd.h>

#include "io/socket/listen.h"

enum { REFUSE_AT_ONCE = 64 };

static sley_promise *accept_once(sley_listener *l);

/* Whether accepting is paused. A canceled pause counts as finished, whichever callback finds it first. */
static bool is_pausing(sley_listener *l)
{
  if (l->pausing == NULL) return false;
  if (sley_is_pending(l->pausing)) return true;
  sley_drop(l->pausing);
  l->pausing = NULL;
  return false;
}

static sley_promise *accept_after_pause(void *ctx, sley_value *v)
{
  sley_listener *l = ctx;
  (void)v;
  is_pausing(l);
  return l->closed ? sley_fail_at(l->site, sley_error_closed()) : accept_once(l);
}

static sley_promise *accept_pause_failed(void *ctx, sley_error *e)
{
  sley_listener *l = ctx;
  is_pausing(l);
  return sley_fail_at(l->site, l->closed ? sley_error_closed() : sley_error_keep(e));
}

/* Accepts and closes what waits in the queue, so that the peers see it. It can be empty: the kernel looks for a free
 * descriptor first. has_closed: one was closed before. */
static void accept_refuse_all(sley_listener *l, int code, bool has_closed)
{
  uint64_t before = l->refused;
  bool had_spare = l->spare >= 0; /* else it cannot be known who waits */
  if (had_spare) sley__sys_close(l->spare);
  for (int i = 0; i < REFUSE_AT_ONCE; i++) {
    sley_fd fd = sley__accept(l->descriptor.handle.fd, &l->refused);
    if (fd < 0) break;
    sley__sys_close(fd);
    l->refused++;
  }
  l->spare = sley__listener_spare();
  bool is_told = has_closed || !had_spare || l->refused != before;
  if (is_told && l->dropped != NULL) l->dropped(l->dropped_ctx, code);
}

void sley__listener_tell(sley_listener *l, void (*dropped)(void *ctx, int code), void *ctx)
{
  l->dropped = dropped;
  l->dropped_ctx = ctx;
}

static sley_promise *accept_pause_first(sley_listener *l)
{
  sley_promise *pause = sley__sleep(l->site, l->pause);
  l->pause = l->pause * 2 < SLEY_SECOND ? l->pause * 2 : SLEY_SECOND;
  l->pausing = sley_keep(pause);
  l->holders++;
  sley_promise *p = sley_try_bind_at(l->site, pause, accept_after_pause, accept_pause_failed, l,
                                     sley__listener_release);
  if (l->pausing == pause && !sley_is_pending(p)) { /* no memory to wait for it */
    sley_drop(l->pausing);
    l->pausing = NULL;
  }
  return p;
}

static sley_promise *accept_connection(void *ctx, sley_value *v)
{
  sley_listener *l = ctx;
  sley_value taken;
  sley_io *io;
  if (sley_take(v, &taken) != 0) return sley_fail_at(l->site, sley_error_nomem());
  sley_fd fd = (sley_fd)(intptr_t)taken.ptr;
  if (sley__io_new(sley__self(), fd, l->is_seqpacket, &io) != 0) {
    sley__sys_close(fd);
    l->refused++;
    if (l->closed) return sley_fail_at(l->site, sley_error_closed());
    accept_refuse_all(l, ENOMEM, true);
    return accept_pause_first(l);
  }
  sley__io_note_site(io, l->site);
  l->accepted++;
  l->pause = PAUSE_LEAST;
  return sley_return_at(l->site, sley_own(io, &sley_type_io));
}

static sley_promise *accept_failure(void *ctx, sley_error *e)
{
  sley_listener *l = ctx;
  int code = sley_error_kind_get(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  bool no_descriptor = code == EMFILE || code == ENFILE;
  /* ENOSPC: the limit of descriptors that the kernel watches has been reached */
  bool no_room = no_descriptor || code == ENOBUFS || code == ENOMEM || code == ENOSPC;
  if (l->closed || !(no_room || sley__accept_is_of_peer(code)))
    return sley_fail_at(l->site, sley_error_keep(e));
  if (no_descriptor) accept_refuse_all(l, code, false);
  return accept_pause_first(l);
}

static sley_promise *accept_once(sley_listener *l)
{
  l->holders++;
  return sley_try_bind_at(l->site, sley__descriptor_accept(l->site, &l->descriptor, &l->refused),
                          accept_connection, accept_failure, l, sley__listener_release);
}

bool sley__listener_turns_away(sley_listener *l)
{
#ifdef SO_ATTACH_FILTER
  enum { FLAGS = 13 /* in the header of TCP: RFC 9293, section 3.1 */, SYN = 2, ACK = 16 };
  struct sock_filter all_but_syn[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
  const struct sock_fprog program = {sizeof(all_but_syn) / sizeof(all_but_syn[0]), all_but_syn};
  return sley__sys_setsockopt(l->descriptor.handle.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                              sizeof(program)) == 0;
#else
  (void)l;
  return false;
#endif
}

sley_io *sley__listener_take(sley_listener *l)
{
  sley_fd fd = sley__accept(l->descriptor.handle.fd, &l->refused);
  sley_io *io;
  if (fd < 0) return NULL;
  if (sley__io_new(sley__self(), fd, l->is_seqpacket, &io) != 0) {
    sley__sys_close(fd);
    l->refused++;
    return NULL;
  }
  sley__io_note_site(io, l->made_at);
  l->accepted++;
  return io;
}

sley_promise *sley_accept_at(const char *site, sley_listener *listener)
{
  if (SLEY__UNLIKELY(listener == NULL))
    sley__abort(
        "sley_accept%s%s was given NULL instead of a listener: check the error of sley_listen "
        "first",
        site[0] != '\0' ? " at " : "", site);
  sley__listener_check(listener, "sley_accept", site);
  if (is_pausing(listener))
    return sley_fail_at(
        site,
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "accept: another accept on this listener is still pending: cancel it "
                          "first (sley_choose leaves the losers pending, sley_pick cancels them)"));
  listener->site = site;
  return accept_once(listener);
}
