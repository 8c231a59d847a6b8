/* Streams made of others: what their sources have in common. */
#ifndef SLEY_PROMISE_STREAM_TRANSFORM_H
#define SLEY_PROMISE_STREAM_TRANSFORM_H

#include "promise/stream/stream.h"

typedef struct transform transform;

/* What is done with e, an element of the stream being read, of which the library holds held references.
 * NULL: read the next; else what the source gives. */
typedef sley_promise *got_fn(sley_domain *d, transform *t, element *e, uint32_t held);

struct transform {
  uint32_t refs; /* the source's, and of its callbacks that wait */
  const char *site;
  sley_stream *stream; /* being read; NULL when nobody reads what is made of it */
  sley_stream *other;  /* append: the second; concat: that of streams */
  got_fn *got;
  /* Before an element is read, and when the stream has ended; as got. May be NULL. */
  sley_promise *(*before)(sley_domain *d, transform *t);
  sley_promise *(*ended)(sley_domain *d, transform *t);
  union {
    sley_map_fn *map;
    sley_bind_fn *start;
    sley_test_fn *test;
  };
  void *ctx;
  sley_drop_fn *drop;
  sley_promise *holder; /* map_list: has the list whose elements are given, from at on */
  size_t at;
};

/* A stream that does this; consumes the streams in plan and its ctx. */
sley_stream *sley__transform(const transform *plan);
void sley__transform_unref(void *ctx);
static inline transform *sley__transform_keep(transform *t)
{
  t->refs++;
  return t;
}
/* What the source gives next; ctx is the transform. */
sley_promise *sley__transform_next(void *ctx);

#endif
