/* The handle of a sharded object: its life, and calls to one instance. */
#include "domain/over/sharded.h"

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

SLEY__HANDLE(sharded)

size_t sley_sharded_count(const sley_sharded *sharded)
{
  SLEY__NEEDS(sharded);
  return sharded->count;
}

static void sharded_index_check(const sley_sharded *sharded, size_t index)
{
  if (index >= sharded->count)
    sley__abort(
        "a function of sley_sharded was asked for instance %zu of %zu: instances are counted from "
        "0; sley_sharded_count returns their number",
        index, sharded->count);
}

sley_domain *sley_sharded_domain(const sley_sharded *sharded, size_t index)
{
  SLEY__NEEDS(sharded);
  sharded_index_check(sharded, index);
  return sharded->domains[index];
}

void *sley_sharded_local(const sley_sharded *sharded)
{
  SLEY__NEEDS(sharded);
  return sley__shard_here(sharded->id);
}

/* FNV-1a (Fowler, Noll, Vo), followed by the finalizer of MurmurHash3 (Appleby), since the choice depends on the
 * high bits, FNV's weakest. */
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

sley_promise *sley__shard_call(const char *site, sley_sharded *s, size_t index, sley_call_fn *f,
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
  sharded_index_check(sharded, index);
  return sley__shard_call(site, sharded, index, sley__shard_use_here, (shard_function){.use = f},
                          arg);
}

sley_promise *sley_sharded_call_key_at(const char *site, sley_sharded *sharded, const void *key,
                                       size_t bytes, sley_shard_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  return sley_sharded_call_at(site, sharded, sley_sharded_route(sharded, key, bytes), f, arg);
}

/* ---- beginning and end ---- */

/* An ended domain has already destroyed its instance. */
static sley_promise *gone_is_stopped(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) return sley_return(sley_unit());
  return sley_fail(sley_error_keep(e));
}

static sley_promise *sharded_stopped(const char *site, sley_promise *p)
{
  return sley_catch_at(site, p, gone_is_stopped, NULL, NULL);
}

static sley_promise *sharded_join_stops(const char *site, sley_promise *const *ps, size_t n)
{
  return sley__follow_all(site, ps, n, sharded_stopped, sley_join_at);
}

sley_promise *sley_sharded_stop_at(const char *site, sley_sharded *sharded)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  return sley__shard_gather(site, sharded, sley__shard_stop_here, (shard_function){NULL},
                            sley_unit(), sharded_join_stops);
}

static void sharded_release(void *ctx) { sley_sharded_drop(ctx); }

static sley_promise *sharded_all_made(void *ctx, sley_value *v)
{
  (void)v;
  return sley_return(sley_sharded_to_value(sley_sharded_keep(ctx)));
}

/* Stops the instances that were made; the stops queue behind the calls that made them. */
static sley_promise *sharded_not_all_made(void *ctx, sley_error *e)
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
                          "sley_sharded_new was given no domains: it needs at least one");
  else if ((twice = named_twice(domains, n)) != NULL)
    e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "a sharded object has one instance per domain, and %s appears twice",
                          sley_domain_name(twice));
  else if (n < SIZE_MAX / 64) s = sley__shared_new(sizeof(*s) + n * sizeof(sley_domain *));
  if (s == NULL) {
    sley_value_drop(&arg);
    return sley_fail_at(site, e);
  }
  s->id = sley__local_id();
  s->count = n;
  for (size_t i = 0; i < n; i++) s->domains[i] = sley_domain_keep(domains[i]);
  sley_promise *all = sley__shard_gather(site, s, sley__shard_make_here,
                                         (shard_function){.make = make}, arg, sley_join_at);
  return sley_attach(sley_try_bind_at(site, all, sharded_all_made, sharded_not_all_made, s, NULL),
                     s, sharded_release);
}
