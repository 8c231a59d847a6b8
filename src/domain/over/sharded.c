/* The handle to all instances of a sharded object: its life, and calls to one of them or to all. */
#include "domain/over/sharded.h"

#include <sley/result.h>

struct sley_sharded {
  shared_object shared;
  uint64_t id;
  size_t count;
  sley_domain *domains[]; /* a handle each */
};

/* ---- handles ---- */

sley_sharded *sley_sharded_keep(sley_sharded *sharded)
{
  SLEY__NEEDS(sharded);
  sley__shared_keep(sharded);
  return sharded;
}

void sley_sharded_drop(sley_sharded *sharded)
{
  if (sharded == NULL || !sley__shared_release(sharded)) return;
  for (size_t i = 0; i < sharded->count; i++) sley_domain_drop(sharded->domains[i]);
  sley__shared_free(sharded);
}

static void *sharded_dup(void *ptr) { return sley_sharded_keep(ptr); }

static void sharded_value_drop(void *ptr) { sley_sharded_drop(ptr); }

const sley_type sley_type_sharded = {.size = sizeof(sley_type),
                                     .name = "sharded object",
                                     .drop = sharded_value_drop,
                                     .dup = sharded_dup,
                                     .send = sley_send_plain};

sley_value sley_sharded_value(sley_sharded *sharded)
{
  SLEY__NEEDS(sharded);
  return sley_own(sley_sharded_keep(sharded), &sley_type_sharded);
}

sley_sharded *sley_sharded_in(const sley_value *v) { return sley_value_ptr(v, &sley_type_sharded); }

size_t sley_sharded_count(const sley_sharded *sharded)
{
  SLEY__NEEDS(sharded);
  return sharded->count;
}

static void index_check(const sley_sharded *sharded, size_t index)
{
  if (index >= sharded->count)
    sley__abort(
        "a function of sley_sharded was asked for instance %zu of %zu: they are counted from 0, "
        "and "
        "sley_sharded_count tells how many",
        index, sharded->count);
}

sley_domain *sley_sharded_domain(const sley_sharded *sharded, size_t index)
{
  SLEY__NEEDS(sharded);
  index_check(sharded, index);
  return sharded->domains[index];
}

void *sley_sharded_local(const sley_sharded *sharded)
{
  SLEY__NEEDS(sharded);
  return sley__shard_here(sharded->id);
}

/* FNV-1a (Fowler, Noll, Vo), with the finalizer of MurmurHash3 (Appleby) since its high bits, which
 * choose, are its worst. */
size_t sley_sharded_route(const sley_sharded *sharded, const void *key, size_t bytes)
{
  SLEY__NEEDS(sharded);
  const unsigned char *at = key;
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < bytes; i++) h = (h ^ at[i]) * 0x100000001b3u;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  h ^= h >> 33;
  return (size_t)(((h >> 32) * sharded->count) >> 32);
}

/* ---- calls ---- */

static sley_promise *instance_call(const char *site, sley_sharded *s, size_t index, sley_call_fn *f,
                                   shard_function function, sley_value arg)
{
  sley__call_extra extra = {s->id, (void *)(uintptr_t)index, function.any};
  return sley__call_with_extra(site, s->domains[index], f, arg, &extra);
}

sley_promise *sley_sharded_call_at(const char *site, sley_sharded *sharded, size_t index,
                                   sley_shard_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  SLEY__NEEDS_AT(site, f);
  index_check(sharded, index);
  return instance_call(site, sharded, index, sley__shard_use_here, (shard_function){.use = f}, arg);
}

sley_promise *sley_sharded_call_key_at(const char *site, sley_sharded *sharded, const void *key,
                                       size_t bytes, sley_shard_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  return sley_sharded_call_at(site, sharded, sley_sharded_route(sharded, key, bytes), f, arg);
}

/* A call to each, with a duplicate of arg. */
static int instances_call(const char *site, sley_sharded *s, sley_call_fn *f,
                          shard_function function, sley_value *arg, sley_promise **ps)
{
  size_t made = 0;
  int code = 0;
  for (; code == 0 && made < s->count; made++) {
    sley_value own = *arg;
    if (made + 1 < s->count) code = sley_value_dup(arg, &own);
    else *arg = sley_unit();
    if (code != 0) break;
    ps[made] = instance_call(site, s, made, f, function, own);
  }
  if (code == 0) return 0;
  for (size_t i = 0; i < made; i++) {
    sley_cancel(ps[i]);
    sley_drop(ps[i]);
  }
  return code;
}

typedef sley_promise *together_fn(const char *site, sley_promise *const *ps, size_t n);

static sley_promise *instances_gather(const char *site, sley_sharded *s, sley_call_fn *f,
                                      shard_function function, sley_value arg,
                                      together_fn *together)
{
  size_t bytes = s->count * sizeof(sley_promise *);
  sley_promise **ps = sley__runtime_alloc(s->shared.runtime, bytes);
  int code = ps == NULL ? -SLEY_ENOMEM : instances_call(site, s, f, function, &arg, ps);
  sley_promise *p = code == 0 ? together(site, ps, s->count) : sley__nomem_promise();
  sley__runtime_free(s->shared.runtime, ps, bytes);
  bool failed = code != 0 && code != -SLEY_ENOMEM;
  if (failed)
    p = sley_fail_at(site,
                     sley__dup_error(site, &arg, code, "sley_sharded_call_all: the argument"));
  sley_value_drop(&arg);
  return p;
}

sley_promise *sley_sharded_call_all_at(const char *site, sley_sharded *sharded, sley_shard_fn *f,
                                       sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  SLEY__NEEDS_AT(site, f);
  return instances_gather(site, sharded, sley__shard_use_here, (shard_function){.use = f}, arg,
                          sley_all_at);
}

/* All of them, each turned into another that follows it. */
static sley_promise *follow_all(const char *site, sley_promise *const *ps, size_t n,
                                sley_promise *(*follow)(const char *site, sley_promise *p),
                                together_fn *together)
{
  sley_domain *d = sley__self();
  sley_promise **followed = sley__runtime_alloc(d->runtime, n * sizeof(*followed));
  if (followed == NULL) {
    for (size_t i = 0; i < n; i++) sley_drop(ps[i]);
    return sley__nomem_promise();
  }
  for (size_t i = 0; i < n; i++) followed[i] = follow(site, ps[i]);
  sley_promise *all = together(site, followed, n);
  sley__runtime_free(d->runtime, followed, n * sizeof(*followed));
  return all;
}

static sley_promise *all_settled(const char *site, sley_promise *const *ps, size_t n)
{
  return follow_all(site, ps, n, sley_result_catch_at, sley_all_at);
}

sley_promise *sley_sharded_call_all_settled_at(const char *site, sley_sharded *sharded,
                                               sley_shard_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  SLEY__NEEDS_AT(site, f);
  return instances_gather(site, sharded, sley__shard_use_here, (shard_function){.use = f}, arg,
                          all_settled);
}

static sley_error *combine_all(void *ctx, sley_value *in, sley_value *out)
{
  sley_shard_combine_fn *const *combine = ctx;
  sley_list *list = sley_list_in(in);
  if (sley_list_take_item(list, 0, out) != 0) return sley_error_nomem();
  for (size_t i = 1; i < sley_list_count(list); i++) {
    sley_value right;
    if (sley_list_take_item(list, i, &right) != 0) return sley_error_nomem();
    sley_error *e = (*combine)(out, &right);
    sley_value_drop(&right);
    if (e != NULL) {
      sley_value_drop(out);
      return e;
    }
  }
  return NULL;
}

static void combine_drop(void *ctx)
{
  sley__free(sley__self(), ctx, sizeof(sley_shard_combine_fn *));
}

sley_promise *sley_sharded_map_reduce_at(const char *site, sley_sharded *sharded, sley_shard_fn *f,
                                         sley_value arg, sley_shard_combine_fn *combine)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  SLEY__NEEDS_AT(site, combine);
  sley_shard_combine_fn **ctx = sley__alloc(sley__self(), sizeof(*ctx));
  if (ctx == NULL) {
    sley_value_drop(&arg);
    return sley__nomem_promise();
  }
  *ctx = combine;
  return sley_map_at(site, sley_sharded_call_all_at(site, sharded, f, arg), combine_all, ctx,
                     combine_drop);
}

/* ---- beginning and end ---- */

/* A domain that has ended has destroyed its own. */
static sley_promise *gone_is_stopped(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) return sley_return(sley_unit());
  return sley_fail(sley_error_keep(e));
}

static sley_promise *stopped(const char *site, sley_promise *p)
{
  return sley_catch_at(site, p, gone_is_stopped, NULL, NULL);
}

static sley_promise *join_stops(const char *site, sley_promise *const *ps, size_t n)
{
  return follow_all(site, ps, n, stopped, sley_join_at);
}

sley_promise *sley_sharded_stop_at(const char *site, sley_sharded *sharded)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  return instances_gather(site, sharded, sley__shard_stop_here, (shard_function){NULL}, sley_unit(),
                          join_stops);
}

static void sharded_release(void *ctx) { sley_sharded_drop(ctx); }

static sley_promise *all_made(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_sharded_value(ctx));
}

/* Those that were made go again; behind the calls that made them. */
static sley_promise *not_all_made(void *ctx, sley_error *e)
{
  sley_error *stopping = sley_ignore_result(sley_sharded_stop_at("", ctx));
  if (stopping != NULL) sley__async_error(sley__self(), stopping, "");
  return sley_fail(sley_error_keep(e));
}

static sley_domain *named_twice(sley_domain *const *domains, size_t n)
{
  for (size_t i = 1; i < n; i++)
    for (size_t k = 0; k < i; k++)
      if (domains[k] == domains[i]) return domains[i];
  return NULL;
}

sley_promise *sley_sharded_new_at(const char *site, sley_domain *const *domains, size_t n,
                                  sley_shard_make_fn *make, sley_value arg)
{
  if (n > 0) SLEY__NEEDS_AT(site, domains);
  SLEY__NEEDS_AT(site, make);
  sley_sharded *s = NULL;
  sley_domain *twice;
  sley_error *e = sley_error_nomem();
  if (n == 0)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_sharded_new was given no domains: give it one at least");
  else if ((twice = named_twice(domains, n)) != NULL)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "a sharded object has one instance in a domain, and %s is named twice",
                          sley_domain_name(twice));
  else if (n < SIZE_MAX / 64) s = sley__shared_new(sizeof(*s) + n * sizeof(sley_domain *));
  if (s == NULL) {
    sley_value_drop(&arg);
    return sley_fail_at(site, e);
  }
  s->id = sley__local_id();
  s->count = n;
  for (size_t i = 0; i < n; i++) s->domains[i] = sley_domain_keep(domains[i]);
  sley_promise *all = instances_gather(site, s, sley__shard_make_here,
                                       (shard_function){.make = make}, arg, sley_join_at);
  return sley_attach(sley_try_bind_at(site, all, all_made, not_all_made, s, NULL), s,
                     sharded_release);
}
