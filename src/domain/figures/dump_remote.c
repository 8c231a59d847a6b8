/* Dumping another domain: a post carries a request that asker and owner both hold; the last one to drop it frees it.
 * The asker need not be a domain and blocks, hence a lock and a condition variable. */
#include <stdarg.h>
#include <stdio.h>

#include "domain/link/link.h"

typedef struct request {
  sley_runtime *runtime; /* that its memory comes from */
  unsigned holders;      /* any thread, __atomic */
  pthread_mutex_t lock;  /* protects everything below */
  pthread_cond_t answered;
  bool is_answered;
  sley_dump_format format;
  int code;
  char *text;
  size_t length, capacity;
} request;

static void request_drop(void *ptr)
{
  request *r = ptr;
  if (__atomic_sub_fetch(&r->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  pthread_cond_destroy(&r->answered);
  pthread_mutex_destroy(&r->lock);
  sley_runtime *runtime = r->runtime;
  sley__runtime_free(runtime, r->text, r->capacity);
  sley__runtime_free(runtime, r, sizeof(*r));
}

static const sley_type type_request = {.size = sizeof(sley_type),
                                       .name = "dump request",
                                       .drop = request_drop,
                                       .send = sley_send_plain};

static request *request_new(sley_runtime *runtime, sley_dump_format format)
{
  request *r = sley__runtime_alloc(runtime, sizeof(*r));
  if (r == NULL) return NULL;
  *r = (request){.runtime = runtime, .holders = 2, .format = format};
  pthread_mutex_init(&r->lock, NULL);
  sley__condition_init(&r->answered);
  return r;
}

static void request_append(void *ctx, const char *text, size_t size)
{
  request *r = ctx;
  if (r->code != 0) return;
  if (r->length + size > r->capacity) {
    size_t more = (r->length + size) * 2;
    char *bigger = sley__runtime_alloc(r->runtime, more);
    if (bigger == NULL) {
      r->code = -SLEY_ENOMEM;
      return;
    }
    if (r->length > 0) memcpy(bigger, r->text, r->length);
    sley__runtime_free(r->runtime, r->text, r->capacity);
    r->text = bigger;
    r->capacity = more;
  }
  memcpy(r->text + r->length, text, size);
  r->length += size;
}

/* The owner's side. */
static void dump_answer(sley_value *arg)
{
  request *r = arg->ptr;
  pthread_mutex_lock(&r->lock);
  int code = sley_dump(r->format, request_append, r) == NULL ? 0 : -SLEY_ENOMEM;
  if (r->code == 0) r->code = code;
  r->is_answered = true;
  pthread_cond_signal(&r->answered);
  pthread_mutex_unlock(&r->lock);
}

static bool request_wait(request *r, double seconds)
{
  struct timespec due = sley__condition_until(sley_seconds(seconds));
  int code = 0;
  pthread_mutex_lock(&r->lock);
  while (!r->is_answered && code == 0) code = pthread_cond_timedwait(&r->answered, &r->lock, &due);
  bool is_answered = r->is_answered;
  pthread_mutex_unlock(&r->lock);
  return is_answered;
}

/* Formats text and passes it to write. */
static void write_formatted(sley_write_fn *write, void *ctx, const char *format, ...)
    SLEY_PRINTF(3, 4);
static void write_formatted(sley_write_fn *write, void *ctx, const char *format, ...)
{
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if (n > 0) write(ctx, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static void published_text(const sley_domain *domain, const sley_published *p, sley_write_fn *write,
                           void *ctx)
{
  write_formatted(write, ctx,
                  "domain %s does not answer: for %.3f s in a turn, last in %s%s; %llu promises\n",
                  domain->name, (double)(sley__clock() - p->since) / 1e9,
                  p->running == NULL ? "no callback" : "a callback of the promise made at ",
                  p->running == NULL ? "" : p->running, (unsigned long long)p->live);
}

static void published_json(const sley_domain *domain, const sley_published *p, sley_write_fn *write,
                           void *ctx)
{
  write_formatted(write, ctx, "{\"domain\":");
  sley__json_string(write, ctx, domain->name);
  write_formatted(
      write, ctx, ",\"id\":%u,\"answers\":false,\"turn\":%llu,\"nanoseconds\":%lld,\"running\":",
      (unsigned)domain->number, (unsigned long long)p->turn, (long long)(sley__clock() - p->since));
  if (p->running == NULL) write_formatted(write, ctx, "null");
  else sley__json_string(write, ctx, p->running);
  write_formatted(write, ctx, ",\"live\":%llu}\n", (unsigned long long)p->live);
}

static void write_published(const sley_domain *domain, sley_dump_format format,
                            sley_write_fn *write, void *ctx)
{
  sley_published p = {.size = sizeof(p)};
  sley_published_get(domain, &p);
  (format == SLEY_DUMP_FORMAT_JSON ? published_json : published_text)(domain, &p, write, ctx);
}

static sley_error *not_written(const sley_domain *domain, int code)
{
  if (code == 0) return NULL;
  if (code == -SLEY_ENOMEM) return sley_error_nomem();
  return sley_error_new(&sley_kind_sley, -code, "domain %s cannot be dumped: %s", domain->name,
                        code == -SLEY_ETIMEOUT ? "it does not answer" : sley_code_text(code));
}

sley_error *sley_domain_dump(sley_domain *domain, double seconds, sley_dump_format format,
                             sley_write_fn *write, void *ctx)
{
  SLEY__NEEDS(domain);
  SLEY__NEEDS(write);
  if (domain == sley_domain_current()) return sley_dump(format, write, ctx);
  sley__refuse_elsewhere(domain->runtime->origin, "domain", domain->name);
  request *r = request_new(domain->runtime, format);
  if (r == NULL) return sley_error_nomem();
  int code = sley_post(domain, dump_answer, sley_own(r, &type_request));
  if (code == 0) {
    if (sley_domain_current() != NULL) sley_domain_flush();
    if (!request_wait(r, seconds)) {
      write_published(domain, format, write, ctx);
      code = -SLEY_ETIMEOUT;
    } else if ((code = r->code) == 0) {
      write(ctx, r->text, r->length);
    }
  }
  request_drop(r);
  return not_written(domain, code);
}
