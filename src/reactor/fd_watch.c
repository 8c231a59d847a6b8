/* Functions called whenever a descriptor of another library is ready. A watch without a direction is unknown to the
 * engine: its descriptor may be closed meanwhile, and its number belong to another. */
#include <sley/fd_watch.h>

#include <errno.h>

#include "reactor/operation.h"

enum { EVERYTHING = SLEY_FD_READABLE | SLEY_FD_WRITABLE };
_Static_assert((int)SLEY_FD_READABLE == (int)SLEY__READ &&
                   (int)SLEY_FD_WRITABLE == (int)SLEY__WRITE,
               "their bits");

struct sley_fd_watch {
  struct sley__handle handle; /* its loop is NULL while nothing is watched for */
  struct sley__foreign_fd fd;
  struct sley__loop *loop;
  uint32_t domain; /* SLEY__GONE: dropped */
  bool calls;      /* f runs */
  bool dropped;    /* by f, which still runs */
  sley_fd number;
  sley_fd_watch_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
  struct sley__ending ending;
};

/* Aborts unless watch is one of the current domain. */
static void watch_enter(const sley_fd_watch *watch, const char *function)
{
  if (SLEY__LIKELY(watch != NULL && watch->domain == sley__current->id)) return;
  if (watch == NULL) sley__abort("%s: watch is NULL", function);
  sley__refuse_foreign_id(watch->domain, function, "", "a watch");
  sley__abort("%s: the watch was dropped, or ended with its domain", function);
}

static void watch_leave(sley_fd_watch *watch)
{
  sley__dlist_leave(&watch->fd.place);
  if (watch->handle.loop != NULL) sley__handle_leave(&watch->handle);
}

static void watch_free(sley_fd_watch *watch)
{
  sley_drop_fn *drop = watch->drop;
  void *ctx = watch->ctx;
  watch->domain = SLEY__GONE;
  sley__dlist_remove(&watch->ending.place);
  sley__free(watch->loop->domain, watch, sizeof(*watch));
  if (drop != NULL) drop(ctx);
}

static void watch_end(struct sley__loop *loop, struct sley__ending *ending)
{
  sley_fd_watch *watch = SLEY__CONTAINER(ending, sley_fd_watch, ending);
  (void)loop;
  watch_leave(watch);
  watch_free(watch);
}

static void watch_call(sley_fd_watch *watch, unsigned what, const sley_error *failure)
{
  sley_domain *d = watch->loop->domain;
  const char *site = watch->site;
  watch->calls = true;
  sley__call_begins(d, site);
  watch->f(watch->ctx, what, failure);
  sley__call_ends(d, site);
  watch->calls = false;
  if (watch->dropped) watch_free(watch);
}

static void watch_ready(struct sley__handle *handle, unsigned what)
{
  watch_call((sley_fd_watch *)(void *)handle, what, NULL);
}

static void watch_refused(struct sley__handle *handle, int code)
{
  sley_fd_watch *watch = (sley_fd_watch *)(void *)handle;
  watch_leave(watch);
  sley_error *e = sley__refusal_error(watch->site, "sley_fd_watch_new", watch->number, code);
  watch_call(watch, 0, e);
  sley_error_drop(e);
}

static const struct sley__handle_calls watch_calls = {.ready = watch_ready,
                                                      .refused = watch_refused};

static void watch_set(sley_fd_watch *watch, unsigned what)
{
  if (what == 0) {
    watch_leave(watch);
    return;
  }
  if (watch->handle.loop == NULL)
    sley__handle_add(&watch->handle, watch->loop, watch->number, &watch_calls);
  if (watch->handle.wanted == what) return;
  sley__handle_unready(&watch->handle, ~what);
  if (!sley__dlist_is_on(&watch->fd.place))
    sley__dlist_append(&watch->loop->waits, &watch->fd.place);
  sley__handle_want(&watch->handle, what);
}

static sley_error *watch_refuse(const char *site, sley_domain *d, sley_fd fd, unsigned what)
{
  if (what & ~(unsigned)EVERYTHING)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_fd_watch_new: %#x is neither SLEY_FD_READABLE nor "
                             "SLEY_FD_WRITABLE nor both",
                             what);
  if (sley__sys_fcntl(fd, F_GETFD, 0) < 0)
    return sley__error_errno(site, errno, "sley_fd_watch_new");
  int code = sley__loop_open(d);
  return code != 0 ? sley__loop_error(site, code) : NULL;
}

sley_error *sley_fd_watch_new_at(const char *site, sley_fd fd, unsigned what, sley_fd_watch_fn *f,
                                 void *ctx, sley_drop_fn *drop, sley_fd_watch **out)
{
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, out);
  sley_domain *d = sley__self_at("sley_fd_watch_new", site);
  sley_error *e = watch_refuse(site, d, fd, what);
  sley_fd_watch *watch = e == NULL ? sley__alloc(d, sizeof(*watch)) : NULL;
  *out = watch;
  if (watch == NULL) {
    if (drop != NULL) drop(ctx);
    return e != NULL ? e : sley_error_nomem();
  }
  *watch = (sley_fd_watch){.fd.handle = &watch->handle,
                           .loop = d->loop,
                           .domain = d->id,
                           .number = fd,
                           .f = f,
                           .ctx = ctx,
                           .drop = drop,
                           .site = site,
                           .ending.end = watch_end};
  sley__loop_add_ending(d->loop, &watch->ending);
  watch_set(watch, what);
  return NULL;
}

void sley_fd_watch_set(sley_fd_watch *watch, unsigned what)
{
  watch_enter(watch, "sley_fd_watch_set");
  if (what & ~(unsigned)EVERYTHING)
    sley__abort("sley_fd_watch_set: %#x is neither SLEY_FD_READABLE nor SLEY_FD_WRITABLE nor both",
                what);
  watch_set(watch, what);
}

void sley_fd_watch_drop(sley_fd_watch *watch)
{
  if (watch == NULL) return;
  watch_enter(watch, "sley_fd_watch_drop");
  watch->domain = SLEY__GONE;
  watch_leave(watch);
  if (watch->calls) watch->dropped = true;
  else watch_free(watch);
}
