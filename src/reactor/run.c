/* sley_run and sley_step: turns until a promise is settled, or one turn. */
#include <stdio.h>

#include "reactor/engine.h"

static void running_begin(struct sley__loop *loop, const char *function)
{
  sley__refuse_in_fiber(loop->domain, function);
  if (loop->domain->turning || loop->domain->depth > 0)
    sley__abort("%s inside a callback of the same domain: return a promise instead, with sley_bind",
                function);
  loop->domain->turning = true;
  sley__running(loop->domain, NULL); /* what was recorded as running is over */
}

static bool is_settled(void *ctx) { return !sley_is_pending(ctx); }

bool sley__loop_nothing_comes(const struct sley__loop *loop)
{
  const sley__engine_type *type = loop->type;
  if (loop->signal_waits != NULL || !sley__dlist_is_empty(&loop->waits)) return false;
  if (type->watches == NULL || type->watches(loop->engine)) return false;
  for (unsigned i = 0; i < loop->hook_count; i++) {
    bool (*expects)(sley_domain *) = loop->hooks[i]->expects;
    if (expects == NULL || expects(loop->domain)) return false;
  }
  return true;
}

/* Whether the loop is about to sleep forever: nothing it waits for can come. */
static bool is_stuck(const struct sley__loop *loop)
{
  return sley__loop_until_next(loop) < 0 && sley__loop_nothing_comes(loop);
}

static void dump_write(void *ctx, const char *text, size_t length)
{
  (void)ctx;
  fwrite(text, 1, length, stderr);
}

/* In debugging mode: reports once that p can never settle, because nothing is left that could answer it. */
static SLEY__NOINLINE void stuck_tell(struct sley__loop *loop, const sley_promise *p)
{
  if (loop->stuck || !is_stuck(loop)) return;
  const char *site = sley_site(p);
  loop->stuck = true;
  fprintf(stderr,
          "sley: sley_run in domain %s waits for the promise made at %s, and nothing is left that "
          "could wake it: no timer, descriptor, signal, job or other domain; answer its resolver, "
          "or drop it, which rejects the promise. What is pending:\n",
          loop->domain->name, site[0] != '\0' ? site : "an unknown place");
  sley_dump(SLEY_DUMP_FORMAT_TEXT, dump_write, NULL);
}

/* Runs if the frame is left, even by a C++ exception: this file is compiled with -fexceptions. */
static void must_have_ended(struct sley__loop **running)
{
  if (*running == NULL) return;
  sley__abort(
      "an exception left a callback through sley_run or sley_step: the frames that it passed are "
      "left half done. Catch it in the callback and return sley_fail instead; mark callbacks "
      "noexcept");
}

sley_error *sley__loop_run_until(sley_domain *d, bool (*done)(void *ctx), void *ctx)
{
  int code = sley__loop_open(d);
  if (code != 0) return sley__loop_error("", code);
  struct sley__loop *loop = d->loop;
  running_begin(loop, "sley_run");
  __attribute__((cleanup(must_have_ended))) struct sley__loop *running = loop;
  sley_error *e = NULL;
  if (SLEY__UNLIKELY(d->driven)) sley__foreign_resume(loop);
  sley__loop_flush(loop);
  while (!done(ctx)) {
    if (SLEY__UNLIKELY(d->heap.alone) && done == is_settled) stuck_tell(loop, ctx);
    if (SLEY__UNLIKELY(loop->test_clock.runs) && done == is_settled &&
        (e = loop->test_clock.check(loop, ctx)) != NULL)
      break;
    sley__loop_turn(loop, -1, done, ctx);
  }
  running->domain->turning = false;
  running = NULL;
  return e;
}

sley_error *sley_run(sley_promise *p, sley_value *out)
{
  sley_domain *d = sley__self_at("sley_run", "");
  sley__refuse_in_fiber(d, "sley_run");
  sley__promise_check(d, p, "sley_run");
  if (out != NULL) *out = sley_unit();
  if (sley_is_pending(p)) {
    sley_error *e = sley__loop_run_until(d, is_settled, p);
    if (e != NULL) {
      sley_drop(p);
      return e;
    }
  } else if (d->loop != NULL && (d->turning || d->depth > 0)) {
    running_begin(d->loop, "sley_run");
  }
  return sley__finish(p, out);
}

sley_error *sley_step(sley_time timeout)
{
  sley_domain *d = sley__self();
  int code = sley__loop_open(d);
  if (code != 0) return sley__loop_error("", code);
  running_begin(d->loop, "sley_step");
  __attribute__((cleanup(must_have_ended))) struct sley__loop *running = d->loop;
  if (SLEY__UNLIKELY(d->driven)) sley__foreign_resume(d->loop);
  sley__loop_flush(d->loop);
  sley__loop_turn(d->loop, timeout, NULL, NULL);
  running->domain->turning = false;
  running = NULL;
  if (SLEY__UNLIKELY(d->driven)) sley__foreign_rest(d->loop);
  return NULL;
}

sley_time sley_step_timeout(void)
{
  sley_domain *d = sley__self();
  if (d->loop == NULL) return sley_paused_count() > 0 ? 0 : -1;
  return d->driven ? sley__foreign_timeout(d->loop) : sley__loop_until_next(d->loop);
}
