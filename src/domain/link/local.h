/* Locals: what other files and floors keep in a domain, found by number. Each ends with the domain at the latest. */
#ifndef SLEY_DOMAIN_LOCAL_H
#define SLEY_DOMAIN_LOCAL_H

#include <stdint.h>

typedef struct sley__seat seat;

/* Owner. */
typedef struct sley__local {
  struct sley__local *next, **place;
  uint64_t id;                            /* never used twice */
  void (*end)(struct sley__local *local); /* called as the domain ends: removes the local */
} sley__local;

uint64_t sley__local_id(void); /* any thread */
void sley__local_add(sley__local *local, seat *here);
void sley__local_remove(sley__local *local);
sley__local *sley__local_find(const seat *here, uint64_t id); /* NULL: none */
void sley__locals_end(seat *here);

#endif
