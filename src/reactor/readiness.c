/* Operations on descriptors over an engine that reports readiness: try, wait until ready, try again.
 *
 * What the engine reports is listed, and tried in the order of the list, one attempt after the other, until the turn
 * has no more time for descriptors. A large write goes on in attempts of so many bytes, each behind the others'.
 *
 * A reading watcher stays armed between operations and is only disarmed when an event finds nobody
 * waiting: a connection that answers and reads again in the same turn never touches the kernel's
 * interest list. A writing watcher is disarmed at once, since it would fire in every turn. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/engine.h"

/* Operations that may complete without the kernel being asked in between, in one turn of the loop:
 * beyond, even ready ones wait, so that nobody starves. */
enum { EAGER_OPERATIONS = 256 };

/* What one attempt to send may take: some tens of microseconds. And how many bytes count as a unit of work. */
enum { SEND_MOST = 128 * 1024, UNIT_BYTES = 8 * 1024 };

static void descriptor_drop(void *ptr) { close((sley_fd)(intptr_t)ptr); }

const sley_type sley__type_descriptor = {
    .size = sizeof(sley_type), .name = "descriptor", .drop = descriptor_drop};

typedef enum io_kind { RECEIVE, SEND, ACCEPT, CONNECT, WAIT } io_kind;

typedef struct io_operation {
  struct sley__handle *handle;
  sley_resolver *resolver;
  io_kind kind;
  int direction;
  union {
    char *buffer;
    uint64_t *passed; /* ACCEPT: see sley__accept */
  };
  size_t size, done;
  size_t moved; /* bytes, by the last attempt */
  bool is_bare; /* the first member of a bare_wait */
} io_operation;

/* Waiting for a descriptor that has no handle. */
typedef struct bare_wait {
  io_operation operation;
  struct sley__handle handle;
  struct sley__dlist place; /* in the loop's waits, until the kernel is asked */
} bare_wait;

static void waits_leave(io_operation *op) { sley__dlist_leave(&((bare_wait *)(void *)op)->place); }

static void arm(struct sley__handle *handle, int direction, bool on)
{
  if (handle->armed[direction] == on) return;
  handle->armed[direction] = on;
  handle->loop->type->arm(handle->loop->engine, handle, direction, on);
}

static void ready_leave(sley__readiness *readiness) { sley__dlist_leave(&readiness->place); }

void sley__handle_ready(struct sley__handle *handle, int direction)
{
  struct sley__dlist *place = &handle->readiness[direction].place;
  if (!sley__dlist_is_on(place)) sley__dlist_append(&handle->loop->ready, place);
}

static void detach(io_operation *op)
{
  struct sley__handle *handle = op->handle;
  handle->operation[op->direction] = NULL;
  if (op->is_bare) waits_leave(op);
  if (op->direction == READING && !op->is_bare) return;
  ready_leave(&handle->readiness[op->direction]);
  arm(handle, op->direction, false);
}

static void io_cancel(void *data)
{
  io_operation *op = data;
  detach(op);
  sley_resolver_drop(&op->resolver);
}

static const sley__operation_type types[] = {[RECEIVE] = {"receive", io_cancel},
                                             [SEND] = {"send", io_cancel},
                                             [ACCEPT] = {"accept", io_cancel},
                                             [CONNECT] = {"connect", io_cancel},
                                             [WAIT] = {"wait", io_cancel}};

enum { NOT_READY, DONE, MORE };

/* What the socket took less is for want of room: the kernel is asked when there is some. */
static int attempt_send(io_operation *op)
{
  size_t wanted = op->size - op->done;
  if (wanted > SEND_MOST) wanted = SEND_MOST;
  ssize_t n;
  do n = send(op->handle->fd, op->buffer + op->done, wanted, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n < 0) return -1;
  op->moved = (size_t)n;
  op->done += (size_t)n;
  return op->done == op->size ? DONE : (size_t)n == wanted ? MORE : NOT_READY;
}

/* Tries once. DONE: *value is the outcome; MORE: a part is done, and the rest is worth trying at once; NOT_READY;
 * otherwise a negated errno. */
static int attempt(io_operation *op, sley_value *value)
{
  struct sley__handle *handle = op->handle;
  ssize_t n;
  *value = sley_unit();
  op->moved = 0;
  switch (op->kind) {
    case RECEIVE:
      do n = recv(handle->fd, op->buffer, op->size, 0);
      while (n < 0 && errno == EINTR);
      if (n < 0) break;
      handle->maybe_ready[READING] = (size_t)n == op->size;
      op->moved = (size_t)n;
      *value = sley_int(n);
      return DONE;
    case SEND:
      n = attempt_send(op);
      if (n < 0) break;
      return (int)n;
    case ACCEPT:
      n = sley__accept(handle->fd, op->passed);
      if (n < 0) break;
      *value = sley_own((void *)(intptr_t)n, &sley__type_descriptor);
      return DONE;
    case CONNECT: {
      int code = 0;
      socklen_t size = sizeof(code);
      if (getsockopt(handle->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) break;
      return code == 0 ? DONE : -code;
    }
    case WAIT: return DONE;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    handle->maybe_ready[op->direction] = false;
    return NOT_READY;
  }
  return -errno;
}

static const char *call_name(io_kind kind)
{
  static const char *const names[] = {"recv", "send", "accept", "connect", "wait"};
  return names[kind];
}

static unsigned units_of(const io_operation *op) { return (unsigned)(op->moved / UNIT_BYTES); }

/* How much work that was. */
static unsigned try_ready(struct sley__handle *handle, int direction)
{
  io_operation *op = handle->operation[direction];
  if (op == NULL) {
    handle->maybe_ready[direction] = true;
    arm(handle, direction, false);
    return 1;
  }
  sley_value value;
  int code = attempt(op, &value);
  unsigned units = 1 + units_of(op);
  if (code == NOT_READY || code == MORE) {
    if (code == MORE) sley__handle_ready(handle, direction);
    else arm(handle, direction, true);
    return units;
  }
  detach(op);
  sley_resolver *r = op->resolver;
  if (code == DONE) sley_fulfill(&r, value);
  else sley_reject(&r, sley__error_errno(sley__resolver_site(r), -code, call_name(op->kind)));
  return units;
}

void sley__handle_refused(struct sley__handle *handle, int direction, int code)
{
  io_operation *op = handle->operation[direction];
  sley_fd fd = handle->fd;
  handle->maybe_ready[direction] = true;
  arm(handle, direction, false);
  if (op == NULL) return; /* the next operation asks again */
  detach(op);
  sley_resolver *r = op->resolver;
  sley_reject(&r, sley_error_new_at(sley__resolver_site(r), &sley_kind_errno, code,
                                    "%s: the kernel refuses to watch descriptor %d: %s%s",
                                    call_name(op->kind), fd, strerror(code),
                                    code == ENOSPC ? "; raise fs.epoll.max_user_watches" : ""));
}

bool sley__handles_run(struct sley__loop *loop, sley__budget *budget)
{
  while (!sley__dlist_is_empty(&loop->ready)) {
    sley__readiness *readiness = SLEY__CONTAINER(loop->ready.next, sley__readiness, place);
    ready_leave(readiness);
    unsigned units = try_ready(readiness->handle, readiness->direction);
    if (sley__budget_is_spent(budget, units)) return !sley__dlist_is_empty(&loop->ready);
  }
  return false;
}

/* Operations that need not wait count in the time of the source that they are started in. */
static bool may_be_eager(struct sley__loop *loop)
{
  return loop->eager++ < EAGER_OPERATIONS && !sley__budget_is_spent(&loop->budget, 1);
}

static int attempt_eagerly(io_operation *op, sley_value *value)
{
  struct sley__loop *loop = op->handle->loop;
  int code = attempt(op, value);
  sley__budget_charge(&loop->budget, units_of(op));
  return code;
}

/* Starts wanted (on the caller's stack): tries at once where that may help, else waits. */
static sley_promise *start(const char *site, io_operation *wanted, bool try_now)
{
  struct sley__handle *handle = wanted->handle;
  if (handle->operation[wanted->direction] != NULL)
    return sley_fail_at(
        site, sley_error_new_at(
                  site, &sley_kind_sley, SLEY_EINVAL,
                  "%s: another %s on this descriptor is still pending: cancel it first "
                  "(sley_choose leaves the losers pending, sley_pick cancels them)",
                  call_name(wanted->kind), call_name(handle->operation[wanted->direction]->kind)));
  int code = NOT_READY;
  if (try_now && may_be_eager(handle->loop)) {
    sley_value value;
    code = attempt_eagerly(wanted, &value);
    if (code == DONE) return sley_return_at(site, value);
    if (code < 0)
      return sley_fail_at(site, sley__error_errno(site, -code, call_name(wanted->kind)));
  }
  void *data;
  sley_resolver *r;
  sley_promise *p =
      sley__operation_new(site, &types[wanted->kind], sizeof(io_operation), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  io_operation *op = data;
  *op = *wanted;
  op->resolver = r;
  handle->operation[op->direction] = op;
  if (code == MORE) sley__handle_ready(handle, op->direction);
  else arm(handle, op->direction, true);
  return p;
}

sley_promise *sley__handle_receive(const char *site, struct sley__handle *handle, void *buffer,
                                   size_t size)
{
  io_operation op = {
      .handle = handle, .kind = RECEIVE, .direction = READING, .buffer = buffer, .size = size};
  return start(site, &op, handle->maybe_ready[READING]);
}

sley_promise *sley__handle_send(const char *site, struct sley__handle *handle, const void *data,
                                size_t size)
{
  union {
    const void *in;
    char *out;
  } u = {data}; /* only read from */
  io_operation op = {
      .handle = handle, .kind = SEND, .direction = WRITING, .buffer = u.out, .size = size};
  return start(site, &op, true);
}

sley_promise *sley__handle_accept(const char *site, struct sley__handle *handle, uint64_t *passed)
{
  io_operation op = {.handle = handle, .kind = ACCEPT, .direction = READING, .passed = passed};
  return start(site, &op, true);
}

sley_promise *sley__handle_connect(const char *site, struct sley__handle *handle,
                                   const void *address, unsigned length)
{
  io_operation op = {.handle = handle, .kind = CONNECT, .direction = WRITING};
  int code;
  do code = connect(handle->fd, address, (socklen_t)length);
  while (code != 0 && errno == EINTR);
  if (code == 0 || errno == EISCONN) return sley_return_at(site, sley_unit());
  if (errno != EINPROGRESS && errno != EALREADY)
    return sley_fail_at(site, sley__error_errno(site, errno, "connect"));
  return start(site, &op, false);
}

sley_promise *sley__handle_wait(const char *site, struct sley__handle *handle, bool writable)
{
  io_operation op = {.handle = handle, .kind = WAIT, .direction = writable ? WRITING : READING};
  return start(site, &op, false);
}

/* ---- handles ---- */

static void handle_init(struct sley__handle *handle, struct sley__loop *loop, sley_fd fd)
{
  memset(handle, 0, sizeof(*handle));
  handle->loop = loop;
  handle->fd = fd;
  for (int direction = 0; direction < DIRECTIONS; direction++) {
    handle->maybe_ready[direction] = true;
    handle->readiness[direction].handle = handle;
    handle->readiness[direction].direction = direction;
  }
}

int sley__handle_open(sley_domain *d, sley_fd fd, struct sley__handle **out)
{
  *out = NULL;
  int code = sley__loop_open(d);
  if (code != 0) return code;
  struct sley__handle *handle = sley__alloc(d, sizeof(*handle));
  if (handle == NULL) return -SLEY_ENOMEM;
  handle_init(handle, d->loop, fd);
  *out = handle;
  return 0;
}

sley_domain *sley__handle_domain(const struct sley__handle *handle) { return handle->loop->domain; }

bool sley__handle_is_idle(const struct sley__handle *handle)
{
  return handle->operation[READING] == NULL && handle->operation[WRITING] == NULL;
}

void sley__handle_close(struct sley__handle *handle)
{
  sley_domain *d = handle->loop->domain;
  for (int direction = 0; direction < DIRECTIONS; direction++) {
    ready_leave(&handle->readiness[direction]);
    arm(handle, direction, false);
  }
  io_operation *pending[DIRECTIONS] = {handle->operation[READING], handle->operation[WRITING]};
  sley_resolver *resolvers[DIRECTIONS] = {NULL, NULL};
  for (int direction = 0; direction < DIRECTIONS; direction++)
    if (pending[direction] != NULL) resolvers[direction] = pending[direction]->resolver;
  sley__free(d, handle, sizeof(*handle));
  /* Last, since callbacks run here. */
  for (int direction = 0; direction < DIRECTIONS; direction++)
    sley__reject_if_watched(&resolvers[direction], sley_error_closed());
}

/* libev would abort when it tells the kernel. */
bool sley__waits_check(struct sley__loop *loop)
{
  struct sley__dlist closed;
  sley__dlist_init(&closed);
  for (struct sley__dlist *place; (place = sley__dlist_pop(&loop->waits)) != NULL;)
    if (fcntl(SLEY__CONTAINER(place, bare_wait, place)->handle.fd, F_GETFD) < 0)
      sley__dlist_append(&closed, place);
  bool found = !sley__dlist_is_empty(&closed);
  while (!sley__dlist_is_empty(&closed)) { /* callbacks run here */
    bare_wait *wait = SLEY__CONTAINER(closed.next, bare_wait, place);
    sley_resolver *r = wait->operation.resolver;
    sley_fd fd = wait->handle.fd;
    detach(&wait->operation);
    sley_reject(&r, sley_error_new_at(sley__resolver_site(r), &sley_kind_errno, EBADF,
                                      "wait: descriptor %d was closed while a promise waited for "
                                      "it: cancel the promise first, then close",
                                      fd));
  }
  return found;
}

static sley_promise *wait_bare(const char *function, const char *site, sley_fd fd, int direction)
{
  sley_promise *failed;
  struct sley__loop *loop = sley__loop_here(function, site, &failed);
  if (loop == NULL) return failed;
  if (fcntl(fd, F_GETFL) < 0) return sley_fail_at(site, sley__error_errno(site, errno, "wait"));
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &types[WAIT], sizeof(bare_wait), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  bare_wait *wait = data;
  struct sley__handle *handle = &wait->handle;
  wait->operation = (io_operation){
      .handle = handle, .resolver = r, .kind = WAIT, .direction = direction, .is_bare = true};
  handle_init(handle, loop, fd);
  handle->operation[direction] = &wait->operation;
  sley__dlist_append(&loop->waits, &wait->place);
  arm(handle, direction, true);
  return p;
}

sley_promise *sley_wait_readable_at(const char *site, sley_fd fd)
{
  return wait_bare(__func__, site, fd, READING);
}

sley_promise *sley_wait_writable_at(const char *site, sley_fd fd)
{
  return wait_bare(__func__, site, fd, WRITING);
}
