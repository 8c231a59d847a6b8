/* Going to sleep without losing a wake-up. Reading guide to src/queue: this file and its model
 * (models/sleep_wake.pml), inbox.c, ring.c, channel.c; annotate.h for the checkers.
 * Regret: notify costs a full fence even when the consumer is awake; producers pay it once per batch. */
#include <ck_pr.h>

#include "queue/annotate.h"
#include "queue/queue_floor.h"

void sley__sleeper_announce(struct sley__sleeper *sleeper)
{
  YIELD_POINT();
  ck_pr_store_uint(&sleeper->sleeping, 1);
  ck_pr_fence_memory();
}

void sley__stall(void)
{
  YIELD_POINT();
  ck_pr_stall();
}

void sley__sleeper_awake(struct sley__sleeper *sleeper)
{
  YIELD_POINT();
  ck_pr_store_uint(&sleeper->sleeping, 0);
}

static bool sleeper_notify(struct sley__sleeper *sleeper)
{
  YIELD_POINT();
  if (ck_pr_load_uint(&sleeper->sleeping) == 0) return false;
  YIELD_POINT();
  return ck_pr_fas_uint(&sleeper->sleeping, 0) == 1;
}

bool sley__sleeper_notify(struct sley__sleeper *sleeper)
{
  ck_pr_fence_memory();
  return sleeper_notify(sleeper);
}

/* The push is a read-modify-write: on some processors a full fence by itself. */
bool sley__sleeper_notify_pushed(struct sley__sleeper *sleeper)
{
  ck_pr_fence_atomic_load();
  return sleeper_notify(sleeper);
}
