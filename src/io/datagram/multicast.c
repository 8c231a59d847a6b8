/* Groups (RFC 1112, RFC 4607), by the interface that both families share (RFC 3678) where there is one. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "io/datagram/datagram.h"

static sley_error *group_invalid(const char *site, const char *function, const char *text,
                                 const char *why)
{
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "%s: %s %s", function, text, why);
}

/* 0: the system's choice. */
static sley_error *interface_find(const char *site, const char *function, const char *name,
                                  unsigned *out)
{
  *out = 0;
  if (name == NULL) return NULL;
  if (name[0] >= '0' && name[0] <= '9') {
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    if (*end == '\0' && number <= INT_MAX) {
      *out = (unsigned)number;
      return NULL;
    }
  }
  *out = if_nametoindex(name);
  if (*out != 0) return NULL;
  return sley_error_new_at(site, &sley_kind_errno, ENODEV, "%s: interface %s: %s", function, name,
                           strerror(ENODEV));
}

static bool is_group(const sley_address *a)
{
  if (sley_address_family_get(a) == SLEY_ADDRESS_FAMILY_IPV4)
    return IN_MULTICAST(
        ntohl(((const struct sockaddr_in *)(const void *)a->data)->sin_addr.s_addr));
  return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)(const void *)a->data)->sin6_addr);
}

static sley_error *host_read(const char *site, const char *function, const sley_datagram *d,
                             const char *text, sley_address *out)
{
  sley_error *e = sley_address_from_host_at(site, text, 0, out);
  if (e != NULL) return e;
  bool is_v6 = sley_address_family_get(out) == SLEY_ADDRESS_FAMILY_IPV6;
  if (!d->is_unix && is_v6 == (d->family == AF_INET6)) return NULL;
  return group_invalid(site, function, text, "is of another family than the socket");
}

#ifdef MCAST_JOIN_GROUP
static int membership(const sley_datagram *d, bool joins, const sley_address *group,
                      const sley_address *source, unsigned interface)
{
  int level = d->family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (source->length == 0) {
    struct group_req request = {.gr_interface = interface};
    memcpy(&request.gr_group, group->data, group->length);
    return sley__sys_setsockopt(d->handle.fd, level, joins ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP,
                                &request, sizeof(request));
  }
  struct group_source_req request = {.gsr_interface = interface};
  memcpy(&request.gsr_group, group->data, group->length);
  memcpy(&request.gsr_source, source->data, source->length);
  return sley__sys_setsockopt(d->handle.fd, level,
                              joins ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP, &request,
                              sizeof(request));
}
#else
static int membership(const sley_datagram *d, bool joins, const sley_address *group,
                      const sley_address *source, unsigned interface)
{
  if (source->length > 0) {
    errno = ENOPROTOOPT;
    return -1;
  }
  if (d->family == AF_INET6) {
    struct ipv6_mreq request = {
        .ipv6mr_multiaddr = ((const struct sockaddr_in6 *)(const void *)group->data)->sin6_addr,
        .ipv6mr_interface = interface};
    return sley__sys_setsockopt(d->handle.fd, IPPROTO_IPV6,
                                joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                                sizeof(request));
  }
  if (interface != 0) {
    errno = ENOPROTOOPT;
    return -1;
  }
  struct ip_mreq request = {.imr_multiaddr =
                                ((const struct sockaddr_in *)(const void *)group->data)->sin_addr};
  return sley__sys_setsockopt(d->handle.fd, IPPROTO_IP,
                              joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                              sizeof(request));
}
#endif

static sley_error *change(const char *site, const char *function, sley_datagram *d, bool joins,
                          const char *group, const char *interface, const char *source)
{
  sley_address to, from = {0};
  unsigned number;
  sley__datagram_check(d, function, site);
  SLEY__NEEDS_AT(site, group);
  if (d->is_closing || d->is_closed) return sley_error_closed();
  sley_error *e = host_read(site, function, d, group, &to);
  if (e == NULL && !is_group(&to)) e = group_invalid(site, function, group, "is not a group");
  if (e == NULL && source != NULL) e = host_read(site, function, d, source, &from);
  if (e == NULL) e = interface_find(site, function, interface, &number);
  if (e != NULL) return e;
  if (membership(d, joins, &to, &from, number) == 0) return NULL;
  int code = errno;
  return sley_error_new_at(site, &sley_kind_errno, code, "%s: %s%s%s%s%s: %s", function, group,
                           source != NULL ? " from " : "", source != NULL ? source : "",
                           interface != NULL ? " on " : "", interface != NULL ? interface : "",
                           strerror(code));
}

sley_error *sley_datagram_join_at(const char *site, sley_datagram *d, const char *group,
                                  const char *interface, const char *source)
{
  return change(site, "sley_datagram_join", d, true, group, interface, source);
}

sley_error *sley_datagram_leave_at(const char *site, sley_datagram *d, const char *group,
                                   const char *interface, const char *source)
{
  return change(site, "sley_datagram_leave", d, false, group, interface, source);
}

/* ---- sending ---- */

static int set_v6(sley_fd fd, int hops, int loop, unsigned interface)
{
  if (sley__sys_setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) != 0)
    return -1;
  if (sley__sys_setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &loop, sizeof(loop)) != 0)
    return -1;
  return sley__sys_setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof(interface));
}

/* These two options are one byte long on the BSDs, and may be on Linux. */
static int set_v4(sley_fd fd, int hops, int loop, unsigned interface)
{
  unsigned char ttl = (unsigned char)hops, loops = (unsigned char)loop;
  if (sley__sys_setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) != 0) return -1;
  if (sley__sys_setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loops, sizeof(loops)) != 0)
    return -1;
#if defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__)
  struct ip_mreqn through = {.imr_ifindex = (int)interface};
#else
  struct in_addr through = {0};
  if (interface != 0) {
    errno = ENOPROTOOPT;
    return -1;
  }
#endif
  return sley__sys_setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof(through));
}

sley_error *sley_datagram_set_multicast_at(const char *site, sley_datagram *d, unsigned hops,
                                           bool loop, const char *interface)
{
  static const char function[] = "sley_datagram_set_multicast";
  unsigned number;
  sley__datagram_check(d, function, site);
  if (d->is_closing || d->is_closed) return sley_error_closed();
  if (d->is_unix || hops > 255)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "%s: %s", function,
                             d->is_unix ? "a Unix socket has no groups" : "hops is over 255");
  sley_error *e = interface_find(site, function, interface, &number);
  if (e != NULL) return e;
  int code = d->family == AF_INET6 ? set_v6(d->handle.fd, (int)hops, loop, number)
                                   : set_v4(d->handle.fd, (int)hops, loop, number);
  return code == 0 ? NULL : sley__error_errno(site, errno, function);
}
