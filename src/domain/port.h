/* What broadcasts use of ports. */
#ifndef SLEY_DOMAIN_PORT_H
#define SLEY_DOMAIN_PORT_H

#include <sley/port.h>

#include "domain/shared.h"

/* A subscriber's: puts that wait when reading is closed succeed, since others got the value. */
void sley__port_subscribe(sley_port *port);
bool sley__port_is_read(const sley_port *port); /* reading has not been closed. Any thread */

#endif
