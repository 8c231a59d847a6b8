/* Handles: descriptors known to a loop, and which of them are to be tried. */
#include "reactor/operation.h"

void sley__handle_ready(struct sley__handle *handle, int direction)
{
  struct sley__dlist *place = &handle->readiness[direction].place;
  if (!sley__dlist_is_on(place)) sley__dlist_append(&handle->loop->ready, place);
}

void sley__handle_init(struct sley__handle *handle, struct sley__loop *loop, sley_fd fd)
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
  sley__handle_init(handle, d->loop, fd);
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
    sley__dlist_leave(&handle->readiness[direction].place);
    sley__handle_arm(handle, direction, false);
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
