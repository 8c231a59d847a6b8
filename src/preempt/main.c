/* From a job back into a domain: sley_run_in_main. A call goes home with the results of jobs where it is
 * for the domain that detached the job, else as a post to a domain by its handle. The waiting thread has
 * the call on its stack; so whoever settles the call first unhooks it from what is served for it. */
#include <errno.h>

#include "preempt/pool.h"

typedef struct main_call {
  parcel parcel; /* first */
  sley_call_fn *f;
  sley_value arg, out;
  sley_error *error;
  parker *waiting; /* NULL: nobody waits, and the call is memory of its own */
  sley_error_fn *failed;
  void *ctx;
  sley_runtime *runtime; /* of that memory */
} main_call;

/* A waited-for call while it is served. */
typedef struct serving {
  main_call *call; /* NULL once answered */
  sley_promise *promise;
  sley_runtime *runtime;
  struct serving *next, **place;
} serving;

static void call_free(void *ctx)
{
  main_call *c = ctx;
  sley_value_drop(&c->arg);
  sley__runtime_free(c->runtime, c, sizeof(*c));
}

/* The last touch of a waited-for call. Any thread. Consumes e. */
static void answer(main_call *c, sley_error *e)
{
  sley__error_share(e);
  c->error = e;
  sley__unpark(c->waiting);
}

static sley_error *gone_error(void)
{
  return sley_error_new_at("", &sley_kind_sley, SLEY_EGONE, "sley_run_in_main: %s",
                           sley_code_text(SLEY_EGONE));
}

void sley__call_discard(parcel *p)
{
  main_call *c = (main_call *)(void *)p;
  if (c->waiting != NULL) answer(c, gone_error());
  else call_free(c);
}

/* ---- in the domain ---- */

static void serving_free(void *ctx)
{
  serving *s = ctx;
  sley__runtime_free(s->runtime, s, sizeof(*s));
}

static main_call *serving_over(serving *s)
{
  main_call *c = s->call;
  s->call = NULL;
  SLEY__LIST_REMOVE(s, next, place);
  return c;
}

static void served(void *ctx)
{
  serving *s = ctx;
  if (s->call == NULL) return;
  main_call *c = serving_over(s);
  if (c->arg.type != NULL) sley__lent_settles(&c->arg, s->promise, "sley_run_in_main", "");
  sley_error *e = sley__finish(s->promise, &c->out);
  if (e == NULL && c->out.type != NULL && sley__value_send(&c->out) != 0) {
    e = sley__send_error("", &c->out, "sley_run_in_main: the result");
    sley_value_drop(&c->out);
  }
  answer(c, e);
}

static void serve(office *o, main_call *c)
{
  serving *s = sley__runtime_alloc(o->runtime, sizeof(*s));
  if (s == NULL) {
    answer(c, sley_error_nomem());
    return;
  }
  *s = (serving){.call = c, .runtime = o->runtime};
  SLEY__LIST_PREPEND(o->servings, s, next, place);
  s->promise = sley__returned(c->f(&c->arg), "sley_run_in_main", "");
  sley_on_termination(s->promise, served, s, serving_free);
}

void sley__calls_stop(office *o)
{
  while (o->servings != NULL) {
    sley_promise *p = o->servings->promise;
    main_call *c = serving_over(o->servings); /* so that what is settled now is not its answer */
    sley_cancel(p);
    answer(c, gone_error());
    sley_drop(p);
  }
}

static void unwatched_failed(void *ctx, sley_error *e)
{
  const main_call *c = ctx;
  if (c->failed != NULL) c->failed(c->ctx, e);
  else if (!sley_error_is_canceled(e)) sley__async_error(sley__self(), sley_error_keep(e), "");
}

static void unwatched_succeeded(void *ctx, sley_value *v)
{
  const main_call *c = ctx;
  sley__lent_given_back(&c->arg, v, "sley_run_in_main_dont_wait", "");
}

static void start_unwatched(main_call *c)
{
  sley_promise *p = sley__returned(c->f(&c->arg), "sley_run_in_main_dont_wait", "");
  sley_on_any(p, unwatched_succeeded, unwatched_failed, c, call_free);
  sley_drop(p);
}

void sley__call_home(office *o, parcel *p)
{
  main_call *c = (main_call *)(void *)p;
  if (c->waiting != NULL) serve(o, c);
  else start_unwatched(c);
}

/* ---- as a post ---- */

static void posted_drop(void *ptr) { sley__call_discard(ptr); }

static const sley_type posted_type = {
    .size = sizeof(sley_type), .name = "call", .drop = posted_drop, .send = sley_send_plain};

static void posted(sley_value *v)
{
  parcel *p = v->ptr;
  office *o;
  int code = sley__office_open(sley__self(), &o);
  if (code != 0 && ((main_call *)(void *)p)->waiting != NULL)
    answer((main_call *)(void *)p, sley__loop_error("", code));
  else sley__call_home(o, p);
  v->type = NULL; /* begun: there is nothing to drop any more */
}

/* ---- on the worker ---- */

/* The office of the job this thread is in, if domain is where it came from. */
static office *home_of_job(const sley_domain *domain)
{
  const worker *w = sley__worker;
  if (w == NULL || w->job == NULL) return NULL;
  office *o = w->job->home;
  return domain == NULL || domain->id == o->domain_id ? o : NULL;
}

/* The pool may have another thread instead of this one meanwhile; false: jobs wait, this is the last
 * thread that runs any, and none can be started. In the pool's begin and end the thread runs no jobs, so
 * that nobody has to stand in. */
static bool stand_aside(worker *w)
{
  sley_workers *pool = w->pool;
  if (w->job == NULL) return true;
  pthread_mutex_lock(&pool->lock);
  pool->in_main++;
  help wanted = {0};
  if (!pool->hurry) wanted = sley__pool_help_wanted(pool);
  pthread_mutex_unlock(&pool->lock);
  return sley__pool_help(pool, wanted) == 0;
}

/* There may be more threads than the maximum now: the first that is between two jobs leaves. */
static void step_back(worker *w)
{
  if (w->job == NULL) return;
  pthread_mutex_lock(&w->pool->lock);
  w->pool->in_main--;
  pthread_mutex_unlock(&w->pool->lock);
}

static sley_error *send_arg(sley_value *arg)
{
  if (arg->type == NULL || sley__value_send(arg) == 0) return NULL;
  return sley__send_error("", arg, "sley_run_in_main: the argument");
}

static sley_error *objection(const sley_domain *domain, const office *o)
{
  const worker *w = sley__worker;
  if (sley__current->id != 0)
    return sley_error_new_at(
        "", &sley_kind_sley, SLEY_EDEADLOCK,
        "sley_run_in_main on the thread of domain %s, whose loop would stand still: "
        "call the function, or use sley_call",
        sley__current->name);
  if (w != NULL && w->pool->origin != sley__origin)
    sley__abort(
        "sley_run_in_main was called in the child of a fork, in a job of the parent's pool %s: "
        "domains stay with the parent; call exec or _exit here",
        w->pool->name);
  if (domain != NULL)
    sley__refuse_elsewhere_in("sley_run_in_main", "", domain->runtime->origin, "domain",
                              domain->name);
  if (domain == NULL && o == NULL)
    return sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL,
                             "sley_run_in_main outside a job has to name a domain");
  return NULL;
}

/* Sends c and sleeps until it is answered. */
static void call_and_wait(sley_domain *domain, office *o, main_call *c, parker *bed)
{
  c->waiting = bed;
  if (o != NULL) {
    sley__office_push(o, &c->parcel);
    sley__park(bed, -1);
    return;
  }
  int code = sley_post(domain, posted, sley_own(c, &posted_type)); /* refused: its drop answers */
  sley__park(bed, -1);
  if (code == 0 || code == -SLEY_EGONE) return;
  sley_error_drop(c->error);
  c->error =
      sley_error_new_at("", &sley_kind_sley, -code, "sley_run_in_main: %s", sley_code_text(code));
}

sley_error *sley_run_in_main(sley_domain *domain, sley_call_fn *f, sley_value arg, sley_value *out)
{
  worker *w = sley__worker;
  office *o = home_of_job(domain);
  main_call c = {.parcel.kind = PARCEL_CALL, .f = f, .arg = arg};
  parker bed;
  if (out != NULL) *out = sley_unit();
  c.error = objection(domain, o);
  if (c.error == NULL) c.error = send_arg(&c.arg);
  if (c.error == NULL && sley__parker_init(&bed) != 0) c.error = sley_error_nomem();
  else if (c.error == NULL) {
    if (w != NULL && !stand_aside(w))
      c.error = sley_error_new_at(
          "", &sley_kind_sley, SLEY_EDEADLOCK,
          "sley_run_in_main: jobs wait in pool %s and no thread can be started to "
          "stand in for this one",
          w->pool->name);
    else call_and_wait(domain, o, &c, &bed);
    if (w != NULL) step_back(w);
    sley__parker_destroy(&bed);
  }
  sley_value_drop(&c.arg);
  if (c.error == NULL && out != NULL) *out = c.out;
  else sley_value_drop(&c.out);
  return c.error;
}

int sley_run_in_main_dont_wait(sley_domain *domain, sley_call_fn *f, sley_value arg,
                               sley_error_fn *failed, void *ctx)
{
  if (domain != NULL) sley__refuse_elsewhere(domain->runtime->origin, "domain", domain->name);
  office *o = home_of_job(domain);
  bool here = o == NULL && domain == NULL && sley__current->id != 0;
  sley_runtime *r = here             ? sley__current->runtime
                    : o != NULL      ? o->runtime
                    : domain != NULL ? domain->runtime
                                     : NULL;
  int code = r == NULL ? -SLEY_EINVAL : 0;
  if (here) code = sley__office_open(sley__current, &o);
  if (code == 0 && arg.type != NULL) code = sley__value_send(&arg);
  main_call *c = code == 0 ? sley__runtime_alloc(r, sizeof(*c)) : NULL;
  if (c == NULL) {
    sley_value_drop(&arg);
    return code != 0 ? code : -SLEY_ENOMEM;
  }
  *c = (main_call){
      .parcel.kind = PARCEL_CALL, .f = f, .arg = arg, .failed = failed, .ctx = ctx, .runtime = r};
  if (o == NULL) return sley_post(domain, posted, sley_own(c, &posted_type));
  if (__atomic_load_n(&o->ended, __ATOMIC_ACQUIRE)) {
    call_free(c);
    return -SLEY_EGONE;
  }
  sley__office_hold_far(o);
  sley__office_deliver(o, &c->parcel);
  return 0;
}
