/* A program that learns of an operation's cancel can start the same operation again (fault 15): in a callback of the
 * canceled promise, in an on_cancel, in a fiber; whichever of the canceled promises is settled first. Covers all
 * operations that occupy a direction or an object, or whose waiting is visible to others.
 * Tests src/reactor/readiness.c, src/io/object/io.c. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <sley/cross.h>
#include <sley/port.h>

#include "support/process.h"

static int accepts_that_fail; /* with EMFILE */

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
  static int (*real)(int, struct sockaddr *, socklen_t *, int);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "accept4");
  if (accepts_that_fail == 0) return real(fd, address, size, flags);
  accepts_that_fail--;
  errno = EMFILE;
  return -1;
}

/* ---- operations: starting one that waits, and completing it */

typedef struct operation {
  const char *name;
  void (*set_up)(void);
  sley_promise *(*begin)(void); /* returns it pending */
  void (*complete)(const sley_promise *p);
  void (*tear_down)(void);
} operation;

enum { MUCH = 16 << 20 };
static sley_listener *listener;
static sley_io *io;
static int peer, ends[2];
static char byte, *much;

static void listen_up(void)
{
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &listener));
}

static void dial(void)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)sley_listener_port(listener)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  peer = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof(address)), 0);
}

static sley_promise *accept_begin(void) { return sley_accept(listener); }
static sley_promise *accept_pausing(void)
{
  accepts_that_fail = 1;
  return sley_accept(listener);
}
static void accept_complete(const sley_promise *p)
{
  (void)p;
  dial();
}
static void accept_down(void)
{
  sley_listener_close(listener);
  close(peer);
}

static void connection_up(void)
{
  sley_value v;
  listen_up();
  dial();
  assert_null(sley_run(sley_accept(listener), &v));
  io = sley_io_in(&v);
  much = calloc(1, MUCH);
}
static void connection_down(void)
{
  sley_io_drop(io);
  accept_down();
  free(much);
}
static sley_promise *read_begin(void) { return sley_read(io, &byte, 1); }
static void read_complete(const sley_promise *p)
{
  (void)p;
  assert_int_equal(send(peer, "x", 1, 0), 1);
}
static sley_promise *write_begin(void) { return sley_write(io, much, MUCH); }
static void write_complete(const sley_promise *p)
{
  static char rest[1 << 16];
  while (sley_is_pending(p)) {
    assert_true(recv(peer, rest, sizeof(rest), 0) > 0);
    assert_null(sley_step(0));
  }
}

static void pipe_up(void) { assert_int_equal(pipe(ends), 0); }
static void pipe_down(void)
{
  close(ends[0]);
  close(ends[1]);
}
static sley_promise *wait_begin(void) { return sley_wait_readable(ends[0]); }
static void wait_complete(const sley_promise *p)
{
  (void)p;
  assert_int_equal(write(ends[1], "x", 1), 1);
}

static void nothing_up(void) {}
static sley_promise *signal_begin(void) { return sley_wait_signal(SIGUSR1); }
static void signal_complete(const sley_promise *p)
{
  (void)p;
  raise(SIGUSR1);
}

static sley_port *port;
static void port_up(void) { assert_null(sley_port_new(1, &port)); }
static void full_port_up(void)
{
  port_up();
  while (sley_port_try_put(port, sley_int(1)) == 0) continue;
}
static void port_down(void) { sley_port_drop(port); }
static sley_promise *get_begin(void) { return sley_port_get(port); }
static void get_complete(const sley_promise *p)
{
  (void)p;
  assert_int_equal(sley_port_try_put(port, sley_int(5)), 0);
}
static sley_promise *put_begin(void) { return sley_port_put(port, sley_int(7)); }
static void put_complete(const sley_promise *p)
{
  int sevens = 0;
  sley_value v;
  while (sley_is_pending(p) || sley_port_count(port) > 0) {
    if (sley_port_try_get(port, &v) == 0) sevens += v.i == 7;
    assert_null(sley_step(0));
  }
  assert_int_equal(sevens, 1); /* the canceled operation's is not among them */
}

static sley_cross_mutex *cross_mutex;
static void cross_mutex_up(void)
{
  assert_null(sley_cross_mutex_new(&cross_mutex));
  assert_true(sley_cross_mutex_try_acquire(cross_mutex) == 0);
}
static void cross_mutex_down(void)
{
  sley_cross_mutex_unlock(cross_mutex);
  assert_true(sley_cross_mutex_try_acquire(cross_mutex) == 0); /* no other domain received it */
  sley_cross_mutex_unlock(cross_mutex);
  sley_cross_mutex_drop(cross_mutex);
}
static sley_promise *cross_lock_begin(void) { return sley_cross_mutex_lock(cross_mutex); }
static void cross_unlock(const sley_promise *p)
{
  (void)p;
  sley_cross_mutex_unlock(cross_mutex);
}

static sley_cross_condition *cross_condition;
static void cross_condition_up(void) { assert_null(sley_cross_condition_new(&cross_condition)); }
static void cross_condition_down(void) { sley_cross_condition_drop(cross_condition); }
static sley_promise *cross_wait_begin(void)
{
  return sley_cross_condition_wait(cross_condition, NULL);
}
static void cross_signal(const sley_promise *p)
{
  (void)p;
  sley_cross_condition_signal(cross_condition);
}

static sley_cross_barrier *barrier;
static void barrier_up(void) { assert_null(sley_cross_barrier_new(2, &barrier)); }
static void barrier_down(void) { sley_cross_barrier_drop(barrier); }
static sley_promise *barrier_begin(void) { return sley_cross_barrier_wait(barrier); }
static void barrier_complete(const sley_promise *p)
{
  (void)p;
  run_gives(sley_cross_barrier_wait(barrier), 1);
}

static sley_stream *stream;
static sley_pusher *pusher;
static void stream_up(void) { assert_null(sley_stream_new(&stream, &pusher)); }
static void stream_down(void)
{
  sley_pusher_drop(pusher);
  sley_stream_drop(stream);
}
static sley_promise *next_begin(void) { return sley_stream_next(stream); }
static void next_complete(const sley_promise *p)
{
  (void)p;
  assert_int_equal(sley_pusher_push(pusher, sley_int(1)), 0);
}

static sley_bounded_pusher *bounded;
static void bounded_up(void)
{
  assert_null(sley_stream_new_bounded(1, &stream, &bounded));
  run_gives(sley_bounded_pusher_push(bounded, sley_int(1)), 0);
}
static void bounded_down(void)
{
  sley_bounded_pusher_drop(bounded);
  sley_stream_drop(stream);
}
static sley_promise *push_begin(void) { return sley_bounded_pusher_push(bounded, sley_int(7)); }
static void push_complete(const sley_promise *p)
{
  (void)p;
  assert_true(sley_bounded_pusher_is_blocked(bounded));
  run_gives(sley_stream_next(stream), 1);
  run_gives(sley_stream_next(stream), 7);
  assert_int_equal(sley_bounded_pusher_count(bounded), 0);
}

static sley_mvar *mvar;
static void mvar_up(void) { assert_null(sley_mvar_new(&mvar)); }
static void full_mvar_up(void) { assert_null(sley_mvar_new_full(sley_int(1), &mvar)); }
static void mvar_down(void) { sley_mvar_drop(mvar); }
static sley_promise *take_begin(void) { return sley_mvar_take(mvar); }
static void take_complete(const sley_promise *p)
{
  (void)p;
  run_gives(sley_mvar_put(mvar, sley_int(5)), 0);
}
static sley_promise *mvar_put_begin(void) { return sley_mvar_put(mvar, sley_int(7)); }
static void mvar_put_complete(const sley_promise *p)
{
  (void)p;
  run_gives(sley_mvar_take(mvar), 1);
  run_gives(sley_mvar_take(mvar), 7);
  assert_true(sley_mvar_is_empty(mvar));
}

static sley_mutex *mutex;
static void mutex_up(void)
{
  assert_null(sley_mutex_new(&mutex));
  run_gives(sley_mutex_lock(mutex), 0);
}
static void mutex_down(void)
{
  assert_false(sley_mutex_has_waiters(mutex));
  sley_mutex_unlock(mutex);
  sley_mutex_drop(mutex);
}
static sley_promise *lock_begin(void) { return sley_mutex_lock(mutex); }
static void unlock(const sley_promise *p)
{
  (void)p;
  sley_mutex_unlock(mutex);
}

static sley_condition *condition;
static void condition_up(void) { assert_null(sley_condition_new(&condition)); }
static void condition_down(void) { sley_condition_drop(condition); }
static sley_promise *condition_begin(void) { return sley_condition_wait(condition, NULL); }
static void condition_complete(const sley_promise *p)
{
  (void)p;
  sley_condition_signal(condition, sley_int(1));
}

static sley_pool *pool;
static sley_resolver *use;
static sley_promise *used;
static sley_promise *member_new(void *ctx)
{
  (void)ctx;
  return sley_return(sley_int(1));
}
static sley_promise *until_told(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_pending(&use);
}
static sley_promise *at_once(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}
static void pool_up(void)
{
  sley_pool_options o = {.size = sizeof(o), .max = 1, .create = member_new};
  assert_null(sley_pool_new(&o, &pool));
  used = sley_pool_use(pool, until_told, NULL);
}
static void pool_down(void)
{
  sley_drop(used);
  sley_pool_drop(pool);
}
static sley_promise *use_begin(void) { return sley_pool_use(pool, at_once, NULL); }
static void use_complete(const sley_promise *p)
{
  (void)p;
  assert_int_equal(sley_pool_waiters(pool), 1);
  sley_fulfill(&use, sley_unit());
}

static const operation operations[] = {
    {"accept", listen_up, accept_begin, accept_complete, accept_down},
    {"accept that pauses", listen_up, accept_pausing, accept_complete, accept_down},
    {"read", connection_up, read_begin, read_complete, connection_down},
    {"write", connection_up, write_begin, write_complete, connection_down},
    {"wait", pipe_up, wait_begin, wait_complete, pipe_down},
    {"signal", nothing_up, signal_begin, signal_complete, nothing_up},
    {"port get", port_up, get_begin, get_complete, port_down},
    {"port put", full_port_up, put_begin, put_complete, port_down},
    {"cross mutex", cross_mutex_up, cross_lock_begin, cross_unlock, cross_mutex_down},
    {"cross condition", cross_condition_up, cross_wait_begin, cross_signal, cross_condition_down},
    {"cross barrier", barrier_up, barrier_begin, barrier_complete, barrier_down},
    {"stream", stream_up, next_begin, next_complete, stream_down},
    {"bounded stream", bounded_up, push_begin, push_complete, bounded_down},
    {"mvar take", mvar_up, take_begin, take_complete, mvar_down},
    {"mvar put", full_mvar_up, mvar_put_begin, mvar_put_complete, mvar_down},
    {"mutex", mutex_up, lock_begin, unlock, mutex_down},
    {"condition", condition_up, condition_begin, condition_complete, condition_down},
    {"pool", pool_up, use_begin, use_complete, pool_down},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

/* ---- where the cancel is noticed */

static sley_promise *again(void *ctx, sley_error *e)
{
  const operation *o = ctx;
  assert_true(sley_error_is_canceled(e));
  return o->begin();
}

static void ends_well(const operation *o, sley_promise *p)
{
  if (!sley_is_pending(p)) {
    sley_error *e = sley_run(p, NULL);
    fail_msg("%s again: %s", o->name, e != NULL ? sley_error_message(e) : "did not wait");
  }
  o->complete(p);
  sley_value v;
  sley_error *e = sley_run(sley_with_timeout(p, 20), &v);
  if (e != NULL) fail_msg("%s again: %s", o->name, sley_error_message(e));
  sley_value_drop(&v);
  o->tear_down();
}

/* Canceled together with a sleep; the one found last is settled first. */
static void in_a_callback(const operation *o, bool sleep_first)
{
  o->set_up();
  sley_promise *op = o->begin(), *sleep = sley_sleep(1000);
  assert_true(sley_is_pending(op));
  sley_promise *both[2] = {sleep_first ? sleep : op, sleep_first ? op : sleep};
  void *ctx = (void *)(uintptr_t)o;
  sley_promise *p = sley_catch(sley_pick(both, 2), again, ctx);
  assert_null(sley_step(0));
  sley_cancel(p);
  ends_well(o, p);
}

static struct {
  const operation *operation;
  sley_promise *next;
} canceled;

static void begin_next(void *ctx)
{
  (void)ctx;
  canceled.next = canceled.operation->begin();
}

static void in_an_on_cancel(const operation *o)
{
  o->set_up();
  sley_promise *op = o->begin();
  canceled.operation = o;
  sley_on_cancel(op, begin_next, NULL);
  assert_null(sley_step(0));
  sley_cancel(op);
  run_fails(op, &sley_kind_sley, SLEY_ECANCELED);
  ends_well(o, canceled.next);
}

static void loses(const operation *o, sley_promise *op, sley_promise *p)
{
  canceled.operation = o;
  canceled.next = NULL;
  sley_on_cancel(op, begin_next, NULL);
  run_gives(p, 0);
  assert_non_null(canceled.next);
  ends_well(o, canceled.next);
}

/* A pick cancels the losers one by one. */
static void as_the_loser_of_a_pick(const operation *o, bool first)
{
  o->set_up();
  sley_promise *op = o->begin(), *winner = sley_sleep(0);
  sley_promise *both[2] = {first ? op : winner, first ? winner : op};
  loses(o, op, sley_pick(both, 2));
}

static void as_the_loser_of_a_pick_settled_before(const operation *o)
{
  o->set_up();
  sley_promise *op = o->begin();
  sley_promise *both[2] = {sley_keep(op), sley_return(sley_int(0))};
  canceled.operation = o;
  canceled.next = NULL;
  sley_on_cancel(op, begin_next, NULL);
  run_gives(sley_pick(both, 2), 0);
  run_fails(op, &sley_kind_sley, SLEY_ECANCELED);
  ends_well(o, canceled.next);
}

static void behind_a_guard(const operation *o)
{
  o->set_up();
  sley_promise *op = sley_keep(o->begin());
  canceled.operation = o;
  canceled.next = NULL;
  sley_on_cancel(op, begin_next, NULL);
  sley_promise *guard = sley_wrap_in_cancelable(op);
  assert_null(sley_step(0));
  sley_cancel(guard);
  run_fails(guard, &sley_kind_sley, SLEY_ECANCELED);
  run_fails(op, &sley_kind_sley, SLEY_ECANCELED);
  ends_well(o, canceled.next);
}

static sley_promise *fiber(void *ctx)
{
  const operation *o = ctx;
  sley_promise *both[2] = {o->begin(), sley_sleep(1000)};
  sley_error *e = sley_await(sley_pick(both, 2), NULL);
  assert_true(sley_error_is_canceled(e));
  sley_error_drop(e);
  return o->begin();
}

static void in_a_fiber(const operation *o)
{
  o->set_up();
  sley_promise *p = sley_spawn(fiber, (void *)(uintptr_t)o);
  assert_null(sley_step(0));
  sley_cancel(p);
  ends_well(o, p);
}

static void every_operation_starts_again(void **state)
{
  (void)state;
  for (size_t i = 0; i < OPERATIONS; i++) {
    in_a_callback(&operations[i], false);
    in_a_callback(&operations[i], true);
    in_an_on_cancel(&operations[i]);
    in_a_fiber(&operations[i]);
    as_the_loser_of_a_pick(&operations[i], true);
    as_the_loser_of_a_pick(&operations[i], false);
    as_the_loser_of_a_pick_settled_before(&operations[i]);
    behind_a_guard(&operations[i]);
  }
}

/* ---- what else must be free by then */

static sley_promise *length_there(sley_value *arg)
{
  return sley_write(sley_io_in(arg), "there", 5);
}

static sley_promise *move(void *ctx, sley_error *e)
{
  sley_io *moved = io;
  assert_true(sley_error_is_canceled(e));
  io = NULL;
  return sley_call(ctx, length_there, sley_own(moved, &sley_type_io));
}

static void a_connection_moves_when_its_read_is_canceled(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .name = "there"};
  assert_null(sley_domain_spawn(&o, &d));
  connection_up();
  sley_promise *both[2] = {read_begin(), sley_sleep(1000)};
  sley_promise *p = sley_catch(sley_pick(both, 2), move, d);
  assert_null(sley_step(0));
  sley_cancel(p);
  run_gives(p, 0);
  char text[8];
  assert_int_equal(recv(peer, text, sizeof(text), 0), 5);
  connection_down();
  run_gives(sley_domain_shutdown(d, 1), 0);
  sley_domain_drop(d);
}

/* A loser of sley_choose continues: refusing a second operation is right, and the message names the remedy. */
static void a_second_one_is_refused_with_a_remedy(void **state)
{
  (void)state;
  connection_up();
  sley_promise *reading = read_begin(), *both[2] = {sley_keep(reading), sley_sleep(0.001)};
  run_gives(sley_choose(both, 2), 0);
  const char *text = run_fails(read_begin(), &sley_kind_sley, SLEY_EINVAL);
  assert_non_null(strstr(text, "sley_pick"));
  sley_cancel(reading);
  run_fails(reading, &sley_kind_sley, SLEY_ECANCELED);
  sley_promise *accepting[2] = {sley_accept(listener), sley_sleep(0.001)};
  sley_promise *kept = sley_keep(accepting[0]);
  run_gives(sley_choose(accepting, 2), 0);
  assert_non_null(
      strstr(run_fails(sley_accept(listener), &sley_kind_sley, SLEY_EINVAL), "sley_pick"));
  sley_cancel(kept);
  run_fails(kept, &sley_kind_sley, SLEY_ECANCELED);
  connection_down();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(every_operation_starts_again),
      TEST(a_connection_moves_when_its_read_is_canceled),
      TEST(a_second_one_is_refused_with_a_remedy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
