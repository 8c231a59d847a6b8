/* Sequences: both ends, iterating while elements are removed, ownership of values, tasks.
 * Tests src/promise/collection/sequence.c. */
#include "support/world.h"

static sley_sequence *sequence_of(int first, int last)
{
  sley_sequence *s;
  assert_null(sley_sequence_new(&s));
  for (int i = first; i <= last; i++)
    assert_int_equal(sley_sequence_add_r(s, sley_int(i), NULL), 0);
  return s;
}

static void note_number(void *ctx, sley_value *v)
{
  char word[24];
  (void)ctx;
  snprintf(word, sizeof word, "%d", (int)v->i);
  note(word);
}

static void assert_elements(sley_sequence *s, const char *words)
{
  logged[0] = '\0';
  sley_sequence_iter_l(s, note_number, NULL);
  assert_log(words);
}

static void both_ends(void **state)
{
  (void)state;
  sley_value v;
  sley_sequence *s = sequence_of(1, 0);
  assert_true(sley_sequence_is_empty(s));
  assert_int_equal(sley_sequence_count(s), 0);
  assert_int_not_equal(sley_sequence_try_take_l(s, &v), 0);
  assert_int_not_equal(sley_sequence_try_take_r(s, &v), 0);
  assert_int_equal(sley_sequence_add_l(s, sley_int(2), NULL), 0);
  assert_int_equal(sley_sequence_add_l(s, sley_int(1), NULL), 0);
  assert_int_equal(sley_sequence_add_r(s, sley_int(3), NULL), 0);
  assert_elements(s, "1 2 3");
  logged[0] = '\0';
  sley_sequence_iter_r(s, note_number, NULL);
  assert_log("3 2 1");
  assert_int_equal(sley_sequence_count(s), 3);
  assert_int_equal(sley_sequence_try_take_l(s, &v), 0);
  assert_int_equal(v.i, 1);
  assert_int_equal(sley_sequence_try_take_r(s, &v), 0);
  assert_int_equal(v.i, 3);
  assert_elements(s, "2");
  sley_sequence_drop(s);
}

static void transfers(void **state)
{
  (void)state;
  sley_sequence *a = sequence_of(1, 3), *b = sequence_of(7, 8), *none = sequence_of(1, 0);
  sley_sequence_transfer_l(none, a);
  sley_sequence_transfer_r(none, a);
  assert_elements(a, "1 2 3");
  sley_sequence_transfer_l(b, a);
  assert_true(sley_sequence_is_empty(b));
  assert_elements(a, "7 8 1 2 3");
  sley_sequence_transfer_r(a, b);
  assert_int_equal(sley_sequence_add_r(b, sley_int(4), NULL), 0);
  assert_elements(b, "7 8 1 2 3 4");
  sley_sequence_transfer_r(b, b);
  assert_int_equal(sley_sequence_count(b), 6);
  sley_sequence_drop(a);
  sley_sequence_drop(b);
  sley_sequence_drop(none);
}

static bool is_number(void *ctx, const sley_value *v) { return v->i == *(int *)ctx; }

static void finding_and_setting(void **state)
{
  (void)state;
  int wanted = 4, missing = 9;
  sley_sequence *s = sequence_of(1, 6);
  assert_null(sley_sequence_find_node_l(s, is_number, &missing));
  assert_null(sley_sequence_find_node_r(s, is_number, &missing));
  sley_sequence_node *l = sley_sequence_find_node_l(s, is_number, &wanted);
  sley_sequence_node *r = sley_sequence_find_node_r(s, is_number, &wanted);
  assert_ptr_equal(l, r);
  assert_int_equal(sley_sequence_get(l)->i, 4);
  sley_sequence_set(l, sley_int(40));
  assert_elements(s, "1 2 3 40 5 6");
  sley_sequence_remove(l);
  sley_sequence_remove(r); /* a second time: no effect */
  assert_elements(s, "1 2 3 5 6");
  assert_int_equal(sley_sequence_get(l)->i, 40);
  sley_sequence_node_drop(l);
  sley_sequence_node_drop(r);
  sley_sequence_drop(s);
}

/* ---- while iterating */
static struct scene {
  sley_sequence *s;
  sley_sequence_node *nodes[7];
} scene;

static void scene_make(void)
{
  scene.s = sequence_of(1, 0);
  logged[0] = '\0';
  for (int i = 1; i <= 6; i++)
    assert_int_equal(sley_sequence_add_r(scene.s, sley_int(i), &scene.nodes[i]), 0);
}
static void scene_drop(void)
{
  for (int i = 1; i <= 6; i++) sley_sequence_node_drop(scene.nodes[i]);
  sley_sequence_drop(scene.s);
}

static void visit_and_remove(void *ctx, sley_sequence_node *at)
{
  note_number(ctx, sley_sequence_get(at));
  sley_sequence_remove(at);
}

static void remove_around_3(void *ctx, sley_value *v)
{
  note_number(ctx, v);
  if (v->i != 3) return;
  for (int i = 2; i <= 4; i++) sley_sequence_remove(scene.nodes[i]);
}

/* The handles are dropped, too, so the memory of removed elements must outlive the walk. */
static void drop_around_3(void *ctx, sley_value *v)
{
  note_number(ctx, v);
  if (v->i != 3) return;
  for (int i = 5; i >= 2; i--) {
    sley_sequence_remove(scene.nodes[i]);
    sley_sequence_node_drop(scene.nodes[i]);
    scene.nodes[i] = NULL;
  }
}

static void add_at_both_ends(void *ctx, sley_value *v)
{
  note_number(ctx, v);
  if (v->i != 6 && v->i != 1) return;
  assert_int_equal(sley_sequence_add_l(scene.s, sley_int(7), NULL), 0);
  assert_int_equal(sley_sequence_add_r(scene.s, sley_int(7), NULL), 0);
}

static void clear_at_3(void *ctx, sley_value *v)
{
  note_number(ctx, v);
  if (v->i == 3) sley_sequence_clear(scene.s);
}

static void drop_at_3(void *ctx, sley_value *v)
{
  note_number(ctx, v);
  if (v->i != 3) return;
  sley_sequence_drop(scene.s);
  scene.s = NULL;
}

static void elements_leave_while_iterating(void **state)
{
  (void)state;
  scene_make();
  sley_sequence_iter_node_l(scene.s, visit_and_remove, NULL);
  assert_log("1 2 3 4 5 6");
  assert_true(sley_sequence_is_empty(scene.s));
  scene_drop();

  scene_make();
  sley_sequence_iter_node_r(scene.s, visit_and_remove, NULL);
  assert_log("6 5 4 3 2 1");
  scene_drop();

  scene_make();
  sley_sequence_iter_l(scene.s, remove_around_3, NULL);
  assert_log("1 2 3 5 6");
  assert_elements(scene.s, "1 5 6");
  scene_drop();

  scene_make();
  sley_sequence_iter_r(scene.s, remove_around_3, NULL);
  assert_log("6 5 4 3 1");
  scene_drop();

  scene_make();
  sley_sequence_iter_l(scene.s, drop_around_3, NULL);
  assert_log("1 2 3 6");
  scene_drop();

  scene_make();
  sley_sequence_iter_r(scene.s, drop_around_3, NULL);
  assert_log("6 5 4 3 1");
  scene_drop();

  scene_make();
  sley_sequence_iter_l(scene.s, add_at_both_ends, NULL);
  assert_log("1 2 3 4 5 6 7 7");
  scene_drop();
}

static void clearing_does_not_stop_a_walk(void **state)
{
  (void)state;
  scene_make();
  sley_sequence_iter_l(scene.s, clear_at_3, NULL);
  assert_log("1 2 3 4 5 6");
  assert_true(sley_sequence_is_empty(scene.s));
  sley_sequence_remove(scene.nodes[1]); /* in Lwt this could put a cleared element back */
  assert_true(sley_sequence_is_empty(scene.s));
  scene_drop();

  scene_make();
  sley_sequence_iter_l(scene.s, drop_at_3, NULL);
  assert_log("1 2 3 4 5 6");
  scene_drop();
}

static void values_are_owned(void **state)
{
  (void)state;
  sley_sequence *s = sequence_of(1, 0);
  sley_sequence_node *kept;
  sley_value v;
  for (int i = 0; i < 4; i++)
    assert_int_equal(
        sley_sequence_add_r(s, sley_own(thing_new(i), &type_mover), i == 2 ? &kept : NULL), 0);
  assert_int_equal(sley_sequence_try_take_l(s, &v), 0);
  assert_int_equal(((thing *)v.ptr)->number, 0);
  sley_value_drop(&v);
  sley_sequence_set(kept, sley_own(thing_new(20), &type_mover));
  assert_int_equal(things_alive, 3);
  sley_sequence_clear(s);
  assert_int_equal(things_alive, 1); /* through the handle */
  assert_int_equal(((thing *)sley_sequence_get(kept)->ptr)->number, 20);
  sley_sequence_drop(s);
  sley_sequence_node *again = sley_sequence_node_keep(kept);
  sley_sequence_node_drop(kept);
  assert_int_equal(things_alive, 1); /* through the other handle */
  assert_int_equal(((thing *)sley_sequence_get(again)->ptr)->number, 20);
  sley_sequence_node_drop(again);
  assert_int_equal(things_alive, 0);
}

/* ---- tasks */
static sley_resolver *take_resolver(sley_sequence *s)
{
  sley_value v;
  assert_int_equal(sley_sequence_try_take_l(s, &v), 0);
  assert_ptr_equal(v.type, &sley_type_resolver);
  return v.ptr;
}

static void count_left(void *ctx) { *(size_t *)ctx = sley_sequence_count(scene.s); }

static void tasks(void **state)
{
  (void)state;
  scene.s = sequence_of(1, 0);
  sley_promise *b = sley_add_task_r(scene.s), *a = sley_add_task_l(scene.s),
               *c = sley_add_task_r(scene.s);
  sley_resolver *r = take_resolver(scene.s);
  sley_fulfill(&r, sley_int(1));
  assert_fulfilled(a, 1);
  /* The element is removed by the oldest cancel callback: callbacks of users still find it there. */
  size_t left = 0;
  sley_on_cancel(b, count_left, &left);
  sley_cancel(b);
  assert_int_equal(left, 2);
  assert_int_equal(sley_sequence_count(scene.s), 1);
  /* Taken and then canceled: settling the resolver has no effect. */
  r = take_resolver(scene.s);
  sley_cancel(c);
  sley_fulfill(&r, sley_own(thing_new(1), &type_mover));
  assert_rejected_sley(c, SLEY_ECANCELED);
  sley_drop(a);
  sley_drop(b);
  sley_drop(c);
  /* Dropped with the sequence. */
  sley_promise *d = sley_add_task_r(scene.s);
  sley_sequence_drop(scene.s);
  assert_rejected_sley(d, SLEY_EABANDONED);
  sley_drop(d);
}

static void use_all(void)
{
  sley_sequence *s;
  sley_sequence_node *at = NULL;
  if (sley_sequence_new(&s) != NULL) {
    assert_null(s);
    return;
  }
  int code = sley_sequence_add_l(s, sley_own(thing_new(1), &type_mover), &at);
  assert_true(code == 0 ? at != NULL : code == -SLEY_ENOMEM && at == NULL);
  sley_promise *p = sley_add_task_l(s);
  if (sley_is_pending(p)) sley_cancel(p);
  else assert_rejected_sley(p, SLEY_ENOMEM);
  sley_drop(p);
  assert_int_equal(sley_sequence_count(s), code == 0);
  sley_sequence_node_drop(at);
  sley_sequence_drop(s);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(use_all);
}

static void one_turn(void)
{
  sley_promise *p = sley_add_task_r(scene.s);
  sley_resolver *r = take_resolver(scene.s);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
  sley_promise *q = sley_add_task_l(scene.s);
  sley_cancel(q);
  sley_drop(q);
}

static void no_growth(void **state)
{
  (void)state;
  scene.s = sequence_of(1, 0);
  does_not_grow(one_turn, 100000);
  sley_sequence_drop(scene.s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(both_ends),
      TEST(transfers),
      TEST(finding_and_setting),
      TEST(elements_leave_while_iterating),
      TEST(clearing_does_not_stop_a_walk),
      TEST(values_are_owned),
      TEST(tasks),
      cmocka_unit_test(without_memory),
      TEST(no_growth),
  };
  return RUN_TESTS(tests);
}
