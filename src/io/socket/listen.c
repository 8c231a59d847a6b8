/* Listeners: opening and lifetime. Accepting is in listen_accept.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/socket/address.h"
#include "io/socket/listen.h"
#include "io/socket/port.h"
#include "io/socket/unix_path.h"
static const uint64_t BASE = 0x736c65796c7374ff, CLOSED = 0x736c65796c7363ff;
#define OPEN (BASE ^ (uintptr_t)&sley__copy) /* a listener of another copy is not open here */

/* Detects a stale handle as far as its memory still shows it. */
static _Noreturn SLEY__NOINLINE void listener_stale(const sley_listener *l, const char *function,
                                                    const char *site)
{
  const char *at = site[0] != '\0' ? " at " : "";
  if (l->mark != CLOSED)
    sley__refuse_foreign_if_known((uintptr_t)(l->mark ^ BASE), function, site, "a listener");
  sley__abort(
      "%s%s%s was given a listener that is already closed: set the variable to NULL when you call "
      "sley_listener_close",
      function, at, site);
}

/* Open, and this domain's: the loop that opened it watches its handle. */
void sley__listener_check(const sley_listener *l, const char *function, const char *site)
{
  if (SLEY__UNLIKELY(l->mark != OPEN)) listener_stale(l, function, site);
  const sley_domain *owner = sley__handle_domain(&l->descriptor.handle),
                    *d = sley__self_at(function, site);
  if (SLEY__UNLIKELY(owner != d))
    sley__abort(
        "%s%s%s in domain %s was given a listener of domain %s: open one in each domain "
        "(share_port lets them share a port), or accept there and move the connections, for "
        "example with sley_call",
        function, site[0] != '\0' ? " at " : "", site, d->name, owner->name);
}

void sley__listener_release(void *ctx)
{
  sley_listener *l = ctx;
  if (--l->holders == 0) sley__free(sley__self(), l, sizeof(*l));
}

static void listener_over(struct sley__handle *handle) { sley__listener_release(handle); }

static const struct sley__handle_calls listener_calls = {
    .ready = sley__descriptor_ready, .refused = sley__descriptor_refused, .over = listener_over};

void sley__listener_tell_left(const sley_listener *l)
{
  char address[SLEY_ADDRESS_TEXT];
  sley_address_text(&l->address, address, sizeof(address));
  sley__domain_tell_left(sley__self(), "listener on %s%s%s", address, SLEY__MADE_AT(l->made_at));
}

static void listener_end(struct sley__loop *loop, struct sley__ending *ending)
{
  sley_listener *l = SLEY__CONTAINER(ending, sley_listener, ending);
  (void)loop;
  sley__listener_tell_left(l);
  sley_listener_close(l);
}

/* ---- opening ---- */

sley_fd sley__listener_spare(void)
{
  return sley__fd_above_standard(sley__sys_open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/* What is wrong with the options; NULL: nothing. */
static const char *fault_of(const sley_listen_options *o, bool is_unix)
{
  if (!(o->defer_accept >= 0)) return "the option defer_accept is negative or no number";
  if (!(o->keep_alive >= 0)) return "the option keep_alive is negative or no number";
  if (!(o->user_timeout >= 0)) return "the option user_timeout is negative or no number";
  if (is_unix && (o->port != 0 || o->share_port || o->only_ipv6 || o->defer_accept > 0 ||
                  o->fast_open != 0 || o->keep_alive > 0 || o->user_timeout > 0))
    return "a Unix socket has no port, and none of the options of TCP";
  if (!is_unix && (o->replace || o->mode != 0 || o->kind != SLEY_SOCKET_KIND_STREAM))
    return "replace, mode and kind are for Unix sockets";
  if (o->kind > SLEY_SOCKET_KIND_SEQPACKET) return "there is no such kind";
  return NULL;
}

/* The socket of a listener without a descriptor. */
static sley_error *open_socket(const char *site, const sley_listen_options *o, sley_listener *l,
                               sley_fd *out)
{
  bool is_unix = o->address != NULL && sley__is_unix(o->address);
  const char *fault = fault_of(o, is_unix);
  l->file.folder = -1;
  if (fault != NULL)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "sley_listen: %s", fault);
  if (o->port > SLEY__PORT_MOST) {
    char text[16];
    snprintf(text, sizeof(text), "%u", o->port);
    return sley__port_error(site, "sley_listen", text);
  }
  if (is_unix) return sley__listen_unix(site, o, out, &l->address, &l->file);
  sley_error *e = sley__listen_open(site, o, out);
  socklen_t size = sizeof(l->address.data);
  sley_address room;
  if (e == NULL && sley__sys_getsockname(*out, (struct sockaddr *)(void *)room.data, &size) == 0)
    sley__address_of_sockaddr(room.data, size, &l->address);
  return e;
}

/* Whether the system lets servers use what options asked for. */
static bool allows_fast_open(const sley_listen_options *o)
{
#ifdef __linux__
  char text[16] = "";
  sley_fd fd = o->fast_open > 0
                   ? sley__sys_open("/proc/sys/net/ipv4/tcp_fastopen", O_RDONLY | O_CLOEXEC)
                   : -1;
  if (fd < 0) return false;
  ssize_t n = sley__sys_read(fd, text, sizeof(text) - 1);
  sley__sys_close(fd);
  return n > 0 && (strtol(text, NULL, 10) & 2) != 0;
#else
  return o->fast_open > 0;
#endif
}

static sley_error *listener_open(const char *site, const sley_listen_options *o, sley_listener *l)
{
  sley_fd fd = -1;
  sley_error *e = open_socket(site, o, l, &fd);
  if (e != NULL) return e;
  l->spare = sley__listener_spare();
  int code = sley__descriptor_open(&l->descriptor, sley__self(), fd, &listener_calls);
  if (code == 0) {
    l->holders = 1;
    l->ending.end = listener_end;
    sley__loop_add_ending(sley__self()->loop, &l->ending);
    l->has_fast_open = allows_fast_open(o);
    l->is_seqpacket = o->kind == SLEY_SOCKET_KIND_SEQPACKET;
    l->pause = PAUSE_LEAST;
    l->made_at = site;
    l->mark = OPEN;
    return NULL;
  }
  e = code == -SLEY_ESYSTEM ? sley__listen_error(site, o, "the loop", errno)
                            : sley__loop_error(site, code); /* an engine that cannot be had, say */
  if (l->spare >= 0) sley__sys_close(l->spare);
  sley__unix_file_remove(&l->file);
  sley__sys_close(fd);
  return e;
}

sley_error *sley_listen_at(const char *site, const sley_listen_options *options,
                           sley_listener **out)
{
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self();
  *out = NULL;
  SLEY__OPTIONS_CHECK(options, sley_listen_options, "sley_listen");
  sley_listen_options o;
  SLEY__OPTIONS_COPY(&o, options, sley_listen_options);
  sley_listener *l = sley__alloc(d, sizeof(*l));
  sley_error *e = l == NULL ? sley_error_nomem() : NULL;
  if (l != NULL) {
    memset(l, 0, sizeof(*l));
    e = listener_open(site, &o, l);
    if (e != NULL) sley__free(d, l, sizeof(*l));
    else *out = l;
  }
  if (o.prepare_drop != NULL) o.prepare_drop(o.prepare_ctx);
  return e;
}

unsigned sley_listener_port(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return sley_address_port(&listener->address);
}

void sley_listener_address(const sley_listener *listener, sley_address *out)
{
  SLEY__NEEDS(listener);
  SLEY__NEEDS(out);
  *out = listener->address;
}

sley_fd sley_listener_fd(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->descriptor.handle.fd;
}

bool sley_listener_has_fast_open(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->has_fast_open;
}

uint64_t sley_listener_accepted(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->accepted;
}

uint64_t sley_listener_refused(const sley_listener *listener)
{
  SLEY__NEEDS(listener);
  return listener->refused;
}

void sley_listener_close(sley_listener *listener)
{
  if (listener == NULL || listener->closed) return;
  sley__listener_check(listener, "sley_listener_close", "");
  listener->mark = CLOSED;
  __asm__ volatile("" ::"r"(listener) : "memory"); /* keeps the write to memory about to be freed */
  listener->closed = true;
  sley__dlist_remove(&listener->ending.place);
  if (listener->spare >= 0) sley__sys_close(listener->spare);
  sley__unix_file_remove(&listener->file); /* nobody finds a socket that does not listen */
  listener->holders++;
  sley__descriptor_close(&listener->descriptor);
  if (listener->pausing != NULL) sley_cancel(listener->pausing);
  sley__listener_release(listener);
}
