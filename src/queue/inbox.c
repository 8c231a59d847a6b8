/* The inbox: ConcurrencyKit's stack, taken whole by the owner and reversed. */
#include <ck_stack.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

_Static_assert(sizeof(struct sley__inbox) == sizeof(((ck_stack_t *)0)->head), "same shape");

/* The stack functions used here access only its head, which is all an inbox has. */
static ck_stack_t *stack_of(struct sley__inbox *inbox) { return (ck_stack_t *)(void *)inbox; }

/* A taken node can be freed or written to immediately: the fence orders what the pusher read of it before the push,
 * too. CK's own fence orders only stores. */
static void publish_fence(void) { ck_pr_fence_release(); }

void sley__inbox_push(struct sley__inbox *inbox, struct sley__inbox_node *node)
{
  HAND_OVER(node);
  publish_fence();
  YIELD_POINT();
  ck_stack_push_upmc(stack_of(inbox), (ck_stack_entry_t *)(void *)node);
}

/* CK pushes single entries; a list is pushed by the same exchange with another end. */
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

/* Everything pushed so far, newest first. */
static struct sley__inbox_node *pop_all(struct sley__inbox *inbox)
{
  if (sley__inbox_is_empty(inbox)) return NULL;
  YIELD_POINT();
  return (struct sley__inbox_node *)(void *)ck_stack_batch_pop_upmc(stack_of(inbox));
}

/* Moves the newest node of a list taken from an inbox to the front of another list. */
static void turn_one(struct sley__inbox_node **from, struct sley__inbox_node **to)
{
  struct sley__inbox_node *node = *from;
  TAKE_OVER(node);
  *from = node->next;
  node->next = *to;
  *to = node;
}

struct sley__inbox_node *sley__inbox_take_all(struct sley__inbox *inbox)
{
  struct sley__inbox_node *newest = pop_all(inbox), *oldest = NULL;
  while (newest != NULL) turn_one(&newest, &oldest);
  return oldest;
}

/* Each can be a cache miss: together they take a tenth of a millisecond or two. */
enum { TURNED_AT_ONCE = 4096 };

void sley__intake_fill(struct sley__intake *intake, struct sley__inbox *inbox)
{
  if (intake->unturned == NULL) {
    intake->unturned = intake->newest = pop_all(inbox);
    if (intake->unturned == NULL) return;
  }
  struct sley__inbox_node *from = intake->unturned, *to = intake->turned;
  for (int i = 0; i < TURNED_AT_ONCE && from != NULL; i++) turn_one(&from, &to);
  intake->unturned = from;
  intake->turned = to;
  if (from != NULL) return;
  if (intake->first == NULL) intake->first = intake->turned;
  else intake->last->next = intake->turned;
  intake->last = intake->newest;
  intake->turned = NULL;
}

struct sley__inbox_node *sley__intake_next(struct sley__intake *intake)
{
  struct sley__inbox_node *node = intake->first;
  if (node == NULL) return NULL;
  intake->first = node->next;
  if (node->next != NULL) __builtin_prefetch(node->next);
  return node;
}

struct sley__inbox_node *sley__intake_all(struct sley__intake *intake, struct sley__inbox *inbox)
{
  for (int i = 0; i < 2; i++) { /* those being reversed, then those pushed since */
    do sley__intake_fill(intake, inbox);
    while (intake->unturned != NULL);
  }
  struct sley__inbox_node *first = intake->first;
  intake->first = NULL;
  return first;
}
