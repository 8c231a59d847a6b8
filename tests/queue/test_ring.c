/* The ring between two domains, on one thread: what fits, when it becomes readable, and memory with old contents.
 * Tests src/queue/ring.c, src/queue/channel.c. */
#include "queue/queue_floor.h"
#include "support/process.h"

enum { CAPACITY = 8, ROUNDS = 1000 };

static void *lies_in;

/* Every word of the memory is the number of a future message. */
static struct sley__ring *ring_in_used_memory(unsigned word)
{
  size_t bytes = sley__ring_bytes(CAPACITY);
  lies_in = malloc(bytes);
  for (size_t i = 0; i + sizeof(word) <= bytes; i += sizeof(word))
    memcpy((char *)lies_in + i, &word, sizeof(word));
  return sley__ring_init(lies_in, CAPACITY);
}

static void put(struct sley__ring *ring, uint64_t a) { sley__ring_put(ring, 1, a, a + 1, ~a); }

static void must_be_next(struct sley__ring *ring, uint64_t a)
{
  assert_false(sley__ring_is_empty(ring));
  const struct sley__message *m = sley__ring_next(ring);
  assert_non_null(m);
  assert_int_equal(m->kind, 1);
  assert_true(m->word[0] == a && m->word[1] == a + 1 && m->word[2] == ~a);
}

static void must_be_empty(struct sley__ring *ring)
{
  assert_true(sley__ring_is_empty(ring));
  assert_null(sley__ring_next(ring));
}

static void what_memory_held_is_no_message(void **state)
{
  (void)state;
  for (unsigned word = 1; word <= CAPACITY + 1; word++) {
    struct sley__ring *ring = ring_in_used_memory(word);
    must_be_empty(ring);
    for (uint64_t i = 0; i < CAPACITY; i++) {
      put(ring, i);
      assert_true(sley__ring_publish(ring));
      must_be_next(ring, i);
      must_be_empty(ring);
      sley__ring_release(ring);
    }
    free(lies_in);
  }
}

static void as_many_fit_as_were_asked_for(void **state)
{
  (void)state;
  struct sley__ring *ring = ring_in_used_memory(0);
  assert_true(sley__ring_has_room(ring, CAPACITY));
  assert_false(sley__ring_has_room(ring, CAPACITY + 1));
  for (uint64_t i = 0; i < CAPACITY; i++) assert_true(sley__ring_offer(ring, 0, 1, i, i + 1, ~i));
  assert_false(sley__ring_has_room(ring, 1));
  assert_false(sley__ring_offer(ring, 0, 1, 99, 100, ~(uint64_t)99));
  sley__ring_publish(ring);
  must_be_next(ring, 0);
  assert_false(sley__ring_has_room(ring, 1)); /* read but not released */
  sley__ring_release(ring);
  assert_true(sley__ring_has_room(ring, 1));
  assert_false(sley__ring_has_room(ring, 2));
  assert_false(sley__ring_offer(ring, 1, 1, 8, 9, ~(uint64_t)8)); /* no space would be left */
  assert_true(sley__ring_offer(ring, 0, 1, 8, 9, ~(uint64_t)8));
  sley__ring_publish(ring);
  for (uint64_t i = 1; i <= CAPACITY; i++) must_be_next(ring, i);
  must_be_empty(ring);
  free(lies_in);
}

static void nothing_is_read_before_it_is_published(void **state)
{
  (void)state;
  struct sley__ring *ring = ring_in_used_memory(0);
  uint64_t sent = 0, read = 0;
  assert_false(sley__ring_publish(ring));
  for (unsigned round = 0; round < ROUNDS; round++) {
    unsigned batch = 1 + round % CAPACITY;
    assert_true(sley__ring_has_room(ring, batch));
    for (unsigned i = 0; i < batch; i++) {
      put(ring, sent++);
      must_be_empty(ring);
    }
    assert_true(sley__ring_publish(ring));
    for (unsigned i = 0; i < batch; i++) must_be_next(ring, read++);
    must_be_empty(ring);
    sley__ring_release(ring);
  }
  free(lies_in);
}

/* ---- the inbox */

static void what_is_pushed_comes_in_its_order(void **state)
{
  (void)state;
  struct sley__inbox inbox = {NULL};
  struct sley__inbox_node nodes[5];
  sley__inbox_push(&inbox, &nodes[0]);
  nodes[2].next = &nodes[1]; /* a list, newest first */
  sley__inbox_push_list(&inbox, &nodes[2], &nodes[1]);
  sley__inbox_push_list(&inbox, &nodes[3], &nodes[3]);
  sley__inbox_push(&inbox, &nodes[4]);
  assert_false(sley__inbox_is_empty(&inbox));
  const struct sley__inbox_node *node = sley__inbox_take_all(&inbox);
  for (int i = 0; i < 5; i++, node = node->next) assert_ptr_equal(node, &nodes[i]);
  assert_null(node);
  assert_true(sley__inbox_is_empty(&inbox));
  assert_null(sley__inbox_take_all(&inbox));
}

/* ---- the sleeper */

static void one_caller_wakes(void **state)
{
  (void)state;
  struct sley__sleeper sleeper = {0};
  assert_false(sley__sleeper_notify(&sleeper));
  sley__sleeper_announce(&sleeper);
  assert_true(sley__sleeper_notify(&sleeper));
  assert_false(sley__sleeper_notify(&sleeper));
  sley__sleeper_announce(&sleeper);
  assert_true(sley__sleeper_notify_pushed(&sleeper));
  assert_false(sley__sleeper_notify_pushed(&sleeper));
  sley__sleeper_announce(&sleeper);
  sley__sleeper_awake(&sleeper);
  assert_false(sley__sleeper_notify(&sleeper));
}

/* ---- the channel */

static void a_closed_channel_takes_nothing_and_gives_what_is_there(void **state)
{
  (void)state;
  struct sley__channel *channel = sley__channel_init(malloc(sley__channel_bytes(4)), 4);
  struct sley__item item = {{1, 2}}, out;
  assert_true(sley__channel_put(channel, &item));
  item.word[0] = 3;
  assert_true(sley__channel_put(channel, &item));
  assert_true(sley__channel_put(channel, &item));
  assert_false(sley__channel_put(channel, &item)); /* one of four slots always stays empty */
  assert_int_equal(sley__channel_length(channel), 3);
  assert_true(sley__channel_take(channel, &out) && out.word[0] == 1 && out.word[1] == 2);
  sley__channel_close(channel);
  assert_false(sley__channel_put(channel, &item));
  assert_false(sley__channel_is_over(channel));
  assert_true(sley__channel_take(channel, &out) && out.word[0] == 3);
  assert_true(sley__channel_take(channel, &out));
  assert_true(sley__channel_is_over(channel));
  assert_false(sley__channel_take(channel, &out));
  free(channel);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_memory_held_is_no_message),
      cmocka_unit_test(as_many_fit_as_were_asked_for),
      cmocka_unit_test(nothing_is_read_before_it_is_published),
      cmocka_unit_test(what_is_pushed_comes_in_its_order),
      cmocka_unit_test(one_caller_wakes),
      cmocka_unit_test(a_closed_channel_takes_nothing_and_gives_what_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
