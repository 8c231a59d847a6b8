/* Parallel loops over a team. One job, counted, is sent to every member; each takes ranges from it until
 * none is left. What it holds is freed by whoever lets go last, so it crosses domains: every value in
 * it has been made ready for that. */
#include <sley/team.h>

#include <stdio.h>

#include "domain/shared/shared.h"

#define SLICE SLEY_MILLISECOND /* of one member, before its loop turns */
enum { RANGES_PER_MEMBER = 8 };

typedef struct job {
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
  sley_value *in;  /* map: n; each the member's that took its range */
  sley_value *out; /* map: n; reduce: ranges */
  size_t outs;
} job;

static void job_release(void *ptr)
{
  job *j = ptr;
  if (!sley__shared_release(j)) return;
  sley_runtime *runtime = j->shared.runtime;
  sley_value_drop(&j->context);
  for (size_t i = 0; j->in != NULL && i < j->n; i++) sley_value_drop(&j->in[i]);
  for (size_t i = 0; j->out != NULL && i < j->outs; i++) sley_value_drop(&j->out[i]);
  sley__runtime_free(runtime, j->in, j->n * sizeof(sley_value));
  sley__runtime_free(runtime, j->out, j->outs * sizeof(sley_value));
  sley__shared_free(j);
}

static const sley_type job_type = {
    .size = sizeof(sley_type), .name = "job", .drop = job_release, .send = sley_send_plain};

/* ---- members ---- */

static sley_error *sendable(sley_value *v)
{
  if (sley__value_send(v) == 0) return NULL;
  return sley__send_error("", v, "a result of a parallel loop");
}

/* Only what is in out and may cross stays in it. */
static sley_error *keep_result(sley_error *e, sley_value *out)
{
  if (e == NULL) e = sendable(out);
  if (e != NULL) sley_value_drop(out);
  return e;
}

static sley_error *elements_run(job *j, size_t from, size_t to)
{
  for (size_t i = from; i < to; i++) {
    sley_error *e = j->element(&j->context, &j->in[i], &j->out[i]);
    sley__lent_given_back(&j->in[i], &j->out[i], "sley_parallel_map", "");
    sley__lent_given_back(&j->context, &j->out[i], "sley_parallel_map", "");
    e = keep_result(e, &j->out[i]);
    if (e != NULL) return e;
    sley_value_drop(&j->in[i]);
  }
  return NULL;
}

static sley_error *range_run(job *j, size_t number)
{
  size_t from = number * j->grain, to = j->n - from < j->grain ? j->n : from + j->grain;
  switch (j->kind) {
    case FOR: return j->range(&j->context, from, to);
    case MAP: return elements_run(j, from, to);
    default: break;
  }
  sley_error *e = j->fold(&j->context, from, to, &j->out[number]);
  sley__lent_given_back(&j->context, &j->out[number], "sley_parallel_reduce", "");
  return keep_result(e, &j->out[number]);
}

static sley_promise *ranges_run(void *ctx, sley_value *v)
{
  job *j = ctx;
  sley_time end = sley__clock() + SLICE;
  (void)v;
  while (!__atomic_load_n(&j->stop, __ATOMIC_RELAXED)) {
    size_t number = __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED);
    if (number >= j->ranges) break;
    sley_error *e = range_run(j, number);
    if (e != NULL) {
      __atomic_store_n(&j->stop, true, __ATOMIC_RELAXED);
      return sley_fail(e);
    }
    if (sley__clock() >= end) return sley_bind(sley_pause(), ranges_run, j);
  }
  return sley_return(sley_unit());
}

static sley_promise *take_part(sley_value *arg) { return ranges_run(arg->ptr, NULL); }

/* ---- home ---- */

static sley_promise *finish_map(job *j)
{
  sley_list *list = sley__list_of(sley__self(), j->out, j->n);
  return list == NULL ? sley__nomem_promise() : sley_return(sley_own(list, &sley_type_list));
}

static sley_promise *finish_reduce(job *j)
{
  for (size_t i = 1; i < j->outs; i++) {
    sley_error *e = j->combine(&j->context, &j->out[0], &j->out[i]);
    if (e != NULL) return sley_fail(e);
    sley__lent_given_back(&j->out[i], &j->out[0], "sley_parallel_reduce", "");
    sley_value_drop(&j->out[i]);
  }
  sley_value result = j->outs > 0 ? j->out[0] : sley_unit();
  if (j->outs > 0) j->out[0] = sley_unit();
  return sley_return(result);
}

static sley_promise *finish(void *ctx, sley_value *v)
{
  job *j = ctx;
  (void)v;
  if (j->kind == MAP) return finish_map(j);
  return j->kind == REDUCE ? finish_reduce(j) : sley_return(sley_unit());
}

static sley_promise *stop(void *ctx, sley_error *e)
{
  __atomic_store_n(&((job *)ctx)->stop, true, __ATOMIC_RELAXED);
  return sley_fail(sley_error_keep(e));
}

static job *job_new(sley_team *team, size_t n, size_t grain)
{
  job *j = sley__shared_new(sizeof(*j));
  if (j == NULL) return NULL;
  size_t most = (size_t)sley_team_count(team) * RANGES_PER_MEMBER;
  j->n = n;
  j->grain = grain > 0 ? grain : n / most + (n % most != 0);
  if (j->grain == 0) j->grain = 1;
  j->ranges = n / j->grain + (n % j->grain != 0);
  return j;
}

static bool outs_make(job *j, size_t count)
{
  if (count == 0) return true;
  if (count > SIZE_MAX / sizeof(sley_value)) return false;
  j->out = sley__runtime_alloc(j->shared.runtime, count * sizeof(sley_value));
  if (j->out == NULL) return false;
  j->outs = count;
  memset(j->out, 0, count * sizeof(sley_value));
  return true;
}

/* Consumes j, which may be NULL. */
static sley_promise *job_start(const char *site, sley_team *team, job *j)
{
  if (j == NULL) return sley__nomem_promise();
  unsigned members = sley_team_count(team);
  size_t bytes = members * sizeof(sley_promise *);
  sley_promise **ps = sley__runtime_alloc(j->shared.runtime, bytes);
  if (ps == NULL) {
    job_release(j);
    return sley__nomem_promise();
  }
  for (unsigned i = 0; i < members; i++) {
    sley__shared_keep(j);
    ps[i] = sley_call_at(site, sley_team_domain(team, i), take_part, sley_own(j, &job_type));
  }
  sley_promise *all = sley_join_at(site, ps, members);
  sley__runtime_free(j->shared.runtime, ps, bytes);
  return sley_attach(sley_try_bind_at(site, all, finish, stop, j, NULL), j, job_release);
}

/* Takes shared over; false: it may not cross, and *failed says so. */
static bool context_take(const char *site, job *j, sley_value *shared, sley_promise **failed)
{
  if (j == NULL) {
    sley_value_drop(shared);
    *failed = sley__nomem_promise();
    return false;
  }
  if (sley__value_send(shared) != 0) {
    *failed = sley_fail_at(site, sley__send_error(site, shared, "the value that a loop shares"));
    sley_value_drop(shared);
    return false;
  }
  j->context = *shared;
  return true;
}

sley_promise *sley_parallel_for_at(const char *site, sley_team *team, size_t n, size_t grain,
                                   sley_range_fn *f, sley_value shared)
{
  SLEY__NEEDS_AT(site, team);
  SLEY__NEEDS_AT(site, f);
  sley_promise *failed;
  job *j = job_new(team, n, grain);
  if (!context_take(site, j, &shared, &failed)) {
    if (j != NULL) job_release(j);
    return failed;
  }
  j->kind = FOR;
  j->range = f;
  return job_start(site, team, j);
}

/* Moves the inputs in; what may not cross is told of in *e. */
static bool inputs_take(const char *site, job *j, sley_value *in, sley_error **e)
{
  if (j->n == 0) return true;
  if (j->n < SIZE_MAX / 64)
    j->in = sley__runtime_alloc(j->shared.runtime, j->n * sizeof(sley_value));
  if (j->in == NULL) {
    *e = sley_error_nomem();
    return false;
  }
  memset(j->in, 0, j->n * sizeof(sley_value));
  for (size_t i = 0; i < j->n; i++) {
    if (sley__value_send(&in[i]) != 0) {
      char what[48];
      snprintf(what, sizeof(what), "input %zu of a parallel loop", i);
      *e = sley__send_error(site, &in[i], what);
      return false;
    }
    j->in[i] = in[i];
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
  job *j = job_new(team, n, grain);
  bool good = context_take(site, j, &shared, &failed);
  if (good && (!inputs_take(site, j, in, &e) || !outs_make(j, n)))
    failed = sley_fail_at(site, e != NULL ? e : sley_error_nomem());
  for (size_t i = 0; failed != NULL && i < n; i++) sley_value_drop(&in[i]);
  if (failed != NULL) {
    if (j != NULL) job_release(j);
    return failed;
  }
  j->kind = MAP;
  j->element = f;
  return job_start(site, team, j);
}

sley_promise *sley_parallel_reduce_at(const char *site, sley_team *team, size_t n, size_t grain,
                                      sley_partial_fn *f, sley_combine_fn *combine,
                                      sley_value shared)
{
  SLEY__NEEDS_AT(site, team);
  SLEY__NEEDS_AT(site, f);
  SLEY__NEEDS_AT(site, combine);
  sley_promise *failed = NULL;
  job *j = job_new(team, n, grain);
  if (context_take(site, j, &shared, &failed) && !outs_make(j, j->ranges))
    failed = sley__nomem_promise();
  if (failed != NULL) {
    if (j != NULL) job_release(j);
    return failed;
  }
  j->kind = REDUCE;
  j->fold = f;
  j->combine = combine;
  return job_start(site, team, j);
}
