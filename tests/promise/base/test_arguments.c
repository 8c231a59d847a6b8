/* Every argument that must not be NULL: the call aborts, and the sentence names the function and the argument.
 * Wherever src/promise uses SLEY__NEEDS. Tests src/promise/base/abort.c. */
#include <sley.h>

#include "support/child.h"
#include "support/unit.h"

/* For the other arguments, which are not read before the check. */
static _Alignas(64) char memory[4096];
static void nothing(void) {}
#define OBJECT(type) ((type)(void *)memory)
#define FUNCTION(type) ((type)nothing)

#pragma GCC diagnostic ignored "-Wunused-result" /* nothing returns */

/* clang-format off */
#define CALL(function, argument, ...) \
  static void null_##function##_##argument(void) { (void)function(__VA_ARGS__); }
#define SCENES(SCENE) \
  SCENE(sley_error_kind_get, e, NULL) \
  SCENE(sley_error_code, e, NULL) \
  SCENE(sley_error_message, e, NULL) \
  SCENE(sley_error_cause, e, NULL) \
  SCENE(sley_error_site, e, NULL) \
  SCENE(sley_error_format, e, NULL, OBJECT(char *), 1) \
  SCENE(sley_text, text, NULL, OBJECT(sley_value *)) \
  SCENE(sley_text, out, OBJECT(const char *), NULL) \
  SCENE(sley_apply, f, sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_wrap, f, sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_values_map_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_map_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_mapi_p, values, NULL, 1, FUNCTION(sley_index_fn *), OBJECT(void *)) \
  SCENE(sley_values_mapi_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_for_all_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_for_all_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_exists_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_exists_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_filter_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_filter_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_filter_map_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_filter_map_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_partition_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_partition_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_fold_left_s, values, NULL, 1, sley_unit(), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_fold_left_s, f, OBJECT(const sley_value *), 1, sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_values_fold_right_s, values, NULL, 1, sley_unit(), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_fold_right_s, f, OBJECT(const sley_value *), 1, sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_values_iter_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_iter_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_iteri_p, values, NULL, 1, FUNCTION(sley_index_fn *), OBJECT(void *)) \
  SCENE(sley_values_iteri_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_rev_map_p, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_rev_map_p, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_iter_n, values, NULL, 1, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_iter_n, f, OBJECT(const sley_value *), 1, 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_map_n, values, NULL, 1, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_map_n, f, OBJECT(const sley_value *), 1, 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_iter_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_iter_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_iteri_s, values, NULL, 1, FUNCTION(sley_index_fn *), OBJECT(void *)) \
  SCENE(sley_values_iteri_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_map_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_map_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_mapi_s, values, NULL, 1, FUNCTION(sley_index_fn *), OBJECT(void *)) \
  SCENE(sley_values_mapi_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_rev_map_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_rev_map_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_for_all_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_for_all_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_exists_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_exists_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_find_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_find_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_filter_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_filter_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_filter_map_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_filter_map_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_values_partition_s, values, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_values_partition_s, f, OBJECT(const sley_value *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_list_new, out, OBJECT(const sley_value *), 1, NULL) \
  SCENE(sley_pqueue_new, compare, NULL, OBJECT(void *), FUNCTION(sley_drop_fn *), OBJECT(sley_pqueue **)) \
  SCENE(sley_pqueue_new, out, FUNCTION(sley_compare_fn *), OBJECT(void *), FUNCTION(sley_drop_fn *), NULL) \
  SCENE(sley_pqueue_is_empty, queue, NULL) \
  SCENE(sley_pqueue_count, queue, NULL) \
  SCENE(sley_pqueue_add, queue, NULL, sley_unit()) \
  SCENE(sley_pqueue_min, queue, NULL) \
  SCENE(sley_pqueue_remove_min, queue, NULL, OBJECT(sley_value *)) \
  SCENE(sley_result_new_ok, out, sley_unit(), NULL) \
  SCENE(sley_retry, attempt, OBJECT(const sley_retry_options *), NULL, OBJECT(void *)) \
  SCENE(sley_seq_keep, seq, NULL) \
  SCENE(sley_seq_new_cons, tail, sley_unit(), NULL, OBJECT(sley_value *)) \
  SCENE(sley_seq_new_cons, out, sley_unit(), OBJECT(sley_seq *), NULL) \
  SCENE(sley_seq_from_values, values, NULL, 1) \
  SCENE(sley_seq_next, seq, NULL) \
  SCENE(sley_seq_fold_left, seq, NULL, sley_unit(), FUNCTION(sley_fold_fn *), OBJECT(void *)) \
  SCENE(sley_seq_fold_left, f, OBJECT(sley_seq *), sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_seq_fold_left_s, seq, NULL, sley_unit(), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_seq_fold_left_s, f, OBJECT(sley_seq *), sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_seq_iter, seq, NULL, FUNCTION(sley_visit_fn *), OBJECT(void *)) \
  SCENE(sley_seq_iter, f, OBJECT(sley_seq *), NULL, OBJECT(void *)) \
  SCENE(sley_seq_iter_s, seq, NULL, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_seq_iter_s, f, OBJECT(sley_seq *), NULL, OBJECT(void *)) \
  SCENE(sley_seq_iter_p, seq, NULL, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_seq_iter_p, f, OBJECT(sley_seq *), NULL, OBJECT(void *)) \
  SCENE(sley_seq_iter_n, seq, NULL, 1, FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_seq_iter_n, f, OBJECT(sley_seq *), 1, NULL, OBJECT(void *)) \
  SCENE(sley_seq_to_list, seq, NULL) \
  SCENE(sley_sequence_new, out, NULL) \
  SCENE(sley_join, ps, NULL, 1) \
  SCENE(sley_all, ps, NULL, 1) \
  SCENE(sley_finalize_with, start, NULL, FUNCTION(sley_start_fn *), OBJECT(void *)) \
  SCENE(sley_finalize_with, cleanup, FUNCTION(sley_start_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_choose, ps, NULL, 1) \
  SCENE(sley_pick, ps, NULL, 1) \
  SCENE(sley_list_count, list, NULL) \
  SCENE(sley_list_item, list, NULL, 1) \
  SCENE(sley_list_take_item, list, NULL, 1, OBJECT(sley_value *)) \
  SCENE(sley_list_take_item, out, OBJECT(sley_list *), 1, NULL) \
  SCENE(sley_list_take_all, list, NULL, OBJECT(sley_value *)) \
  SCENE(sley_split_values, split, NULL) \
  SCENE(sley_split_pending_count, split, NULL) \
  SCENE(sley_split_pending, split, NULL, 1) \
  SCENE(sley_nchoose, ps, NULL, 1) \
  SCENE(sley_npick, ps, NULL, 1) \
  SCENE(sley_nchoose_split, ps, NULL, 1) \
  SCENE(sley_on_success, f, OBJECT(sley_promise *), NULL, OBJECT(void *)) \
  SCENE(sley_on_failure, f, OBJECT(sley_promise *), NULL, OBJECT(void *)) \
  SCENE(sley_on_termination, f, OBJECT(sley_promise *), NULL, OBJECT(void *)) \
  SCENE(sley_on_cancel, f, OBJECT(sley_promise *), NULL, OBJECT(void *)) \
  SCENE(sley_async, start, NULL, OBJECT(void *)) \
  SCENE(sley_dont_wait, start, NULL, FUNCTION(sley_error_fn *), OBJECT(void *)) \
  SCENE(sley_dont_wait, handler, FUNCTION(sley_start_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_with_value, key, NULL, sley_unit(), FUNCTION(sley_start_fn *), OBJECT(void *)) \
  SCENE(sley_with_value, start, OBJECT(const sley_key *), sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_without_value, key, NULL, FUNCTION(sley_start_fn *), OBJECT(void *)) \
  SCENE(sley_without_value, start, OBJECT(const sley_key *), NULL, OBJECT(void *)) \
  SCENE(sley_write_file, ctx, NULL, OBJECT(const char *), 1) \
  SCENE(sley_dump, write, (sley_dump_format)0, NULL, OBJECT(void *)) \
  SCENE(sley_dump_request, domain, NULL) \
  SCENE(sley_event_keep, e, NULL) \
  SCENE(sley_event_has_failed, e, NULL) \
  SCENE(sley_event_push, e, NULL, sley_unit()) \
  SCENE(sley_event_once, e, NULL) \
  SCENE(sley_event_skip_once, e, NULL) \
  SCENE(sley_event_fold, e, NULL, sley_unit(), FUNCTION(sley_fold_fn *), OBJECT(void *)) \
  SCENE(sley_event_fold, f, OBJECT(sley_event *), sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_event_select, es, NULL, 1) \
  SCENE(sley_event_merge, es, NULL, 1, sley_unit(), FUNCTION(sley_fold_fn *), OBJECT(void *)) \
  SCENE(sley_event_merge, f, OBJECT(sley_event *const *), 1, sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_event_when, s, OBJECT(sley_event *), NULL) \
  SCENE(sley_event_when, e, NULL, OBJECT(sley_signal *)) \
  SCENE(sley_event_take_until, other, OBJECT(sley_event *), NULL) \
  SCENE(sley_event_take_until, e, NULL, OBJECT(sley_event *)) \
  SCENE(sley_event_without, other, OBJECT(sley_event *), NULL) \
  SCENE(sley_event_without, e, NULL, OBJECT(sley_event *)) \
  SCENE(sley_event_with_finalizer, e, NULL, FUNCTION(sley_done_fn *), OBJECT(void *)) \
  SCENE(sley_event_with_finalizer, f, OBJECT(sley_event *), NULL, OBJECT(void *)) \
  SCENE(sley_event_run_s, e, NULL) \
  SCENE(sley_event_run_p, e, NULL) \
  SCENE(sley_event_app_s, functions, NULL, OBJECT(sley_event *), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_app_s, e, OBJECT(sley_event *), NULL, FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_app_s, f, OBJECT(sley_event *), OBJECT(sley_event *), NULL, OBJECT(void *)) \
  SCENE(sley_event_app_p, functions, NULL, OBJECT(sley_event *), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_app_p, e, OBJECT(sley_event *), NULL, FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_app_p, f, OBJECT(sley_event *), OBJECT(sley_event *), NULL, OBJECT(void *)) \
  SCENE(sley_event_diff_s, e, NULL, FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_diff_s, f, OBJECT(sley_event *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_diff_s, s, NULL, FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_diff_s, f, OBJECT(sley_signal *), NULL, OBJECT(void *)) \
  SCENE(sley_event_fold_s, e, NULL, sley_unit(), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_fold_s, f, OBJECT(sley_event *), sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_signal_fold_s, e, NULL, sley_unit(), FUNCTION(sley_equal_fn *), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_fold_s, f, OBJECT(sley_event *), sley_unit(), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_event_merge_s, es, NULL, 1, sley_unit(), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_event_merge_s, f, OBJECT(sley_event *const *), 1, sley_unit(), NULL, OBJECT(void *)) \
  SCENE(sley_signal_sample_s, s, NULL, OBJECT(sley_event *), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_sample_s, e, OBJECT(sley_signal *), NULL, FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_sample_s, f, OBJECT(sley_signal *), OBJECT(sley_event *), NULL, OBJECT(void *)) \
  SCENE(sley_event_next, e, NULL) \
  SCENE(sley_event_limit, e, NULL, FUNCTION(sley_start_fn *), OBJECT(void *)) \
  SCENE(sley_event_limit, f, OBJECT(sley_event *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_limit, s, NULL, FUNCTION(sley_equal_fn *), FUNCTION(sley_start_fn *), OBJECT(void *)) \
  SCENE(sley_signal_limit, f, OBJECT(sley_signal *), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_keep, s, NULL) \
  SCENE(sley_signal_has_failed, s, NULL) \
  SCENE(sley_signal_value, s, NULL) \
  SCENE(sley_signal_set, s, NULL, sley_unit()) \
  SCENE(sley_signal_hold, e, NULL, sley_unit(), FUNCTION(sley_equal_fn *)) \
  SCENE(sley_signal_changes, s, NULL) \
  SCENE(sley_signal_sample, s, NULL, OBJECT(sley_event *)) \
  SCENE(sley_signal_sample, e, OBJECT(sley_signal *), NULL) \
  SCENE(sley_signal_map, s, NULL, FUNCTION(sley_equal_fn *), FUNCTION(sley_map_fn *), OBJECT(void *)) \
  SCENE(sley_signal_map, f, OBJECT(sley_signal *), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_lift, ss, NULL, 1, FUNCTION(sley_equal_fn *), FUNCTION(sley_map_fn *), OBJECT(void *)) \
  SCENE(sley_signal_lift, f, OBJECT(sley_signal *const *), 1, FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_with_finalizer, s, NULL, FUNCTION(sley_done_fn *), OBJECT(void *)) \
  SCENE(sley_signal_with_finalizer, f, OBJECT(sley_signal *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_map_s, s, NULL, FUNCTION(sley_equal_fn *), FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_map_s, f, OBJECT(sley_signal *), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_bind_s, s, NULL, FUNCTION(sley_equal_fn *), FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_bind_s, f, OBJECT(sley_signal *), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_run_s, s, NULL, FUNCTION(sley_equal_fn *)) \
  SCENE(sley_signal_filter_s, s, NULL, sley_unit(), FUNCTION(sley_equal_fn *), FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_filter_s, f, OBJECT(sley_signal *), sley_unit(), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_fmap_s, s, NULL, sley_unit(), FUNCTION(sley_equal_fn *), FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_fmap_s, f, OBJECT(sley_signal *), sley_unit(), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_lift_s, ss, NULL, 1, FUNCTION(sley_equal_fn *), FUNCTION(sley_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_lift_s, f, OBJECT(sley_signal *const *), 1, FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_signal_merge_s, ss, NULL, 1, sley_unit(), FUNCTION(sley_equal_fn *), FUNCTION(sley_fold_bind_fn *), OBJECT(void *)) \
  SCENE(sley_signal_merge_s, f, OBJECT(sley_signal *const *), 1, sley_unit(), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_stream_from_event, e, NULL) \
  SCENE(sley_event_switch, e, NULL) \
  SCENE(sley_signal_switch, s, NULL, FUNCTION(sley_equal_fn *)) \
  SCENE(sley_signal_bind, s, NULL, FUNCTION(sley_equal_fn *), FUNCTION(sley_map_fn *), OBJECT(void *)) \
  SCENE(sley_signal_bind, f, OBJECT(sley_signal *), FUNCTION(sley_equal_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_domain_end, domain, NULL) \
  SCENE(sley_runtime_new, out, OBJECT(const sley_runtime_options *), NULL) \
  SCENE(sley_domain_new, out, OBJECT(sley_runtime *), OBJECT(const char *), NULL) \
  SCENE(sley_domain_enter, domain, NULL) \
  SCENE(sley_domain_leave, domain, NULL) \
  SCENE(sley_domain_name, domain, NULL) \
  SCENE(sley_domain_id, domain, NULL) \
  SCENE(sley_with_scope, body, NULL, OBJECT(void *)) \
  SCENE(sley_with_supervisor, body, FUNCTION(sley_error_fn *), NULL, OBJECT(void *)) \
  SCENE(sley_stream_new_bounded, out, 1, NULL, OBJECT(sley_bounded_pusher **)) \
  SCENE(sley_stream_new_bounded, push, 1, OBJECT(sley_stream **), NULL) \
  SCENE(sley_stream_choose, streams, NULL, 1) \
  SCENE(sley_stream_new, out, NULL, OBJECT(sley_pusher **)) \
  SCENE(sley_stream_new, push, OBJECT(sley_stream **), NULL) \
  SCENE(sley_stream_from_values, values, NULL, 1) \
  SCENE(sley_stream_from_bytes, text, NULL, 1) \
  SCENE(sley_condition_new, out, NULL) \
  SCENE(sley_mutex_new, out, NULL) \
  SCENE(sley_mvar_new, out, NULL) \
  SCENE(sley_mvar_new_full, out, sley_unit(), NULL) \
  SCENE(sley_switch_new, out, NULL) \
  SCENE(sley_with_switch, start, NULL, OBJECT(void *))

SCENES(CALL)
/* clang-format on */

#define ROW(function, argument, ...) {#function, #argument, null_##function##_##argument},
static const struct {
  const char *function, *argument;
  void (*call)(void);
} scenes[] = {SCENES(ROW)};

/* A checked build takes half a second for each child, and would see no more in all of them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 20 };
#else
enum { STEP = 1 };
#endif

static void null_is_named(void **state)
{
  (void)state;
  int wrong = 0;
  for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i += STEP) {
    char said[1024], end[256];
    int status = run_in_child(scenes[i].call, said, sizeof said);
    snprintf(end, sizeof end, " was given NULL for its argument %s", scenes[i].argument);
    if (aborted(status) && strstr(said, scenes[i].function) != NULL && strstr(said, end) != NULL)
      continue;
    print_error("%s(%s = NULL): status %d, %s\n", scenes[i].function, scenes[i].argument, status,
                said);
    wrong++;
  }
  assert_int_equal(wrong, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(null_is_named)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
