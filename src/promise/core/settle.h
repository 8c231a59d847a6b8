/* Settling, resolving and canceling. */
#ifndef SLEY_CORE_SETTLE_H
#define SLEY_CORE_SETTLE_H

#include "promise/core/life.h"

/* settle.c, resolve.c, answer.c, follow.c. The settle functions write the state and consume what they
 * are given; p must be underlying and pending. publish then sees to it that the callbacks run: on a new
 * frame. */
void sley__settle_value(sley_domain *d, sley_promise *p, sley_value v);
void sley__settle_error(sley_domain *d, sley_promise *p, sley_error *e);
void sley__settle_from(sley_domain *d, sley_promise *p, sley_promise *outcome, uint32_t held);
void sley__push_frame(sley_domain *d, sley_promise *p);
void sley__publish(sley_domain *d, sley_promise *p);
/* The same for a cell that a callback of the frame from settles. */
void sley__publish_from(sley_domain *d, sley_promise *p, const sley_promise *from);
void sley__defer(sley_domain *d, sley_promise *p);
/* sley_fulfill with the value of a fulfilled promise, which goes on having it. */
void sley__fulfill_from(sley_resolver **r, sley_promise *source);
void sley__run_frames(sley_domain *d, sley_promise *base);
/* Runs the callbacks of p, just settled, and all that follows. Lets go of a producer of p's. */
void sley__run(sley_domain *d, sley_promise *p);
bool sley__waits_for(const sley_promise *from, const sley_promise *outer);
void sley__unify(sley_promise *outer, sley_promise *inner);
/* Gives cell the outcome of q, now or later. Consumes q. */
void sley__deliver(sley_domain *d, sley_promise *cell, sley_promise *q, const sley_promise *from);
/* The same for a cell whose callback gave q: lets go of the producer that its node was. */
void sley__deliver_last(sley_domain *d, sley_promise *cell, sley_promise *q,
                        const sley_promise *from);

/* callback.c: runs the callback that n is, off its list, of source, which has settled. */
void sley__callback_run(sley_domain *d, node *n, sley_promise *source);
void sley__cancel_collect(sley_domain *d, sley_promise *p);
/* Operations among what sley__cancel_collect found since base was d->frames leave what they occupy. Call it
 * before the frames run. */
void sley__canceled_leave(sley_domain *d, sley_promise *base);
/* Rejects p with Canceled: a kind's cancel where it is a root. */
sley_promise *sley__cancel_root(sley_domain *d, sley_promise *p, sley_promise *how, group **groups);
/* The same where the cell of SHAPE_ONE waits: goes on to its input. */
sley_promise *sley__cancel_input(sley_domain *d, sley_promise *p, sley_promise *how,
                                 group **groups);

#endif
