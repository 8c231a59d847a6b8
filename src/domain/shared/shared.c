/* Objects that several domains use. */
#include "domain/shared/shared.h"

void *sley__shared_new(size_t size)
{
  sley_runtime *runtime = sley__self()->runtime;
  shared_object *s = sley__runtime_alloc(runtime, size);
  if (s == NULL) return NULL;
  memset(s, 0, size);
  if (pthread_mutex_init(&s->lock, NULL) != 0) {
    sley__runtime_free(runtime, s, size);
    return NULL;
  }
  s->runtime = runtime;
  sley__runtime_hold(runtime);
  s->size = size;
  s->holders = 1;
  s->origin = sley__origin;
  return s;
}

void sley__shared_keep_in(void *object, const char *function)
{
  sley__refuse_foreign(((shared_object *)object)->origin, function, "an object");
  __atomic_add_fetch(&((shared_object *)object)->holders, 1, __ATOMIC_RELAXED);
}

bool sley__shared_release_in(void *object, const char *function)
{
  sley__refuse_foreign(((shared_object *)object)->origin, function, "an object");
  return __atomic_sub_fetch(&((shared_object *)object)->holders, 1, __ATOMIC_ACQ_REL) == 0;
}

void sley__shared_free(void *object)
{
  shared_object *s = object;
  pthread_mutex_destroy(&s->lock);
  sley_runtime *runtime = s->runtime;
  sley__runtime_free(runtime, s, s->size);
  sley__runtime_release(runtime);
}
