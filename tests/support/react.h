/* Events and signals that are watched: what they occur with goes into the log. */
#ifndef TESTS_SUPPORT_REACT_H
#define TESTS_SUPPORT_REACT_H

#include "support/log.h"

static inline void log_number(void *ctx, sley_value *v)
{
  char word[32];
  snprintf(word, sizeof word, "%s%d", (const char *)ctx, (int)v->i);
  note(word);
}

/* Watches made and drops it: the observer keeps the watched event alive. */
static inline sley_event *watch(sley_event *made, char *prefix)
{
  sley_event *on = sley_event_on(made, log_number, prefix);
  sley_event_drop(made);
  return on;
}

#endif
