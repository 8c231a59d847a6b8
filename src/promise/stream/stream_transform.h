/* Streams made from others: what their sources have in common. */
#ifndef SLEY_PROMISE_STREAM_TRANSFORM_H
#define SLEY_PROMISE_STREAM_TRANSFORM_H

#include "promise/stream/stream.h"

typedef struct transform transform;

/* Handles e, an element of the stream being read, to which the library has held references. NULL: read the next
 * one; else the source's result. */
typedef sley_promise *got_fn(sley_domain *d, transform *t, element *e, uint32_t held);

struct transform {
  uint32_t refs; /* of the source and of its waiting callbacks */
  const char *site;
  sley_stream *stream; /* being read; NULL when the result has no reader */
  sley_stream *other;  /* append: the second; concat: the stream of streams */
  got_fn *got;
  /* Called before an element is read, and when the stream has ended; both return like got and may be NULL. */
  sley_promise *(*before)(sley_domain *d, transform *t);
  sley_promise *(*ended)(sley_domain *d, transform *t);
  union {
    sley_map_fn *map;
    sley_bind_fn *start;
    sley_test_fn *test;
  };
  void *ctx;
  sley_drop_fn *drop;
  sley_promise *holder; /* map_list: owns the list whose elements are delivered, from at on */
  size_t at;
};

/* Makes the stream that plan describes; consumes the streams in plan and its ctx. */
sley_stream *sley__transform(const transform *plan);
void sley__transform_unref(void *ctx);
static inline transform *sley__transform_keep(transform *t)
{
  t->refs++;
  return t;
}
/* The source's next function; ctx is the transform. */
sley_promise *sley__transform_next(void *ctx);

#endif
