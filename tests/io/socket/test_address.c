/* Addresses: their text both ways, what is no address, ranges, values, and the two ends of a connection. The fuzzer's
 * corpus.
 * Tests src/io/socket/address.c, src/io/socket/address_text.c, src/io/socket/address_range.c,
 * src/io/socket/escape.c, src/io/socket/ends.c. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "address_target.h"
#include "support/child.h"
#include "support/process.h"

#include <sley.h>

static sley_address parsed(const char *text)
{
  sley_address a;
  sley_error *e = sley_address_parse(text, &a);
  if (e != NULL) fail_msg("%s", sley_error_message(e));
  return a;
}

static const char *text_of(const sley_address *a)
{
  static char text[SLEY_ADDRESS_TEXT];
  assert_true(sley_address_text(a, text, sizeof(text)) < sizeof(text));
  return text;
}

/* ---- text */

static void text_goes_both_ways(void **state)
{
  (void)state;
  static const struct {
    const char *given, *written; /* NULL: as given */
    sley_address_family family;
    unsigned port;
  } cases[] = {
      {"127.0.0.1:80", NULL, SLEY_ADDRESS_FAMILY_IPV4, 80},
      {"0.0.0.0:0", NULL, SLEY_ADDRESS_FAMILY_IPV4, 0},
      {"255.255.255.255:65535", NULL, SLEY_ADDRESS_FAMILY_IPV4, 65535},
      {"10.20.30.40:0042", "10.20.30.40:42", SLEY_ADDRESS_FAMILY_IPV4, 42},
      {"[::1]:80", NULL, SLEY_ADDRESS_FAMILY_IPV6, 80},
      {"[2001:DB8:0:0:0:0:0:1]:1", "[2001:db8::1]:1", SLEY_ADDRESS_FAMILY_IPV6, 1},
      {"[::ffff:1.2.3.4]:5", NULL, SLEY_ADDRESS_FAMILY_IPV6, 5},
      {"[fe80::1%7]:5", NULL, SLEY_ADDRESS_FAMILY_IPV6, 5},
      {"[fe80::1%4294967295]:5", NULL, SLEY_ADDRESS_FAMILY_IPV6, 5},
      {"*:8080", "[::]:8080", SLEY_ADDRESS_FAMILY_IPV6, 8080},
      {"unix:/run/a b.sock", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
      {"unix:relative:80", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
      {"unix:", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
      {"unix:\\x40a@", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
      {"unix:/\\x41\\xC3\\xa4\\x1b\\x5c", "unix:/A\\xc3\\xa4\\x1b\\x5c", SLEY_ADDRESS_FAMILY_UNIX,
       0},
#ifdef __linux__
      {"unix:@", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
      {"unix:@name\\x00more", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
      {"unix:@@", NULL, SLEY_ADDRESS_FAMILY_UNIX, 0},
#endif
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    sley_address a = parsed(cases[i].given);
    assert_string_equal(text_of(&a), cases[i].written != NULL ? cases[i].written : cases[i].given);
    assert_int_equal(sley_address_family_get(&a), cases[i].family);
    assert_int_equal(sley_address_port(&a), cases[i].port);
  }
  sley_address none = {0};
  assert_string_equal(text_of(&none), "none");
  assert_int_equal(sley_address_family_get(&none), SLEY_ADDRESS_FAMILY_NONE);
  assert_int_equal(sley_address_port(&none), 0);
}

static void says_what_is_no_address(void **state)
{
  (void)state;
  static const char *const wrong[] = {
      "",
      "127.0.0.1",
      "127.0.0.1:",
      "127.0.0.1:65536",
      "127.0.0.1:http",
      "127.1:80",
      "2130706433:80",
      "0x7f000001:80",
      "0177.0.0.1:80",
      "127.0.0.01:80",
      "127.0.0.256:80",
      "127.0.0.1.:80",
      " 127.0.0.1:80",
      "127.0.0.1 :80",
      "::1",
      "::1:80",
      "[::1]",
      "[::1]80",
      "[127.0.0.1]:80",
      "[::1:80",
      "[*]:80",
      "[::g]:80",
      "[fe80::1%0]:80",
      "[fe80::1%]:80",
      "[fe80::1%4294967296]:80",
      "localhost:80",
      ":80",
      "none",
      "[0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1]:80",
      "unix:a\nb",
      "unix:a\\",
      "unix:a\\x4",
      "unix:a\\x4g",
      "unix:a\\n",
      "unix:\\x00a",
      "unix:a\\x00",
      "unix:\xc3\xa4"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    sley_address a;
    memset(&a, 0xff, sizeof(a));
    sley_error *e = sley_address_parse(wrong[i], &a);
    if (e == NULL) fail_msg("\"%s\" is %s", wrong[i], text_of(&a));
    assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL) ||
                sley_error_is(e, &sley_kind_errno, ENODEV));
    assert_int_equal(sley_error_is(e, &sley_kind_errno, ENODEV), strchr(wrong[i], '%') != NULL);
    assert_int_equal(a.length, 0);
    assert_non_null(strstr(sley_error_site(e), "test_address.c"));
    sley_error_drop(e);
  }
}

static void a_long_or_wild_text_is_quoted_safely(void **state)
{
  (void)state;
  char text[400] = "\x1b]0;title\x07\r\n\\";
  sley_address a;
  sley_error *e = sley_address_parse(text, &a);
  assert_non_null(strstr(sley_error_message(e), "\"\\x1b]0;title\\x07\\x0d\\x0a\\x5c\" is"));
  sley_error_drop(e);
  memset(text, '\n', sizeof(text) - 1);
  e = sley_address_parse(text, &a);
  assert_non_null(strstr(sley_error_message(e), "\\x0a...\" is no address"));
  assert_null(strchr(sley_error_message(e), '\n'));
  sley_error_drop(e);
}

static void a_scope_is_an_interface(void **state)
{
  (void)state;
  char name[IF_NAMESIZE], text[64];
  if (if_indextoname(1, name) == NULL) skip();
  snprintf(text, sizeof(text), "[fe80::1%%%s]:80", name);
  sley_address a = parsed(text);
  assert_string_equal(text_of(&a), "[fe80::1%1]:80");
  sley_address b = parsed("[fe80::1%2]:80");
  assert_false(sley_address_is_equal(&a, &b));
  sley_error *e = sley_address_parse("[fe80::1%no\tsuch]:80", &a);
  assert_true(sley_error_is(e, &sley_kind_errno, ENODEV));
  assert_non_null(strstr(sley_error_message(e), "\"[fe80::1%no\\x09such]:80\": there is no such"));
  sley_error_drop(e);
}

static void numeric_hosts(void **state)
{
  (void)state;
  static const struct {
    const char *host, *text; /* NULL: none */
  } cases[] = {{"192.0.2.1", "192.0.2.1:7"},
               {"::1", "[::1]:7"},
               {"fe80::1%3", "[fe80::1%3]:7"},
               {"::1.2.3.4", "[::1.2.3.4]:7"},
               {"[::1]", NULL},
               {"127.1", NULL},
               {"0x7f.1", NULL},
               {"localhost", NULL},
               {"", NULL},
               {"*", NULL},
               {"127.0.0.1%1", NULL},
               {"1.2.3.4:80", NULL}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    sley_address a;
    sley_error *e = sley_address_from_host(cases[i].host, 7, &a);
    if ((e == NULL) != (cases[i].text != NULL)) fail_msg("%s", cases[i].host);
    if (e == NULL) assert_string_equal(text_of(&a), cases[i].text);
    else assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
    sley_error_drop(e);
  }
  sley_address a;
  sley_error *e = sley_address_from_host("127.0.0.1", 65536, &a);
  assert_non_null(strstr(sley_error_message(e), "port \"65536\""));
  sley_error_drop(e);
}

/* ---- the system's form */

static void sockaddr_both_ways(void **state)
{
  (void)state;
  struct sockaddr_in6 a6 = {.sin6_family = AF_INET6,
                            .sin6_port = htons(80),
                            .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                            .sin6_flowinfo = 5};
  sley_address a, b = parsed("[::1]:80");
  assert_null(sley_address_from_sockaddr(&a6, sizeof(a6), &a));
  assert_true(sley_address_is_equal(&a, &b)); /* the flow label is no part of it */
  unsigned length;
  const struct sockaddr_in6 *back = sley_address_sockaddr(&a, &length);
  assert_int_equal(length, sizeof(a6));
  assert_int_equal(back->sin6_port, htons(80));
  sley_error *e = sley_address_from_sockaddr(&a6, sizeof(a6) - 1, &a);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  e = sley_address_from_sockaddr(&a6, 1, &a);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  a6.sin6_family = AF_UNSPEC;
  e = sley_address_from_sockaddr(&a6, sizeof(a6), &a);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
}

static void paths(void **state)
{
  (void)state;
  sley_address a, b;
  size_t size;
  char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
  memset(longest, 'p', sizeof(longest));
  assert_null(sley_address_from_path(longest, sizeof(longest) - 1, &a));
  assert_int_equal(strlen(text_of(&a)), 5 + sizeof(longest) - 1);
  assert_memory_equal(sley_address_path(&a, &size), longest, sizeof(longest) - 1);
  assert_int_equal(size, sizeof(longest) - 1);
  sley_error *e = sley_address_from_path(longest, sizeof(longest), &a);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  e = sley_address_from_path("a\0b", 3, &a);
  assert_true(sley_error_is(e, &sley_kind_sley, SLEY_EINVAL));
  sley_error_drop(e);
  assert_null(sley_address_from_path(NULL, 0, &a));
  assert_string_equal(text_of(&a), "unix:");
  assert_non_null(sley_address_path(&a, &size));
  assert_int_equal(size, 0);
  b = parsed("127.0.0.1:80");
  assert_null(sley_address_path(&b, &size));
  /* With and without the 0 at its end, as programs and systems give it. */
  struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
  assert_null(sley_address_from_sockaddr(&un, offsetof(struct sockaddr_un, sun_path) + 6, &a));
  assert_null(sley_address_from_sockaddr(&un, sizeof(un), &b));
  assert_true(sley_address_is_equal(&a, &b));
  assert_string_equal(text_of(&b), "unix:/run/x");
  /* A text cut in the middle is terminated. */
  char cut[8];
  assert_int_equal(sley_address_text(&a, cut, sizeof(cut)), 11);
  assert_string_equal(cut, "unix:/r");
  assert_int_equal(sley_address_text(&a, NULL, 0), 11);
}

/* ---- ranges */

static void ranges(void **state)
{
  (void)state;
  static const struct {
    const char *host;
    char range; /* l: loopback, p: public, -: neither */
  } cases[] = {{"8.8.8.8", 'p'},
               {"1.1.1.1", 'p'},
               {"127.0.0.1", 'l'},
               {"127.255.255.254", 'l'},
               {"126.255.255.255", 'p'},
               {"128.0.0.1", 'p'},
               {"0.0.0.0", '-'},
               {"0.1.2.3", '-'},
               {"10.0.0.1", '-'},
               {"11.0.0.1", 'p'},
               {"100.63.255.255", 'p'},
               {"100.64.0.0", '-'},
               {"100.127.255.255", '-'},
               {"100.128.0.0", 'p'},
               {"169.254.169.254", '-'},
               {"172.15.255.255", 'p'},
               {"172.16.0.1", '-'},
               {"172.31.255.255", '-'},
               {"172.32.0.0", 'p'},
               {"192.0.0.8", '-'},
               {"192.0.2.1", '-'},
               {"192.0.3.1", 'p'},
               {"192.88.99.1", '-'},
               {"192.168.1.1", '-'},
               {"198.17.255.255", 'p'},
               {"198.18.0.1", '-'},
               {"198.19.255.255", '-'},
               {"198.20.0.1", 'p'},
               {"198.51.100.1", '-'},
               {"203.0.113.1", '-'},
               {"223.255.255.255", 'p'},
               {"224.0.0.1", '-'},
               {"239.255.255.250", '-'},
               {"240.0.0.1", '-'},
               {"255.255.255.255", '-'},
               {"::1", 'l'},
               {"::", '-'},
               {"::2", '-'},
               {"::7f00:1", '-'},
               {"::ffff:127.0.0.1", 'l'},
               {"::ffff:8.8.8.8", 'p'},
               {"::ffff:10.0.0.1", '-'},
               {"64:ff9b::8.8.8.8", 'p'},
               {"64:ff9b::10.0.0.1", '-'},
               {"64:ff9b:1::8.8.8.8", '-'},
               {"2606:4700::1111", 'p'},
               {"2a00::1", 'p'},
               {"3ffe::1", 'p'},
               {"2001::1", '-'},
               {"2001:1ff::1", '-'},
               {"2001:200::1", 'p'},
               {"2001:db8::1", '-'},
               {"2001:db9::1", 'p'},
               {"2002:808:808::1", '-'},
               {"2003::1", 'p'},
               {"3fff::1", '-'},
               {"3fff:1000::1", 'p'},
               {"fc00::1", '-'},
               {"fd12::1", '-'},
               {"fe80::1%1", '-'},
               {"ff02::1%1", '-'},
               {"4000::1", '-'},
               {"100::1", '-'},
               {"5f00::1", '-'},
               {"1fff::1", '-'}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    sley_address a;
    assert_null(sley_address_from_host(cases[i].host, 80, &a));
    if (sley_address_is_loopback(&a) != (cases[i].range == 'l')) fail_msg("%s", cases[i].host);
    if (sley_address_is_public(&a) != (cases[i].range == 'p')) fail_msg("%s", cases[i].host);
  }
  sley_address others[] = {parsed("unix:/run/x"), parsed("unix:"), {0}};
  for (int i = 0; i < 3; i++) {
    assert_false(sley_address_is_public(&others[i]));
    assert_false(sley_address_is_loopback(&others[i]));
  }
}

/* ---- values */

static void values_own_a_copy(void **state)
{
  (void)state;
  sley_address a = parsed("192.0.2.1:80"), out;
  sley_value v, second;
  assert_null(sley_address_to_value(&a, &v));
  assert_true(sley_address_is_in(&v));
  assert_ptr_not_equal(sley_address_in(&v), &a);
  assert_int_equal(sley_value_dup(&v, &second), 0);
  assert_ptr_not_equal(sley_address_in(&v), sley_address_in(&second));
  assert_int_equal(sley_address_take(&v, &out), 0);
  assert_true(sley_address_is_equal(&a, &out));
  sley_value_drop(&v);
  assert_true(sley_address_is_equal(&a, sley_address_in(&second)));
  sley_value_drop(&second);
  assert_false(sley_address_is_in(&v));
  assert_false(sley_address_is_in(NULL));
  sley_value moved = {.type = &sley_type_moved};
  assert_int_equal(sley_address_take(&moved, &out), -SLEY_EMOVED);
  assert_int_equal(out.length, 0);
}

static void wrong_value(void)
{
  sley_value v = sley_int(3);
  (void)sley_address_in(&v);
}
static void no_text(void) { (void)!sley_address_parse(NULL, &(sley_address){0}); }
static void no_out(void) { (void)!sley_address_parse("127.0.0.1:80", NULL); }
static void no_room(void) { sley_address_text(&(sley_address){0}, NULL, 5); }

static void mistakes_abort_with_a_sentence(void **state)
{
  (void)state;
  static const struct {
    void (*f)(void);
    const char *said;
  } cases[] = {{wrong_value, "sley_address"},
               {no_text, "sley_address_parse"},
               {no_out, "sley_address_parse"},
               {no_room, "sley_address_text"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char text[1024];
    assert_true(aborted(run_in_child(cases[i].f, text, sizeof(text))));
    if (strstr(text, cases[i].said) == NULL) fail_msg("%zu: %s", i, text);
  }
}

/* ---- the ends of a connection */

static void ends_of_a_connection(void **state)
{
  (void)state;
  sley_listener *l;
  sley_listen_options o = {.size = sizeof(o), .address = "127.0.0.1"};
  assert_null(sley_listen(&o, &l));
  char port[16];
  snprintf(port, sizeof(port), "%u", sley_listener_port(l));
  sley_value client, server;
  sley_promise *accepted = sley_accept(l);
  assert_null(sley_run(sley_connect(NULL, "127.0.0.1", port), &client));
  assert_null(sley_run(accepted, &server));
  sley_address a[4];
  assert_null(sley_socket_local(sley_io_in(&client), &a[0]));
  assert_null(sley_socket_peer(sley_io_in(&client), &a[1]));
  assert_null(sley_socket_local(sley_io_in(&server), &a[2]));
  assert_null(sley_socket_peer(sley_io_in(&server), &a[3]));
  assert_true(sley_address_is_equal(&a[0], &a[3]));
  assert_true(sley_address_is_equal(&a[1], &a[2]));
  assert_int_equal(sley_address_port(&a[1]), sley_listener_port(l));
  assert_true(sley_address_is_loopback(&a[1]));
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(sley_io_fd(sley_io_in(&client)), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  sley_value_drop(&client);
  char byte;
  run_fails(sley_read(sley_io_in(&server), &byte, 1), &sley_kind_errno, ECONNRESET);
  sley_error *e = sley_socket_peer(sley_io_in(&server), &a[0]);
  assert_true(sley_error_is(e, &sley_kind_errno, ENOTCONN));
  assert_int_equal(a[0].length, 0);
  sley_error_drop(e);
  sley_value_drop(&server);
  sley_listener_close(l);
}

/* ---- the corpus */

static void corpus(void **state)
{
  DIR *folder = opendir(*state);
  int files = 0;
  assert_non_null(folder);
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    uint8_t bytes[1024];
    char path[4096];
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof(path), "%s/%s", (const char *)*state, entry->d_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    for (int mode = 0; mode < 4; mode++)
      for (size_t cut = 1; cut <= size; cut++) {
        bytes[0] = (uint8_t)((bytes[0] & ~3) | mode);
        LLVMFuzzerTestOneInput(bytes, cut);
      }
    files++;
  }
  closedir(folder);
  assert_true(files >= 20);
}

int main(int count, char **words)
{
  if (count < 2) return 2;
  const struct CMUnitTest tests[] = {TEST(text_goes_both_ways),
                                     TEST(says_what_is_no_address),
                                     TEST(a_long_or_wild_text_is_quoted_safely),
                                     TEST(a_scope_is_an_interface),
                                     TEST(numeric_hosts),
                                     TEST(sockaddr_both_ways),
                                     TEST(paths),
                                     TEST(ranges),
                                     TEST(values_own_a_copy),
                                     cmocka_unit_test(mistakes_abort_with_a_sentence),
                                     TEST(ends_of_a_connection),
                                     cmocka_unit_test_prestate(corpus, words[1])};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
