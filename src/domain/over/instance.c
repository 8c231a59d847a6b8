/* Instances of sharded objects in their domains: made, used, and destroyed when they are stopped or their domain
 * ends. */
#include "domain/over/sharded.h"

typedef struct instance {
  sley__local local;
  sley_value object;
  unsigned users;         /* calls that are pending */
  bool stopping, is_gone; /* gone: destroyed, except for its users */
  sley_resolver *stopped; /* of the stop that waits for the users */
  sley_promise *stop;     /* the promise of that stop, for later stops; NULL: none */
} instance;

static instance *instance_of(sley__local *local) { return SLEY__CONTAINER(local, instance, local); }

static void instance_free(instance *i)
{
  sley_resolver *r = i->stopped;
  sley_promise *stop = i->stop;
  sley__free(sley__self(), i, sizeof(*i));
  if (r != NULL) sley_fulfill(&r, sley_unit());
  sley_drop(stop);
}

static void instance_destroy(instance *i)
{
  if (i->is_gone) return;
  i->is_gone = true;
  sley__local_remove(&i->local);
  sley_value_drop(&i->object);
}

/* The domain ends. */
static void instance_end(sley__local *local)
{
  instance *i = instance_of(local);
  instance_destroy(i);
  sley_resolver_drop(&i->stopped); /* the stop's caller already has its answer */
  if (i->users == 0) instance_free(i);
}

static void instance_user_done(void *ctx)
{
  instance *i = ctx;
  if (--i->users > 0 || !(i->stopping || i->is_gone)) return;
  instance_destroy(i);
  instance_free(i);
}

/* *ctx owns the instance until it is stored. */
static sley_error *instance_store(void *ctx, sley_value *in, sley_value *out)
{
  instance **made = ctx;
  instance *i = *made;
  *out = sley_unit();
  if (sley__self()->seat->ending) return sley__gone_error("", "the domain that makes an instance");
  if (sley_take(in, &i->object) != 0) return sley_error_nomem();
  sley__local_add(&i->local, sley__self()->seat);
  *made = NULL;
  return NULL;
}

static void making_drop(void *ctx)
{
  instance **made = ctx;
  if (*made != NULL) sley__free(sley__self(), *made, sizeof(**made));
  sley__free(sley__self(), made, sizeof(*made));
}

sley_promise *sley__shard_make_here(sley_value *arg)
{
  const sley__call_extra *extra = sley__call_extra_of(arg);
  shard_function f = {extra->function};
  sley_domain *d = sley__self();
  instance *i = sley__alloc(d, sizeof(*i));
  instance **made = i == NULL ? NULL : sley__alloc(d, sizeof(*made));
  if (made == NULL) {
    if (i != NULL) sley__free(d, i, sizeof(*i));
    return sley__nomem_promise();
  }
  memset(i, 0, sizeof(*i));
  i->local.id = extra->word;
  i->local.end = instance_end;
  *made = i;
  sley_promise *p = f.make(arg, (size_t)(uintptr_t)extra->pointer);
  return sley_map(sley__returned(p, "sley_sharded_new", ""), instance_store, made, making_drop);
}

static instance *instance_find(uint64_t id)
{
  const sley_domain *d = sley__self();
  sley__local *local = d->seat == NULL ? NULL : sley__local_find(d->seat, id);
  return local == NULL ? NULL : instance_of(local);
}

sley_promise *sley__shard_use_here(sley_value *arg)
{
  const sley__call_extra *extra = sley__call_extra_of(arg);
  shard_function f = {extra->function};
  instance *i = instance_find(extra->word);
  if (i == NULL || i->stopping) return sley_fail(sley_error_closed());
  i->users++; /* also while f runs */
  sley_promise *p = f.use(i->object.ptr, arg);
  if (sley_is_pending(sley__returned(p, "sley_sharded_call", "")))
    return sley_attach(p, i, instance_user_done);
  instance_user_done(i);
  return p;
}

sley_promise *sley__shard_stop_here(sley_value *arg)
{
  instance *i = instance_find(sley__call_extra_of(arg)->word);
  if (i == NULL) return sley_return(sley_unit());
  if (i->users == 0) {
    instance_destroy(i);
    instance_free(i);
    return sley_return(sley_unit());
  }
  i->stopping = true;
  if (i->stop != NULL) return sley_keep(i->stop);
  sley_promise *p = sley_pending(&i->stopped);
  if (i->stopped != NULL) i->stop = sley_keep(p);
  return p;
}

void *sley__shard_here(uint64_t id)
{
  instance *i = instance_find(id);
  return i == NULL || i->stopping ? NULL : i->object.ptr;
}
