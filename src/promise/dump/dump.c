/* Dumps: the tree as text, the graph as JSON, and what a domain publishes while it is busy. */
#include <stdarg.h>
#include <stdio.h>

#include "promise/dump/dump_graph.h"

void sley__write(const writer *w, const char *format, ...)
{
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if (n <= 0) return;
  w->write(w->ctx, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void sley_write_file(void *ctx, const char *text, size_t size)
{
  SLEY__NEEDS(ctx);
  fwrite(text, 1, size, ctx);
}

sley_error *sley_dump(sley_dump_format format, sley_write_fn *write, void *ctx)
{
  SLEY__NEEDS(write);
  sley_domain *d = sley__self();
  const writer w = {write, ctx};
  graph g;
  if (!sley__graph_make(d, &g)) return sley_error_nomem();
  if (format == SLEY_DUMP_FORMAT_JSON) sley__dump_json(d, &g, &w);
  else sley__dump_text(d, &g, &w);
  sley__graph_free(&g);
  return NULL;
}

/* ---- from other threads ---- */

static void dump_to_stderr(sley_domain *d)
{
  if (sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, stderr) != NULL)
    fprintf(stderr, "sley: domain %s has no memory for a dump\n", d->name);
  fflush(stderr);
}

void sley_dump_request(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  __atomic_store_n(&domain->published.wanted, dump_to_stderr, __ATOMIC_RELAXED);
  void (*wake)(sley_domain *) = __atomic_load_n(&domain->wake, __ATOMIC_ACQUIRE);
  if (wake != NULL) wake(domain);
}

void sley_published_get(const sley_domain *domain, sley_published *out)
{
  const struct sley__published *p = &domain->published;
  size_t size = SLEY__FIGURES_CHECK(out, sley_published, "sley_published_get");
  sley_published now = {size,
                        __atomic_load_n(&p->running, __ATOMIC_RELAXED),
                        __atomic_load_n(&p->since, __ATOMIC_RELAXED),
                        __atomic_load_n(&p->turn, __ATOMIC_RELAXED),
                        __atomic_load_n(&p->live, __ATOMIC_RELAXED),
                        __atomic_load_n(&p->created, __ATOMIC_RELAXED)};
  memcpy(out, &now, size);
}
