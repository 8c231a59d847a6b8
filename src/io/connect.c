/* Connecting by name: getaddrinfo as a job of the pool for names, then one address after the other. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tcp.h"
#include "preempt/preempt_floor.h"

static void addresses_drop(void *ptr) { freeaddrinfo(ptr); }

static const sley_type addresses_type = {
    .size = sizeof(sley_type), .name = "addresses", .drop = addresses_drop};

/* A name being resolved: the frame of a job. Host and port follow each other in text. */
typedef struct question {
  const char *site;
  const char *port;
  struct addrinfo *found;
  char text[];
} question;

/* On a worker. */
static sley_error *resolve(void *data, sley_value *out)
{
  question *q = data;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  int code = getaddrinfo(q->text, q->port, &hints, &q->found), system = errno;
  (void)out;
  if (code == 0) return NULL;
  q->found = NULL;
  if (code == EAI_SYSTEM)
    return sley_error_new_at(q->site, &sley_kind_errno, system, "resolving %s port %s: %s", q->text,
                             q->port, strerror(system));
  return sley_error_new_at(q->site, &sley_kind_dns, code, "resolving %s port %s: %s", q->text,
                           q->port, gai_strerror(code));
}

static sley_error *hand_over(void *data, sley_value *out)
{
  question *q = data;
  *out = sley_own(q->found, &addresses_type);
  q->found = NULL;
  return NULL;
}

static void question_drop(void *data)
{
  const question *q = data;
  if (q->found != NULL) freeaddrinfo(q->found);
}

static const sley_job_type resolve_type = {.size = sizeof(sley_job_type),
                                           .name = "getaddrinfo",
                                           .work = resolve,
                                           .finish = hand_over,
                                           .drop = question_drop};

static question *question_new(const char *site, const char *host, const char *port)
{
  size_t host_bytes = strlen(host) + 1, port_bytes = strlen(port) + 1;
  question *q = sley_job_new(&resolve_type, sizeof(*q) + host_bytes + port_bytes);
  if (q == NULL) return NULL;
  q->site = site;
  memcpy(q->text, host, host_bytes);
  q->port = memcpy(q->text + host_bytes, port, port_bytes);
  return q;
}

/* One connect under way: the addresses, which of them is being tried, and its socket. Every callback
 * still to run holds it. */
typedef struct attempt {
  unsigned holders;
  const char *site;
  const char *port;
  struct addrinfo *addresses;
  const struct addrinfo *next;
  sley_fd fd;
  struct sley__handle *handle;
  size_t bytes;
  char host[]; /* and port behind it */
} attempt;

static void socket_close(attempt *a)
{
  if (a->handle != NULL) sley__handle_close(a->handle);
  if (a->fd >= 0) close(a->fd);
  a->handle = NULL;
  a->fd = -1;
}

static void attempt_release(void *ctx)
{
  attempt *a = ctx;
  if (--a->holders > 0) return;
  socket_close(a);
  if (a->addresses != NULL) freeaddrinfo(a->addresses);
  sley__free(sley__self(), a, a->bytes);
}

static attempt *attempt_hold(attempt *a)
{
  a->holders++;
  return a;
}

static sley_promise *try_next(attempt *a);

static sley_promise *connected(void *ctx, sley_value *v)
{
  attempt *a = ctx;
  sley_tcp *tcp;
  (void)v;
  if (sley__tcp_new(sley__self(), a->fd, a->handle, &tcp) != 0)
    return sley_fail_at(a->site, sley_error_nomem());
  a->fd = -1;
  a->handle = NULL;
  return sley_return_at(a->site, sley_own(tcp, &sley_type_tcp));
}

static sley_promise *refused(void *ctx, sley_error *e)
{
  attempt *a = ctx;
  socket_close(a);
  if (sley_error_is_canceled(e)) return sley_fail_at(a->site, sley_error_keep(e));
  if (a->next != NULL) return try_next(a);
  return sley_fail_at(
      a->site, sley_error_wrap_at(a->site, sley_error_keep(e), "connecting to %s port %s: %s",
                                  a->host, a->port, sley_error_message(e)));
}

static sley_promise *try_next(attempt *a)
{
  const struct addrinfo *address = a->next;
  a->next = address->ai_next;
  a->fd = sley__socket(address->ai_family);
  sley_promise *p;
  if (a->fd < 0) p = sley_fail_at(a->site, sley__error_errno(a->site, errno, "socket"));
  else if (sley__handle_open(sley__self(), a->fd, &a->handle) != 0)
    p = sley_fail_at(a->site, sley_error_nomem());
  else
    p = sley__handle_connect(a->site, a->handle, address->ai_addr, (unsigned)address->ai_addrlen);
  return sley_try_bind_own_at(a->site, p, connected, refused, attempt_hold(a), attempt_release);
}

static sley_promise *resolved(void *ctx, sley_value *v)
{
  attempt *a = ctx;
  sley_value taken;
  int code = sley_take(v, &taken);
  if (code != 0) return sley_fail_at(a->site, sley_error_nomem());
  a->addresses = taken.ptr;
  a->next = a->addresses;
  return try_next(a);
}

static attempt *attempt_new(const char *site, const char *host, const char *port)
{
  size_t host_bytes = strlen(host) + 1, port_bytes = strlen(port) + 1;
  size_t bytes = sizeof(attempt) + host_bytes + port_bytes;
  attempt *a = sley__alloc(sley__self(), bytes);
  if (a == NULL) return NULL;
  *a = (attempt){.site = site, .bytes = bytes, .fd = -1};
  memcpy(a->host, host, host_bytes);
  a->port = memcpy(a->host + host_bytes, port, port_bytes);
  return a;
}

sley_promise *sley_connect_at(const char *site, const char *host, const char *port)
{
  if (SLEY__UNLIKELY(host == NULL || port == NULL))
    sley__abort("sley_connect%s%s was given NULL for its argument %s",
                site[0] != '\0' ? " at " : "", site, host == NULL ? "host" : "port");
  question *q = question_new(site, host, port);
  attempt *a = q == NULL ? NULL : attempt_new(site, host, port);
  if (a == NULL) {
    sley_job_drop(q);
    return sley_fail_at(site, sley_error_nomem());
  }
  sley_promise *p =
      sley_job_start_at(site, sley_workers_default(SLEY_WORKERS_FOR_DNS), SLEY_PRIORITY_NORMAL, q);
  return sley_bind_own_at(site, p, resolved, attempt_hold(a), attempt_release);
}

sley_promise *(sley_connect)(const char *host, const char *port)
{
  return sley_connect_at("", host, port);
}
