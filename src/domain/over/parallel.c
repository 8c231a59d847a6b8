/* Parallel loops over a team. One counted loop is sent to every member; each takes ranges from it until none is
 * left. The last holder frees its contents, possibly in another domain; so every value in it has been prepared for
 * sending. */
#include <sley/team.h>

#include <stdio.h>

#include "domain/shared/shared.h"

#define SLICE SLEY_MILLISECOND /* a member works this long before its loop turns */
enum { RANGES_PER_MEMBER = 8 };

typedef struct range_loop {
  shared_object shared;
  size_t n, grain, ranges;
  size_t next; /* range; any thread, __atomic */
  bool stop;   /* any thread, __atomic */
  sley_value context;
  enum { FOR, MAP, REDUCE } kind;
  sley_range_fn *range;
  sley_element_fn *element;
  sley_partial_fn *fold;
  sley_combine_fn *combine;
  sley_value *in;  /* map: n values; each belongs to the member that took its range */
  sley_value *out; /* map: n values; reduce: one per range */
  size_t outs;
} range_loop;

static void range_loop_release(void *ptr)
{
  range_loop *l = ptr;
  if (!sley__shared_release(l)) return;
  sley_runtime *runtime = l->shared.runtime;
  sley_value_drop(&l->context);
  for (size_t i = 0; l->in != NULL && i < l->n; i++) sley_value_drop(&l->in[i]);
  for (size_t i = 0; l->out != NULL && i < l->outs; i++) sley_value_drop(&l->out[i]);
  sley__runtime_free(runtime, l->in, l->n * sizeof(sley_value));
  sley__runtime_free(runtime, l->out, l->outs * sizeof(sley_value));
  sley__shared_free(l);
}

static const sley_type range_loop_type = {.size = sizeof(sley_type),
                                          .name = "parallel loop",
                                          .drop = range_loop_release,
                                          .send = sley_send_plain};

/* ---- members ---- */

static sley_error *result_send(sley_value *v)
{
  if (sley__value_send(v) == 0) return NULL;
  return sley__send_error("", v, "a result of a parallel loop");
}

/* Leaves a value in out only on success and if it can be sent. */
static sley_error *keep_result(sley_error *e, sley_value *out)
{
  if (e == NULL) e = result_send(out);
  if (e != NULL) sley_value_drop(out);
  return e;
}

static sley_error *elements_run(range_loop *l, size_t from, size_t to)
{
  for (size_t i = from; i < to; i++) {
    sley_error *e = l->element(&l->context, &l->in[i], &l->out[i]);
    sley__lent_given_back(&l->in[i], &l->out[i], "sley_parallel_map", "");
    sley__lent_given_back(&l->context, &l->out[i], "sley_parallel_map", "");
    e = keep_result(e, &l->out[i]);
    if (e != NULL) return e;
    sley_value_drop(&l->in[i]);
  }
  return NULL;
}

static sley_error *range_run(range_loop *l, size_t number)
{
  size_t from = number * l->grain, to = l->n - from < l->grain ? l->n : from + l->grain;
  switch (l->kind) {
    case FOR: return l->range(&l->context, from, to);
    case MAP: return elements_run(l, from, to);
    default: break;
  }
  sley_error *e = l->fold(&l->context, from, to, &l->out[number]);
  sley__lent_given_back(&l->context, &l->out[number], "sley_parallel_reduce", "");
  return keep_result(e, &l->out[number]);
}

static sley_promise *ranges_run(void *ctx, sley_value *v)
{
  range_loop *l = ctx;
  sley_time end = sley__clock() + SLICE;
  (void)v;
  while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
    size_t number = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
    if (number >= l->ranges) break;
    sley_error *e = range_run(l, number);
    if (e != NULL) {
      __atomic_store_n(&l->stop, true, __ATOMIC_RELAXED);
      return sley_fail(e);
    }
    if (sley__clock() >= end) return sley_bind(sley_pause(), ranges_run, l);
  }
  return sley_return(sley_unit());
}

static sley_promise *range_loop_take_part(sley_value *arg) { return ranges_run(arg->ptr, NULL); }

/* ---- home ---- */

static sley_promise *map_finish(range_loop *l)
{
  sley_list *list = sley__list_of(sley__self(), l->out, l->n);
  return list == NULL ? sley__nomem_promise() : sley_return(sley_own(list, &sley_type_list));
}

static sley_promise *reduce_finish(range_loop *l)
{
  for (size_t i = 1; i < l->outs; i++) {
    sley_error *e = l->combine(&l->context, &l->out[0], &l->out[i]);
    if (e != NULL) return sley_fail(e);
    sley__lent_given_back(&l->out[i], &l->out[0], "sley_parallel_reduce", "");
    sley_value_drop(&l->out[i]);
  }
  sley_value result = l->outs > 0 ? l->out[0] : sley_unit();
  if (l->outs > 0) l->out[0] = sley_unit();
  return sley_return(result);
}

static sley_promise *range_loop_finish(void *ctx, sley_value *v)
{
  range_loop *l = ctx;
  (void)v;
  if (l->kind == MAP) return map_finish(l);
  return l->kind == REDUCE ? reduce_finish(l) : sley_return(sley_unit());
}

static sley_promise *range_loop_stop(void *ctx, sley_error *e)
{
  __atomic_store_n(&((range_loop *)ctx)->stop, true, __ATOMIC_RELAXED);
  return sley_fail(sley_error_keep(e));
}

static range_loop *range_loop_new(sley_team *team, size_t n, size_t grain)
{
  range_loop *l = sley__shared_new(sizeof(*l));
  if (l == NULL) return NULL;
  size_t most = (size_t)sley_team_count(team) * RANGES_PER_MEMBER;
  l->n = n;
  l->grain = grain > 0 ? grain : n / most + (n % most != 0);
  if (l->grain == 0) l->grain = 1;
  l->ranges = n / l->grain + (n % l->grain != 0);
  return l;
}

static bool outs_make(range_loop *l, size_t count)
{
  if (count == 0) return true;
  if (count > SIZE_MAX / sizeof(sley_value)) return false;
  l->out = sley__runtime_alloc(l->shared.runtime, count * sizeof(sley_value));
  if (l->out == NULL) return false;
  l->outs = count;
  memset(l->out, 0, count * sizeof(sley_value));
  return true;
}

/* Consumes l, which can be NULL. */
static sley_promise *range_loop_start(const char *site, sley_team *team, range_loop *l)
{
  if (l == NULL) return sley__nomem_promise();
  size_t members = sley_team_count(team);
  size_t bytes = members * sizeof(sley_promise *);
  sley_promise **ps = sley__runtime_alloc(l->shared.runtime, bytes);
  if (ps == NULL) {
    range_loop_release(l);
    return sley__nomem_promise();
  }
  for (size_t i = 0; i < members; i++) {
    sley__shared_keep(l);
    ps[i] = sley_call_at(site, sley_team_domain(team, i), range_loop_take_part,
                         sley_own(l, &range_loop_type));
  }
  sley_promise *all = sley_join_at(site, ps, members);
  sley__runtime_free(l->shared.runtime, ps, bytes);
  return sley_attach(sley_try_bind_at(site, all, range_loop_finish, range_loop_stop, l, NULL), l,
                     range_loop_release);
}

/* Takes over shared; false: it cannot be sent, and *failed is the rejected promise. */
static bool context_take(const char *site, range_loop *l, sley_value *shared, sley_promise **failed)
{
  if (l == NULL) {
    sley_value_drop(shared);
    *failed = sley__nomem_promise();
    return false;
  }
  if (sley__value_send(shared) != 0) {
    *failed = sley_fail_at(site, sley__send_error(site, shared, "the value that a loop shares"));
    sley_value_drop(shared);
    return false;
  }
  l->context = *shared;
  return true;
}

sley_promise *sley_parallel_for_at(const char *site, sley_team *team, size_t n, size_t grain,
                                   sley_range_fn *f, sley_value shared)
{
  SLEY__NEEDS_AT(site, team);
  SLEY__NEEDS_AT(site, f);
  sley_promise *failed = NULL;
  range_loop *l = range_loop_new(team, n, grain);
  if (!context_take(site, l, &shared, &failed)) {
    if (l != NULL) range_loop_release(l);
    return failed;
  }
  l->kind = FOR;
  l->range = f;
  return range_loop_start(site, team, l);
}

/* Moves the inputs in. false: *e names the one that cannot be sent. */
static bool inputs_take(const char *site, range_loop *l, sley_value *in, sley_error **e)
{
  if (l->n == 0) return true;
  if (l->n < SIZE_MAX / 64)
    l->in = sley__runtime_alloc(l->shared.runtime, l->n * sizeof(sley_value));
  if (l->in == NULL) {
    *e = sley_error_nomem();
    return false;
  }
  memset(l->in, 0, l->n * sizeof(sley_value));
  for (size_t i = 0; i < l->n; i++) {
    if (sley__value_send(&in[i]) != 0) {
      char what[48];
      snprintf(what, sizeof(what), "input %zu of a parallel loop", i);
      *e = sley__send_error(site, &in[i], what);
      return false;
    }
    l->in[i] = in[i];
    in[i] = sley_unit();
  }
  return true;
}

sley_promise *sley_parallel_map_at(const char *site, sley_team *team, sley_value *in, size_t n,
                                   size_t grain, sley_element_fn *f, sley_value shared)
{
  SLEY__NEEDS_AT(site, team);
  if (n > 0) SLEY__NEEDS_AT(site, in);
  SLEY__NEEDS_AT(site, f);
  sley_promise *failed = NULL;
  sley_error *e = NULL;
  range_loop *l = range_loop_new(team, n, grain);
  bool good = context_take(site, l, &shared, &failed);
  if (good && (!inputs_take(site, l, in, &e) || !outs_make(l, n)))
    failed = sley_fail_at(site, e != NULL ? e : sley_error_nomem());
  for (size_t i = 0; failed != NULL && i < n; i++) sley_value_drop(&in[i]);
  if (failed != NULL) {
    if (l != NULL) range_loop_release(l);
    return failed;
  }
  l->kind = MAP;
  l->element = f;
  return range_loop_start(site, team, l);
}

sley_promise *sley_parallel_reduce_at(const char *site, sley_team *team, size_t n, size_t grain,
                                      sley_partial_fn *f, sley_combine_fn *combine,
                                      sley_value shared)
{
  SLEY__NEEDS_AT(site, team);
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, combine);
  sley_promise *failed = NULL;
  range_loop *l = range_loop_new(team, n, grain);
  if (context_take(site, l, &shared, &failed) && !outs_make(l, l->ranges))
    failed = sley__nomem_promise();
  if (failed != NULL) {
    if (l != NULL) range_loop_release(l);
    return failed;
  }
  l->kind = REDUCE;
  l->fold = f;
  l->combine = combine;
  return range_loop_start(site, team, l);
}
