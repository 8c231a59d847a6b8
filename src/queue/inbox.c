/* The inbox: ConcurrencyKit's stack, taken whole by the owner and turned round. */
#include <ck_stack.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

_Static_assert(sizeof(struct sley__inbox) == sizeof(((ck_stack_t *)0)->head), "same shape");

/* The stack's functions used here touch only its head, which is all an inbox has. */
static ck_stack_t *stack_of(struct sley__inbox *inbox) { return (ck_stack_t *)(void *)inbox; }

/* Whoever takes a node may free it or write to it: what the pusher read of it is read by then, too. CK's own
 * fence orders stores only. */
static void publish_fence(void) { ck_pr_fence_release(); }

void sley__inbox_push(struct sley__inbox *inbox, struct sley__inbox_node *node)
{
  HAND_OVER(node);
  publish_fence();
  YIELD_POINT();
  ck_stack_push_upmc(stack_of(inbox), (ck_stack_entry_t *)(void *)node);
}

/* CK pushes entries singly; a list is pushed by the same exchange with another end. */
void sley__inbox_push_list(struct sley__inbox *inbox, struct sley__inbox_node *newest,
                           struct sley__inbox_node *oldest)
{
  for (struct sley__inbox_node *node = newest; node != oldest; node = node->next) HAND_OVER(node);
  HAND_OVER(oldest);
  publish_fence();
  YIELD_POINT();
  void *head = ck_pr_load_ptr(&inbox->head);
  do {
    oldest->next = head;
    ck_pr_fence_store_atomic();
  } while (!ck_pr_cas_ptr_value(&inbox->head, head, newest, &head));
}

bool sley__inbox_is_empty(const struct sley__inbox *inbox)
{
  YIELD_POINT();
  return ck_pr_load_ptr(&inbox->head) == NULL;
}

struct sley__inbox_node *sley__inbox_take_all(struct sley__inbox *inbox)
{
  if (sley__inbox_is_empty(inbox)) return NULL;
  YIELD_POINT();
  struct sley__inbox_node *newest =
      (struct sley__inbox_node *)(void *)ck_stack_batch_pop_upmc(stack_of(inbox));
  struct sley__inbox_node *oldest = NULL;
  while (newest != NULL) {
    struct sley__inbox_node *node = newest;
    TAKE_OVER(node);
    newest = node->next;
    node->next = oldest;
    oldest = node;
  }
  return oldest;
}
