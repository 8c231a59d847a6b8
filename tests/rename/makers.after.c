/* What makes something returned 0 or a code, and returns an error now. */
#include <sley.h>

#include "other.h"

#ifndef CODE_OF_ERROR
#define CODE_OF_ERROR
/* The code that a call returned before it returned an error: 0, or negative. Consumes e. */
static inline int code_of_error(sley_error *e)
{
  int code = e == NULL ? 0 : -sley_error_code(e);
  sley_error_drop(e);
  return code;
}
#endif

static int begin(sley_stream **s, sley_pusher **push)
{
  sley_mutex *m;
  sley_condition *c;
  if (sley_mutex_new(&m) != NULL) abort();
  if (code_of_error(sley_condition_new(&c)) != 0) return -1;
  assert(sley_switch_new(&switched) == NULL);
  assert_null(sley_sequence_new(&sequence));
  assert_null(sley_pool_new(&(sley_pool_options){.size = sizeof(sley_pool_options), .max = 2}, &pool));
  assert_int_equal(code_of_error(sley_pool_new(&wrong, &pool)), -SLEY_EINVAL);
  sley_error_drop(sley_pqueue_new(compare, NULL, NULL, &queue));
  sley_error_drop(sley_mvar_new(&box));
  sley_error_drop(sley_mvar_new_full(sley_int(1), &box));
  int code = code_of_error(sley_list_new(SLEY_VALUES(sley_int(1), sley_int(2)), &list));
  if (code == 0) code = code_of_error(sley_seq_new_cons(sley_int(3), sley_seq_empty(), &cons));
  while (code_of_error(sley_stream_clone(*s, &copy)) == 0 && more(copy)) continue;
  sley_error_drop(sley_switch_add_hook(switched, hook, NULL));
  if (failing) sley_error_drop(sley_switch_add_hook(switched, hook, memory, free));
  if (code_of_error(sley_result_new_ok(sley_int(4), &list)) < 0 || code_of_error(sley_result_new_error(e, &list)) < 0) exit(1);
  return code_of_error(sley_stream_new_bounded(4, s, &bounded)) == 0 ? 0 : code_of_error(sley_stream_new(s, push));
}

static int (*make)(sley_mutex **) = sley_mutex_new;

static void texts(sley_value *v)
{
  if (sley_text("one", v) != NULL) abort();
  sley_error_drop(sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, stderr));
  int code = code_of_error(sley_report(line, NULL));
  if (code == 0 && code_of_error(sley_fiber_set(&key, *v)) == 0) code = code_of_error(sley_fiber_unset(&key));
}
