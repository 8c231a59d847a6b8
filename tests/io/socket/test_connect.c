/* Connecting: which ports and hosts are accepted, what needs a thread, which addresses are tried and when, and a
 * socket that the kernel connects to itself. getaddrinfo and connect are replaced in this file.
 * Tests src/io/socket/connect.c, src/io/socket/port.c, src/io/socket/dns_kind.c, src/io/socket/look_up.c. */
#ifdef __linux__
#include <linux/sched.h>
#include <sys/syscall.h>
#endif
#include <dlfcn.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "support/process.h"

/* ---- a resolver under the test's control */

static struct {
  bool is_on;
  bool is_slow;         /* lookups wait until this is false; any thread, __atomic */
  int look_ups;         /* lookups of names; any thread, __atomic */
  int slow_ones;        /* lookups waiting now; any thread, __atomic */
  int refusals;         /* this many lookups fail first, with refusal */
  int refusal;          /* a code of getaddrinfo */
  int flags[8];         /* flags passed to lookups of names */
  const char *hosts[4]; /* numeric addresses that names resolve to, in this order */
} resolver;

static int real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                            struct addrinfo **out)
{
  static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(host, port, hints, out);
}

/* freeaddrinfo is the real one, so every entry must come from the real getaddrinfo: its results are chained. */
static int answer(const char *port, struct addrinfo **out)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
  struct addrinfo **end = out;
  *out = NULL;
  for (int i = 0; i < 4 && resolver.hosts[i] != NULL; i++) {
    int code = real_getaddrinfo(resolver.hosts[i], port, &hints, end);
    if (code != 0) return code;
    while (*end != NULL) end = &(*end)->ai_next;
  }
  return *out == NULL ? EAI_NONAME : 0;
}

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **out)
{
  if (!resolver.is_on || (hints->ai_flags & AI_NUMERICHOST))
    return real_getaddrinfo(host, port, hints, out);
  int number = __atomic_fetch_add(&resolver.look_ups, 1, __ATOMIC_RELAXED);
  if (number < 8) resolver.flags[number] = hints->ai_flags;
  __atomic_add_fetch(&resolver.slow_ones, 1, __ATOMIC_RELAXED);
  while (__atomic_load_n(&resolver.is_slow, __ATOMIC_RELAXED)) usleep(1000);
  __atomic_sub_fetch(&resolver.slow_ones, 1, __ATOMIC_RELAXED);
  return number < resolver.refusals ? resolver.refusal : answer(port, out);
}

static void resolver_stands_for(const char *first, const char *second)
{
  memset(&resolver, 0, sizeof(resolver));
  resolver.is_on = true;
  resolver.hosts[0] = first;
  resolver.hosts[1] = second;
}

/* ---- connect, as in the kernel, or with a socket that already has its peer's address */

static struct {
  int count;
  uint32_t hosts[8]; /* IPv4 addresses */
  bool binds_first;
} connects;

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "connect");
  if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
    return real(fd, address, size);
  if (connects.count < 8 && address->sa_family == AF_INET)
    connects.hosts[connects.count] =
        ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);
  connects.count++;
  if (connects.binds_first && bind(fd, address, size) != 0) return -1;
  return real(fd, address, size);
}

static void connects_forget(void) { memset(&connects, 0, sizeof(connects)); }

/* ---- listeners */

static sley_listener *listener_on(const char *host, unsigned port)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = host, .port = port};
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  return l;
}

static const char *port_of(const sley_listener *l)
{
  static char text[16];
  snprintf(text, sizeof(text), "%u", sley_listener_port(l));
  return text;
}

static void connects_to(const char *host, const char *port)
{
  sley_value v;
  sley_error *e = sley_run(sley_with_timeout(sley_connect(NULL, host, port), 20), &v);
  if (e != NULL) fail_msg("%s port %s: %s", host, port, sley_error_message(e));
  sley_value_drop(&v);
}

static bool has_ipv6(void)
{
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
  if (fd >= 0) close(fd);
  return good;
}

/* A port of this machine that is free and not reserved. */
static unsigned free_port(int family)
{
  struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
  socklen_t size = sizeof(address);
  int fd = socket(family, SOCK_STREAM, 0);
  if (family == AF_INET6) {
    ((struct sockaddr_in6 *)(void *)&address)->sin6_addr = in6addr_loopback;
    size = sizeof(struct sockaddr_in6);
  } else {
    ((struct sockaddr_in *)(void *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof(struct sockaddr_in);
  }
  assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  close(fd);
  return ntohs(((struct sockaddr_in *)(void *)&address)->sin_port); /* same offset in both */
}

/* ---- ports (fault 7) */

static void what_is_no_port_is_said(void **state)
{
  (void)state;
  static const char *const wrong[] = {"65536",      "65578",
                                      "4294967338", "18446744073709551696",
                                      "-1",         "+42",
                                      " 42",        "42 ",
                                      "",           "4 2",
                                      "0x50 ",      ".5",
                                      "\xd9\xa4",   "99999999999999999999999999",
                                      "-http",      "http\n"};
  connects_forget();
  resolver_stands_for("127.0.0.1", NULL);
  int before = threads();
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    for (int named = 0; named < 2; named++) {
      const char *text = run_fails(sley_connect(NULL, named ? "a.name" : "127.0.0.1", wrong[i]),
                                   &sley_kind_sley, SLEY_EINVAL);
      char said[64];
      const char *quoted = wrong[i][0] == '\xd9'             ? "\\xd9\\xa4"
                           : strcmp(wrong[i], "http\n") == 0 ? "http\\x0a"
                                                             : wrong[i];
      snprintf(said, sizeof(said), "sley_connect: port \"%s\" is neither", quoted);
      if (strstr(text, said) == NULL) fail_msg("\"%s\": %s", wrong[i], text);
      assert_non_null(strstr(text, "test_connect.c"));
    }
  }
  assert_int_equal(resolver.look_ups, 0);
  assert_int_equal(connects.count, 0);
  assert_int_equal(threads(), before);
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1", .port = 65536};
  sley_error *e = sley_listen(&o, &l);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  assert_non_null(strstr(sley_error_message(e), "sley_listen: port \"65536\" is neither"));
  sley_error_drop(e);
}

static void ports_that_are_some(void **state)
{
  (void)state;
  sley_listener *l = listener_on("127.0.0.1", 0);
  char padded[32];
  resolver.is_on = false;
  snprintf(padded, sizeof(padded), "000%s", port_of(l));
  connects_to("127.0.0.1", padded);
  static const char *const kinds[] = {"42x", "no-such-service", "0x50"};
  for (int i = 0; i < 3; i++) {
    const char *text =
        run_fails(sley_connect(NULL, "127.0.0.1", kinds[i]), &sley_kind_dns, EAI_SERVICE);
    assert_non_null(strstr(text, "no service has this name"));
    assert_non_null(strstr(text, kinds[i]));
  }
  sley_listener_close(l);
}

/* ---- numeric hosts (faults 3 and 23) */

static void no_thread_starts_for_a_number(void **state)
{
  (void)state;
  resolver_stands_for(NULL, NULL);
  sley_listener *l = listener_on("127.0.0.1", 0);
  int before = threads();
  for (int i = 0; i < 50; i++) connects_to("127.0.0.1", port_of(l));
  assert_int_equal(threads(), before);
  assert_int_equal(resolver.look_ups, 0);
  sley_listener_close(l);
}

static void slow_look_ups_hold_up_no_number(void **state)
{
  (void)state;
  enum { LOOK_UPS = 20 };
  sley_listener *l = listener_on("127.0.0.1", 0);
  resolver_stands_for("127.0.0.1", NULL);
  __atomic_store_n(&resolver.is_slow, true, __ATOMIC_RELAXED);
  for (int i = 0; i < LOOK_UPS; i++) {
    sley_promise *p = sley_connect(NULL, "a.slow.name", port_of(l));
    while (i == 0 && __atomic_load_n(&resolver.slow_ones, __ATOMIC_RELAXED) == 0) usleep(1000);
    sley_cancel(p);
    run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  }
  connects_to("127.0.0.1", port_of(l)); /* they are still asleep */
  assert_true(__atomic_load_n(&resolver.slow_ones, __ATOMIC_RELAXED) > 0);
  __atomic_store_n(&resolver.is_slow, false, __ATOMIC_RELAXED);
  sley_listener_close(l);
}

static void host_and_port_are_copied(void **state)
{
  (void)state;
  sley_listener *l = listener_on("127.0.0.1", 0);
  resolver_stands_for("127.0.0.1", NULL);
  char host[16] = "a.name", port[16];
  snprintf(port, sizeof(port), "%s", port_of(l));
  sley_value v;
  sley_promise *p = sley_connect(NULL, host, port);
  memset(host, '?', sizeof(host));
  memset(port, '?', sizeof(port));
  assert_null(sley_run(p, &v));
  sley_value_drop(&v);
  sley_listener_close(l);
  snprintf(host, sizeof(host), "a.name");
  snprintf(port, sizeof(port), "%u", free_port(AF_INET));
  p = sley_connect(NULL, host, port);
  memset(host, '?', sizeof(host));
  assert_non_null(strstr(run_fails(p, &sley_kind_errno, ECONNREFUSED), "a.name"));
}

/* ---- which addresses (fault 4) */

static void names_of_the_loopback_are_no_questions(void **state)
{
  (void)state;
  sley_listener *l = listener_on("127.0.0.1", 0);
  static const struct {
    const char *host;
    bool is_local;
  } cases[] = {{"localhost", true},          {"LocalHost", true},   {"localhost.", true},
               {"here.localhost", true},     {"a.name", false},     {"notlocalhost", false},
               {"localhost.example", false}, {"a..localhost", true}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    resolver_stands_for("127.0.0.1", NULL);
    connects_to(cases[i].host, port_of(l));
    if (resolver.look_ups != (cases[i].is_local ? 0 : 1)) fail_msg("%s", cases[i].host);
    if (!cases[i].is_local) assert_true(resolver.flags[0] & AI_ADDRCONFIG);
  }
  sley_listener_close(l);
}

static void a_name_of_the_loopback_is_looked_up_again(void **state)
{
  (void)state;
  sley_listener *l = listener_on("127.0.0.1", 0);
  resolver_stands_for("127.0.0.1", NULL);
  resolver.refusals = 1;
  resolver.refusal = EAI_NONAME;
  connects_to("a.name", port_of(l));
  assert_int_equal(resolver.look_ups, 2);
  assert_int_equal(resolver.flags[1] & AI_ADDRCONFIG, 0);
  resolver_stands_for(NULL, NULL);
  resolver.refusals = 8;
  resolver.refusal = EAI_AGAIN; /* a retry would only be slow again */
  run_fails(sley_connect(NULL, "a.name", port_of(l)), &sley_kind_dns, EAI_AGAIN);
  assert_int_equal(resolver.look_ups, 1);
  sley_listener_close(l);
}

static void the_next_address_is_tried_in_order(void **state)
{
  (void)state;
  sley_listener *l = listener_on("127.0.0.1", 0);
  connects_forget();
  resolver_stands_for("127.0.0.2", "127.0.0.1");
  connects_to("a.name", port_of(l));
  assert_int_equal(connects.count, 2);
  assert_int_equal(connects.hosts[0], INADDR_LOOPBACK + 1);
  assert_int_equal(connects.hosts[1], INADDR_LOOPBACK);
  connects_forget();
  resolver_stands_for("127.0.0.1", "127.0.0.2");
  connects_to("a.name", port_of(l));
  assert_int_equal(connects.count, 1); /* the first one that accepts */
  sley_listener_close(l);
}

static void a_canceled_connect_tries_no_other_address(void **state)
{
  (void)state;
  sley_listener *l = listener_on("127.0.0.1", 0);
  connects_forget();
  resolver_stands_for("127.0.0.1", "127.0.0.1");
  sley_promise *p = sley_connect(NULL, "a.name", port_of(l));
  for (int i = 0; i < 20000 && connects.count == 0; i++) assert_null(sley_step(SLEY_MILLISECOND));
  assert_int_equal(connects.count, 1);
  assert_true(sley_is_pending(p));
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  run_gives(sley_sleep(0.01), 0);
  assert_int_equal(connects.count, 1);
  sley_listener_close(l);
}

/* ---- a socket connected to itself (fault 8) */

static void nobody_is_who_answers_itself(void **state)
{
  (void)state;
  static const struct {
    int family;
    const char *host;
  } cases[] = {{AF_INET, "127.0.0.1"}, {AF_INET6, "::1"}};
  for (int i = 0; i < (has_ipv6() ? 2 : 1); i++) {
    char port[16];
    snprintf(port, sizeof(port), "%u", free_port(cases[i].family));
    connects_forget();
    connects.binds_first = true;
    const char *text =
        run_fails(sley_connect(NULL, cases[i].host, port), &sley_kind_errno, ECONNREFUSED);
    assert_non_null(strstr(text, port));
    assert_int_equal(connects.count, 3); /* tried again: the kernel can choose another port */
  }
  /* The next address is still tried. */
  sley_listener *l = listener_on("127.0.0.1", 0);
  connects_forget();
  connects.binds_first = true;
  resolver_stands_for("127.0.0.2", "127.0.0.1");
  sley_promise *p = sley_connect(NULL, "a.name", port_of(l));
  for (int i = 0; i < 20000 && connects.count == 0; i++) assert_null(sley_step(SLEY_MILLISECOND));
  connects.binds_first = false;
  sley_value v;
  assert_null(sley_run(p, &v));
  sley_value_drop(&v);
  assert_int_equal(connects.count, 3); /* itself, refused, the other */
  sley_listener_close(l);
  connects_forget();
}

/* ---- a machine with one address family besides the loopback's */

#ifdef __linux__
static bool interface_up(int fd, const char *name)
{
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
  request.ifr_flags = IFF_UP;
  return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

struct in6_request { /* in6_ifreq of linux/ipv6.h, which conflicts with netinet/in.h */
  struct in6_addr address;
  uint32_t prefix;
  int interface;
};

static bool address_add(bool is_6)
{
  struct ifreq request = {0};
  int fd = socket(is_6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  bool good = fd >= 0 && interface_up(fd, "lo");
  snprintf(request.ifr_name, sizeof(request.ifr_name), is_6 ? "lo" : "lo:1");
  if (is_6) {
    struct in6_request wanted = {.prefix = 64};
    wanted.address.s6_addr[0] = 0xfd;
    wanted.address.s6_addr[15] = 7;
    good = good && ioctl(fd, SIOCGIFINDEX, &request) == 0;
    wanted.interface = request.ifr_ifindex;
    good = good && ioctl(fd, SIOCSIFADDR, &wanted) == 0;
  } else {
    struct sockaddr_in *address = (struct sockaddr_in *)(void *)&request.ifr_addr;
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(0x0a000007);
    good = good && ioctl(fd, SIOCSIFADDR, &request) == 0;
  }
  if (fd >= 0) close(fd);
  return good;
}

enum { REACHED, NOT_ALLOWED = 3, NOT_SET_UP = 4, NOT_REACHED = 5 };

static bool is_reached(const char *listens_at, const char *host)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = listens_at};
  sley_error *e = sley_listen(&o, &l);
  sley_value v = sley_unit();
  if (e == NULL) {
    e = sley_run(sley_connect(NULL, host, port_of(l)), &v);
    if (e == NULL) sley_value_drop(&v);
    sley_listener_close(l);
  }
  if (e != NULL)
    fprintf(stderr, "%s, listening at %s: %s\n", host, listens_at, sley_error_message(e));
  bool good = e == NULL;
  sley_error_drop(e);
  return good;
}

/* Runs in its own process. */
static int in_a_net_of_one_family(bool is_6)
{
  if (syscall(SYS_unshare, CLONE_NEWNET) != 0 &&
      syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return NOT_ALLOWED;
  if (!address_add(is_6)) return NOT_SET_UP;
  if (begin(false, 0) != 0) return NOT_SET_UP;
  bool good = is_reached("127.0.0.1", "127.0.0.1") && is_reached("::1", "::1");
  good = good && threads() == threads_before;                    /* started by no lookup */
  if (is_6) good = good && is_reached("127.0.0.1", "localhost"); /* as on all machines */
  return finish() == 0 && good ? REACHED : NOT_REACHED;
}
#endif

/* The resolver of this machine, in a separate network namespace. As root this must work. */
static void a_net_of_one_family(void **state)
{
  (void)state;
#ifdef __linux__
  resolver.is_on = false;
  for (int is_6 = 0; is_6 < 2 && has_ipv6(); is_6++) {
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(in_a_net_of_one_family(is_6 == 1));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_ALLOWED && geteuid() != 0) skip();
    assert_int_equal(WEXITSTATUS(status), REACHED);
  }
#endif
}

/* ---- without memory */

static void connect_without_memory(void)
{
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) {
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
    sley_error_drop(e);
    return;
  }
  sley_value v;
  if (ran_or_no_memory(sley_connect(NULL, "127.0.0.1", port_of(l)), &v)) sley_value_drop(&v);
  connects_forget();
  connects.binds_first = true;
  char port[16];
  snprintf(port, sizeof(port), "%u", free_port(AF_INET));
  e = sley_run(sley_connect(NULL, "127.0.0.1", port), NULL);
  assert_true(sley_error_is(e, &sley_kind_errno, ECONNREFUSED) ||
              sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
  e = sley_run(sley_connect(NULL, "127.0.0.1", "-1"), NULL);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL) ||
              sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  sley_error_drop(e);
  connects_forget();
  sley_listener_close(l);
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(connect_without_memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_net_of_one_family), /* first: its children must find the library unused */
      TEST(what_is_no_port_is_said),
      TEST(ports_that_are_some),
      TEST(no_thread_starts_for_a_number),
      TEST(slow_look_ups_hold_up_no_number),
      TEST(host_and_port_are_copied),
      TEST(names_of_the_loopback_are_no_questions),
      TEST(a_name_of_the_loopback_is_looked_up_again),
      TEST(the_next_address_is_tried_in_order),
      TEST(a_canceled_connect_tries_no_other_address),
      TEST(nobody_is_who_answers_itself),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
