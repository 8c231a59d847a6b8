/* Connecting by name: getaddrinfo on the pool for names, then one address after the other. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tcp.h"
#include "preempt/preempt_floor.h"

/* What is asked for; one block, freed by whoever has it. */
typedef struct question {
  char *host, *port;
  char text[];
} question;

static const sley_type question_type = {
    .size = sizeof(sley_type), .name = "host and port", .drop = free, .send = sley_send_plain};

static void addresses_drop(void *ptr) { freeaddrinfo(ptr); }

static const sley_type addresses_type = {.size = sizeof(sley_type),
                                         .name = "addresses",
                                         .drop = addresses_drop,
                                         .send = sley_send_plain};

static question *question_new(const char *host, const char *port)
{
  size_t host_bytes = strlen(host) + 1, port_bytes = strlen(port) + 1;
  question *q = malloc(sizeof(*q) + host_bytes + port_bytes);
  if (q == NULL) return NULL;
  q->host = memcpy(q->text, host, host_bytes);
  q->port = memcpy(q->text + host_bytes, port, port_bytes);
  return q;
}

/* On a worker. */
static sley_error *resolve(sley_value *arg, sley_value *out)
{
  const question *q = arg->ptr;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  struct addrinfo *found = NULL;
  int code = getaddrinfo(q->host, q->port, &hints, &found);
  if (code == EAI_SYSTEM)
    return sley_error_new(&sley_kind_errno, errno, "resolving %s port %s: %s", q->host, q->port,
                          strerror(errno));
  if (code != 0)
    return sley_error_new(&sley_kind_dns, code, "resolving %s port %s: %s", q->host, q->port,
                          gai_strerror(code));
  *out = sley_own(found, &addresses_type);
  return NULL;
}

/* One connect under way: the addresses, which of them is being tried, and its socket. Every callback
 * still to run holds it. */
typedef struct attempt {
  unsigned holders;
  const char *site;
  question *question;
  struct addrinfo *addresses;
  const struct addrinfo *next;
  sley_fd fd;
  struct sley__handle *handle;
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
  free(a->question);
  sley__free(sley__self(), a, sizeof(*a));
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
                                  a->question->host, a->question->port, sley_error_message(e)));
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

sley_promise *sley_connect_at(const char *site, const char *host, const char *port)
{
  sley_domain *d = sley__self();
  sley_workers *pool = sley__workers_dns();
  question *asked = question_new(host, port), *kept = question_new(host, port);
  attempt *a = sley__alloc(d, sizeof(*a));
  if (pool == NULL || asked == NULL || kept == NULL || a == NULL) {
    free(asked);
    free(kept);
    sley__free(d, a, sizeof(*a));
    return sley_fail_at(site, sley_error_nomem());
  }
  *a = (attempt){.site = site, .question = kept, .fd = -1};
  sley_promise *p = sley_detach_at(site, pool, resolve, sley_own(asked, &question_type));
  return sley_bind_own_at(site, p, resolved, attempt_hold(a), attempt_release);
}

sley_promise *(sley_connect)(const char *host, const char *port)
{
  return sley_connect_at("", host, port);
}
