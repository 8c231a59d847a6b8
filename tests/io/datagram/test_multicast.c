/* Groups: joined or not, with or without loop, sources, interfaces; both families.
 * Tests src/io/datagram/multicast.c. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/packets.h"

static char carrier[IF_NAMESIZE], loopback[IF_NAMESIZE];

/* Finds an interface for groups; the loopback ("lo", "lo0") carries them on Linux, too, but hears itself also without
 * loop. Nothing leaves the machine: packets have no hops. */
static void interfaces_find(void)
{
  struct ifaddrs *all;
  assert_int_equal(getifaddrs(&all), 0);
  for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
    unsigned wanted = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
    if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET6) continue;
    if (i->ifa_flags & IFF_LOOPBACK) snprintf(loopback, sizeof(loopback), "%s", i->ifa_name);
    else if ((i->ifa_flags & wanted) == wanted)
      snprintf(carrier, sizeof(carrier), "%s", i->ifa_name);
  }
  freeifaddrs(all);
  print_message("groups on \"%s\" and \"%s\"\n", carrier, loopback);
}

typedef struct family {
  const char *any, *group, *other, *host;
} family;
static const family v4 = {"0.0.0.0:0", "239.255.42.43", "239.255.42.44", "127.0.0.1"},
                    v6 = {"[::]:0", "ff02::4243", "ff02::4244", "::1"};

static sley_datagram *member(const family *f)
{
  sley_datagram_options o = {
      .size = sizeof(o), .address = f->any, .reuse_address = true, .want_destination = true};
  return open_with(&o);
}

static sley_address group_of(const family *f, const char *group, const char *interface,
                             const sley_datagram *d)
{
  sley_address at = local(d), out;
  char text[64];
  snprintf(text, sizeof(text), "%s%s%s", group, f == &v6 ? "%" : "", f == &v6 ? interface : "");
  assert_null(sley_address_from_host(text, sley_address_port(&at), &out));
  return out;
}

/* Whether a packet comes before another one that is certain to. */
static bool comes(const family *f, sley_datagram *from, sley_datagram *to, const char *group,
                  const char *interface)
{
  sley_address at = group_of(f, group, interface, to), port = local(to), direct;
  assert_null(sley_address_from_host(f->host, sley_address_port(&port), &direct));
  assert_int_equal(send_text(from, &at, "group"), 0);
  assert_int_equal(send_text(from, &direct, "direct"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(to));
  bool came = p->size == 5;
  if (came) {
    /* A receiver is told the group. */
    assert_true(sley_address_is_equal(p->to, &at));
    assert_true(p->interface > 0);
    sley_packet_drop(p);
    p = packet_from(sley_datagram_receive(to));
  }
  is_text(p, "direct");
  sley_packet_drop(p);
  return came;
}

/* B6.1-4: join × loop. */
static void joined_and_looped(const family *f, const char *interface, bool hears_itself)
{
  for (int joins = 0; joins < 2; joins++) {
    for (int loops = 0; loops < 2; loops++) {
      sley_datagram *a = member(f), *b = member(f);
      assert_null(sley_datagram_set_multicast(a, 0, loops, interface));
      if (joins) assert_null(sley_datagram_join(b, f->group, interface, NULL));
      if (loops || !hears_itself)
        assert_int_equal(comes(f, a, b, f->group, interface), joins && loops);
      assert_false(comes(f, a, b, f->other, interface));
      if (joins) {
        assert_null(sley_datagram_leave(b, f->group, interface, NULL));
        assert_false(comes(f, a, b, f->group, interface));
      }
      sley_datagram_drop(a);
      sley_datagram_drop(b);
    }
  }
}

/* The text of the host that the group's packets come from, without its scope. */
static void source_of(const family *f, sley_datagram *from, sley_datagram *to,
                      const char *interface, char *text, size_t size)
{
  sley_address at = group_of(f, f->group, interface, to);
  assert_int_equal(send_text(from, &at, "who"), 0);
  sley_packet *p = packet_from(sley_datagram_receive(to));
  is_text(p, "who");
  const char *host = text_of(p->from);
  if (host[0] == '[') host++;
  snprintf(text, size, "%.*s", (int)strcspn(host, f == &v6 ? "]%" : ":"), host);
  sley_packet_drop(p);
}

static void of_one_source(const family *f, const char *interface, const char *stranger)
{
  char source[64];
  sley_datagram *a = member(f), *b = member(f);
  assert_null(sley_datagram_set_multicast(a, 0, true, interface));
  assert_null(sley_datagram_join(b, f->group, interface, NULL));
  source_of(f, a, b, interface, source, sizeof(source));
  assert_null(sley_datagram_leave(b, f->group, interface, NULL));
  assert_null(sley_datagram_join(b, f->group, interface, stranger));
  assert_false(comes(f, a, b, f->group, interface));
  assert_null(sley_datagram_leave(b, f->group, interface, stranger));
  assert_null(sley_datagram_join(b, f->group, interface, source));
  assert_true(comes(f, a, b, f->group, interface));
  assert_null(sley_datagram_leave(b, f->group, interface, source));
  sley_error *e = sley_datagram_leave(b, f->group, interface, source);
  assert_true(sley_error_is(e, &sley_kind_errno, EADDRNOTAVAIL) ||
              sley_error_is(e, &sley_kind_errno, EINVAL));
  assert_non_null(strstr(sley_error_message(e), f->group));
  assert_non_null(strstr(sley_error_message(e), interface));
  sley_error_drop(e);
  sley_datagram_drop(a);
  sley_datagram_drop(b);
}

static void groups(const family *f, const char *stranger)
{
  interfaces_find();
  if (carrier[0] != '\0') {
    joined_and_looped(f, carrier, false);
    of_one_source(f, carrier, stranger);
  }
  if (loopback[0] == '\0' || f == &v6) return; /* Linux routes no groups of IPv6 through it */
  joined_and_looped(f, loopback, true);
  of_one_source(f, loopback, stranger);
}

static void ipv4_groups(void **state)
{
  (void)state;
  groups(&v4, "127.0.0.9");
}

static void ipv6_groups(void **state)
{
  (void)state;
  if (has_ipv6()) groups(&v6, "2001:db8::9");
}

/* Two members at one port each receive a copy; an interface by its number. */
static void two_members(void **state)
{
  (void)state;
  char number[16];
  sley_datagram *a = member(&v4), *b = member(&v4);
  sley_address at = local(b), any;
  assert_null(sley_address_from_host("0.0.0.0", sley_address_port(&at), &any));
  sley_datagram_options o = {.size = sizeof(o), .address = text_of(&any), .reuse_address = true};
  sley_datagram *c = open_with(&o);
  interfaces_find();
  snprintf(number, sizeof(number), "%u", if_nametoindex(loopback));
  assert_null(sley_datagram_join(b, v4.group, number, NULL));
  assert_null(sley_datagram_join(c, v4.group, number, NULL));
  assert_null(sley_datagram_set_multicast(a, 0, true, number));
  sley_address group = group_of(&v4, v4.group, "", b);
  assert_int_equal(send_text(a, &group, "both"), 0);
  receives(b, "both");
  receives(c, "both");
  sley_datagram_drop(a);
  sley_datagram_drop(b);
  sley_datagram_drop(c);
}

static void refuses(sley_error *e, const sley_error_kind *kind, int code, const char *word)
{
  assert_non_null(e);
  if (!sley_error_is(e, kind, code) || strstr(sley_error_message(e), word) == NULL)
    print_message("error: %s\n", sley_error_message(e));
  assert_true(sley_error_is(e, kind, code));
  assert_non_null(strstr(sley_error_message(e), word));
  sley_error_drop(e);
}

static void refusals(void **state)
{
  (void)state;
  const sley_error_kind *sley = &sley_kind_sley, *system = &sley_kind_errno;
  sley_datagram *a = member(&v4), *u = open_at("unix:");
  refuses(sley_datagram_join(a, "127.0.0.1", NULL, NULL), sley, SLEY_EINVAL, "not a group");
  refuses(sley_datagram_join(a, "ff02::1", NULL, NULL), sley, SLEY_EINVAL, "family");
  refuses(sley_datagram_join(a, "group", NULL, NULL), sley, SLEY_EINVAL, "group");
  refuses(sley_datagram_join(a, v4.group, NULL, "::1"), sley, SLEY_EINVAL, "family");
  refuses(sley_datagram_join(a, v4.group, "nowhere0", NULL), system, ENODEV, "nowhere0");
  refuses(sley_datagram_join(a, v4.group, "99999", NULL), system, ENODEV, "99999");
  refuses(sley_datagram_set_multicast(a, 256, true, NULL), sley, SLEY_EINVAL, "255");
  refuses(sley_datagram_set_multicast(a, 1, true, "nowhere0"), system, ENODEV, "nowhere0");
  refuses(sley_datagram_set_multicast(u, 1, true, NULL), sley, SLEY_EINVAL, "Unix");
  refuses(sley_datagram_join(u, v4.group, NULL, NULL), sley, SLEY_EINVAL, "family");
  sley_datagram_abort(a);
  assert_ptr_equal(sley_datagram_join(a, v4.group, NULL, NULL), sley_error_closed());
  assert_ptr_equal(sley_datagram_set_multicast(a, 1, true, NULL), sley_error_closed());
  sley_datagram_drop(a);
  sley_datagram_drop(u);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(ipv4_groups), TEST(ipv6_groups), TEST(two_members),
                                     TEST(refusals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
