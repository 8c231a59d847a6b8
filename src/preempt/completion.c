/* How completions come home: through the domain's inbox, in batches and in the order in which they ended, with one
 * wake-up for a sleeping loop. A queue outlives its domain while anything is out; a push after the domain's end is
 * taken back by the pushing thread. The protocol is in models/completion.pml. */
#include "preempt/completion.h"

static completion *completion_at(struct sley__inbox_node *node)
{
  return (completion *)(void *)node;
}
_Static_assert(offsetof(completion, node) == 0, "nodes come first");

/* Returns how many holds came with them. */
static unsigned lose_all(struct sley__inbox_node *node)
{
  unsigned holds = 0;
  while (node != NULL) {
    completion *c = completion_at(node);
    node = node->next;
    holds += c->holds ? 1 : 0;
    c->kind->lose(c);
  }
  return holds;
}

static void holds_give_back(completion_queue *q, unsigned count)
{
  if (__atomic_sub_fetch(&q->holders, count, __ATOMIC_ACQ_REL) != 0) return;
  pthread_mutex_destroy(&q->lock);
  sley__runtime_free(q->runtime, q, sizeof(*q));
}

/* Holds are taken a thousand at a time, and most come back with the jobs, since many threads write the count. */
void sley__completions_hold(completion_queue *q)
{
  if (q->spare == 0) {
    __atomic_add_fetch(&q->holders, HOLDS_AT_ONCE, __ATOMIC_RELAXED);
    q->spare = HOLDS_AT_ONCE;
  }
  q->spare--;
}

void sley__completions_take_back(completion_queue *q) { q->spare++; }

void sley__completions_hold_far(completion_queue *q)
{
  __atomic_add_fetch(&q->holders, 1, __ATOMIC_RELAXED);
}

void sley__completions_release_far(completion_queue *q) { holds_give_back(q, 1); }

void sley__completions_push(completion_queue *q, completion *c)
{
  sley__inbox_push(&q->inbox, &c->node);
  if (sley__sleeper_notify_pushed(&q->sleeper)) {
    pthread_mutex_lock(&q->lock);
    if (q->loop != NULL) sley__loop_wake(q->loop);
    pthread_mutex_unlock(&q->lock);
  }
  /* Behind the push, as notify's load is: the end of the domain sees the completion, or this sees the end. */
  if (__atomic_load_n(&q->ended, __ATOMIC_ACQUIRE))
    holds_give_back(q, lose_all(sley__inbox_take_all(&q->inbox)));
}

void sley__completions_push_and_release(completion_queue *q, completion *c)
{
  sley__completions_push(q, c);
  holds_give_back(q, 1);
}

/* ---- the domain's side ---- */

static bool completions_drain(sley_domain *d, sley__budget *budget)
{
  completion_queue *q = d->completions;
  sley__intake_fill(&q->intake, &q->inbox);
  struct sley__inbox_node *node = sley__intake_next(&q->intake);
  if (node == NULL) return !sley__intake_is_empty(&q->intake);
  sley__job_completion.drain_begin(q); /* called by name, since the other kinds have none */
  do {
    completion *c = completion_at(node);
    if (c->holds) q->spare++;
    c->kind->arrive(q, c);
    if (sley__budget_is_spent(budget, 1)) break;
    node = sley__intake_next(&q->intake);
  } while (node != NULL);
  sley__job_completion.drain_end(q);
  return !sley__intake_is_empty(&q->intake);
}

static bool completions_prepare_sleep(sley_domain *d)
{
  sley__sleeper_announce(&d->completions->sleeper);
  return sley__intake_is_empty(&d->completions->intake) &&
         sley__inbox_is_empty(&d->completions->inbox);
}

static void completions_awake(sley_domain *d) { sley__sleeper_awake(&d->completions->sleeper); }

/* Everything out has a hold on the completion queue, but a sender can release its hold once its completion is in the
 * inbox. Seeing that release implies seeing the completion. */
static bool completions_expect(sley_domain *d)
{
  const completion_queue *q = d->completions;
  if (__atomic_load_n(&q->holders, __ATOMIC_ACQUIRE) > 1 + q->spare) return true;
  return !sley__intake_is_empty(&q->intake) || !sley__inbox_is_empty(&q->inbox);
}

static const sley__loop_hooks completions_hooks = {.drains = {completions_drain},
                                                   .expects = completions_expect,
                                                   .prepare_sleep = completions_prepare_sleep,
                                                   .awake = completions_awake};

static void completions_end(sley_domain *d)
{
  completion_queue *q = d->completions;
  for (const completion_kind *const *k = sley__completion_kinds; *k != NULL; k++) (*k)->end(q);
  d->completions = NULL;
  pthread_mutex_lock(&q->lock);
  q->loop = NULL;
  pthread_mutex_unlock(&q->lock);
  sley__mark_set(&q->ended);
  unsigned holds = lose_all(sley__intake_all(&q->intake, &q->inbox));
  for (const completion_kind *const *k = sley__completion_kinds; *k != NULL; k++)
    if ((*k)->clear != NULL) (*k)->clear(q);
  holds_give_back(q, 1 + q->spare + holds);
}

static const struct sley__part completions_part = {.end = completions_end};

int sley__completions_open(sley_domain *d, completion_queue **out)
{
  *out = d->completions;
  if (*out != NULL) return 0;
  int code = d->ending ? -SLEY_EGONE : sley__loop_open(d);
  if (code != 0) return code;
  completion_queue *q = sley__runtime_alloc(d->runtime, sizeof(*q));
  if (q == NULL) return -SLEY_ENOMEM;
  memset(q, 0, sizeof(*q));
  if (pthread_mutex_init(&q->lock, NULL) != 0) {
    sley__runtime_free(d->runtime, q, sizeof(*q));
    return -SLEY_ENOMEM;
  }
  q->holders = 1;
  q->runtime = d->runtime;
  q->domain_id = d->id;
  q->loop = d->loop;
  d->completions = q;
  d->parts[SLEY__PART_COMPLETIONS] = &completions_part;
  sley__loop_add_hooks(d, &completions_hooks);
  *out = q;
  return 0;
}
