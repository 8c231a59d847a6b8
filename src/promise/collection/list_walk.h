/* What the serial and the concurrent lists share: making a walk over a list of elements, and its
 * results.
 *
 * Reading guide to collection. Lists: this file and list_walk.c; list_serial.c, the model; list_fold.c;
 * list_concurrent.c; list_join.c, those made of other combinators. Lazy sequences: seq.h has
 * theirs. Alone: sequence.c, elements that leave at any time; pqueue.c, by priority. */
#ifndef SLEY_PROMISE_LIST_WALK_H
#define SLEY_PROMISE_LIST_WALK_H

#include "promise/combine/combine.h"

/* A walk that owns a list of the values; NULL, with the values dropped, on failure. */
walk *sley__list_walk(sley_domain *d, const char *site, const walk_type *type,
                      const sley_value *values, size_t n, void *ctx);
/* sley__list_walk with room for a second list: partition. */
walk *sley__list_walk_pair(sley_domain *d, const char *site, const walk_type *type,
                           const sley_value *values, size_t n, void *ctx);
sley_list *sley__list_others(walk *w);
/* Starts a walk over the values with a callback of one argument, or of two. */
sley_promise *sley__list_each(const char *site, const walk_type *type, const sley_value *values,
                              size_t n, sley_bind_fn *f, void *ctx);
sley_promise *sley__list_indexed(const char *site, const walk_type *type, const sley_value *values,
                                 size_t n, sley_index_fn *f, void *ctx);
sley_promise *sley__list_no_memory(sley_domain *d);
void sley__list_reverse(sley_list *list);
void sley__list_drop_values(const sley_value *values, size_t n);

/* Calls w's function with an element that the walk keeps: sley_take must copy it, not move it. */
sley_promise *sley__list_call_lent(sley_domain *d, walk *w, sley_value *v);

/* Settle p with the list, or with the two lists. */
void sley__list_settle(sley_domain *d, walk *w, sley_promise *p);
void sley__list_settle_pair(sley_domain *d, walk *w, sley_promise *p);
void sley__list_release_pair(sley_domain *d, walk *w);

#endif
