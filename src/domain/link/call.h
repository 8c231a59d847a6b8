/* Calls: the envelope, the caller's half, and the serving, the called domain's half. */
#ifndef SLEY_DOMAIN_CALL_H
#define SLEY_DOMAIN_CALL_H

#include <sley/call.h>

#include "domain/link/peer.h"

/* What the library adds to a call of one of its own functions, which in turn calls the user's. */
typedef struct sley__call_extra {
  uint64_t word;
  void *pointer;
  void (*function)(void); /* cast back before it is called */
} sley__call_extra;

/* A call, made and freed at home. It stays there: messages carry what the called domain needs, and the envelope's
 * address. */
struct envelope {
  seat *home; /* one hold */
  const char *site;
  sley_runtime *runtime;
  unsigned holders; /* the call until answered, a cancel message until read; any thread, __atomic */
  uint32_t level;
  sley__call_extra extra;
  struct serving *serving; /* the called domain's, while the promise there is pending */
  /* Home only. */
  sley_call_fn *f;
  sley_value arg;     /* until it is sent */
  sley_time deadline; /* on the domains' clock; 0: none */
  peer *peer;
  sley_resolver *resolver;       /* NULL once canceled */
  struct envelope *next_waiting; /* in the list of those waiting for a credit, or of spare ones */
  struct envelope *next_flight, **flight_place; /* in the list of calls not settled here yet */
  bool sent;
};

/* A call in the called domain. */
typedef struct serving {
  sley_value arg;
  envelope *call; /* NULL: already answered */
  sley_call_fn *f;
  sley_time deadline;
  /* The rest is used only if the call is not answered immediately. */
  sley_promise *promise;
  struct serving *next_active, **active_place;
  sley_runtime *runtime;
  unsigned parts; /* holders: the list, and the promise's observer, which can go first */
  bool cut_off;   /* canceled because the domain ends */
} serving;

typedef struct arrival { /* a call as read from its messages */
  envelope *call;
  sley_call_fn *f;
  sley_time deadline;
  uint32_t level;
  sley_value arg;
} arrival;

/* ---- call.c: at home ---- */

sley_promise *sley__call_with_extra(const char *site, sley_domain *to, sley_call_fn *f,
                                    sley_value arg, const sley__call_extra *extra);
/* The extra of the call whose lent argument is arg. */
static inline const sley__call_extra *sley__call_extra_of(const sley_value *arg)
{
  return &((const serving *)(const void *)((const char *)arg - offsetof(serving, arg)))
              ->call->extra;
}
sley_error *sley__called_gone_error(const char *site, const seat *called);
void sley__reply_arrived(envelope *e, sley_value out, sley_error *error);
void sley__call_lost(arrival *a);    /* the called domain ended before reading the call */
void sley__calls_reject(seat *here); /* rejects all calls made here and not settled */

/* ---- envelope.c ---- */

envelope *sley__envelope_new(seat *home); /* NULL: out of memory. Home */
void sley__envelope_release(envelope *e); /* home: kept for another call */
void sley__envelope_let_go(envelope *e);  /* in the called domain: drops a hold */
void sley__envelopes_end(seat *here);     /* frees the spare ones, after all other work on calls */
/* The list of calls whose promises are not settled. */
static inline void sley__flight_begin(envelope *e, sley_resolver *r)
{
  e->resolver = r;
  SLEY__LIST_PREPEND(e->home->made.flight, e, next_flight, flight_place);
}
/* Call before settling the promise. NULL: it is already settled. */
static inline sley_resolver *sley__flight_end(envelope *e)
{
  sley_resolver *r = e->resolver;
  if (r == NULL) return NULL;
  e->resolver = NULL;
  SLEY__LIST_REMOVE(e, next_flight, flight_place);
  return r;
}

/* ---- call_message.c ---- */

void sley__call_stage(peer *p, const envelope *e, sley_call_fn *f, sley_time deadline,
                      const sley_value *arg);

/* ---- serve.c: in the called domain ---- */

extern const sley_key sley__call_deadline; /* of the call being served: when its caller gives up */
void sley__call_arrived(peer *p, arrival *a);
void sley__cancel_arrived(envelope *e);
void sley__reply_lost(envelope *e, sley_value out, sley_error *error); /* its home has ended */
void sley__calls_cancel(seat *here); /* cancels all calls being served */
void sley__servings_end(seat *here); /* rejects all calls being served with SLEY_EGONE */

#endif
