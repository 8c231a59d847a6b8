/* Programs whose steps are run by a loop: the trace does not depend on the time that a turn has for them. */
#include <string.h>

#include "vectors.h"

#ifdef VECTORS_HAVE_LOOP
#include "reactor/reactor_floor.h"

bool turns_set_budget(const char *budget)
{
  bool cut = strcmp(budget, "cut") == 0;
  sley__slice = cut ? (struct sley__slice){0, 1} : (struct sley__slice){-1, 16};
  return cut || strcmp(budget, "uncut") == 0;
}

/* A turn wakes paused promises: a program that wakes them itself is one unit. */
static bool is_whole(const program *p)
{
  return p->source.bytes != NULL && strstr(p->source.bytes, "pause") != NULL;
}

static void unit(sley_value *v)
{
  machine *m = v->ptr;
  bool whole = is_whole(m->program);
  machine_unit(m, whole);
  if (!whole && sley_paused_count() > 0) machine_break(m, "something pauses that is not to");
}

static int post_units(machine *m, sley_domain *d)
{
  size_t count = is_whole(m->program) || m->program->top.count == 0 ? 1 : m->program->top.count;
  int code = 0;
  for (size_t i = 0; i < count && code == 0; i++) code = sley_post(d, unit, sley_borrow(m));
  return code;
}

void machine_run_in_turns(machine *m, bool through_ring)
{
  sley_domain *d = sley_domain_keep(sley_domain_current());
  if (!through_ring) sley_domain_leave(d);
  int code = post_units(m, d);
  if (!through_ring) sley_domain_enter(d);
  if (code != 0) machine_break(m, "a step cannot be posted");
  while (!m->finished && m->broken == NULL) {
    sley_error *e = sley_step(0);
    if (e != NULL) machine_break(m, "there is no loop");
    sley_error_drop(e);
  }
  if (d != NULL) sley_domain_drop(d);
}
#else
bool turns_set_budget(const char *budget)
{
  (void)budget;
  return false;
}

void machine_run_in_turns(machine *m, bool through_ring)
{
  (void)through_ring;
  machine_break(m, "there is no loop in this build");
}
#endif
