/* Waiting for a descriptor that has no handle. */
#include <errno.h>
#include <fcntl.h>

#include "reactor/operation.h"

/* libev would abort when it passes a closed descriptor to the kernel. */
bool sley__waits_are_open(struct sley__loop *loop)
{
  struct sley__dlist closed;
  sley__dlist_init(&closed);
  for (struct sley__dlist *place; (place = sley__dlist_pop(&loop->waits)) != NULL;) {
    const struct sley__handle *handle =
        SLEY__CONTAINER(place, struct sley__foreign_fd, place)->handle;
    if (sley__sys_fcntl(handle->fd, F_GETFD, 0) < 0) sley__dlist_append(&closed, place);
  }
  bool open = sley__dlist_is_empty(&closed);
  sley__dlist_move(&loop->waits, &closed);
  return open;
}

bool sley__waits_check(struct sley__loop *loop)
{
  bool found = false;
  for (; !sley__waits_are_open(loop); found = true) {
    struct sley__dlist closed;
    sley__dlist_move(&closed, &loop->waits);
    for (struct sley__dlist *place; (place = sley__dlist_pop(&closed)) != NULL;) {
      struct sley__handle *handle = SLEY__CONTAINER(place, struct sley__foreign_fd, place)->handle;
      sley__handle_want(handle, 0);
      handle->calls->refused(handle, EBADF); /* callbacks run here */
    }
  }
  return found;
}

static const struct sley__handle_calls wait_calls = {.ready = sley__descriptor_ready,
                                                     .refused = sley__descriptor_refused};

static sley_promise *wait_bare(const char *function, const char *site, sley_fd fd, unsigned what)
{
  sley_promise *failed;
  struct sley__loop *loop = sley__loop_here(function, site, &failed);
  if (loop == NULL) return failed;
  if (sley__sys_fcntl(fd, F_GETFL, 0) < 0)
    return sley_fail_at(site, sley__error_errno(site, errno, "wait"));
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &sley__io_types[WAIT], sizeof(bare_wait), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  bare_wait *wait = data;
  struct sley__descriptor *descriptor = &wait->descriptor;
  wait->operation =
      (io_operation){.descriptor = descriptor, .resolver = r, .kind = WAIT, .what = what};
  sley__handle_add(&descriptor->handle, loop, fd, &wait_calls);
  descriptor->operation = &wait->operation;
  wait->fd = (struct sley__foreign_fd){.handle = &descriptor->handle};
  sley__dlist_append(&loop->waits, &wait->fd.place);
  sley__handle_want(&descriptor->handle, what);
  return p;
}

sley_promise *sley_wait_readable_at(const char *site, sley_fd fd)
{
  return wait_bare(__func__, site, fd, SLEY__READ);
}

sley_promise *sley_wait_writable_at(const char *site, sley_fd fd)
{
  return wait_bare(__func__, site, fd, SLEY__WRITE);
}
