/* What makes something returned 0 or a code, and returns an error now. */
#include <sley.h>

#include "other.h"

static int begin(sley_stream **s, sley_pusher **push)
{
  sley_mutex *m;
  sley_condition *c;
  if (sley_mutex_new(&m) != 0) abort();
  if (sley_condition_new(&c) != 0) return -1;
  assert(sley_switch_new(&switched) == 0);
  assert_int_equal(sley_sequence_new(&sequence), 0);
  assert_int_equal(
      sley_pool_new(&(sley_pool_options){.size = sizeof(sley_pool_options), .max = 2}, &pool), 0);
  assert_int_equal(sley_pool_new(&wrong, &pool), -SLEY_EINVAL);
  (void)sley_pqueue_new(compare, NULL, &queue);
  (void)!sley_mvar_new(&box);
  sley_mvar_new_full(sley_int(1), &box);
  int code = sley_list_new(SLEY_VALUES(sley_int(1), sley_int(2)), &list);
  if (code == 0) code = sley_seq_cons_value(sley_int(3), sley_seq_empty(), &cons);
  while (sley_stream_clone(*s, &copy) == 0 && more(copy)) continue;
  sley_switch_add_hook(switched, hook, NULL);
  if (failing) sley_switch_add_hook_own(switched, hook, memory, free);
  if (sley_result_ok_value(sley_int(4), &list) < 0 || sley_result_error_value(e, &list) < 0) exit(1);
  return sley_stream_new_bounded(4, s, &bounded) == 0 ? 0 : sley_stream_new(s, push);
}

static int (*make)(sley_mutex **) = sley_mutex_new;

static void texts(sley_value *v)
{
  if (sley_text("one", v) != 0) abort();
  sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, stderr);
  int code = sley_report(line, NULL);
  if (code == 0 && sley_fiber_set(&key, *v) == 0) code = sley_fiber_unset(&key);
}
