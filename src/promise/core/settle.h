/* Settling, resolving and canceling. */
#ifndef SLEY_CORE_SETTLE_H
#define SLEY_CORE_SETTLE_H

#include "promise/core/life.h"

/* settle.c, resolve.c, answer.c, follow.c. The settle functions write the state and consume their arguments; p must
 * be underlying and pending. publish then has p's callbacks run, on a new frame. */
void sley__settle_value(sley_domain *d, sley_promise *p, sley_value v);
void sley__settle_error(sley_domain *d, sley_promise *p, sley_error *e);
void sley__settle_from(sley_domain *d, sley_promise *p, sley_promise *outcome, uint32_t held);
void sley__push_frame(sley_domain *d, sley_promise *p);
void sley__publish(sley_domain *d, sley_promise *p);
/* Publishes a cell that a callback of the frame from has settled. */
void sley__publish_from(sley_domain *d, sley_promise *p, const sley_promise *from);
void sley__defer(sley_domain *d, sley_promise *p);
/* sley_fulfill with the value of a fulfilled promise, which keeps it. */
void sley__fulfill_from(sley_resolver **r, sley_promise *source);
void sley__run_frames(sley_domain *d, sley_promise *base);
/* Runs the callbacks of p, just settled, and everything that they cause. Drops a producer of p. */
void sley__run(sley_domain *d, sley_promise *p);
bool sley__waits_for(const sley_promise *from, const sley_promise *outer);
void sley__unify(sley_promise *outer, sley_promise *inner);
/* Makes the outcome of q that of cell, now or later. Consumes q. */
void sley__deliver(sley_domain *d, sley_promise *cell, sley_promise *q, const sley_promise *from);
/* Like sley__deliver, for a cell whose callback returned q: also drops the producer that its node was. */
void sley__deliver_last(sley_domain *d, sley_promise *cell, sley_promise *q,
                        const sley_promise *from);

/* callback.c: runs the callback n of source; source has settled, and n is off its list. */
void sley__callback_run(sley_domain *d, node *n, sley_promise *source);
void sley__cancel_collect(sley_domain *d, sley_promise *p);
/* The canceled operations on frames above base release what they occupy. Call this after sley__cancel_collect, before
 * the frames run. */
void sley__canceled_leave(sley_domain *d, sley_promise *base);
/* Rejects p with Canceled: the cancel function of roots. */
sley_promise *sley__cancel_root(sley_domain *d, sley_promise *p, sley_promise *how, group **groups);
/* The cancel function of waiting SHAPE_ONE cells: returns the input. */
sley_promise *sley__cancel_input(sley_domain *d, sley_promise *p, sley_promise *how,
                                 group **groups);

#endif
