/* How things come home: through the domain's inbox, in batches and in the order they ended, with one
 * wake-up for a loop that sleeps. An office outlives its domain while anything is out; what is pushed
 * after the domain's end the pusher takes back. The protocol is in models/completion.pml. */
#include "preempt/pool.h"

static void discard(parcel *p)
{
  switch (p->kind) {
    case PARCEL_JOB: sley__job_discard((job *)(void *)p); break;
    case PARCEL_NOTICE: sley__notice_discard((notice *)(void *)p); break;
    default: sley__call_discard(p); break;
  }
}
_Static_assert(offsetof(parcel, node) == 0 && offsetof(job, parcel) == 0 &&
                   offsetof(notice, parcel) == 0,
               "parcels come first");

/* How many holds came with them. */
static unsigned discard_all(struct sley__inbox_node *node)
{
  unsigned holds = 0;
  while (node != NULL) {
    struct sley__inbox_node *next = node->next;
    parcel *p = (parcel *)(void *)node;
    holds += p->holds ? 1 : 0;
    discard(p);
    node = next;
  }
  return holds;
}

static void holds_give_back(office *o, unsigned count)
{
  if (__atomic_sub_fetch(&o->holders, count, __ATOMIC_ACQ_REL) != 0) return;
  pthread_mutex_destroy(&o->lock);
  sley__runtime_free(o->runtime, o, sizeof(*o));
}

/* Holds are taken a thousand at a time, and most come back with the jobs: the count is many threads'. */
void sley__office_hold(office *o)
{
  if (o->spare == 0) {
    __atomic_add_fetch(&o->holders, OFFICE_HOLDS, __ATOMIC_RELAXED);
    o->spare = OFFICE_HOLDS;
  }
  o->spare--;
}

void sley__office_take_back(office *o) { o->spare++; }

void sley__office_hold_far(office *o) { __atomic_add_fetch(&o->holders, 1, __ATOMIC_RELAXED); }

void sley__office_release_far(office *o) { holds_give_back(o, 1); }

void sley__office_push(office *o, parcel *p)
{
  sley__inbox_push(&o->inbox, &p->node);
  if (sley__sleeper_notify_pushed(&o->sleeper)) {
    pthread_mutex_lock(&o->lock);
    if (o->loop != NULL) sley__loop_wake(o->loop);
    pthread_mutex_unlock(&o->lock);
  }
  /* Behind the push, as notify's load is: the end of the domain sees the parcel, or this sees it. */
  if (__atomic_load_n(&o->ended, __ATOMIC_ACQUIRE))
    holds_give_back(o, discard_all(sley__inbox_take_all(&o->inbox)));
}

void sley__office_deliver(office *o, parcel *p)
{
  sley__office_push(o, p);
  holds_give_back(o, 1);
}

/* ---- the domain's part ---- */

static void arrived(office *o, parcel *p)
{
  if (p->holds) o->spare++;
  switch (p->kind) {
    case PARCEL_JOB: sley__job_home((job *)(void *)p); break;
    case PARCEL_NOTICE: sley__notice_home((notice *)(void *)p); break;
    default: sley__call_home(o, p); break;
  }
}

static bool drain(sley_domain *d, sley__budget *budget)
{
  office *o = d->office;
  sley__intake_fill(&o->intake, &o->inbox);
  struct sley__inbox_node *node = sley__intake_next(&o->intake);
  if (node == NULL) return !sley__intake_is_empty(&o->intake);
  sley__jobs_stage(o);
  do {
    arrived(o, (parcel *)(void *)node);
    if (sley__budget_is_spent(budget, 1)) break;
    node = sley__intake_next(&o->intake);
  } while (node != NULL);
  o->draining = false;
  sley__jobs_publish_all(o);
  return !sley__intake_is_empty(&o->intake);
}

static bool prepare_sleep(sley_domain *d)
{
  sley__sleeper_announce(&d->office->sleeper);
  return sley__intake_is_empty(&d->office->intake) && sley__inbox_is_empty(&d->office->inbox);
}

static void awake(sley_domain *d) { sley__sleeper_awake(&d->office->sleeper); }

/* Whatever is out holds the office, but a sender may give its hold back once its parcel is in the inbox. Who
 * sees that the hold is back sees the parcel as well. */
static bool expects(sley_domain *d)
{
  const office *o = d->office;
  if (__atomic_load_n(&o->holders, __ATOMIC_ACQUIRE) > 1 + o->spare) return true;
  return !sley__intake_is_empty(&o->intake) || !sley__inbox_is_empty(&o->inbox);
}

static const sley__loop_hooks office_hooks = {
    .drains = {drain}, .expects = expects, .prepare_sleep = prepare_sleep, .awake = awake};

static void office_end(sley_domain *d)
{
  office *o = d->office;
  sley__calls_stop(o);
  sley__jobs_end(o);
  sley__notices_end(o);
  d->office = NULL;
  pthread_mutex_lock(&o->lock);
  o->loop = NULL;
  pthread_mutex_unlock(&o->lock);
  sley__mark_set(&o->ended);
  unsigned holds = discard_all(sley__intake_all(&o->intake, &o->inbox));
  while (o->accounts != NULL) {
    account *a = o->accounts;
    o->accounts = a->next;
    sley__pool_release(a->pool);
    sley__runtime_free(o->runtime, a, sizeof(*a));
  }
  while (o->frame_count > 0)
    sley__runtime_free(o->runtime, o->frames[--o->frame_count], sizeof(job) + FRAME_DATA);
  holds_give_back(o, 1 + o->spare + holds);
}

static const struct sley__part office_part = {.end = office_end};

int sley__office_open(sley_domain *d, office **out)
{
  *out = d->office;
  if (*out != NULL) return 0;
  int code = d->ending ? -SLEY_EGONE : sley__loop_open(d);
  if (code != 0) return code;
  office *o = sley__runtime_alloc(d->runtime, sizeof(*o));
  if (o == NULL) return -SLEY_ENOMEM;
  memset(o, 0, sizeof(*o));
  if (pthread_mutex_init(&o->lock, NULL) != 0) {
    sley__runtime_free(d->runtime, o, sizeof(*o));
    return -SLEY_ENOMEM;
  }
  o->holders = 1;
  o->runtime = d->runtime;
  o->domain_id = d->id;
  o->loop = d->loop;
  d->office = o;
  d->parts[SLEY__PART_OFFICE] = &office_part;
  sley__loop_add_hooks(d, &office_hooks);
  *out = o;
  return 0;
}
