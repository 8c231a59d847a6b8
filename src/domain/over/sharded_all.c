/* Calls to all instances of a sharded object, and how their results are combined. */
#include <sley/result.h>

#include "domain/over/sharded.h"

/* Calls each instance with a duplicate of arg. */
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
    ps[made] = sley__shard_call(site, s, made, f, function, own);
  }
  if (code == 0) return 0;
  for (size_t i = 0; i < made; i++) {
    sley_cancel(ps[i]);
    sley_drop(ps[i]);
  }
  return code;
}

sley_promise *sley__shard_gather(const char *site, sley_sharded *s, sley_call_fn *f,
                                 shard_function function, sley_value arg,
                                 sley__together_fn *together)
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

/* Replaces each promise with one that follows it. */
sley_promise *sley__follow_all(const char *site, sley_promise *const *ps, size_t n,
                               sley_promise *(*follow)(const char *site, sley_promise *p),
                               sley__together_fn *together)
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

/* ---- public functions ---- */

sley_promise *sley_sharded_call_all_at(const char *site, sley_sharded *sharded, sley_shard_fn *f,
                                       sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  SLEY__NEEDS_AT(site, f);
  return sley__shard_gather(site, sharded, sley__shard_use_here, (shard_function){.use = f}, arg,
                            sley_all_at);
}

static sley_promise *all_settled(const char *site, sley_promise *const *ps, size_t n)
{
  return sley__follow_all(site, ps, n, sley_result_catch_at, sley_all_at);
}

sley_promise *sley_sharded_call_all_settled_at(const char *site, sley_sharded *sharded,
                                               sley_shard_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, sharded);
  sley__shared_use_at(site, sharded, "a sharded object");
  SLEY__NEEDS_AT(site, f);
  return sley__shard_gather(site, sharded, sley__shard_use_here, (shard_function){.use = f}, arg,
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
