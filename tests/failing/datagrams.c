/* Packets under failing system calls: nothing crashes, leaks or hangs, none is cut or changed, none is lost where its way is
 * reliable. Over UDP a server gives back what comes, in batches; over a Unix socket packets go one way, some of them with
 * a descriptor, and are received one by one. With gentle failures all of them arrive; with hard ones opening can fail.
 *
 *     failing-datagrams FIRST COUNT     seeds FIRST to FIRST + COUNT - 1 */
#include <errno.h>

#include <sley/cancel.h>
#include <sley/datagram.h>

#include "seeds.h"
#include "support/process.h"

enum { PACKETS = 96, LONGEST = 1400 };

static struct {
  failing_how how;
  uint64_t seed;
  unsigned received, refused, errors, fds;
  bool seen[PACKETS];
} run;

static void wrong(const char *what, const sley_error *e)
{
  fail_msg("seed %llu: %s%s%s", (unsigned long long)run.seed, what, e != NULL ? ": " : "",
           e != NULL ? sley_error_message(e) : "");
}

/* Whether it failed, which must follow from what was drawn. */
static bool failed(sley_error *e, const char *what)
{
  if (e == NULL) return false;
  int code = sley_error_kind_get(e) == &sley_kind_errno ? sley_error_code(e) : 0;
  bool follows = failing_draws(code) || sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM);
  if (run.how == FAILING_GENTLY || !follows) wrong(what, e);
  run.errors++;
  sley_error_drop(e);
  return true;
}

/* A packet tells its number, and has the size and the bytes that follow from it. */
static size_t size_of(unsigned number)
{
  return 4 + (size_t)(run.seed * 7919 + number * 104729) % LONGEST;
}

static void fill(char *at, unsigned number)
{
  memcpy(at, &number, 4);
  for (size_t i = 4; i < size_of(number); i++) at[i] = (char)(i * 31 + number);
}

static void check(const sley_packet *p)
{
  char wanted[LONGEST + 4];
  unsigned number = PACKETS;
  if (p->size >= 4) memcpy(&number, p->at, 4);
  if (number >= PACKETS || p->cut || p->size != size_of(number)) wrong("a packet is another", NULL);
  fill(wanted, number);
  if (memcmp(p->at, wanted, p->size) != 0) wrong("a packet is not what was sent", NULL);
  if (run.seen[number]) wrong("a packet came twice", NULL);
  run.seen[number] = true;
  run.received++;
  run.fds += (unsigned)p->fd_count;
}

static void refused(void *ctx, const sley_address *to, int code)
{
  (void)ctx;
  (void)to;
  if (!failing_draws(code))
    fail_msg("seed %llu: refused for %d", (unsigned long long)run.seed, code);
  run.refused++;
}

static sley_datagram *opens(sley_datagram_options *o)
{
  sley_datagram *d;
  o->size = sizeof(*o);
  o->failed = refused;
  o->most_fds = 2;
  for (int i = 0; i < 200; i++)
    if (!failed(sley_datagram_open(o, &d), "opening")) return d;
  wrong("there is no socket", NULL);
  return NULL;
}

/* ---- UDP, there and back ---- */

static sley_promise *gives_back(void *ctx, const sley_packet *packets, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const sley_packet answer = {
        .at = packets[i].at, .size = packets[i].size, .to = packets[i].from};
    if (sley_datagram_send(ctx, &answer) != 0) wrong("an answer is not staged", NULL);
  }
  return sley_return_unit();
}

static sley_promise *looks(void *ctx, const sley_packet *packets, size_t n)
{
  (void)ctx;
  for (size_t i = 0; i < n; i++) check(&packets[i]);
  return sley_return_unit();
}

/* Waits until all have come; false: the time is over. */
static bool all_came(unsigned wanted)
{
  for (int i = 0; i < 4000 && run.received + run.refused < wanted; i++) {
    sley_error *e = sley_run(sley_sleep(0.0005), NULL);
    if (e != NULL) wrong("sleeping", e);
  }
  return run.received + run.refused >= wanted;
}

static void stages(sley_datagram *from, unsigned number, const sley_address *to, const sley_fd *fd)
{
  char at[LONGEST + 4];
  fill(at, number);
  const sley_packet p = {
      .at = at, .size = size_of(number), .to = to, .fds = fd, .fd_count = fd != NULL};
  int code;
  /* Duplicating a descriptor cannot fail here, and there is room for all. */
  if ((code = sley_datagram_send(from, &p)) != 0) fail_msg("staging: %d", code);
}

static void ends(sley_promise *p, sley_datagram *d)
{
  sley_cancel(p);
  sley_error *e = sley_run(p, NULL);
  if (e != NULL && sley_error_is_canceled(e)) sley_error_drop(e);
  else failed(e, "receiving");
  failed(sley_run(sley_datagram_close(d), NULL), "closing");
  sley_datagram_drop(d);
}

static void there_and_back(void)
{
  sley_datagram_options o = {.address = "127.0.0.1:0", .batch = 8};
  sley_datagram *server = opens(&o), *client = opens(&o);
  sley_address at;
  while (failed(sley_datagram_local(server, &at), "the address")) continue;
  sley_promise *serves = sley_datagram_each(server, gives_back, server),
               *gets = sley_datagram_each(client, looks, NULL);
  for (unsigned i = 0; i < PACKETS; i++) {
    stages(client, i, &at, NULL);
    if (i % 16 == 15 && !all_came(i + 1) && run.errors == 0) wrong("packets are lost", NULL);
  }
  if (run.how == FAILING_GENTLY && run.received != PACKETS) wrong("packets are lost", NULL);
  ends(serves, server);
  ends(gets, client);
}

/* ---- a Unix socket ---- */

static void one_way(void)
{
  char path[64];
  sley_fd pipes[2];
  unsigned sent_fds = 0, wanted = 0;
  snprintf(path, sizeof(path), "unix:/tmp/sley-failing-%d", (int)getpid());
  unlink(path + 5);
  assert_int_equal(pipe(pipes), 0);
  sley_datagram_options to = {.address = path}, from = {.address = "unix:", .peer = path};
  sley_datagram *receiver = opens(&to), *sender = opens(&from);
  for (unsigned i = 0; i < PACKETS; i++) {
    bool with = i % 5 == 0;
    stages(sender, i, NULL, with ? pipes : NULL);
    sent_fds += with;
  }
  wanted = PACKETS;
  while (run.received + run.refused < wanted) {
    sley_value v;
    sley_promise *next = sley_with_timeout(sley_datagram_receive(receiver), 2);
    sley_error *e = sley_run(next, &v);
    if (e != NULL && sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT)) wrong("packets are lost", e);
    if (failed(e, "receiving")) continue;
    check(sley_packet_in(&v));
    sley_value_drop(&v);
  }
  if (run.refused == 0 && run.fds != sent_fds) wrong("descriptors are lost", NULL);
  failed(sley_run(sley_datagram_close(sender), NULL), "closing");
  sley_datagram_drop(sender);
  sley_datagram_drop(receiver);
  close(pipes[0]);
  close(pipes[1]);
}

static void one(uint64_t seed)
{
  memset(&run, 0, sizeof(run));
  run.seed = seed;
  run.how = seed % 2 == 0 ? FAILING_GENTLY : FAILING_HARD;
  assert_int_equal(begin(false, 0), 0);
  assert_null(sley_run(sley_sleep(0), NULL)); /* the loop is there */
  failing_begin(run.how, seed, 3 + (unsigned)(seed % 29));
  if (seed / 2 % 2 == 0) there_and_back();
  else one_way();
  failing_end();
  if (finish() != 0) wrong("something is left", NULL);
}

int main(int words, char **word) { return seeds_main(words, word, one); }
