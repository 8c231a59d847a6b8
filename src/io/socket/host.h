/* Hosts given as text. */
#ifndef SLEY_IO_HOST_H
#define SLEY_IO_HOST_H

#include "io/socket/address.h"

typedef enum sley__host_form {
  HOST_NUMBER,    /* *address is it */
  HOST_LOOPBACK,  /* ::1 and 127.0.0.1 */
  HOST_NAME,      /* a question for a resolver */
  HOST_INTERFACE, /* no interface has this name */
  HOST_INVALID
} sley__host_form;
/* *address has port 0. Any thread. */
sley__host_form sley__host_parse(const char *host, sley_address *address);
/* An owned error for the last two forms, in a message of function. */
sley_error *sley__host_error(const char *site, const char *function, const char *host);

#endif
