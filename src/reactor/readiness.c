/* Accepting and waiting over an engine that reports readiness: try, wait until ready, try again. Reading and writing
 * are in the I/O floor (src/io/object/transfer.c).
 *
 * A watcher for accepting stays armed between operations and is only disarmed when an event finds no operation waiting:
 * a listener that accepts again in the same turn never changes the kernel's interest list. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/operation.h"

static void descriptor_drop(void *ptr) { sley__sys_close((sley_fd)(intptr_t)ptr); }

const sley_type sley__type_descriptor = {
    .size = sizeof(sley_type), .name = "descriptor", .drop = descriptor_drop};

/* Before it is settled. */
static void operation_detach(io_operation *op)
{
  struct sley__descriptor *descriptor = op->descriptor;
  descriptor->operation = NULL;
  if (op->kind == ACCEPT) return;
  sley__dlist_leave(&((bare_wait *)(void *)op)->fd.place);
  sley__handle_leave(&descriptor->handle);
}

static void io_cancel(void *data)
{
  io_operation *op = data;
  operation_detach(op);
  sley_resolver_drop(&op->resolver);
}

const sley__operation_type sley__io_types[] = {
    [ACCEPT] = {"accept", io_cancel}, [WAIT] = {"wait", io_cancel}};

enum { NOT_READY, DONE };

/* Tries once. DONE: *value is the outcome; NOT_READY; otherwise a negated errno. */
static int io_attempt(const io_operation *op, sley_value *value)
{
  struct sley__handle *handle = &op->descriptor->handle;
  *value = sley_unit();
  if (op->kind == WAIT) return DONE;
  sley_fd fd = sley__accept(handle->fd, op->passed);
  if (fd >= 0) {
    *value = sley_own((void *)(intptr_t)fd, &sley__type_descriptor);
    return DONE;
  }
  return errno == EAGAIN || errno == EWOULDBLOCK ? NOT_READY : -errno;
}

static const char *call_name(io_kind kind) { return kind == ACCEPT ? "accept" : "wait"; }

void sley__descriptor_ready(struct sley__handle *handle, unsigned what)
{
  const struct sley__descriptor *descriptor =
      SLEY__CONTAINER(handle, struct sley__descriptor, handle);
  io_operation *op = descriptor->operation;
  if (op == NULL) {
    sley__handle_want(handle, handle->wanted & ~what);
    return;
  }
  sley_value value;
  int code = io_attempt(op, &value);
  if (code == NOT_READY) {
    sley__handle_want(handle, what);
    return;
  }
  operation_detach(op);
  sley_resolver *r = op->resolver;
  if (code == DONE) sley__operation_fulfill(&r, value);
  else sley_reject(&r, sley__error_errno(sley__resolver_site(r), -code, call_name(op->kind)));
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

/* Of an operation that waits for an event that will not come; the next one asks again. */
void sley__descriptor_refused(struct sley__handle *handle, int code)
{
  const struct sley__descriptor *descriptor =
      SLEY__CONTAINER(handle, struct sley__descriptor, handle);
  io_operation *op = descriptor->operation;
  if (op == NULL || ((handle->wanted | handle->reported) & op->what)) return;
  sley_fd fd = handle->fd;
  operation_detach(op);
  sley_resolver *r = op->resolver;
  sley_reject(&r, sley__refusal_error(sley__resolver_site(r), call_name(op->kind), fd, code));
}

/* ---- descriptors ---- */

int sley__descriptor_open(struct sley__descriptor *descriptor, sley_domain *d, sley_fd fd,
                          const struct sley__handle_calls *calls)
{
  descriptor->operation = NULL;
  return sley__handle_open(&descriptor->handle, d, fd, calls);
}

void sley__descriptor_close(struct sley__descriptor *descriptor)
{
  sley_resolver *r = descriptor->operation != NULL ? descriptor->operation->resolver : NULL;
  descriptor->operation = NULL;
  sley__handle_close(&descriptor->handle); /* may free it */
  sley__reject_if_watched(&r, sley_error_closed());
}

/* Tries immediately, otherwise waits. */
sley_promise *sley__descriptor_accept(const char *site, struct sley__descriptor *descriptor,
                                      uint64_t *passed)
{
  io_operation wanted = {
      .descriptor = descriptor, .kind = ACCEPT, .what = SLEY__READ, .passed = passed};
  if (descriptor->operation != NULL)
    return sley_fail_at(
        site,
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "accept: another accept on this descriptor is still pending: cancel "
                          "it first (sley_choose leaves the losers pending, sley_pick "
                          "cancels them)"));
  if (sley__loop_may_try(descriptor->handle.loop)) {
    sley_value value;
    int code = io_attempt(&wanted, &value);
    if (code == DONE) return sley_return_at(site, value);
    if (code < 0) return sley_fail_at(site, sley__error_errno(site, -code, call_name(ACCEPT)));
  }
  void *data;
  sley_resolver *r;
  sley_promise *p =
      sley__operation_new(site, &sley__io_types[ACCEPT], sizeof(io_operation), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  io_operation *op = data;
  *op = wanted;
  op->resolver = r;
  descriptor->operation = op;
  sley__handle_want(&descriptor->handle, SLEY__READ);
  return p;
}
