/* Names to addresses: what is no question, the order of an answer, equal questions, cancels, sources of one's own (one
 * asks a name server of this file on the loopback), and names of addresses. getaddrinfo and getnameinfo are replaced.
 * Tests src/io/socket/resolve.c, src/io/socket/question.c, src/io/socket/order.c, src/io/socket/look_up.c, src/io/socket/host.c,
 * src/io/socket/socket_state.c. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "io/socket/question.h"
#include "support/child.h"
#include "support/domains.h"

#include <sley.h>

/* ---- the system's resolver, as the test wants it */

static struct {
  int look_ups; /* any thread, __atomic */
  int asleep;   /* any thread, __atomic */
  bool is_slow; /* any thread, __atomic */
  int code;     /* of names; 0: 192.0.2.1, 2001:db8::1, 192.0.2.2; any thread, __atomic */
  pthread_mutex_t lock;
  char last[64]; /* the name of the last look-up; behind the lock */
  const char *name;
} resolver = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                            struct addrinfo **out)
{
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  *(void **)(&real) = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(host, port, hints, out);
}

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **out)
{
  static const char *const hosts[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2"};
  if (host == NULL || (hints->ai_flags & AI_NUMERICHOST)) /* a service */
    return real_getaddrinfo(host, port, hints, out);
  __atomic_add_fetch(&resolver.look_ups, 1, __ATOMIC_RELAXED);
  pthread_mutex_lock(&resolver.lock);
  snprintf(resolver.last, sizeof(resolver.last), "%s", host);
  pthread_mutex_unlock(&resolver.lock);
  __atomic_add_fetch(&resolver.asleep, 1, __ATOMIC_RELAXED);
  while (__atomic_load_n(&resolver.is_slow, __ATOMIC_RELAXED)) usleep(1000);
  __atomic_sub_fetch(&resolver.asleep, 1, __ATOMIC_RELAXED);
  int failure = __atomic_load_n(&resolver.code, __ATOMIC_RELAXED);
  if (failure != 0) return failure;
  struct addrinfo **end = out, numeric = *hints;
  numeric.ai_flags = AI_NUMERICHOST;
  for (int i = 0; i < 3; i++) {
    int code = real_getaddrinfo(hosts[i], port, &numeric, end);
    if (code != 0) return code;
    while (*end != NULL) end = &(*end)->ai_next;
  }
  return 0;
}

int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t host_size,
                char *port, socklen_t port_size, int flags)
{
  int (*real)(const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int);
  *(void **)(&real) = dlsym(RTLD_NEXT, "getnameinfo");
  if (!(flags & NI_NAMEREQD)) return real(address, size, host, host_size, port, port_size, flags);
  if (resolver.name == NULL) return EAI_NONAME;
  snprintf(host, host_size, "%s", resolver.name);
  return 0;
}

static int look_ups(void) { return __atomic_load_n(&resolver.look_ups, __ATOMIC_RELAXED); }
static int asleep(void) { return __atomic_load_n(&resolver.asleep, __ATOMIC_RELAXED); }
/* Threads that are still asleep from before wake up first. */
static void slow(bool is_slow)
{
  for (int i = 0; is_slow && i < 20000 && asleep() > 0; i++) usleep(1000);
  __atomic_store_n(&resolver.is_slow, is_slow, __ATOMIC_RELAXED);
}
static void resolver_is(int code)
{
  memset(&resolver, 0, sizeof(resolver));
  __atomic_store_n(&resolver.code, code, __ATOMIC_RELAXED);
}

/* The texts of a list, with spaces between. */
static const char *texts_of(const sley_value *v)
{
  static char all[1024];
  size_t used = 0;
  const sley_list *list = sley_list_in(v);
  for (size_t i = 0; i < sley_list_count(list); i++) {
    char text[SLEY_ADDRESS_TEXT];
    sley_address_text(sley_address_in(sley_list_item(list, i)), text, sizeof(text));
    used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i > 0 ? " " : "", text);
  }
  return all;
}

static void gives(sley_promise *p, const char *wanted)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  assert_string_equal(texts_of(&v), wanted);
  sley_value_drop(&v);
}

/* ---- what is no question */

static void hosts_that_are_refused(void **state)
{
  (void)state;
  char longest[260];
  memset(longest, 'a', sizeof(longest));
  for (int i = 60; i < 250; i += 60) longest[i] = '.';
  longest[254] = '\0';
  static const struct {
    const char *host, *said;
  } cases[] = {
      {"", "host \"\" is empty"},
      {".", "is empty"},
      {"a b", "a control character or a space"},
      {"a\tb", "host \"a\\x09b\" has a control character"},
      {"a\n", "host \"a\\x0a\" has"},
      {" a", "a control character or a space"},
      {"a\x7f", "\"a\\x7f\""},
      {"127.1", "ends in a number, but is not an address of four decimal numbers"},
      {"127.0.1", "ends in a number"},
      {"2130706433", "ends in a number"},
      {"0x7f000001", "ends in a number"},
      {"0X7F.1", "ends in a number"},
      {"0X7F000001", "ends in a number"},
      {"0x7f.0x0.0x0.0x1", "ends in a number"},
      {"0177.0.0.1", "ends in a number"},
      {"127.0.0.01", "ends in a number"},
      {"127.0.0.1.", "ends in a number"},
      {"256.0.0.1", "ends in a number"},
      {"1.2.3.4.5", "ends in a number"},
      {"0x", "ends in a number"},
      {"name.0", "ends in a number"},
      {"[::1]", "has a colon, but is no IPv6 address"},
      {"::g", "has a colon"},
      {"unix:/run/x", "has a colon"},
      {"fe80::1%nosuchif", "there is no such interface"},
  };
  resolver_is(0);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    for (int connects = 0; connects < 2; connects++) {
      sley_promise *p =
          connects ? sley_connect(NULL, cases[i].host, "80") : sley_resolve(cases[i].host, "80");
      bool no_interface = strstr(cases[i].said, "interface") != NULL;
      const char *text = no_interface ? run_fails(p, &sley_kind_errno, ENODEV)
                                      : run_fails(p, &sley_kind_sley, SLEY_EINVAL);
      if (strstr(text, cases[i].said) == NULL) fail_msg("%s: %s", cases[i].host, text);
      assert_non_null(strstr(text, connects ? "sley_connect: " : "sley_resolve: "));
      assert_non_null(strstr(text, "test_resolve.c"));
    }
  }
  assert_non_null(strstr(run_fails(sley_resolve(longest, "80"), &sley_kind_sley, SLEY_EINVAL),
                         "has more than 253 bytes"));
  assert_int_equal(look_ups(), 0);
  longest[253] = '.'; /* a complete name's does not count */
  gives(sley_resolve(longest, "80"), "192.0.2.1:80 [2001:db8::1]:80 192.0.2.2:80");
  static const char *const names[] = {"a",        "0x7g", "1a", "1.2.3.a",    "a.0x1g",
                                      "0x7f.com", "-",    "_",  "caf\xc3\xa9"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    gives(sley_resolve(names[i], "1"), "192.0.2.1:1 [2001:db8::1]:1 192.0.2.2:1");
    pthread_mutex_lock(&resolver.lock);
    assert_string_equal(resolver.last, names[i]);
    pthread_mutex_unlock(&resolver.lock);
  }
}

static void numbers_and_the_loopback_are_no_questions(void **state)
{
  (void)state;
  resolver_is(0);
  int before = threads();
  gives(sley_resolve("192.0.2.7", "80"), "192.0.2.7:80");
  gives(sley_resolve("2001:DB8::7", "0"), "[2001:db8::7]:0");
  gives(sley_resolve("fe80::1%1", "65535"), "[fe80::1%1]:65535");
  gives(sley_resolve("localhost", "80"), "[::1]:80 127.0.0.1:80");
  gives(sley_resolve("A.LocalHost.", "80"), "[::1]:80 127.0.0.1:80");
  assert_int_equal(threads(), before);
  assert_int_equal(look_ups(), 0);
  gives(sley_resolve("xlocalhost", "80"), "192.0.2.1:80 [2001:db8::1]:80 192.0.2.2:80");
  assert_int_equal(look_ups(), 1);
}

static void ports_and_services(void **state)
{
  (void)state;
  resolver_is(0);
  run_fails(sley_resolve("a.name", "65536"), &sley_kind_sley, SLEY_EINVAL);
  run_fails(sley_resolve("a.name", ""), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(look_ups(), 0);
  for (int numeric = 0; numeric < 2; numeric++) {
    const char *host = numeric ? "192.0.2.7" : "a.name";
    char said[128];
    snprintf(said, sizeof(said), "resolving %s port no-such-service: no service has this name",
             host);
    const char *text =
        run_fails(sley_resolve(host, "no-such-service"), &sley_kind_dns, EAI_SERVICE);
    if (strstr(text, said) == NULL) fail_msg("%s", text);
  }
  sley_value v;
  sley_error *e = sley_run(sley_resolve("192.0.2.7", "http"), &v);
  if (e == NULL) { /* where the system has a table of services */
    assert_string_equal(texts_of(&v), "192.0.2.7:80");
    sley_value_drop(&v);
    gives(sley_resolve("a.name", "http"), "192.0.2.1:80 [2001:db8::1]:80 192.0.2.2:80");
  }
  sley_error_drop(e);
}

/* ---- the order (RFC 8305, section 4) */

static void families_take_turns(void **state)
{
  (void)state;
  static const struct {
    const char *given;
    sley_address_family first;
    const char *wanted;
  } cases[] = {
      {"aaAA", SLEY_ADDRESS_FAMILY_NONE, "aAaA"},    {"AAaa", SLEY_ADDRESS_FAMILY_NONE, "AaAa"},
      {"aaaA", SLEY_ADDRESS_FAMILY_NONE, "aAaa"},    {"AAAa", SLEY_ADDRESS_FAMILY_IPV4, "aAAA"},
      {"aaAA", SLEY_ADDRESS_FAMILY_IPV6, "AaAa"},    {"aaa", SLEY_ADDRESS_FAMILY_IPV6, "aaa"},
      {"A", SLEY_ADDRESS_FAMILY_IPV4, "A"},          {"", SLEY_ADDRESS_FAMILY_NONE, ""},
      {"aAaAaA", SLEY_ADDRESS_FAMILY_IPV6, "AaAaAa"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    sley_address all[8], room[8];
    size_t n = strlen(cases[i].given);
    unsigned seen[2] = {0, 0};
    for (size_t k = 0; k < n; k++)
      assert_null(sley_address_from_host(cases[i].given[k] == 'A' ? "2001:db8::1" : "192.0.2.1",
                                         (unsigned)k, &all[k]));
    sley__addresses_interleave(all, n, cases[i].first, room);
    for (size_t k = 0; k < n; k++) {
      int is_6 = sley_address_family_get(&all[k]) == SLEY_ADDRESS_FAMILY_IPV6;
      if ((cases[i].wanted[k] == 'A') != is_6) fail_msg("%zu: %zu", i, k);
      assert_true(sley_address_port(&all[k]) >= seen[is_6]); /* each family in its own order */
      seen[is_6] = sley_address_port(&all[k]);
    }
  }
}

/* ---- equal questions */

static void equal_questions_are_asked_once(void **state)
{
  (void)state;
  resolver_is(0);
  slow(true);
  sley_promise *p[4] = {sley_resolve("a.name", "1"), sley_resolve("A.Name", "2"),
                        sley_resolve("a.name", "3"), sley_resolve("other.name", "4")};
  WAIT_UNTIL(asleep() == 2);
  rest(0.01);
  assert_int_equal(look_ups(), 2);
  sley_cancel(p[0]);
  run_fails(p[0], &sley_kind_sley, SLEY_ECANCELED);
  assert_true(sley_is_pending(p[1]) && sley_is_pending(p[2]));
  slow(false);
  gives(p[1], "192.0.2.1:2 [2001:db8::1]:2 192.0.2.2:2");
  gives(p[2], "192.0.2.1:3 [2001:db8::1]:3 192.0.2.2:3");
  gives(p[3], "192.0.2.1:4 [2001:db8::1]:4 192.0.2.2:4");
  assert_int_equal(look_ups(), 2);
  /* Nothing is remembered. */
  gives(sley_resolve("a.name", "1"), "192.0.2.1:1 [2001:db8::1]:1 192.0.2.2:1");
  assert_int_equal(look_ups(), 3);
  /* With its dot a name is another question: no search domains. */
  slow(true);
  p[0] = sley_resolve("a.name", "1");
  p[1] = sley_resolve("a.name.", "1");
  WAIT_UNTIL(asleep() == 2);
  slow(false);
  settle(p[0]);
  settle(p[1]);
}

static void all_hear_of_a_failure(void **state)
{
  (void)state;
  resolver_is(EAI_AGAIN);
  slow(true);
  sley_promise *p[2] = {sley_resolve("a.name", "1"), sley_resolve("a.name", "2")};
  WAIT_UNTIL(asleep() == 1);
  slow(false);
  assert_non_null(strstr(run_fails(p[0], &sley_kind_dns, EAI_AGAIN), "resolving a.name port 1: "));
  assert_non_null(strstr(run_fails(p[1], &sley_kind_dns, EAI_AGAIN), "resolving a.name port 2: "));
  assert_int_equal(look_ups(), 1);
}

static void the_last_cancel_abandons_the_question(void **state)
{
  (void)state;
  resolver_is(0);
  slow(true);
  sley_promise *p[2] = {sley_resolve("a.name", "1"), sley_resolve("a.name", "2")};
  WAIT_UNTIL(asleep() == 1);
  for (int i = 0; i < 2; i++) {
    sley_cancel(p[i]);
    run_fails(p[i], &sley_kind_sley, SLEY_ECANCELED);
  }
  sley_promise *again = sley_resolve("a.name", "3");
  WAIT_UNTIL(asleep() == 2); /* the first is still with its thread */
  slow(false);
  gives(again, "192.0.2.1:3 [2001:db8::1]:3 192.0.2.2:3");
  /* The connect that waits for a name, too. */
  slow(true);
  sley_promise *connecting = sley_connect(NULL, "a.name", "1");
  WAIT_UNTIL(asleep() == 1);
  sley_cancel(connecting);
  run_fails(connecting, &sley_kind_sley, SLEY_ECANCELED);
  slow(false);
}

static void at_most_sixteen_threads_ask(void **state)
{
  (void)state;
  enum { QUESTIONS = 24 };
  sley_promise *p[QUESTIONS];
  resolver_is(0);
  slow(true);
  int before = threads();
  for (int i = 0; i < QUESTIONS; i++) {
    char host[32];
    snprintf(host, sizeof(host), "name-%d.example", i);
    p[i] = sley_resolve(host, "1");
  }
  WAIT_UNTIL(asleep() == 16);
  rest(0.05);
  assert_int_equal(asleep(), 16);
  assert_true(threads() <= before + 16);
  sley_cancel(p[QUESTIONS - 1]); /* one that no thread has */
  run_fails(p[QUESTIONS - 1], &sley_kind_sley, SLEY_ECANCELED);
  slow(false);
  for (int i = 0; i < QUESTIONS - 1; i++) gives(p[i], "192.0.2.1:1 [2001:db8::1]:1 192.0.2.2:1");
  assert_int_equal(look_ups(), QUESTIONS - 1);
}

/* ---- sources */

static struct {
  int asked;
  char host[64];
  sley_resolver *waiting[1100];
  int canceled;
  sley_error *error;
} own;

static void count_canceled(void *ctx)
{
  (void)ctx;
  own.canceled++;
}

static sley_promise *own_waits(void *ctx, const char *host)
{
  sley_resolver *r;
  assert_ptr_equal(ctx, &own);
  snprintf(own.host, sizeof(own.host), "%s", host);
  sley_promise *p = sley_cancelable(&r);
  sley_on_cancel(p, count_canceled, NULL);
  own.waiting[own.asked++] = r;
  return p;
}

/* Goes on after a cancel. */
static sley_promise *own_insists(void *ctx, const char *host)
{
  sley_resolver *r;
  (void)ctx;
  (void)host;
  sley_promise *p = sley_pending(&r);
  own.waiting[own.asked++] = r;
  return p;
}

static sley_promise *own_fails(void *ctx, const char *host)
{
  (void)ctx;
  (void)host;
  return sley_fail(sley_error_keep(own.error));
}

static sley_promise *list_of(const char *const *hosts)
{
  sley_value values[8], out;
  size_t n = 0;
  for (; hosts[n] != NULL; n++) {
    sley_address a;
    assert_null(strncmp(hosts[n], "unix:", 5) == 0 ? sley_address_parse(hosts[n], &a)
                                                   : sley_address_from_host(hosts[n], 9, &a));
    assert_null(sley_address_to_value(&a, &values[n]));
  }
  assert_null(sley_list_new(values, n, &out));
  return sley_return(out);
}

static sley_promise *own_gives(void *ctx, const char *host)
{
  (void)host;
  return list_of(ctx);
}

static sley_promise *own_gives_numbers(void *ctx, const char *host)
{
  sley_value v = sley_int(4), out;
  (void)ctx;
  (void)host;
  assert_null(sley_list_new(&v, 1, &out));
  return sley_return(out);
}

static sley_promise *own_name(void *ctx, const sley_address *address)
{
  sley_value v;
  (void)address;
  assert_null(sley_text(ctx, &v));
  return sley_return(v);
}

static sley_dns_source source(sley_promise *(*resolve)(void *, const char *), const void *ctx)
{
  union {
    const void *in;
    void *out;
  } u = {ctx};
  return (sley_dns_source){
      .size = sizeof(sley_dns_source), .name = "the test", .resolve = resolve, .ctx = u.out};
}

static void a_source_of_ones_own(void **state)
{
  (void)state;
  static const char *const hosts[] = {"2001:db8::1", "2001:db8::2", "192.0.2.1", NULL},
                           *const none[] = {NULL}, *const wrong[] = {"192.0.2.1", "unix:a", NULL};
  sley_dns_source a = source(own_gives, hosts), b = source(own_waits, &own);
  resolver_is(0);
  memset(&own, 0, sizeof(own));
  assert_null(sley_dns_set_source(&a));
  gives(sley_resolve("Any.Name", "80"), "[2001:db8::1]:80 192.0.2.1:80 [2001:db8::2]:80");
  assert_ptr_equal(sley_dns_set_source(&b), &a);
  sley_promise *p = sley_resolve("Any.Name.", "80"), *q = sley_resolve("any.name.", "81");
  assert_int_equal(own.asked, 1);
  assert_string_equal(own.host, "Any.Name.");
  assert_ptr_equal(sley_dns_set_source(&a), &b); /* questions under way stay with the former */
  gives(sley_resolve("any.name.", "80"), "[2001:db8::1]:80 192.0.2.1:80 [2001:db8::2]:80");
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(own.canceled, 0);
  sley_cancel(q);
  run_fails(q, &sley_kind_sley, SLEY_ECANCELED);
  assert_int_equal(own.canceled, 1);
  sley_resolver_drop(&own.waiting[0]);
  /* Numbers and the loopback are no questions for it either. */
  gives(sley_resolve("192.0.2.7", "80"), "192.0.2.7:80");
  gives(sley_resolve("localhost", "80"), "[::1]:80 127.0.0.1:80");
  a = source(own_gives, none);
  assert_non_null(strstr(run_fails(sley_resolve("a.name", "80"), &sley_kind_dns, EAI_NONAME),
                         "resolving a.name port 80: it has no address"));
  a = source(own_gives, wrong);
  assert_non_null(strstr(run_fails(sley_resolve("a.name", "80"), &sley_kind_sley, SLEY_EINVAL),
                         "the source the test gave a list with something else"));
  a = source(own_gives_numbers, NULL);
  run_fails(sley_resolve("a.name", "80"), &sley_kind_sley, SLEY_EINVAL);
  own.error = sley_error_new(&sley_kind_errno, EIO, "the wire is cut");
  a = source(own_fails, NULL);
  assert_non_null(strstr(run_fails(sley_connect(NULL, "a.name", "80"), &sley_kind_errno, EIO),
                         "resolving a.name port 80: the wire is cut"));
  sley_error_drop(own.error);
  assert_int_equal(look_ups(), 0);
  assert_ptr_equal(sley_dns_set_source(NULL), &a);
  gives(sley_resolve("a.name", "80"), "192.0.2.1:80 [2001:db8::1]:80 192.0.2.2:80");
}

static sley_promise *in_another_domain(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_bool(sley_dns_set_source(NULL) == NULL));
}

static void nobody_joins_an_abandoned_question(void **state)
{
  (void)state;
  sley_dns_source a = source(own_insists, NULL);
  memset(&own, 0, sizeof(own));
  sley_dns_set_source(&a);
  sley_promise *p = sley_resolve("a.name", "80");
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  p = sley_resolve("a.name", "80");
  assert_int_equal(own.asked, 2);
  sley_reject(&own.waiting[0], sley_error_eof()); /* too late for anybody */
  assert_true(sley_is_pending(p));
  sley_reject(&own.waiting[1], sley_error_timeout());
  run_fails(p, &sley_kind_sley, SLEY_ETIMEOUT);
  sley_dns_set_source(NULL);
}

static void a_source_is_its_domains(void **state)
{
  (void)state;
  sley_dns_source a = source(own_waits, &own);
  sley_dns_set_source(&a);
  sley_domain *other = start("other");
  run_gives(sley_call(other, in_another_domain, sley_unit()), 1);
  end_leaving_nothing(other);
  assert_ptr_equal(sley_dns_set_source(NULL), &a);
}

static void too_many_questions_are_told_to_try_again(void **state)
{
  (void)state;
  enum { MOST = 1024 };
  static sley_promise *p[MOST];
  sley_dns_source a = source(own_waits, &own);
  memset(&own, 0, sizeof(own));
  sley_dns_set_source(&a);
  for (int i = 0; i < MOST; i++) {
    char host[32];
    snprintf(host, sizeof(host), "n%d.example", i);
    p[i] = sley_resolve(host, "80");
  }
  assert_int_equal(own.asked, MOST);
  assert_non_null(strstr(run_fails(sley_resolve("a.name", "80"), &sley_kind_dns, EAI_AGAIN),
                         "1024 other questions are under way"));
  sley_promise *joined = sley_resolve("n7.example", "80"); /* is no other question */
  assert_true(sley_is_pending(joined));
  sley_cancel(joined);
  sley_drop(joined);
  sley_cancel(p[0]);
  sley_promise *next = sley_resolve("a.name", "80");
  assert_true(sley_is_pending(next));
  sley_cancel(next);
  sley_drop(next);
  for (int i = 0; i < MOST; i++) {
    sley_cancel(p[i]);
    sley_drop(p[i]);
  }
  for (int i = 0; i < own.asked; i++) sley_resolver_drop(&own.waiting[i]);
  sley_dns_set_source(NULL);
}

/* Of questions that nobody answers nothing is left. */
static void a_domain_ends_with_questions(void **state)
{
  (void)state;
  static sley_dns_source a;
  a = source(own_waits, &own);
  memset(&own, 0, sizeof(own));
  sley_dns_set_source(&a);
  sley_drop(sley_resolve("a.name", "80"));
  sley_drop(sley_connect(NULL, "b.name", "80"));
  assert_int_equal(own.asked, 2);
  sley_resolver_drop(&own.waiting[0]);
  sley_resolver_drop(&own.waiting[1]);
  resolver_is(0);
  sley_dns_set_source(NULL);
  slow(true);
  sley_drop(sley_resolve("a.name", "80"));
  sley_drop(sley_connect(NULL, "b.name", "80"));
  slow(false);
}

static sley_promise *own_gives_null(void *ctx, const char *host)
{
  (void)ctx;
  (void)host;
  return NULL;
}
static void source_gives_null(void)
{
  sley_dns_source a = source(own_gives_null, NULL);
  sley_dns_set_source(&a);
  sley_drop(sley_resolve("a.name", "80"));
}
static void source_without_resolve(void)
{
  sley_dns_source a = source(NULL, NULL);
  sley_dns_set_source(&a);
}
static void source_without_size(void)
{
  sley_dns_source a = source(own_waits, NULL);
  a.size = 0;
  sley_dns_set_source(&a);
}
static void no_host(void) { sley_drop(sley_resolve(NULL, "80")); }
static void no_host_to_connect(void) { sley_drop(sley_connect(NULL, NULL, "80")); }

static void mistakes_abort_with_a_sentence(void **state)
{
  (void)state;
  static const struct {
    void (*f)(void);
    const char *said;
  } cases[] = {{source_gives_null, "sley_resolve"},
               {source_without_resolve, "sley_dns_set_source"},
               {source_without_size, "sley_dns_set_source"},
               {no_host, "sley_resolve"},
               {no_host_to_connect, "sley_connect"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char text[1024];
    assert_true(aborted(run_in_child(cases[i].f, text, sizeof(text))));
    if (strstr(text, cases[i].said) == NULL) fail_msg("%zu: %s", i, text);
  }
}

/* ---- the family that won */

static void the_family_that_won_is_tried_first(void **state)
{
  (void)state;
  static const char *const hosts[] = {"::1", "127.0.0.1", NULL};
  sley_dns_source a = source(own_gives, hosts);
  sley_dns_set_source(&a);
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &l));
  char port[16];
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  char six_first[64], four_first[64];
  snprintf(six_first, sizeof(six_first), "[::1]:%s 127.0.0.1:%s", port, port);
  snprintf(four_first, sizeof(four_first), "127.0.0.1:%s [::1]:%s", port, port);
  gives(sley_resolve("a.name", port), six_first);
  sley_value v;
  sley_error *e = sley_run(sley_connect(NULL, "a.name", port), &v); /* ::1 refuses */
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  sley_value_drop(&v);
  gives(sley_resolve("b.name", port), four_first); /* remembered for every name */
  sley_listener_close(l);
  sley_error_drop(sley_run(sley_connect(NULL, "b.name", port), NULL)); /* both refuse */
  gives(sley_resolve("a.name", port), six_first);
  sley_dns_set_source(NULL);
}

/* ---- a name server on the loopback */

enum { SERVER_END = 0xff };

static struct {
  pthread_t thread;
  struct sockaddr_in address;
  int fd;
  int questions; /* any thread, __atomic */
} server;

/* Answers "two.test" with two addresses, and everything else with NXDOMAIN (RFC 1035, section 4). */
static size_t server_answer(unsigned char *packet, size_t size)
{
  static const unsigned char name[] = {3, 't', 'w', 'o', 4, 't', 'e', 's', 't', 0};
  static const unsigned char records[] = {0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 9, 0, 16, 0x20, 1, 0x0d,
                                          0xb8, 0,  0, 0,  0, 0, 0, 0, 0, 0, 0, 0,  5, /* AAAA */
                                          0xc0, 12, 0, 1,  0, 1, 0, 0, 0, 9, 0, 4,  192,  0, 2,
                                          5 /* A */};
  bool is_known = size >= 12 + sizeof(name) && memcmp(packet + 12, name, sizeof(name)) == 0;
  packet[2] |= 0x80;
  packet[3] = is_known ? 0 : 3;
  packet[7] = is_known ? 2 : 0;
  if (is_known) memcpy(packet + size, records, sizeof(records));
  return is_known ? size + sizeof(records) : size;
}

static void *server_run(void *ctx)
{
  for (;;) {
    unsigned char packet[512];
    struct sockaddr_in peer;
    socklen_t length = sizeof(peer);
    ssize_t n = recvfrom(server.fd, packet, 300, 0, (struct sockaddr *)&peer, &length);
    if (n < 12 || packet[0] == SERVER_END) return ctx;
    __atomic_add_fetch(&server.questions, 1, __ATOMIC_RELAXED);
    sendto(server.fd, packet, server_answer(packet, (size_t)n), 0, (struct sockaddr *)&peer,
           length);
  }
}

typedef struct query {
  int fd;
} query;

static void query_drop(void *ctx)
{
  close(((query *)ctx)->fd);
  free(ctx);
}

static sley_promise *query_answered(void *ctx, sley_value *v)
{
  unsigned char packet[512];
  sley_value values[8], out;
  size_t count = 0, at = 12;
  ssize_t n = recv(((query *)ctx)->fd, packet, sizeof(packet), 0);
  (void)v;
  if (n < 12) return sley_fail(sley_error_new(&sley_kind_dns, EAI_FAIL, NULL));
  if ((packet[3] & 15) == 3) return sley_fail(sley_error_new(&sley_kind_dns, EAI_NONAME, NULL));
  while (packet[at] != 0) at += packet[at] + 1u;
  at += 5;
  for (int i = 0; i < packet[7]; i++) {
    sley_address a;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    bool is_6 = packet[at + 3] == 28;
    memcpy(is_6 ? (void *)&six.sin6_addr : &four.sin_addr, packet + at + 12, is_6 ? 16 : 4);
    assert_null(is_6 ? sley_address_from_sockaddr(&six, sizeof(six), &a)
                     : sley_address_from_sockaddr(&four, sizeof(four), &a));
    assert_null(sley_address_to_value(&a, &values[count++]));
    at += 12u + packet[at + 11];
  }
  assert_null(sley_list_new(values, count, &out));
  return sley_return(out);
}

static sley_promise *server_resolve(void *ctx, const char *host)
{
  unsigned char packet[300] = {0x12, 0x34, 1, 0, 0, 1};
  size_t at = 12;
  (void)ctx;
  while (*host != '\0') {
    size_t length = strcspn(host, ".");
    packet[at++] = (unsigned char)length;
    memcpy(packet + at, host, length);
    at += length;
    host += length + (host[length] == '.');
  }
  packet[at + 2] = 255; /* all types */
  packet[at + 4] = 1;
  query *q = malloc(sizeof(*q));
  q->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connect(q->fd, (struct sockaddr *)&server.address, sizeof(server.address));
  send(q->fd, packet, at + 5, 0);
  return sley_bind(sley_wait_readable(q->fd), query_answered, q, query_drop);
}

static void a_name_server_on_the_loopback(void **state)
{
  (void)state;
  socklen_t size = sizeof(server.address);
  server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  server.address =
      (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  assert_int_equal(bind(server.fd, (struct sockaddr *)&server.address, size), 0);
  assert_int_equal(getsockname(server.fd, (struct sockaddr *)&server.address, &size), 0);
  assert_int_equal(pthread_create(&server.thread, NULL, server_run, NULL), 0);
  sley_dns_source a = source(server_resolve, NULL);
  sley_dns_set_source(&a);
  sley_promise *p[100];
  for (int i = 0; i < 100; i++) p[i] = sley_resolve("two.test", "53");
  for (int i = 0; i < 100; i++) gives(p[i], "[2001:db8::5]:53 192.0.2.5:53");
  assert_int_equal(__atomic_load_n(&server.questions, __ATOMIC_RELAXED), 1);
  run_fails(sley_resolve("none.test", "53"), &sley_kind_dns, EAI_NONAME);
  sley_promise *canceled = sley_resolve("two.test", "53");
  sley_cancel(canceled);
  run_fails(canceled, &sley_kind_sley, SLEY_ECANCELED);
  const unsigned char end[12] = {SERVER_END};
  sendto(server.fd, end, sizeof(end), 0, (struct sockaddr *)&server.address, size);
  pthread_join(server.thread, NULL);
  close(server.fd);
  sley_dns_set_source(NULL);
}

/* ---- names of addresses */

static void names_of_addresses(void **state)
{
  (void)state;
  sley_address address;
  sley_value v;
  assert_null(sley_address_from_host("192.0.2.1", 80, &address));
  resolver_is(0);
  resolver.name = "host.example";
  assert_null(sley_run(sley_resolve_name(&address), &v));
  assert_string_equal(sley_value_ptr(&v, &sley_type_text), "host.example");
  sley_value_drop(&v);
  resolver.name = NULL;
  assert_non_null(strstr(run_fails(sley_resolve_name(&address), &sley_kind_dns, EAI_NONAME),
                         "resolving 192.0.2.1:80: "));
  static const char *const wild[] = {"a\x1b[2J.example", "", "127.1", "10.0.0.1", "a b"};
  for (int i = 0; i < 5; i++) {
    resolver.name = wild[i];
    const char *text = run_fails(sley_resolve_name(&address), &sley_kind_dns, EAI_FAIL);
    assert_non_null(strstr(text, "is no name of a host"));
    assert_null(strchr(text, '\x1b'));
  }
  sley_dns_source a = source(own_waits, "its.name");
  sley_dns_set_source(&a);
  resolver.name = "host.example";
  assert_null(sley_run(sley_resolve_name(&address), &v)); /* the system answers where it does not */
  assert_string_equal(sley_value_ptr(&v, &sley_type_text), "host.example");
  sley_value_drop(&v);
  a.resolve_name = own_name;
  assert_null(sley_run(sley_resolve_name(&address), &v));
  assert_string_equal(sley_value_ptr(&v, &sley_type_text), "its.name");
  sley_value_drop(&v);
  sley_dns_set_source(NULL);
  assert_null(sley_address_parse("unix:/run/x", &address));
  assert_non_null(strstr(run_fails(sley_resolve_name(&address), &sley_kind_sley, SLEY_EINVAL),
                         "unix:/run/x is neither IPv4 nor IPv6"));
}

/* ---- without memory */

static void resolve_without_memory(void)
{
  sley_value v;
  sley_address address;
  resolver_is(0);
  resolver.name = "host.example";
  if (ran_or_no_memory(sley_resolve("a.name", "80"), &v)) sley_value_drop(&v);
  sley_promise *both[2] = {sley_resolve("a.name", "80"), sley_resolve("a.name", "81")};
  for (int i = 0; i < 2; i++)
    if (ran_or_no_memory(both[i], &v)) sley_value_drop(&v);
  if (ran_or_no_memory(sley_resolve("localhost", "80"), &v)) sley_value_drop(&v);
  sley_error *e = sley_run(sley_resolve("a.name", "no-such-service"), &v);
  assert_true(sley_error_is(e, &sley_kind_dns, EAI_SERVICE) ||
              sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
  sley_error_drop(sley_address_from_host("192.0.2.1", 80, &address));
  if (ran_or_no_memory(sley_resolve_name(&address), &v)) sley_value_drop(&v);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(resolve_without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mistakes_abort_with_a_sentence),
      TEST(hosts_that_are_refused),
      TEST(numbers_and_the_loopback_are_no_questions),
      TEST(ports_and_services),
      cmocka_unit_test(families_take_turns),
      TEST(equal_questions_are_asked_once),
      TEST(all_hear_of_a_failure),
      TEST(the_last_cancel_abandons_the_question),
      TEST(at_most_sixteen_threads_ask),
      TEST(a_source_of_ones_own),
      TEST(nobody_joins_an_abandoned_question),
      TEST(a_source_is_its_domains),
      TEST(too_many_questions_are_told_to_try_again),
      TEST(a_domain_ends_with_questions),
      TEST(the_family_that_won_is_tried_first),
      TEST(a_name_server_on_the_loopback),
      TEST(names_of_addresses),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
