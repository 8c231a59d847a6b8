/* A stream with its pusher, and assertions on what reads return. */
#ifndef TESTS_SUPPORT_STREAMS_H
#define TESTS_SUPPORT_STREAMS_H

#include "support/world.h"

static sley_stream *stream;
static sley_pusher *push;

static inline void open_stream(void) { assert_null(sley_stream_new(&stream, &push)); }

static inline void close_stream(void)
{
  sley_stream_drop(stream);
  sley_pusher_drop(push);
}

static inline void push_int(int64_t i) { assert_int_equal(sley_pusher_push(push, sley_int(i)), 0); }

/* These consume p. */
static inline void gives(sley_promise *p, int64_t i)
{
  assert_fulfilled(p, i);
  sley_drop(p);
}

static inline void gives_none(sley_promise *p)
{
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  assert_true(sley_is_none(sley_promise_value(p)));
  sley_drop(p);
}

static inline void is_rejected(sley_promise *p, int code)
{
  assert_rejected_sley(p, code);
  sley_drop(p);
}

/* Values as "(1,2,(3),text,E4)". */
static inline void list_text(const sley_value *v, char *text, size_t size)
{
  const sley_list *list = sley_list_in(v);
  size_t used = (size_t)snprintf(text, size, "(");
  for (size_t i = 0; i < sley_list_count(list); i++) {
    const sley_value *one = sley_list_item(list, i);
    const char *gap = i > 0 ? "," : "";
    if (one->type == &sley_type_list) {
      used += (size_t)snprintf(text + used, size - used, "%s", gap);
      list_text(one, text + used, size - used);
      used = strlen(text);
    } else if (one->type == &sley_type_text) {
      used += (size_t)snprintf(text + used, size - used, "%s%s", gap, (const char *)one->ptr);
    } else if (sley_error_is_in(one)) {
      used += (size_t)snprintf(text + used, size - used, "%sE%d", gap,
                               sley_error_code(sley_error_in(one)));
    } else {
      used += (size_t)snprintf(text + used, size - used, "%s%d", gap, (int)one->i);
    }
  }
  snprintf(text + used, size - used, ")");
}

static inline void gives_list(sley_promise *p, const char *wanted)
{
  char text[512];
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  list_text(sley_promise_value(p), text, sizeof text);
  assert_string_equal(text, wanted);
  sley_drop(p);
}

#endif
