/* Handles: which of a loop's descriptors are to be tried, and when a closed one is over. */
#include "reactor/operation.h"

/* All but what is its object's. */
static void handle_clear(struct sley__handle *handle)
{
  memset(handle, 0, offsetof(struct sley__handle, holders));
}

int sley__handle_open(struct sley__handle *handle, sley_domain *d, sley_fd fd,
                      const struct sley__handle_calls *calls)
{
  handle_clear(handle);
  int code = sley__loop_open(d);
  if (code != 0) return code;
  sley__handle_add(handle, d->loop, fd, calls);
  return 0;
}

void sley__handle_add(struct sley__handle *handle, struct sley__loop *loop, sley_fd fd,
                      const struct sley__handle_calls *calls)
{
  handle_clear(handle);
  handle->loop = loop;
  handle->calls = calls;
  handle->fd = fd;
  handle->maybe_ready = SLEY__READ | SLEY__WRITE;
  loop->type->add(loop->engine, handle);
}

sley_domain *sley__handle_domain(const struct sley__handle *handle) { return handle->loop->domain; }

static void set_wanted(struct sley__handle *handle, unsigned what)
{
  struct sley__loop *loop = handle->loop;
  loop->wanted[0] += (what & SLEY__READ) - (uint64_t)(handle->wanted & SLEY__READ);
  loop->wanted[1] += (what >> 1) - (uint64_t)(handle->wanted >> 1);
  handle->wanted = (uint8_t)what;
}

void sley__handle_want(struct sley__handle *handle, unsigned what)
{
  if (handle->wanted == what) return;
  set_wanted(handle, what);
  handle->loop->type->want(handle->loop->engine, handle, what);
  sley__loop_touch(handle->loop->domain);
}

/* ---- what is to be tried ---- */

void sley__handle_ready(struct sley__handle *handle, unsigned what)
{
  if (SLEY__UNLIKELY(handle->closed)) return;
  handle->reported |= (uint8_t)what;
  if (!sley__dlist_is_on(&handle->place)) sley__dlist_append(&handle->loop->ready, &handle->place);
  sley__loop_touch(handle->loop->domain);
}

void sley__handle_unready(struct sley__handle *handle, unsigned what)
{
  handle->reported &= (uint8_t)~what;
  if (handle->reported == 0) sley__dlist_leave(&handle->place);
}

void sley__handle_refused(struct sley__handle *handle, int code)
{
  if (SLEY__UNLIKELY(handle->closed)) return;
  set_wanted(handle, 0);
  handle->refusal = (uint16_t)code;
  if (!sley__dlist_is_on(&handle->place)) sley__dlist_append(&handle->loop->ready, &handle->place);
}

static SLEY__NOINLINE void handle_tell_refusal(struct sley__handle *handle)
{
  int code = handle->refusal;
  handle->refusal = 0;
  sley__handle_unready(handle, 0);
  handle->calls->refused(handle, code);
}

/* Reading comes first. A handle with both keeps its place for writing: the call for reading may close it, or let
 * another domain have it. */
bool sley__handles_run(struct sley__loop *loop, sley__budget *budget)
{
  while (!sley__dlist_is_empty(&loop->ready)) {
    struct sley__handle *handle = SLEY__CONTAINER(loop->ready.next, struct sley__handle, place);
    if (SLEY__UNLIKELY(handle->refusal != 0)) {
      handle_tell_refusal(handle);
    } else {
      unsigned what = handle->reported & SLEY__READ ? SLEY__READ : SLEY__WRITE;
      sley__handle_unready(handle, what);
      handle->calls->ready(handle, what);
    }
    if (sley__budget_is_spent(budget, 1)) return !sley__dlist_is_empty(&loop->ready);
  }
  return false;
}

/* ---- the end ---- */

static void handle_remove(struct sley__handle *handle, bool close_fd)
{
  struct sley__loop *loop = handle->loop;
  sley__dlist_leave(&handle->place);
  handle->reported = 0;
  set_wanted(handle, 0);
  loop->type->remove(loop->engine, handle, close_fd);
}

void sley__handle_leave(struct sley__handle *handle)
{
  handle_remove(handle, false);
  handle->loop = NULL;
}

void sley__handle_close(struct sley__handle *handle)
{
  handle->closed = true;
  handle_remove(handle, true);
}

/* Inside a turn something on the way to the handle can still be on the stack. */
void sley__handle_over(struct sley__handle *handle)
{
  struct sley__loop *loop = handle->loop;
  if (loop->domain->turning) sley__dlist_append(&loop->over, &handle->place);
  else handle->calls->over(handle);
}

void sley__handles_end(struct sley__loop *loop)
{
  for (struct sley__dlist *place; (place = sley__dlist_pop(&loop->over)) != NULL;) {
    struct sley__handle *handle = SLEY__CONTAINER(place, struct sley__handle, place);
    handle->calls->over(handle);
  }
}
