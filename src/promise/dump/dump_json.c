/* A dump as JSON (RFC 8259) for programs. Bytes in names that are not UTF-8 are written unchanged: only quotes,
 * backslashes and control characters are escaped. */
#include <stdio.h>

#include "promise/dump/dump_graph.h"

void sley__json_string(sley_write_fn *write, void *ctx, const char *text)
{
  const writer w = {write, ctx};
  sley__write(&w, "\"");
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') sley__write(&w, "\\%c", c);
    else if (c < 0x20) sley__write(&w, "\\u%04x", c);
    else sley__write(&w, "%c", c);
  }
  sley__write(&w, "\"");
}

static void write_string(const writer *w, const char *text)
{
  sley__json_string(w->write, w->ctx, text);
}

static void write_age(sley_domain *d, const sley_promise *cell, const writer *w)
{
  int64_t turns = sley__age_turns(d, cell);
  sley_time time = sley__age_time(d, turns);
  if (turns >= 0) sley__write(w, ",\"turns\":%lld", (long long)turns);
  else sley__write(w, ",\"turns\":null");
  /* Integers: some locales print the decimal point of a double as a comma. */
  if (time >= 0)
    sley__write(w, ",\"seconds\":%lld.%09lld", (long long)(time / SLEY_SECOND),
                (long long)(time % SLEY_SECOND));
  else sley__write(w, ",\"seconds\":null");
}

static void write_entry(sley_domain *d, const graph *g, size_t at, const writer *w)
{
  const entry *e = &g->entries[at];
  const char *name = sley__name_of(d, e->cell);
  sley__write(w, "{\"id\":%zu,\"kind\":", at);
  write_string(w, sley__kind_name(e->cell));
  sley__write(w, ",\"site\":");
  write_string(w, e->cell->site);
  sley__write(w, ",\"name\":");
  if (name != NULL) write_string(w, name);
  else sley__write(w, "null");
  write_age(d, e->cell, w);
  sley__write(w, ",\"references\":%u,\"producers\":%u,\"orphan\":%s,\"cycle\":%s,\"waits_for\":[",
              (unsigned)e->cell->refs, (unsigned)e->cell->producers,
              e->marks & ENTRY_ORPHAN ? "true" : "false",
              e->marks & ENTRY_CYCLE ? "true" : "false");
  for (size_t i = 0; i < e->edge_count; i++)
    sley__write(w, i > 0 ? ",%zu" : "%zu", g->edges[e->edges + i]);
  sley__write(w, "]}");
}

void sley__dump_json(sley_domain *d, const graph *g, const writer *w)
{
  sley__write(w, "{\"domain\":");
  write_string(w, d->name);
  sley__write(w, ",\"id\":%u,\"turn\":%llu,\"settled\":%zu,", (unsigned)d->number,
              (unsigned long long)d->turn, g->settled);
  if (d->engine_runs != NULL) sley__write(w, "\"engine\":\"%s\",", d->engine_runs);
  sley__write(w, "\"promises\":[");
  for (size_t i = 0; i < g->count; i++) {
    if (i > 0) sley__write(w, ",\n");
    write_entry(d, g, i, w);
  }
  sley__write(w, "]}\n");
}
