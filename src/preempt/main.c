/* From a job back into a domain: sley_run_in_main. A call to the domain that detached the job goes home with the
 * results of jobs; a call to another domain is sent as a post. The call is on the waiting thread's stack, so it is
 * taken off the domain's list before it is answered. */
#include <errno.h>

#include "preempt/worker.h"

typedef struct main_call {
  completion completion; /* first */
  sley_call_fn *f;
  sley_value arg, out;
  sley_error *error;
  parker *waiting; /* NULL: no thread waits, and the call has its own memory */
  sley_error_fn *failed;
  void *ctx;
  sley_drop_fn *drop;    /* of ctx, or NULL */
  sley_runtime *runtime; /* that the memory comes from */
} main_call;

/* A call being served while a thread waits for it. */
typedef struct running {
  main_call *call; /* NULL once answered */
  sley_promise *promise;
  sley_runtime *runtime;
  struct running *next, **place;
} running;

static void main_call_free(void *ctx)
{
  main_call *c = ctx;
  sley_value_drop(&c->arg);
  if (c->drop != NULL) c->drop(c->ctx);
  sley__runtime_free(c->runtime, c, sizeof(*c));
}

/* The last access to a call that a thread waits for. Any thread. Consumes e. */
static void main_call_answer(main_call *c, sley_error *e)
{
  sley__error_share(e);
  c->error = e;
  sley__unpark(c->waiting);
}

static sley_error *main_call_gone_error(void)
{
  return sley_error_new_at("", &sley_kind_sley, SLEY_EGONE, "sley_run_in_main: %s",
                           sley_code_text(SLEY_EGONE));
}

static void main_call_lose(completion *p)
{
  main_call *c = SLEY__CONTAINER(p, main_call, completion);
  if (c->waiting != NULL) main_call_answer(c, main_call_gone_error());
  else main_call_free(c);
}

/* ---- in the domain ---- */

static void running_free(void *ctx)
{
  running *s = ctx;
  sley__runtime_free(s->runtime, s, sizeof(*s));
}

static main_call *running_remove(running *s)
{
  main_call *c = s->call;
  s->call = NULL;
  SLEY__LIST_REMOVE(s, next, place);
  return c;
}

static void running_settled(void *ctx)
{
  running *s = ctx;
  if (s->call == NULL) return;
  main_call *c = running_remove(s);
  if (c->arg.type != NULL) sley__lent_settles(&c->arg, s->promise, "sley_run_in_main", "");
  sley_error *e = sley__finish(s->promise, &c->out);
  if (e == NULL && c->out.type != NULL && sley__value_send(&c->out) != 0) {
    e = sley__send_error("", &c->out, "sley_run_in_main: the result");
    sley_value_drop(&c->out);
  }
  main_call_answer(c, e);
}

static void main_call_serve(completion_queue *q, main_call *c)
{
  running *s = sley__runtime_alloc(q->runtime, sizeof(*s));
  if (s == NULL) {
    main_call_answer(c, sley_error_nomem());
    return;
  }
  *s = (running){.call = c, .runtime = q->runtime};
  SLEY__LIST_PREPEND(q->running, s, next, place);
  s->promise = sley__returned(c->f(&c->arg), "sley_run_in_main", "");
  sley_on_termination(s->promise, running_settled, s, running_free);
}

static void main_calls_end(completion_queue *q)
{
  while (q->running != NULL) {
    sley_promise *p = q->running->promise;
    main_call *c = running_remove(q->running); /* so that nothing settled from here on answers it */
    sley_cancel(p);
    main_call_answer(c, main_call_gone_error());
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

static void main_call_start_unwatched(main_call *c)
{
  sley_promise *p = sley__returned(c->f(&c->arg), "sley_run_in_main_dont_wait", "");
  sley_on_any(p, unwatched_succeeded, unwatched_failed, c, main_call_free);
  sley_drop(p);
}

static void main_call_arrive(completion_queue *q, completion *p)
{
  main_call *c = SLEY__CONTAINER(p, main_call, completion);
  if (c->waiting != NULL) main_call_serve(q, c);
  else main_call_start_unwatched(c);
}

const completion_kind sley__call_completion = {
    .arrive = main_call_arrive, .lose = main_call_lose, .end = main_calls_end};

/* ---- as a post ---- */

static void posted_drop(void *ptr) { main_call_lose(ptr); }

static const sley_type posted_type = {
    .size = sizeof(sley_type), .name = "call", .drop = posted_drop, .send = sley_send_plain};

static void main_call_posted(sley_value *v)
{
  completion *p = v->ptr;
  completion_queue *q;
  int code = sley__completions_open(sley__self(), &q);
  if (code != 0 && ((main_call *)(void *)p)->waiting != NULL)
    main_call_answer((main_call *)(void *)p, sley__loop_error("", code));
  else main_call_arrive(q, p);
  v->type = NULL; /* started: nothing left to drop */
}

/* ---- on the worker ---- */

/* The completion queue of this thread's job, if domain is where the job came from. */
static completion_queue *home_of_job(const sley_domain *domain)
{
  const worker *w = sley__worker;
  if (w == NULL || w->job == NULL) return NULL;
  completion_queue *q = w->job->home;
  return domain == NULL || domain->id == q->domain_id ? q : NULL;
}

/* Lets the pool use another thread meanwhile. false: jobs wait, this is the last thread that runs any, and none can
 * be started. A thread in the pool's begin or end runs no jobs and needs no replacement. */
static bool worker_stand_aside(worker *w)
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

/* Can leave more threads than the maximum: the first one between two jobs then leaves. */
static void worker_step_back(worker *w)
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

static sley_error *main_call_objection(const sley_domain *domain, const completion_queue *q)
{
  const worker *w = sley__worker;
  if (sley__current->id != 0)
    return sley_error_new_at("", &sley_kind_sley, SLEY_EDEADLOCK,
                             "sley_run_in_main on the thread of domain %s, would block its loop: "
                             "call the function directly, or use sley_call",
                             sley__current->name);
  if (w != NULL && w->pool->origin != sley__origin)
    sley__abort(
        "sley_run_in_main was called in the child of a fork, in a job of the parent's pool %s: "
        "domains stay with the parent; call exec or _exit here",
        w->pool->name);
  if (domain != NULL)
    sley__refuse_elsewhere_in("sley_run_in_main", "", domain->runtime->origin, "domain",
                              domain->name);
  if (domain == NULL && q == NULL)
    return sley_error_new_at("", &sley_kind_sley, SLEY_EINVAL,
                             "sley_run_in_main outside a job needs a domain");
  return NULL;
}

/* Sends c and sleeps until it is answered. */
static void main_call_and_wait(sley_domain *domain, completion_queue *q, main_call *c,
                               parker *sleeps)
{
  c->waiting = sleeps;
  if (q != NULL) {
    sley__completions_push(q, &c->completion);
    sley__park(sleeps, -1);
    return;
  }
  int code = sley_post(domain, main_call_posted,
                       sley_own(c, &posted_type)); /* if refused, its drop answers */
  sley__park(sleeps, -1);
  if (code == 0 || code == -SLEY_EGONE) return;
  sley_error_drop(c->error);
  c->error =
      sley_error_new_at("", &sley_kind_sley, -code, "sley_run_in_main: %s", sley_code_text(code));
}

sley_error *sley_run_in_main(sley_domain *domain, sley_call_fn *f, sley_value arg, sley_value *out)
{
  worker *w = sley__worker;
  completion_queue *q = home_of_job(domain);
  main_call c = {.completion.kind = &sley__call_completion, .f = f, .arg = arg};
  parker sleeps;
  if (out != NULL) *out = sley_unit();
  c.error = main_call_objection(domain, q);
  if (c.error == NULL) c.error = send_arg(&c.arg);
  if (c.error == NULL && sley__parker_init(&sleeps) != 0) c.error = sley_error_nomem();
  else if (c.error == NULL) {
    if (w != NULL && !worker_stand_aside(w))
      c.error = sley_error_new_at("", &sley_kind_sley, SLEY_EDEADLOCK,
                                  "sley_run_in_main: jobs wait in pool %s, and no thread can be "
                                  "started to replace this one",
                                  w->pool->name);
    else main_call_and_wait(domain, q, &c, &sleeps);
    if (w != NULL) worker_step_back(w);
    sley__parker_destroy(&sleeps);
  }
  sley_value_drop(&c.arg);
  if (c.error == NULL && out != NULL) *out = c.out;
  else sley_value_drop(&c.out);
  return c.error;
}

int(sley_run_in_main_dont_wait)(sley_domain *domain, sley_call_fn *f, sley_value arg,
                                sley_error_fn *failed, void *ctx, sley_drop_fn *drop)
{
  if (domain != NULL) sley__refuse_elsewhere(domain->runtime->origin, "domain", domain->name);
  completion_queue *q = home_of_job(domain);
  bool here = q == NULL && domain == NULL && sley__current->id != 0;
  sley_runtime *r = here             ? sley__current->runtime
                    : q != NULL      ? q->runtime
                    : domain != NULL ? domain->runtime
                                     : NULL;
  int code = r == NULL ? -SLEY_EINVAL : 0;
  if (here) code = sley__completions_open(sley__current, &q);
  if (code == 0 && arg.type != NULL) code = sley__value_send(&arg);
  main_call *c = code == 0 ? sley__runtime_alloc(r, sizeof(*c)) : NULL;
  if (c == NULL) {
    sley_value_drop(&arg);
    if (drop != NULL) drop(ctx);
    return code != 0 ? code : -SLEY_ENOMEM;
  }
  *c = (main_call){.completion.kind = &sley__call_completion,
                   .f = f,
                   .arg = arg,
                   .failed = failed,
                   .ctx = ctx,
                   .drop = drop,
                   .runtime = r};
  if (q == NULL) return sley_post(domain, main_call_posted, sley_own(c, &posted_type));
  if (__atomic_load_n(&q->ended, __ATOMIC_ACQUIRE)) {
    main_call_free(c);
    return -SLEY_EGONE;
  }
  sley__completions_hold_far(q);
  sley__completions_push_and_release(q, &c->completion);
  return 0;
}
