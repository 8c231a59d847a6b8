/* A server, a relay before it, their clients and packets, all drawn from a seed: what the files of failing-mixed share.
 * Reading guide: mixed.c, one run and what must be true after it; mixed_server.c, who serves; mixed_client.c, who asks;
 * mixed_packets.c. */
#ifndef TESTS_FAILING_MIXED_H
#define TESTS_FAILING_MIXED_H

#include <sley/fiber.h>
#include <sley/pause.h>
#include <sley/pump.h>
#include <sley/server.h>

#include "failing.h"
#include "support/process.h"

typedef struct mixed_run {
  failing_how how;
  bool memory_fails;
  bool stops_early; /* the signal comes while clients are busy */
  uint64_t seed, state;
  size_t most; /* connections at once; 0: no limit */
  sley_server *echo, *relay;
  sley_address tcp, local, relayed; /* where they listen */
  char port[8];                     /* of tcp */
  unsigned told;                    /* errors, to a client or to the async hook */
  unsigned whole;                   /* messages that came back */
  unsigned cut;                     /* that ended early, and nobody told the client why */
  unsigned wanted;                  /* messages that must come back if nothing fails */
  unsigned quitters;                /* clients that go in the middle */
} mixed_run;
extern mixed_run mixed;

/* Below n. */
uint64_t mixed_draw(uint64_t n);
_Noreturn void mixed_wrong(const char *what, const sley_error *e);
/* Whether an operation failed, which must follow from what was drawn. Consumes e. */
bool mixed_failed(sley_error *e, const char *what);

/* ---- mixed_server.c ---- */

/* Whether both servers listen; what did not start is NULL. */
bool mixed_servers_start(void);
/* In a fiber. */
void mixed_servers_stop(double seconds);

/* ---- mixed_client.c ---- */

typedef struct mixed_client {
  unsigned number;
  bool idles; /* only waits for the end */
  bool quits; /* in the middle */
  bool fails; /* it has been told an error */
  size_t size, sent, got;
  sley_input *in;
  sley_output *out;
  char *message, *answer;
} mixed_client;

/* What this one does. */
void mixed_client_draw(mixed_client *c, unsigned number);
sley_promise *mixed_client_run(void *ctx);

/* ---- mixed_packets.c ---- */

sley_promise *mixed_packets_run(void *ctx);

#endif
