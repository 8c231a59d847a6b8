/* Received packets as values, and their descriptors. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "io/datagram/datagram.h"

/* One that stands alone is the first of its room. */
static sley__room *room_of(sley_packet *packet)
{
  return SLEY__CONTAINER(packet, sley__room, packets);
}

static void packet_drop(void *ptr)
{
  sley__room *room = room_of(ptr);
  sley__room_close_fds(room);
  sley__room_free(room);
}

const sley_type sley_type_packet = {
    .size = sizeof(sley_type), .name = "sley_packet", .drop = packet_drop, .send = sley_send_plain};

sley_value sley_packet_to_value(sley_packet *packet) { return sley_own(packet, &sley_type_packet); }

sley_packet *sley_packet_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_packet);
}

bool sley_packet_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_packet); }

sley_packet *sley_packet_take(sley_value *v) { return sley__value_take(v, &sley_type_packet); }

void sley_packet_drop(sley_packet *packet)
{
  if (packet != NULL) packet_drop(packet);
}

sley_fd sley_packet_take_fd_at(const char *site, const sley_packet *packet, size_t index)
{
  SLEY__NEEDS_AT(site, packet);
  if (SLEY__UNLIKELY(index >= packet->fd_count))
    sley__abort("sley_packet_take_fd%s%s was asked for descriptor %zu of a packet with %zu of them",
                site[0] != '\0' ? " at " : "", site, index, packet->fd_count);
  union {
    const sley_fd *in;
    sley_fd *out;
  } u = {packet->fds}; /* in a room */
  sley_fd fd = u.out[index];
  u.out[index] = -1;
  return fd;
}
