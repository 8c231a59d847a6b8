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

static void descriptor_drop(void *ptr) { sley__sys_close((sley_fd)(intptr_t)ptr); }

const sley_type sley__type_descriptor = {
    .size = sizeof(sley_type), .name = "descriptor", .drop = descriptor_drop};

void sley__io_detach(io_operation *op)
{
  struct sley__descriptor *descriptor = op->descriptor;
  descriptor->operation[op->direction] = NULL;
  if (op->is_bare) {
    sley__dlist_leave(&((bare_wait *)(void *)op)->fd.place);
    sley__handle_leave(&descriptor->handle);
  } else if (op->direction == WRITING) {
    sley__handle_unready(&descriptor->handle, SLEY__WRITE);
    sley__descriptor_arm(descriptor, WRITING, false);
  }
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
                                               [WAIT] = {"wait", io_cancel}};

enum { NOT_READY, DONE, MORE };

/* A partial send means that there is no more room: the kernel is asked when there is some. */
static int io_attempt_send(io_operation *op)
{
  size_t wanted = op->size - op->done;
  if (wanted > SEND_MOST) wanted = SEND_MOST;
  ssize_t n;
  do n = sley__sys_send(op->descriptor->handle.fd, op->buffer + op->done, wanted, MSG_NOSIGNAL);
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
  struct sley__handle *handle = &op->descriptor->handle;
  ssize_t n;
  *value = sley_unit();
  op->moved = 0;
  switch (op->kind) {
    case RECEIVE:
      do n = sley__sys_recv(handle->fd, op->buffer, op->size, 0);
      while (n < 0 && errno == EINTR);
      if (n < 0) break;
      handle->maybe_ready |= SLEY__READ;
      if ((size_t)n < op->size) handle->maybe_ready &= (uint8_t)~SLEY__READ;
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
    case WAIT: return DONE;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    handle->maybe_ready &= (uint8_t)~sley__direction_bit(op->direction);
    return NOT_READY;
  }
  return -errno;
}

static const char *call_name(io_kind kind)
{
  static const char *const names[] = {"recv", "send", "accept", "wait"};
  return names[kind];
}

static unsigned units_of(const io_operation *op) { return (unsigned)(op->moved / UNIT_BYTES); }

void sley__descriptor_ready(struct sley__handle *handle, unsigned what)
{
  struct sley__descriptor *descriptor = SLEY__CONTAINER(handle, struct sley__descriptor, handle);
  int direction = what == SLEY__READ ? READING : WRITING;
  io_operation *op = descriptor->operation[direction];
  if (op == NULL) {
    handle->maybe_ready |= (uint8_t)what;
    sley__descriptor_arm(descriptor, direction, false);
    return;
  }
  sley_value value;
  int code = io_attempt(op, &value);
  sley__budget_charge(&handle->loop->budget, units_of(op));
  if (code == MORE) {
    sley__handle_ready(handle, what);
  } else if (code == NOT_READY) {
    sley__descriptor_arm(descriptor, direction, true);
  } else {
    sley__io_detach(op);
    sley_resolver *r = op->resolver;
    if (code == DONE) sley__operation_fulfill(&r, value);
    else sley_reject(&r, sley__error_errno(sley__resolver_site(r), -code, call_name(op->kind)));
  }
}

sley_error *sley__refusal_error(const char *site, const char *function, sley_fd fd, int code)
{
  if (code == EBADF)
    return sley_error_new_at(site, &sley_kind_errno, code,
                             "%s: descriptor %d was closed while it was waited for: cancel or drop "
                             "what waits first, then close",
                             function, fd);
  return sley_error_new_at(
      site, &sley_kind_errno, code, "%s: the kernel refuses to watch descriptor %d: %s%s", function,
      fd, strerror(code), code == ENOSPC ? "; raise fs.epoll.max_user_watches" : "");
}

/* Whether the operation of this direction waits for an event that will not come. */
static bool is_refused(const struct sley__descriptor *descriptor, int direction)
{
  const struct sley__handle *handle = &descriptor->handle;
  return descriptor->operation[direction] != NULL &&
         !((handle->wanted | handle->reported) & sley__direction_bit(direction));
}

/* The kernel names a descriptor, not a direction. The callbacks of the first operation may cancel the second. */
void sley__descriptor_refused(struct sley__handle *handle, int code)
{
  struct sley__descriptor *descriptor = SLEY__CONTAINER(handle, struct sley__descriptor, handle);
  bool reads = is_refused(descriptor, READING), writes = is_refused(descriptor, WRITING);
  sley_fd fd = handle->fd;
  handle->maybe_ready = SLEY__READ | SLEY__WRITE; /* the next operation arms it again */
  if (!reads && !writes) return;
  if (reads && writes) sley__handle_refused(handle, code);
  io_operation *op = descriptor->operation[reads ? READING : WRITING];
  sley__io_detach(op);
  sley_resolver *r = op->resolver;
  sley_reject(&r, sley__refusal_error(sley__resolver_site(r), call_name(op->kind), fd, code));
}

/* Operations that need not wait are charged to the source that starts them. */
static bool may_be_eager(struct sley__loop *loop)
{
  return loop->eager++ < EAGER_OPERATIONS && !sley__budget_is_spent(&loop->budget, 1);
}

static int io_attempt_eagerly(io_operation *op, sley_value *value)
{
  struct sley__loop *loop = op->descriptor->handle.loop;
  int code = io_attempt(op, value);
  sley__budget_charge(&loop->budget, units_of(op));
  return code;
}

/* Starts wanted (on the caller's stack): tries immediately if that can help, otherwise waits. */
static sley_promise *io_start(const char *site, io_operation *wanted, bool try_now)
{
  struct sley__descriptor *descriptor = wanted->descriptor;
  const io_operation *pending = descriptor->operation[wanted->direction];
  if (pending != NULL)
    return sley_fail_at(
        site,
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "%s: another %s on this descriptor is still pending: cancel it first "
                          "(sley_choose leaves the losers pending, sley_pick cancels them)",
                          call_name(wanted->kind), call_name(pending->kind)));
  int code = NOT_READY;
  if (try_now && may_be_eager(descriptor->handle.loop)) {
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
  descriptor->operation[op->direction] = op;
  if (code == MORE) sley__handle_ready(&descriptor->handle, sley__direction_bit(op->direction));
  else sley__descriptor_arm(descriptor, op->direction, true);
  return p;
}

/* ---- descriptors ---- */

int sley__descriptor_open(struct sley__descriptor *descriptor, sley_domain *d, sley_fd fd,
                          const struct sley__handle_calls *calls)
{
  descriptor->operation[READING] = descriptor->operation[WRITING] = NULL;
  return sley__handle_open(&descriptor->handle, d, fd, calls);
}

void sley__descriptor_close(struct sley__descriptor *descriptor)
{
  sley_resolver *resolvers[DIRECTIONS] = {NULL, NULL};
  for (int direction = 0; direction < DIRECTIONS; direction++) {
    const io_operation *op = descriptor->operation[direction];
    if (op != NULL) resolvers[direction] = op->resolver;
    descriptor->operation[direction] = NULL;
  }
  sley__handle_close(&descriptor->handle); /* may free it */
  for (int direction = 0; direction < DIRECTIONS; direction++)
    sley__reject_if_watched(&resolvers[direction], sley_error_closed());
}

sley_promise *sley__descriptor_receive(const char *site, struct sley__descriptor *descriptor,
                                       void *buffer, size_t size)
{
  io_operation op = {.descriptor = descriptor,
                     .kind = RECEIVE,
                     .direction = READING,
                     .buffer = buffer,
                     .size = size};
  return io_start(site, &op, descriptor->handle.maybe_ready & SLEY__READ);
}

sley_promise *sley__descriptor_send(const char *site, struct sley__descriptor *descriptor,
                                    const void *data, size_t size)
{
  union {
    const void *in;
    char *out;
  } u = {data}; /* only read from */
  io_operation op = {
      .descriptor = descriptor, .kind = SEND, .direction = WRITING, .buffer = u.out, .size = size};
  return io_start(site, &op, true);
}

sley_promise *sley__descriptor_accept(const char *site, struct sley__descriptor *descriptor,
                                      uint64_t *passed)
{
  io_operation op = {
      .descriptor = descriptor, .kind = ACCEPT, .direction = READING, .passed = passed};
  return io_start(site, &op, true);
}

sley_promise *sley__descriptor_wait(const char *site, struct sley__descriptor *descriptor,
                                    bool writable)
{
  io_operation op = {
      .descriptor = descriptor, .kind = WAIT, .direction = writable ? WRITING : READING};
  return io_start(site, &op, false);
}
