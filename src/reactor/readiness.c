/* Operations on descriptors over an engine that reports readiness: try, wait until ready, try again.
 *
 * What the engine reports is listed, and tried in the order of the list, one attempt each, until the turn has no
 * more time for descriptors. A large write proceeds in attempts of limited size, each queued behind those of other
 * handles.
 *
 * A reading watcher stays armed between operations and is only disarmed when an event finds no operation waiting: a
 * connection that answers and reads again in the same turn never changes the kernel's interest list. A writing
 * watcher is disarmed immediately, since it would fire in every turn. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/operation.h"

/* Operations that can complete in one turn of the loop without the kernel being asked in between: beyond that even
 * ready ones wait, so that nothing starves. */
enum { EAGER_OPERATIONS = 256 };

/* The most that one attempt sends: some tens of microseconds. And how many bytes count as a unit of work. */
enum { SEND_MOST = 128 * 1024, UNIT_BYTES = 8 * 1024 };

static void descriptor_drop(void *ptr) { close((sley_fd)(intptr_t)ptr); }

const sley_type sley__type_descriptor = {
    .size = sizeof(sley_type), .name = "descriptor", .drop = descriptor_drop};

void sley__io_detach(io_operation *op)
{
  struct sley__handle *handle = op->handle;
  handle->operation[op->direction] = NULL;
  if (op->is_bare) sley__dlist_leave(&((bare_wait *)(void *)op)->place);
  if (op->direction == READING && !op->is_bare) return;
  sley__dlist_leave(&handle->readiness[op->direction].place);
  sley__handle_arm(handle, op->direction, false);
}

static void io_cancel(void *data)
{
  io_operation *op = data;
  sley__io_detach(op);
  sley_resolver_drop(&op->resolver);
}

const sley__operation_type sley__io_types[] = {[RECEIVE] = {"receive", io_cancel},
                                               [SEND] = {"send", io_cancel},
                                               [ACCEPT] = {"accept", io_cancel},
                                               [CONNECT] = {"connect", io_cancel},
                                               [WAIT] = {"wait", io_cancel}};

enum { NOT_READY, DONE, MORE };

/* A partial send means that there is no more room: the kernel is asked when there is some. */
static int io_attempt_send(io_operation *op)
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

/* Tries once. DONE: *value is the outcome; MORE: a part is done, and the rest is worth trying immediately;
 * NOT_READY; otherwise a negated errno. */
static int io_attempt(io_operation *op, sley_value *value)
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
      n = io_attempt_send(op);
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

/* Returns how many units of work that was. */
static unsigned handle_try(struct sley__handle *handle, int direction)
{
  io_operation *op = handle->operation[direction];
  if (op == NULL) {
    handle->maybe_ready[direction] = true;
    sley__handle_arm(handle, direction, false);
    return 1;
  }
  sley_value value;
  int code = io_attempt(op, &value);
  unsigned units = 1 + units_of(op);
  if (code == NOT_READY || code == MORE) {
    if (code == MORE) sley__handle_ready(handle, direction);
    else sley__handle_arm(handle, direction, true);
    return units;
  }
  sley__io_detach(op);
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
  sley__handle_arm(handle, direction, false);
  if (op == NULL) return; /* the next operation arms it again */
  sley__io_detach(op);
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
    sley__dlist_leave(&readiness->place);
    unsigned units = handle_try(readiness->handle, readiness->direction);
    if (sley__budget_is_spent(budget, units)) return !sley__dlist_is_empty(&loop->ready);
  }
  return false;
}

/* Operations that need not wait are charged to the source that starts them. */
static bool may_be_eager(struct sley__loop *loop)
{
  return loop->eager++ < EAGER_OPERATIONS && !sley__budget_is_spent(&loop->budget, 1);
}

static int io_attempt_eagerly(io_operation *op, sley_value *value)
{
  struct sley__loop *loop = op->handle->loop;
  int code = io_attempt(op, value);
  sley__budget_charge(&loop->budget, units_of(op));
  return code;
}

/* Starts wanted (on the caller's stack): tries immediately if that can help, otherwise waits. */
static sley_promise *io_start(const char *site, io_operation *wanted, bool try_now)
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
    code = io_attempt_eagerly(wanted, &value);
    if (code == DONE) return sley_return_at(site, value);
    if (code < 0)
      return sley_fail_at(site, sley__error_errno(site, -code, call_name(wanted->kind)));
  }
  void *data;
  sley_resolver *r;
  sley_promise *p =
      sley__operation_new(site, &sley__io_types[wanted->kind], sizeof(io_operation), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  io_operation *op = data;
  *op = *wanted;
  op->resolver = r;
  handle->operation[op->direction] = op;
  if (code == MORE) sley__handle_ready(handle, op->direction);
  else sley__handle_arm(handle, op->direction, true);
  return p;
}

sley_promise *sley__handle_receive(const char *site, struct sley__handle *handle, void *buffer,
                                   size_t size)
{
  io_operation op = {
      .handle = handle, .kind = RECEIVE, .direction = READING, .buffer = buffer, .size = size};
  return io_start(site, &op, handle->maybe_ready[READING]);
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
  return io_start(site, &op, true);
}

sley_promise *sley__handle_accept(const char *site, struct sley__handle *handle, uint64_t *passed)
{
  io_operation op = {.handle = handle, .kind = ACCEPT, .direction = READING, .passed = passed};
  return io_start(site, &op, true);
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
  return io_start(site, &op, false);
}

sley_promise *sley__handle_wait(const char *site, struct sley__handle *handle, bool writable)
{
  io_operation op = {.handle = handle, .kind = WAIT, .direction = writable ? WRITING : READING};
  return io_start(site, &op, false);
}
