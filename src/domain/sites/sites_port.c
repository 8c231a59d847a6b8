/* Made by scripts/generate from sley/port.h: its functions for pointers and bindings. */
#include <sley/port.h>

/* clang-format off */

sley_promise *(sley_port_put)(sley_port *port, sley_value v)
{
  return sley_port_put_at("", port, v);
}

sley_promise *(sley_port_get)(sley_port *port)
{
  return sley_port_get_at("", port);
}

sley_stream *(sley_stream_from_port)(sley_port *port)
{
  return sley_stream_from_port_at("", port);
}

sley_stream *(sley_port_to_stream)(sley_port *port)
{
  return sley_port_to_stream_at("", port);
}

sley_promise *(sley_broadcast_put)(sley_broadcast *broadcast, sley_value v)
{
  return sley_broadcast_put_at("", broadcast, v);
}
