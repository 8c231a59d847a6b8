/* Priority queues: order, equal elements as in Lwt, union, owned values, failing memory.
 * Tests src/promise/collection/pqueue.c. */
#include "support/world.h"

static int by_tens(void *ctx, const sley_value *a, const sley_value *b)
{
  (void)ctx;
  int64_t x = a->i / 10, y = b->i / 10;
  return (x > y) - (x < y);
}

static int by_number(void *ctx, const sley_value *a, const sley_value *b)
{
  (void)ctx;
  int x = ((thing *)a->ptr)->number, y = ((thing *)b->ptr)->number;
  return (x > y) - (x < y);
}

static void smallest_first(void **state)
{
  (void)state;
  sley_pqueue *queue;
  assert_null(sley_pqueue_new(by_tens, NULL, NULL, &queue));
  assert_true(sley_pqueue_is_empty(queue));
  assert_null(sley_pqueue_min(queue));
  assert_int_equal(sley_pqueue_remove_min(queue, NULL), -SLEY_ENOTFOUND);
  uint32_t x = 12345;
  for (int i = 0; i < 5000; i++) {
    x = x * 1103515245 + 12345;
    assert_int_equal(sley_pqueue_add(queue, sley_int((x >> 8) % 100000)), 0);
  }
  assert_int_equal(sley_pqueue_count(queue), 5000);
  int64_t before = -1;
  for (int i = 0; i < 5000; i++) {
    sley_value v;
    int64_t min = sley_pqueue_min(queue)->i;
    assert_int_equal(sley_pqueue_remove_min(queue, &v), 0);
    assert_int_equal(v.i, min);
    assert_true(v.i / 10 >= before);
    before = v.i / 10;
  }
  assert_true(sley_pqueue_is_empty(queue));
  sley_pqueue_drop(queue);
}

/* Output of Lwt_pqueue of Lwt 5.6.1 for the same program: 50, 31, 20, 10, 32, 11, 33, 12, 51, 13 inserted by their
 * tens, united with the rest of a second queue, 14, 34, 0. */
static void equal_elements_come_as_in_lwt(void **state)
{
  (void)state;
  static const int put[] = {50, 31, 20, 10, 32, 11, 33, 12, 51, 13}, more[] = {14, 34, 0};
  char text[128] = "";
  sley_pqueue *queue, *other;
  assert_null(sley_pqueue_new(by_tens, NULL, NULL, &queue));
  assert_null(sley_pqueue_new(by_tens, NULL, NULL, &other));
  for (int i = 0; i < 10; i++) assert_int_equal(sley_pqueue_add(queue, sley_int(put[i])), 0);
  for (int i = 0; i < 3; i++) assert_int_equal(sley_pqueue_add(other, sley_int(more[i])), 0);
  sley_pqueue_union(queue, other);
  assert_true(sley_pqueue_is_empty(other));
  assert_int_equal(sley_pqueue_count(queue), 13);
  sley_value v;
  while (sley_pqueue_remove_min(queue, &v) == 0)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%d ", (int)v.i);
  assert_string_equal(text, "0 12 10 11 13 14 20 31 32 33 34 51 50 ");
  sley_pqueue_drop(queue);
  sley_pqueue_drop(other);
}

static void owned_values(size_t failing)
{
  sley_pqueue *queue;
  if (!world_open(failing)) return;
  if (sley_pqueue_new(by_number, NULL, NULL, &queue) == NULL) {
    size_t in = 0;
    for (int i = 0; i < 20; i++)
      in += sley_pqueue_add(queue, sley_own(thing_new(i * 7 % 20), &type_mover)) == 0;
    assert_int_equal(sley_pqueue_count(queue), in);
    assert_int_equal(things_alive, in);
    for (int i = 0; i < 5; i++) sley_pqueue_remove_min(queue, NULL);
    assert_int_equal(things_alive, in - 5);
    sley_pqueue_drop(queue);
  }
  world_close();
}

static void values_go_once_also_without_memory(void **state)
{
  (void)state;
  world_close();
  bool single = world.single_objects;
  world.single_objects = true;
  owned_values(0);
  size_t allocations = heap.count;
  for (size_t at = 1; at <= allocations; at++) owned_values(at);
  world.single_objects = single;
  assert_true(world_open(0));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(smallest_first),
      TEST(equal_elements_come_as_in_lwt),
      TEST(values_go_once_also_without_memory),
  };
  return RUN_TESTS(tests);
}
