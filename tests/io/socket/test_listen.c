/* Where one can listen, Unix sockets and their files, and options. renameat2 and fstatat are not replaced: two processes
 * race instead.
 * Tests src/io/socket/listen.c, src/io/socket/listen_open.c, src/io/socket/listen_unix.c, src/io/socket/ends.c. */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "support/child.h"
#include "support/domains.h"

#include <sley.h>

static sley_listen_options at(const char *address)
{
  return (sley_listen_options){.size = sizeof(sley_listen_options), .address = address};
}

static sley_listener *listens(const sley_listen_options *o)
{
  sley_listener *l;
  sley_error *e = sley_listen(o, &l);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  return l;
}

static const char *fails(const sley_listen_options *o, const sley_error_kind *kind, int code)
{
  static char text[1024];
  sley_listener *l = (sley_listener *)(uintptr_t)1;
  sley_error *e = sley_listen(o, &l);
  if (e == NULL) fail_msg("it listens on %s", o->address);
  assert_null(l);
  snprintf(text, sizeof(text), "%s", sley_error_message(e));
  if (!sley_error_is(e, kind, code)) fail_msg("%s", text);
  sley_error_drop(e);
  return text;
}

static const char *address_of(const sley_listener *l)
{
  static char text[SLEY_ADDRESS_TEXT];
  sley_address address;
  sley_listener_address(l, &address);
  sley_address_text(&address, text, sizeof(text));
  return text;
}

/* Connects to it, and gives both ends back. */
static void is_served(sley_listener *l, const char *text, const char *port, sley_value ends[2])
{
  sley_promise *accepted = sley_accept(l);
  sley_error *e = sley_run(sley_connect(NULL, text, port), &ends[0]);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  assert_null(sley_run(accepted, &ends[1]));
}

static void answers(sley_listener *l, const char *text)
{
  sley_value ends[2];
  is_served(l, text, NULL, ends);
  sley_value_drop(&ends[0]);
  sley_value_drop(&ends[1]);
}

/* ---- TCP */

static void addresses_with_and_without_a_port(void **state)
{
  (void)state;
  sley_listen_options o = at("127.0.0.1");
  sley_listener *l = listens(&o);
  unsigned port = sley_listener_port(l);
  char text[64];
  snprintf(text, sizeof(text), "127.0.0.1:%u", port);
  assert_string_equal(address_of(l), text);
  assert_true(port != 0);
  o = at(text);
  assert_non_null(strstr(fails(&o, &sley_kind_errno, EADDRINUSE), text));
  sley_listener_close(l);
  l = listens(&o);
  assert_int_equal(sley_listener_port(l), port);
  sley_listener_close(l);
  o.port = port; /* says the same */
  sley_listener_close(listens(&o));
  o.port = port == 1 ? 2 : 1;
  assert_non_null(strstr(fails(&o, &sley_kind_sley, SLEY_EINVAL), "another port"));
  static const char *const every[] = {NULL, "*", "*:0"};
  for (int i = 0; i < 3; i++) {
    o = at(every[i]);
    l = listens(&o);
    snprintf(text, sizeof(text), "%u", sley_listener_port(l));
    sley_value ends[2];
    is_served(l, "127.0.0.1", text, ends);
    sley_value_drop(&ends[0]);
    sley_value_drop(&ends[1]);
    sley_listener_close(l);
  }
  static const char *const wrong[][2] = {{"localhost", "names are not looked up"},
                                         {"localhost:80", "names are not looked up"},
                                         {"127.1", "no address of this machine"},
                                         {"", "no address of this machine"},
                                         {"[::1]", "no address of this machine"},
                                         {"a\nb", "no address of this machine"},
                                         {"1.2.3.4:http", "port \"http\" is no number"},
                                         {"1.2.3.4:", "port \"\" is no number"},
                                         {"*:x", "port \"x\" is no number"},
                                         {"127.0.0.1:99999", "port 99999 is over 65535"},
                                         {"[::1]:65536", "port 65536 is over 65535"},
                                         {"*:18446744073709551617", "is over 65535"},
                                         {"9000", "for a port alone write *:9000"},
                                         {"::1%no", "there is no such interface"}};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    o = at(wrong[i][0]);
    const char *said = fails(&o, &sley_kind_sley, SLEY_EINVAL);
    assert_non_null(strstr(said, "sley_listen: \""));
    assert_non_null(strstr(said, wrong[i][1]));
    assert_null(strchr(said, '\n'));
  }
  o = at("192.0.2.1"); /* a documentation address: RFC 5737 */
  o.port = 4;
  assert_non_null(strstr(fails(&o, &sley_kind_errno, EADDRNOTAVAIL), "192.0.2.1 port 4: bind: "));
}

/* Case B1.38 of Lwt's tests: bound to port 56100 of the loopback, the address says so. */
static void b1_38_a_given_port(void **state)
{
  (void)state;
  sley_listen_options o = at("127.0.0.1");
  o.port = 56100;
  sley_listener *l;
  sley_error *e = sley_listen(&o, &l);
  if (e != NULL) { /* somebody has it: then that is said */
    assert_true(sley_error_is(e, &sley_kind_errno, EADDRINUSE));
    sley_error_drop(e);
    skip();
  }
  assert_string_equal(address_of(l), "127.0.0.1:56100");
  sley_listener_close(l);
}

static int int_option(sley_fd fd, int level, int name)
{
  int value = -1;
  socklen_t size = sizeof(value);
  assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

static bool has_ipv6(void)
{
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
  if (fd >= 0) close(fd);
  return good;
}

static void only_ipv6(void **state)
{
  (void)state;
  if (!has_ipv6()) skip();
  sley_listen_options o = at("*");
  o.only_ipv6 = true;
  sley_listener *six = listens(&o);
  assert_int_equal(int_option(sley_listener_fd(six), IPPROTO_IPV6, IPV6_V6ONLY), 1);
  o = at("0.0.0.0");
  o.port = sley_listener_port(six);
  sley_listener *four = listens(&o); /* the same port is free for IPv4 */
  sley_listener_close(four);
  sley_listener_close(six);
  o = at(NULL);
  o.only_ipv6 = false;
  six = listens(&o);
  assert_int_equal(int_option(sley_listener_fd(six), IPPROTO_IPV6, IPV6_V6ONLY), 0);
  sley_listener_close(six);
}

typedef struct prepared {
  int calls, drops;
  bool fails;
} prepared;

static sley_error *prepare(void *ctx, sley_fd fd)
{
  prepared *p = ctx;
  int size = 32768;
  p->calls++;
  assert_int_equal(int_option(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
  return p->fails ? sley_error_new(&sley_kind_errno, EDOM, "not today") : NULL;
}

static void prepare_drop(void *ctx) { ((prepared *)ctx)->drops++; }

static void options_of_tcp(void **state)
{
  (void)state;
  prepared p = {0};
  sley_listen_options o = at("127.0.0.1");
  sley_listener *l = listens(&o);
  sley_fd fd = sley_listener_fd(l);
#ifdef __linux__ /* off by default */
  assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
  assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_FASTOPEN), 0);
#endif
  assert_int_equal(int_option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
  assert_false(sley_listener_has_fast_open(l));
  sley_listener_close(l);
  o.prepare = prepare;
  o.prepare_ctx = &p;
  o.prepare_drop = prepare_drop;
  o.keep_alive = 40;
#ifdef __linux__
  o.user_timeout = 2;
  o.defer_accept = 1.5;
  o.fast_open = 7;
#endif
  l = listens(&o);
  fd = sley_listener_fd(l);
  assert_int_equal(p.calls, 1);
  assert_int_equal(p.drops, 1);
  assert_true(int_option(fd, SOL_SOCKET, SO_RCVBUF) >= 32768);
#ifdef __linux__
  assert_true(int_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 2);
  assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_FASTOPEN), 7);
  int allowed = 0;
  FILE *file = fopen("/proc/sys/net/ipv4/tcp_fastopen", "r");
  if (file != NULL && fscanf(file, "%d", &allowed) != 1) allowed = 0;
  if (file != NULL) fclose(file);
  assert_int_equal(sley_listener_has_fast_open(l), (allowed & 2) != 0);
  /* A deferred connection is accepted with its data. */
  char port[16];
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  sley_promise *accepted = sley_accept(l);
  sley_value ends[2];
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &ends[0]));
  rest(0.05);
  assert_true(sley_is_pending(accepted));
  run_gives(sley_write(sley_io_in(&ends[0]), "x", 1), 0);
  assert_null(sley_run(accepted, &ends[1]));
  /* What accepted connections inherit. */
  fd = sley_io_fd(sley_io_in(&ends[1]));
  assert_int_equal(int_option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 40);
  assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 10);
  assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 2000);
  sley_value_drop(&ends[0]);
  sley_value_drop(&ends[1]);
#endif
  sley_listener_close(l);
  p.fails = true;
  assert_non_null(strstr(fails(&o, &sley_kind_errno, EDOM), "not today"));
  o.keep_alive = -1;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(p.drops, 3);
  o = at("127.0.0.1");
  o.mode = 0600;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
  o = at("127.0.0.1");
  o.replace = true;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
  o = at("127.0.0.1");
  o.defer_accept = NAN;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
  o = at("127.0.0.1");
  o.user_timeout = -1;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
}

/* ---- Unix sockets */

static char folder[64], path[80], text[100];

static int folder_make(void **state)
{
  snprintf(folder, sizeof(folder), "/tmp/sley-listen-XXXXXX");
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(path, sizeof(path), "%s/s", folder);
  snprintf(text, sizeof(text), "unix:%s", path);
  return setup(state);
}

/* Nothing may be left in the folder. */
static int folder_remove(void **state)
{
  int code = teardown(state);
  return rmdir(folder) == 0 ? code : -1;
}

static bool is_there(const char *name)
{
  struct stat status;
  return lstat(name, &status) == 0;
}

/* A socket as a program that crashed leaves it. */
static void leave_stale(void)
{
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
  assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
  assert_int_equal(listen(fd, 1), 0);
  close(fd);
}

/* Case B1.39 of Lwt's tests: a Unix socket bound to a path, the address says so. */
static void b1_39_a_path(void **state)
{
  (void)state;
  sley_listen_options o = at(text);
  sley_listener *l = listens(&o);
  assert_string_equal(address_of(l), text);
  assert_int_equal(sley_listener_port(l), 0);
  answers(l, text);
  const char *said = fails(&o, &sley_kind_errno, EADDRINUSE);
  assert_non_null(strstr(said, text));
  assert_null(strstr(said, "replace"));
  o.replace = true; /* somebody listens */
  fails(&o, &sley_kind_errno, EADDRINUSE);
  answers(l, text);
  sley_listener_close(l);
  assert_false(is_there(path));
  sley_listener_close(listens(&o)); /* there is nothing to replace */
}

static void a_stale_file_is_replaced_if_asked(void **state)
{
  (void)state;
  sley_listen_options o = at(text);
  leave_stale();
  assert_non_null(strstr(fails(&o, &sley_kind_errno, EADDRINUSE), "the option replace"));
  assert_true(is_there(path));
  o.replace = true;
  sley_listener *l = listens(&o);
  answers(l, text);
  sley_listener_close(l);
  assert_false(is_there(path));
  /* No socket, and a link to one, are never replaced. */
  close(open(path, O_CREAT | O_WRONLY, 0600));
  assert_non_null(strstr(fails(&o, &sley_kind_errno, EADDRINUSE), "that is no socket"));
  assert_true(is_there(path));
  unlink(path);
  assert_int_equal(symlink("elsewhere", path), 0);
  fails(&o, &sley_kind_errno, EADDRINUSE);
  assert_true(is_there(path));
  unlink(path);
}

static void a_file_that_is_not_ours_stays(void **state)
{
  (void)state;
  sley_listen_options o = at(text);
  sley_listener *l = listens(&o);
  unlink(path);
  leave_stale(); /* another's */
  sley_listener_close(l);
  assert_true(is_there(path));
  unlink(path);
  l = listens(&o);
  unlink(path);
  sley_listener_close(l);
}

static void a_mode_of_its_own(void **state)
{
  (void)state;
  static const struct {
    unsigned mask, mode, wanted;
  } cases[] = {{0077, 0666, 0666}, {0022, 0600, 0600}, {0027, 0, 0750}};
  for (int i = 0; i < 3; i++) {
    struct stat status;
    mode_t before = umask((mode_t)cases[i].mask);
    sley_listen_options o = at(text);
    o.mode = cases[i].mode;
    sley_listener *l = listens(&o);
    umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, cases[i].wanted);
    sley_listener_close(l);
  }
}

static void long_and_wild_paths(void **state)
{
  (void)state;
  sley_listen_options o;
  char deep[256], address[512];
#ifdef __linux__
  snprintf(deep, sizeof(deep), "%s/%0150d", folder, 7);
  assert_int_equal(mkdir(deep, 0700), 0);
  snprintf(address, sizeof(address), "unix:%s/s", deep);
  o = at(address);
  sley_listener *l = listens(&o);
  assert_string_equal(address_of(l), "unix:"); /* it has no room for it */
  answers(l, address);
  fails(&o, &sley_kind_errno, EADDRINUSE);
  o.replace = true;
  fails(&o, &sley_kind_errno, EADDRINUSE);
  sley_listener_close(l);
  assert_int_equal(rmdir(deep), 0); /* its file is gone */
  assert_non_null(strstr(fails(&o, &sley_kind_errno, ENOENT), "the folder"));
  /* Abstract names have no file. */
  snprintf(address, sizeof(address), "unix:@sley-listen-%d", (int)getpid());
  o = at(address);
  l = listens(&o);
  assert_string_equal(address_of(l), address);
  answers(l, address);
  fails(&o, &sley_kind_errno, EADDRINUSE);
  sley_listener_close(l);
  sley_listener_close(listens(&o));
  o = at("unix:"); /* the system chooses a name */
  l = listens(&o);
  snprintf(address, sizeof(address), "%s", address_of(l));
  assert_memory_equal(address, "unix:@", 6);
  answers(l, address);
  sley_listener_close(l);
#endif
  snprintf(address, sizeof(address), "unix:%s/\\xc3\\xa4 \\x1b", folder);
  o = at(address);
  sley_listener *wild = listens(&o);
  assert_string_equal(address_of(wild), address);
  answers(wild, address);
  sley_listener_close(wild);
  snprintf(deep, sizeof(deep), "unix:%s/", folder);
  o = at(deep);
  fails(&o, &sley_kind_errno, EISDIR);
  snprintf(address, sizeof(address), "unix:%s/%0240d", folder, 7);
  o = at(address);
  fails(&o, &sley_kind_errno, ENAMETOOLONG);
  o = at("unix:a\nb");
  assert_non_null(strstr(fails(&o, &sley_kind_sley, SLEY_EINVAL), "unix:a\\x0ab"));
  o = at(text);
  o.port = 80;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
  o = at(text);
  o.share_port = true;
  fails(&o, &sley_kind_sley, SLEY_EINVAL);
  /* Relative to the folder of the process, as it is now. */
  char here[4096];
  assert_non_null(getcwd(here, sizeof(here)));
  assert_int_equal(chdir(folder), 0);
  o = at("unix:s");
  wild = listens(&o);
  assert_int_equal(chdir(here), 0);
  assert_true(is_there(path));
  answers(wild, text);
  sley_listener_close(wild); /* it still finds its file */
  assert_false(is_there(path));
}

/* Of processes that start at the same time over a stale file one serves, and no other has its place taken. */
static int starter(int go, int done)
{
  char byte;
  sley_listen_options o = at(text);
  o.replace = true;
  if (begin(false, 0) != 0 || read(go, &byte, 1) < 0) return 9;
  sley_listener *l;
  sley_error *e = sley_listen(&o, &l);
  bool taken = sley_error_is(e, &sley_kind_errno, EADDRINUSE);
  sley_error_drop(e);
  if (e != NULL) return taken ? 1 : 8;
  /* Until the others have seen that it is served: meanwhile another one's file can stand there. */
  while (read(done, &byte, 1) > 0) continue;
  bool good = is_there(path);
  if (good) answers(l, text);
  sley_listener_close(l);
  return good && finish() == 0 ? 0 : 7;
}

static void starters_race(void **state)
{
  (void)state;
  enum { STARTERS = 6, ROUNDS = 15 };
  for (int round = 0; round < ROUNDS; round++) {
    int go[2], done[2], serving = 0, refused = 0;
    pid_t children[STARTERS];
    leave_stale();
    assert_int_equal(pipe(go) | pipe(done), 0);
    fflush(NULL);
    for (int i = 0; i < STARTERS; i++) {
      children[i] = fork();
      if (children[i] == 0) {
        close(go[1]);
        close(done[1]);
        _exit(starter(go[0], done[0]));
      }
    }
    close(go[1]); /* they all read its end */
    for (int i = 0; i < 5000 && refused < STARTERS - 1; i++) {
      usleep(1000);
      for (int k = 0; k < STARTERS; k++) {
        int status;
        if (children[k] == 0 || waitpid(children[k], &status, WNOHANG) != children[k]) continue;
        children[k] = 0;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 1) fail_msg("status %x", status);
        refused++;
      }
    }
    close(done[1]);
    for (int k = 0; k < STARTERS; k++) {
      int status;
      if (children[k] == 0) continue;
      assert_int_equal(waitpid(children[k], &status, 0), children[k]);
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail_msg("status %x", status);
      serving++;
    }
    assert_int_equal(serving, 1);
    assert_false(is_there(path));
    close(go[0]);
    close(done[0]);
  }
}

/* ---- who is at the other end */

static void credentials(void **state)
{
  (void)state;
  sley_listen_options o = at(text);
  sley_listener *l = listens(&o);
  sley_value ends[2];
  sley_credentials c;
  is_served(l, text, NULL, ends);
  for (int i = 0; i < 2; i++) {
    assert_null(sley_socket_credentials(sley_io_in(&ends[i]), &c));
#ifdef __linux__
    assert_int_equal(c.pid, getpid());
#endif
    assert_int_equal(c.user, geteuid());
    assert_int_equal(c.group, getegid());
  }
  sley_address address;
  assert_null(sley_socket_peer(sley_io_in(&ends[1]), &address));
  assert_int_equal(sley_address_family_get(&address), SLEY_ADDRESS_FAMILY_UNIX);
  sley_value_drop(&ends[0]);
  sley_value_drop(&ends[1]);
  sley_listener_close(l);
  o = at("127.0.0.1");
  l = listens(&o);
  char port[16];
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  is_served(l, "127.0.0.1", port, ends);
  sley_error *e = sley_socket_credentials(sley_io_in(&ends[0]), &c);
  assert_non_null(e);
  assert_int_equal(c.pid, -1);
  sley_error_drop(e);
  sley_value_drop(&ends[0]);
  sley_value_drop(&ends[1]);
  sley_listener_close(l);
}

/* ---- without memory */

static void listen_without_memory(void)
{
  sley_listen_options o = at(text);
  o.replace = true;
  o.mode = 0600;
  for (int i = 0; i < 2; i++) {
    sley_listener *l;
    sley_error *e = sley_listen(&o, &l);
    if (e == NULL) sley_listener_close(l);
    else assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
    sley_error_drop(e);
    assert_false(is_there(path));
    o = at("*");
  }
}

static void every_allocation_fails(void **state)
{
  (void)state;
  snprintf(folder, sizeof(folder), "/tmp/sley-listen-XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof(path), "%s/s", folder);
  snprintf(text, sizeof(text), "unix:%s", path);
  each_allocation_fails(listen_without_memory);
  assert_int_equal(rmdir(folder), 0);
}

static void no_place(void)
{
  sley_address address;
  sley_listener_address(NULL, &address);
}
static void no_options(void)
{
  sley_listener *l;
  sley_error_drop(sley_listen(NULL, &l));
}

static void mistakes_abort_with_a_sentence(void **state)
{
  (void)state;
  char said[1024];
  assert_true(aborted(run_in_child(no_place, said, sizeof(said))));
  assert_non_null(strstr(said, "sley_listener_address"));
  assert_true(aborted(run_in_child(no_options, said, sizeof(said))));
  assert_non_null(strstr(said, "sley_listen"));
}

/* ---- the end of a domain */

static int told; /* the code of what the accept that was left was rejected with */

static void note(void *ctx, sley_error *e)
{
  (void)ctx;
  told = sley_error_code(e);
}

static sley_promise *leaves_listeners(sley_value *arg)
{
  (void)arg;
  sley_listen_options tcp = at("127.0.0.1"), local = at(text);
  sley_listener *l = listens(&tcp);
  sley_promise *p = sley_accept(l);
  sley_on_failure(p, note, NULL);
  sley_drop(p);
  listens(&local);
  sley_listener_close(listens(&tcp));
  return sley_return_unit();
}

static void listeners_end_with_their_domain(void **state)
{
  (void)state;
  sley_domain *d = start("other");
  run_gives(sley_call(d, leaves_listeners, sley_unit()), 0);
  assert_int_equal(access(path, F_OK), 0);
  end_leaving_nothing(d);
  assert_int_equal(told, SLEY_ECLOSED);
  assert_true(access(path, F_OK) != 0);
  sley_listen_options o = at(text);
  listens(&o); /* the first domain's; see setup and teardown */
}

#define UNIX_TEST(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

static int only_folder_make(void **state)
{
  (void)state;
  snprintf(folder, sizeof(folder), "/tmp/sley-listen-XXXXXX");
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(path, sizeof(path), "%s/s", folder);
  snprintf(text, sizeof(text), "unix:%s", path);
  return 0;
}

static int only_folder_remove(void **state)
{
  (void)state;
  return rmdir(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      /* first: its children must find the library unused */
      cmocka_unit_test_setup_teardown(starters_race, only_folder_make, only_folder_remove),
      cmocka_unit_test(mistakes_abort_with_a_sentence),
      TEST(addresses_with_and_without_a_port),
      TEST(b1_38_a_given_port),
      TEST(only_ipv6),
      TEST(options_of_tcp),
      UNIX_TEST(b1_39_a_path),
      UNIX_TEST(a_stale_file_is_replaced_if_asked),
      UNIX_TEST(a_file_that_is_not_ours_stays),
      UNIX_TEST(a_mode_of_its_own),
      UNIX_TEST(long_and_wild_paths),
      UNIX_TEST(credentials),
      UNIX_TEST(listeners_end_with_their_domain),
      cmocka_unit_test(every_allocation_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
