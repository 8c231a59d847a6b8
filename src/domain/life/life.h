/* The life of domains, as the other folders of the domain floor see it. spawn.c starts domains, shutdown.c ends
 * them, join.c waits for their end, collect.c joins their threads. */
#ifndef SLEY_DOMAIN_LIFE_H
#define SLEY_DOMAIN_LIFE_H

#include "domain/life/processors.h"
#include "domain/link/link.h"

enum { DOMAINS_MOST = 4096 }; /* that one call can start */

/* A request to shut down; the same object travels back as the answer. */
typedef struct shutdown_request {
  item item; /* first */
  sley_runtime *runtime;
  sley_time patience;
  seat *asker;             /* one hold; NULL on the way back */
  sley_resolver *resolver; /* the asker's; NULL once it has stopped waiting */
  sley_domain *domain;     /* on the way back: NULL if the request was refused */
  size_t left;             /* promises freed at the end */
  struct shutdown_request *next_ended;
} shutdown_request;

/* ---- shutdown.c ---- */

/* A request to be sent later, and its promise, so that sending cannot fail. NULL: out of memory. A request that is
 * not sent is freed by sley__shutdown_forget. */
/* sley_domain_spawn with a call site for its error. */
sley_error *sley__domain_spawn(const char *site, const sley_domain_options *options,
                               sley_domain **out);
shutdown_request *sley__shutdown_prepare(const char *site, sley_promise **p);
void sley__shutdown_send(shutdown_request *i, sley_domain *domain);
void sley__shutdown_forget(shutdown_request *i);
void sley__ended_send(shutdown_request *i); /* sends the answer to the asker */
void sley__ended_tell(shutdown_request *i); /* fulfills the asker's promise; frees i */
bool sley__may_end(void *ctx);
void sley__deadline_end(seat *s);                         /* when nothing is left to cancel */
void sley__report_line(sley_domain *d, const char *line); /* of a domain with a seat */
void sley__report_left(void *ctx, const char *site, size_t pending, size_t settled); /* of a seat */

/* ---- collect.c ---- */

extern const seat_part sley__collect_part;
/* Handles the answer of an ended domain: settles the asker's promise once the thread is joined. Home. */
void sley__ended_collect(seat *here, shutdown_request *i);
/* Handles an answer whose asker has ended; ended is NULL if the request was refused. Last access to the runtime. */
void sley__abandoned_ended(sley_runtime *runtime, seat *ended);
void sley__abandoned_wait(sley_runtime *runtime); /* until all of these have ended and are joined */

/* ---- seats.c: the runtime's list of seats ---- */

extern const seat_part sley__seats_part;
void sley__seat_placed(seat *s); /* when its thread runs. That thread */

/* ---- join.c ---- */

/* Fulfills the joins waiting for the end of s. Its thread. */
void sley__seat_over(seat *s, size_t left);

#endif
