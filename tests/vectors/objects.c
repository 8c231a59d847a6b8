/* Registers of mutexes, conditions, mvars, pools, switches and streams. */
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

void *object_find(machine *m, const char *name)
{
  for (object_register *r = m->objects; r != NULL; r = r->next)
    if (r->current && strcmp(r->name, name) == 0) return r->object;
  return NULL;
}

void object_set(machine *m, const char *name, const object_kind *kind, void *object)
{
  object_register *r = must_alloc(sizeof *r);
  for (object_register *old = m->objects; old != NULL; old = old->next)
    if (strcmp(old->name, name) == 0) old->current = false;
  *r = (object_register){.kind = kind, .object = object, .current = true, .next = m->objects};
  snprintf(r->name, sizeof r->name, "%s", name);
  m->objects = r;
}

static int place(const object_register *r)
{
  static const char kinds[] = "mcvuwt";
  int at = (int)(strchr(kinds, r->kind->letter) - kinds);
  return at * 1000000 + atoi(r->name + 1);
}

static object_register *next_shown(machine *m, int after)
{
  object_register *next = NULL;
  for (object_register *r = m->objects; r != NULL; r = r->next)
    if (r->current && place(r) > after && (next == NULL || place(r) < place(next))) next = r;
  return next;
}

void objects_show(machine *m)
{
  int after = -1;
  for (object_register *r = next_shown(m, after); r != NULL; r = next_shown(m, after)) {
    after = place(r);
    if (r->kind->show == NULL) continue; /* conditions have no state to show */
    text_line(&m->trace, "final %s ", r->name);
    r->kind->show(m, &m->trace, r->object);
    text_line(&m->trace, "\n");
  }
}

void objects_drop(machine *m)
{
  while (m->objects != NULL) {
    object_register *r = m->objects;
    m->objects = r->next;
    r->kind->drop(r->object);
    free(r);
  }
}
