/* Ports in values: handles, and ends that close the port when the last of them is dropped. */
#include "domain/shared/port.h"

static void *port_dup(void *ptr) { return sley_port_keep(ptr); }

static void port_value_drop(void *ptr) { sley_port_drop(ptr); }

const sley_type sley_type_port = {.size = sizeof(sley_type),
                                  .name = "port",
                                  .drop = port_value_drop,
                                  .dup = port_dup,
                                  .send = sley_send_plain};

static void *writer_dup(void *ptr)
{
  sley_port *port = ptr;
  __atomic_add_fetch(&port->writing_ends, 1, __ATOMIC_RELAXED);
  return sley_port_keep(port);
}

static void writer_drop(void *ptr)
{
  sley_port *port = ptr;
  if (__atomic_sub_fetch(&port->writing_ends, 1, __ATOMIC_ACQ_REL) == 0) sley_port_close(port);
  sley_port_drop(port);
}

const sley_type sley_type_port_writer = {.size = sizeof(sley_type),
                                         .name = "port writer",
                                         .drop = writer_drop,
                                         .dup = writer_dup,
                                         .send = sley_send_plain};

static void *reader_dup(void *ptr)
{
  sley_port *port = ptr;
  __atomic_add_fetch(&port->reading_ends, 1, __ATOMIC_RELAXED);
  return sley_port_keep(port);
}

static void reader_drop(void *ptr)
{
  sley_port *port = ptr;
  if (__atomic_sub_fetch(&port->reading_ends, 1, __ATOMIC_ACQ_REL) == 0)
    sley_port_close_reading(port);
  sley_port_drop(port);
}

const sley_type sley_type_port_reader = {.size = sizeof(sley_type),
                                         .name = "port reader",
                                         .drop = reader_drop,
                                         .dup = reader_dup,
                                         .send = sley_send_plain};

sley_value sley_port_to_value(sley_port *port)
{
  SLEY__NEEDS(port);
  return sley_own(port, &sley_type_port);
}

sley_value sley_port_writer_to_value(sley_port *port)
{
  SLEY__NEEDS(port);
  __atomic_add_fetch(&port->writing_ends, 1, __ATOMIC_RELAXED);
  return sley_own(port, &sley_type_port_writer);
}

sley_value sley_port_reader_to_value(sley_port *port)
{
  SLEY__NEEDS(port);
  __atomic_add_fetch(&port->reading_ends, 1, __ATOMIC_RELAXED);
  return sley_own(port, &sley_type_port_reader);
}

static bool is_end(const sley_value *v)
{
  return v->type == &sley_type_port_writer || v->type == &sley_type_port_reader;
}

sley_port *sley_port_in(const sley_value *v)
{
  SLEY__NEEDS(v);
  return is_end(v) ? v->ptr : sley_value_ptr(v, &sley_type_port);
}

bool sley_port_is_in(const sley_value *v)
{
  SLEY__NEEDS(v);
  return is_end(v) || v->type == &sley_type_port;
}

sley_port *sley_port_take(sley_value *v) { return sley__value_take(v, &sley_type_port); }
