/* The libev engine: one ev_loop per domain, never the default loop (which reaps every child and reads the
 * environment). libev aborts the process when it runs out of memory; its allocations are few (tables by descriptor
 * number). Other threads wake it by a descriptor of ours: libev's own is written to only while libev waits, and the
 * loop also waits without it: for a short time, and in loops of the user's.
 *
 * libev passes new watchers to the kernel just before it waits. If the kernel refuses one, libev stops all watchers
 * of that descriptor and queues EV_ERROR for them, but waits all the same, and keeps no errno. So there are two
 * hooks around the wait: the first one reads the errno and ends the wait immediately, the second one reads the errno
 * of the wait itself.
 * Manual: ev(3), libev 4.33. */
#ifdef __linux__
#define _GNU_SOURCE /* ppoll */
#include <sys/eventfd.h>
#define HAS_EVENTFD
#endif
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reactor/engine.h"

struct sley__engine {
  struct ev_loop *loop;
  ev_io waker;
  sley_fd wake_read, wake_write; /* the same with eventfd */
  ev_timer timeout;
  unsigned watched; /* handles */
  bool changed;     /* what is watched, since the kernel was told */
  bool reported;    /* something, by the last call to the kernel */
  bool shown;       /* fd is known to a loop of the user's: there is no other place to sleep */
  sley_fd fd;       /* the kernel's own of what is watched; NO_FD: none; UNASKED_FD */
  int refusal;      /* errno of the last failure in this call to the kernel; 0: none */
  char apart[SLEY__APART];
  struct sley__park park; /* any thread */
  char apart_behind[SLEY__APART];
};

_Static_assert((int)EV_READ == (int)SLEY__READ && (int)EV_WRITE == (int)SLEY__WRITE, "bits");
_Static_assert(sizeof(ev_io) <= sizeof(((struct sley__handle *)0)->engine_space), "room");

enum { NO_FD = -1, UNASKED_FD = -2 };

/* One for both directions: what it watches changes. */
static ev_io *watcher_of(struct sley__handle *handle)
{
  return (ev_io *)(void *)handle->engine_space;
}

/* poll and kqueue report a refusal without an errno. libev handles EEXIST, ENOENT and EPERM itself, so none of them
 * is the reason. */
static int reason(const struct sley__engine *engine, sley_fd fd)
{
  if (sley__sys_fcntl(fd, F_GETFD, 0) < 0) return EBADF;
  int code = engine->refusal;
  return code == 0 || code == EEXIST || code == ENOENT || code == EPERM ? EIO : code;
}

static SLEY__NOINLINE void on_refusal(struct sley__engine *engine, struct sley__handle *handle)
{
  ev_io *watcher = watcher_of(handle);
  engine->watched--;
  ev_io_set(watcher, watcher->fd, 0); /* libev may believe that the kernel has been told */
  sley__handle_refused(handle, reason(engine, handle->fd));
}

static void on_event(struct ev_loop *loop, ev_io *watcher, int events)
{
  struct sley__handle *handle = watcher->data;
  struct sley__engine *engine = handle->loop->engine;
  (void)loop;
  engine->reported = true;
  if (SLEY__UNLIKELY(events & EV_ERROR)) on_refusal(engine, handle);
  else sley__handle_ready(handle, (unsigned)events & (SLEY__READ | SLEY__WRITE));
}

/* ---- waking ---- */

static bool waker_open_pipe(struct sley__engine *engine)
{
  sley_fd ends[2];
  if (sley__sys_pipe(ends) != 0 || !sley__fds_above_standard(ends)) return false;
  for (int i = 0; i < 2; i++) {
    sley__sys_fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    sley__sys_fcntl(ends[i], F_SETFL, O_NONBLOCK);
  }
  engine->wake_read = ends[0];
  engine->wake_write = ends[1];
  return true;
}

static bool waker_open(struct sley__engine *engine)
{
#ifdef HAS_EVENTFD
  engine->wake_read = engine->wake_write =
      sley__fd_above_standard(sley__sys_eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (engine->wake_read >= 0) return true;
  if (errno != ENOSYS && errno != EPERM) return false; /* those are a container's filter */
#endif
  return waker_open_pipe(engine);
}

static void waker_close(const struct sley__engine *engine)
{
  sley__sys_close(engine->wake_read);
  if (engine->wake_write != engine->wake_read) sley__sys_close(engine->wake_write);
}

/* Any thread, and signal handlers. It fails only if so much is unread that the loop wakes in any case. */
static void wake_write(const struct sley__engine *engine)
{
  const uint64_t one = 1;
  int saved = errno;
  while (write(engine->wake_write, &one, sizeof(one)) < 0 && errno == EINTR) continue;
  errno = saved;
}

static void on_wake(struct ev_loop *loop, ev_io *watcher, int events)
{
  uint64_t read_in[8];
  struct sley__engine *engine = ev_userdata(loop);
  (void)events;
  engine->reported = true;
  while (read(watcher->fd, read_in, sizeof(read_in)) < 0 && errno == EINTR) continue;
}

/* ---- asking the kernel ---- */

static void before_the_wait(struct ev_loop *loop)
{
  if (SLEY__LIKELY(ev_pending_count(loop) == 0)) return;
  struct sley__engine *engine = ev_userdata(loop);
  engine->refusal = errno != 0 ? errno : EIO;
  wake_write(engine);
  errno = 0;
}

/* libev reads errno after this. */
static void after_the_wait(struct ev_loop *loop)
{
  if (SLEY__LIKELY(errno == 0 || errno == EINTR)) return;
  struct sley__engine *engine = ev_userdata(loop);
  engine->refusal = errno;
}

static void ask(struct sley__engine *engine, int flags)
{
  engine->refusal = errno = 0;
  engine->changed = engine->reported = false;
  ev_run(engine->loop, flags);
}

static void on_timeout(struct ev_loop *loop, ev_timer *watcher, int events)
{
  (void)loop;
  (void)watcher;
  (void)events;
}

static const struct {
  const char *name;
  unsigned flag;
} backends[] = {{"epoll", EVBACKEND_EPOLL},
                {"kqueue", EVBACKEND_KQUEUE},
                {"port", EVBACKEND_PORT},
                {"poll", EVBACKEND_POLL},
                {"select", EVBACKEND_SELECT}};
enum { BACKENDS = sizeof(backends) / sizeof(backends[0]) };
static const char *const engine_names[] = {"epoll", "kqueue", "port", "poll", "select", NULL};

/* 0: unknown. */
static unsigned backend_flag(const char *name)
{
  for (int i = 0; i < BACKENDS; i++)
    if (strcmp(backends[i].name, name) == 0) return backends[i].flag;
  return 0;
}

static const char *engine_why_not(const char *name, char *text, size_t size)
{
  if (!(backend_flag(name) & ev_supported_backends())) {
    snprintf(text, size, "libev %d.%d has no %s on this system", ev_version_major(),
             ev_version_minor(), name);
    return text;
  }
  errno = 0;
  struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV | EVFLAG_NOTIMERFD | backend_flag(name));
  if (loop != NULL) ev_loop_destroy(loop);
  /* Descriptors that run out may be back when a loop is made. */
  if (loop != NULL || errno == EMFILE || errno == ENFILE || errno == ENOMEM) return NULL;
  snprintf(text, size, "the kernel refuses it: %s", strerror(errno));
  return text;
}

static const char *engine_name(const struct sley__engine *engine)
{
  for (int i = 0; i < BACKENDS; i++)
    if (backends[i].flag == ev_backend(engine->loop)) return backends[i].name;
  return "libev";
}

static void engine_close(sley_domain *d, struct sley__engine *engine)
{
  ev_io_stop(engine->loop, &engine->waker);
  ev_loop_destroy(engine->loop);
  waker_close(engine);
  sley__free(d, engine, sizeof(*engine));
}

static struct sley__engine *engine_open(sley_domain *d, const char *name)
{
  errno = 0;
  struct sley__engine *engine = sley__alloc(d, sizeof(*engine));
  if (engine == NULL) return NULL;
  if (!waker_open(engine)) {
    int code = errno;
    sley__free(d, engine, sizeof(*engine));
    errno = code;
    return NULL;
  }
  unsigned wanted = name != NULL ? backend_flag(name) : ev_recommended_backends();
  sley__standard_held held;
  sley__standard_hold(&held);
  engine->loop = ev_loop_new(EVFLAG_NOENV | EVFLAG_NOTIMERFD | wanted);
  sley__standard_release(&held);
  if (engine->loop == NULL) {
    int code = errno;
    waker_close(engine);
    sley__free(d, engine, sizeof(*engine));
    errno = code;
    return NULL;
  }
  ev_io_init(&engine->waker, on_wake, engine->wake_read, EV_READ);
  ev_io_start(engine->loop, &engine->waker);
  ev_init(&engine->timeout, on_timeout);
  engine->watched = 0;
  engine->shown = false;
  engine->fd = UNASKED_FD;
  engine->park = (struct sley__park){0};
  ev_set_userdata(engine->loop, engine);
  ev_set_loop_release_cb(engine->loop, before_the_wait, after_the_wait);
  /* If the wake-up descriptor itself is refused, no other thread could ever wake the loop. */
  ask(engine, EVRUN_NOWAIT);
  if (engine->refusal == 0) return engine;
  int code = engine->refusal;
  engine_close(d, engine);
  errno = code;
  return NULL;
}

static void engine_add(struct sley__engine *engine, struct sley__handle *handle)
{
  ev_io *watcher = watcher_of(handle);
  (void)engine;
  ev_io_init(watcher, on_event, handle->fd, 0);
  watcher->data = handle;
}

/* ev_io_set would make libev tell the kernel again what it knows. */
static void io_modify(ev_io *watcher, int events)
{
#ifdef ev_io_modify
  ev_io_modify(watcher, events);
#else /* before libev 4.32 */
  ev_io_set(watcher, watcher->fd, events);
#endif
}

/* libev passes the difference to the kernel just before it waits, if there is one then. */
static void engine_want(struct sley__engine *engine, struct sley__handle *handle, unsigned what)
{
  ev_io *watcher = watcher_of(handle);
  engine->changed = true;
  if (ev_is_active(watcher)) {
    ev_io_stop(engine->loop, watcher);
    engine->watched--;
  }
  if (what == 0) return;
  io_modify(watcher, (int)what);
  ev_io_start(engine->loop, watcher);
  engine->watched++;
}

static void engine_remove(struct sley__engine *engine, struct sley__handle *handle, bool close_fd)
{
  engine_want(engine, handle, 0);
  if (!close_fd) return;
  sley__sys_close(handle->fd);
  sley__handle_over(handle);
}

static void wait_for_events(struct sley__engine *engine, sley_time timeout)
{
  if (timeout > 0) {
    ev_now_update(engine->loop);
    ev_timer_set(&engine->timeout, (double)timeout * 1e-9, 0.);
    ev_timer_start(engine->loop, &engine->timeout);
  }
  ask(engine, EVRUN_ONCE);
  ev_timer_stop(engine->loop, &engine->timeout);
}

/* libev has no function for it, but embedding one loop in another begins by watching it. */
static sley_fd kernel_fd(struct ev_loop *loop)
{
  sley_fd fd = NO_FD;
#if EV_EMBED_ENABLE
  if (!(ev_backend(loop) & ev_embeddable_backends())) return NO_FD;
  struct ev_loop *around = ev_loop_new(EVFLAG_NOENV | EVBACKEND_SELECT);
  if (around == NULL) return NO_FD;
  ev_embed embed;
  ev_embed_init(&embed, NULL, loop);
  ev_embed_start(around, &embed);
  fd = embed.io.fd;
  ev_embed_stop(around, &embed);
  ev_loop_destroy(around);
#endif
  return fd;
}

static sley_fd epoll_fd(struct sley__engine *engine)
{
  if (engine->fd == UNASKED_FD) engine->fd = kernel_fd(engine->loop);
  return engine->fd;
}

#ifdef __linux__
/* libev's epoll counts milliseconds: a sleep of 100 us would last a whole one. Short sleeps wait for the epoll
 * descriptor instead, which the kernel does to the nanosecond. */
#define SHORT_SLEEP (2 * SLEY_MILLISECOND)

static bool wait_exactly(struct sley__engine *engine, sley_time timeout)
{
  if (timeout < 0 || timeout >= SHORT_SLEEP || epoll_fd(engine) < 0) return false;
  if (engine->changed) {
    ask(engine, EVRUN_NOWAIT);
    if (engine->reported) return true;
  }
  struct pollfd fd = {.fd = engine->fd, .events = POLLIN};
  const struct timespec left = {.tv_nsec = (long)timeout};
  if (sley__sys_ppoll(&fd, 1, &left, NULL) != 0) ask(engine, EVRUN_NOWAIT);
  return true;
}
#else
static bool wait_exactly(struct sley__engine *engine, sley_time timeout)
{
  (void)engine;
  (void)timeout;
  return false;
}
#endif

static void engine_iterate(struct sley__engine *engine, sley_time timeout)
{
  bool watches = engine->watched > 0 || engine->shown || !sley__park_is_here;
  bool sleeps = timeout != 0 && sley__park_begin(&engine->park, watches);
  if (sleeps && !watches) sley__park_wait(&engine->park, timeout);
  else if (sleeps && !wait_exactly(engine, timeout)) wait_for_events(engine, timeout);
  else if (!sleeps && (engine->watched > 0 || engine->shown)) ask(engine, EVRUN_NOWAIT);
  if (timeout != 0) sley__park_end(&engine->park);
}

/* ---- loops of the user's ---- */

static sley_fd engine_show(struct sley__engine *engine)
{
  engine->shown = true;
  return epoll_fd(engine);
}

static bool engine_rest(struct sley__engine *engine, bool tells)
{
  if (tells && engine->changed) ask(engine, EVRUN_NOWAIT);
  if (sley__park_begin(&engine->park, true)) return true;
  wake_write(engine);
  return false;
}

static void engine_resume(struct sley__engine *engine) { sley__park_end(&engine->park); }

static bool engine_wake(struct sley__engine *engine)
{
  bool sleeps = sley__park_wake(&engine->park);
  if (sleeps) wake_write(engine);
  return sleeps;
}

static bool engine_watches(const struct sley__engine *engine) { return engine->watched > 0; }

static const sley__engine_type libev = {.names = engine_names,
                                        .why_not = engine_why_not,
                                        .open = engine_open,
                                        .close = engine_close,
                                        .name = engine_name,
                                        .add = engine_add,
                                        .want = engine_want,
                                        .remove = engine_remove,
                                        .iterate = engine_iterate,
                                        .wake = engine_wake,
                                        .show = engine_show,
                                        .rest = engine_rest,
                                        .resume = engine_resume,
                                        .watches = engine_watches};
const sley__engine_type *const sley__engine_default = &libev;
