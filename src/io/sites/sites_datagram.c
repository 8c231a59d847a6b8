/* Made by scripts/generate from sley/datagram.h: its functions for pointers and bindings. */
#include <sley/datagram.h>

/* clang-format off */

sley_error *(sley_datagram_open)(const sley_datagram_options *options, sley_datagram **out)
{
  return sley_datagram_open_at("", options, out);
}

sley_promise *(sley_datagram_close)(sley_datagram *d)
{
  return sley_datagram_close_at("", d);
}

sley_error *(sley_datagram_connect)(sley_datagram *d, const sley_address *to)
{
  return sley_datagram_connect_at("", d, to);
}

sley_error *(sley_datagram_local)(const sley_datagram *d, sley_address *out)
{
  return sley_datagram_local_at("", d, out);
}

sley_error *(sley_datagram_peer)(const sley_datagram *d, sley_address *out)
{
  return sley_datagram_peer_at("", d, out);
}

sley_promise *(sley_datagram_receive)(sley_datagram *d)
{
  return sley_datagram_receive_at("", d);
}

sley_promise *(sley_datagram_each)(sley_datagram *d, sley_packets_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_datagram_each_at("", d, f, ctx, drop);
}

sley_fd (sley_packet_take_fd)(const sley_packet *packet, size_t index)
{
  return sley_packet_take_fd_at("", packet, index);
}

sley_packet *(sley_packet_in)(const sley_value *v)
{
  return sley_packet_in_at("", v);
}

sley_promise *(sley_datagram_flush)(sley_datagram *d)
{
  return sley_datagram_flush_at("", d);
}

sley_promise *(sley_datagram_wait_ready)(sley_datagram *d)
{
  return sley_datagram_wait_ready_at("", d);
}

sley_error *(sley_datagram_join)(sley_datagram *d, const char *group, const char *interface, const char *source)
{
  return sley_datagram_join_at("", d, group, interface, source);
}

sley_error *(sley_datagram_leave)(sley_datagram *d, const char *group, const char *interface, const char *source)
{
  return sley_datagram_leave_at("", d, group, interface, source);
}

sley_error *(sley_datagram_set_multicast)(sley_datagram *d, unsigned hops, bool loop, const char *interface)
{
  return sley_datagram_set_multicast_at("", d, hops, loop, interface);
}
