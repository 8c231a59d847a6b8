/* Observers: callbacks without a result. */
#ifndef SLEY_COMBINE_OBSERVE_H
#define SLEY_COMBINE_OBSERVE_H

#include "promise/core/core.h"

typedef struct observer {
  node node;
  union {
    sley_value_fn *on_value;
    sley_error_fn *on_error;
    sley_done_fn *on_done;
  };
  void *ctx;
  sley_drop_fn *drop;
  storage *storage;
  sley_error_fn *on_failed; /* on_any only */
} observer;

#endif
