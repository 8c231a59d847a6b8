/* Reading several elements: nget, get_while and variants, and what is available now. */
#include "promise/stream/stream.h"

/* ---- elements collected ---- */

static size_t places_bytes(size_t capacity) { return capacity * sizeof(sley_promise *); }

bool sley__collect(sley_domain *d, collection *c, sley_promise *e)
{
  if (c->count == c->capacity) {
    size_t capacity = c->capacity * 2 + 4;
    sley_promise **at = sley__alloc(d, places_bytes(capacity));
    if (at == NULL) {
      sley__ref_drop(d, e);
      return false;
    }
    if (c->count > 0) memcpy(at, c->at, places_bytes(c->count));
    if (c->at != NULL) sley__free(d, c->at, places_bytes(c->capacity));
    c->at = at;
    c->capacity = capacity;
  }
  c->at[c->count++] = e;
  return true;
}

void sley__collection_drop(sley_domain *d, collection *c)
{
  for (size_t i = 0; i < c->count; i++) sley__ref_drop(d, c->at[i]);
  if (c->at != NULL) sley__free(d, c->at, places_bytes(c->capacity));
  *c = (collection){0};
}

bool sley__collection_value(sley_domain *d, collection *c, sley_value *out)
{
  sley_list *list = sley__list_new(d, c->count);
  if (list == NULL) {
    sley__collection_drop(d, c);
    return false;
  }
  for (size_t i = 0; i < c->count; i++)
    sley__value_share(c->at[i], 1, &list->entries[i].value, &list->entries[i].owner);
  list->count = c->count;
  sley__collection_drop(d, c);
  *out = sley_own(list, &sley_type_list);
  return true;
}

sley_promise *sley__collection_return(sley_domain *d, const char *site, collection *c)
{
  sley_value v;
  return sley__collection_value(d, c, &v) ? sley_return_at(site, v) : sley__nomem_promise();
}

static sley_promise *list_result(sley_domain *d, reading *r)
{
  return sley__collection_return(d, r->site, &r->collected);
}

static sley_promise *unit_result(sley_domain *d, reading *r)
{
  (void)r;
  return sley__unit_promise(d);
}

/* ---- up to a number ---- */

typedef struct counted {
  reading reading;
  size_t left;
} counted;

/* As in Lwt, it collects the first element of the stream, wherever its own cursor stands. */
static sley_promise *nget_step(sley_domain *d, reading *r)
{
  counted *n = (counted *)(void *)r;
  element *here = r->stream->first;
  if (sley__is_end(r->cursor) || sley__is_unfilled(here) || sley__is_end(here))
    return list_result(d, r);
  here->refs++;
  sley__ref_drop(d, sley__reading_consume(d, r));
  if (!sley__collect(d, &r->collected, here)) return sley__nomem_promise();
  return --n->left == 0 ? list_result(d, r) : NULL;
}

static sley_promise *npeek_step(sley_domain *d, reading *r)
{
  counted *n = (counted *)(void *)r;
  if (sley__is_end(r->cursor)) return list_result(d, r);
  if (!sley__collect(d, &r->collected, sley__reading_pass(d, r))) return sley__nomem_promise();
  return --n->left == 0 ? list_result(d, r) : NULL;
}

static sley_promise *njunk_step(sley_domain *d, reading *r)
{
  counted *n = (counted *)(void *)r;
  if (sley__is_end(r->cursor)) return sley__unit_promise(d);
  sley__ref_drop(d, sley__reading_consume(d, r));
  return --n->left == 0 ? sley__unit_promise(d) : NULL;
}

static const reading_type type_nget = {
    .function = "sley_stream_nget", .bytes = sizeof(counted), .step = nget_step};
static const reading_type type_npeek = {
    .function = "sley_stream_npeek", .bytes = sizeof(counted), .step = npeek_step};
static const reading_type type_njunk = {
    .function = "sley_stream_njunk", .bytes = sizeof(counted), .step = njunk_step};

static sley_promise *read_counted(const reading_type *type, const char *site, sley_stream *s,
                                  size_t n)
{
  sley_domain *d = sley__stream_enter(s, type->function);
  counted c = {.left = n};
  if (d == NULL) return sley__nomem_promise();
  if (n > 0) return sley__read(d, &c.reading, type, site, s, false);
  return type == &type_njunk ? sley__unit_promise(d)
                             : sley__collection_return(d, site, &c.reading.collected);
}

#define COUNTED(name)                                                               \
  sley_promise *sley_stream_##name##_at(const char *site, sley_stream *s, size_t n) \
  {                                                                                 \
    return read_counted(&type_##name, site, s, n);                                  \
  }
COUNTED(nget)
COUNTED(npeek)
COUNTED(njunk)

/* ---- while a test holds ---- */

typedef struct tested {
  reading reading;
  union {
    sley_test_fn *test;
    sley_bind_fn *start;
  };
  void *ctx;
  sley_drop_fn *drop;
  bool collects;
} tested;

static void tested_release(sley_domain *d, reading *r)
{
  const tested *t = (const tested *)(void *)r;
  (void)d;
  if (t->drop != NULL) t->drop(t->ctx);
}

static sley_promise *tested_result(sley_domain *d, reading *r)
{
  return ((const tested *)(const void *)r)->collects ? list_result(d, r) : sley__unit_promise(d);
}

static sley_promise *tested_good(sley_domain *d, reading *r)
{
  element *e = sley__reading_consume(d, r);
  if (!((const tested *)(const void *)r)->collects) {
    sley__ref_drop(d, e);
    return NULL;
  }
  return sley__collect(d, &r->collected, e) ? NULL : sley__nomem_promise();
}

static sley_promise *while_step(sley_domain *d, reading *r)
{
  const tested *t = (const tested *)(const void *)r;
  element *e = r->cursor;
  if (sley__is_end(e)) return tested_result(d, r);
  bool yes = false;
  struct sley__lent lent;
  e->refs++;
  sley_error *error = t->test(t->ctx, sley__element_lend(d, &lent, e, 1), &yes);
  sley__element_return(d, &lent);
  sley__ref_drop(d, e);
  if (error != NULL) return sley_fail_at(r->site, error);
  return yes ? tested_good(d, r) : tested_result(d, r);
}

static sley_promise *while_s_step(sley_domain *d, reading *r)
{
  const tested *t = (const tested *)(const void *)r;
  element *e = r->cursor;
  if (sley__is_end(e)) return tested_result(d, r);
  struct sley__lent lent;
  e->refs++;
  sley__reading_await(d, r, t->start(t->ctx, sley__element_lend(d, &lent, e, 1)));
  sley__element_return(d, &lent);
  sley__ref_drop(d, e);
  return NULL;
}

static sley_promise *while_s_resume(sley_domain *d, reading *r, sley_value *v)
{
  return v->i != 0 ? tested_good(d, r) : tested_result(d, r);
}

#define WHILE_TYPE(name, ...)                                                \
  static const reading_type type_##name = {.function = "sley_stream_" #name, \
                                           .bytes = sizeof(tested),          \
                                           .release = tested_release,        \
                                           __VA_ARGS__};
WHILE_TYPE(get_while, .step = while_step)
WHILE_TYPE(junk_while, .step = while_step)
WHILE_TYPE(get_while_s, .step = while_s_step, .resume = while_s_resume)
WHILE_TYPE(junk_while_s, .step = while_s_step, .resume = while_s_resume)

static sley_promise *read_while(const reading_type *type, const char *site, sley_stream *s,
                                tested *t)
{
  sley_domain *d = sley__stream_enter(s, type->function);
  if (d != NULL) return sley__read(d, &t->reading, type, site, s, false);
  if (t->drop != NULL) t->drop(t->ctx);
  return sley__nomem_promise();
}

#define WHILE(name, fn, member, collect)                                                    \
  sley_promise *sley_stream_##name##_at(const char *site, sley_stream *s, fn *f, void *ctx, \
                                        sley_drop_fn *drop)                                 \
  {                                                                                         \
    tested t = {.member = f, .ctx = ctx, .drop = drop, .collects = collect};                \
    return read_while(&type_##name, site, s, &t);                                           \
  }
WHILE(get_while, sley_test_fn, test, true)
WHILE(junk_while, sley_test_fn, test, false)
WHILE(get_while_s, sley_bind_fn, start, true)
WHILE(junk_while_s, sley_bind_fn, start, false)

/* ---- what is there ---- */

static sley_promise *all_step(sley_domain *d, reading *r)
{
  if (sley__is_end(r->cursor)) return list_result(d, r);
  element *e = sley__reading_consume(d, r);
  return sley__collect(d, &r->collected, e) ? NULL : sley__nomem_promise();
}

static sley_promise *junk_all_step(sley_domain *d, reading *r)
{
  if (sley__is_end(r->cursor)) return sley__unit_promise(d);
  sley__ref_drop(d, sley__reading_consume(d, r));
  return NULL;
}

static const reading_type type_available = {.function = "sley_stream_get_available",
                                            .bytes = sizeof(reading),
                                            .step = all_step,
                                            .idle = list_result};
static const reading_type type_available_up_to = {.function = "sley_stream_get_available_up_to",
                                                  .bytes = sizeof(counted),
                                                  .step = nget_step,
                                                  .idle = list_result};
static const reading_type type_junk_available = {.function = "sley_stream_junk_available",
                                                 .bytes = sizeof(reading),
                                                 .step = junk_all_step,
                                                 .idle = unit_result};

/* The idle functions above guarantee that the promise is settled. */
static sley_error *available(const reading_type *type, reading *r, sley_stream *s, sley_value *out)
{
  sley_domain *d = sley__stream_enter(s, type->function);
  if (out != NULL) *out = sley_unit();
  if (d == NULL) return sley_error_nomem();
  return sley__finish(sley__read(d, r, type, "", s, false), out);
}

sley_error *sley_stream_junk_available(sley_stream *s)
{
  reading r = {0};
  return available(&type_junk_available, &r, s, NULL);
}

sley_error *sley_stream_get_available(sley_stream *s, sley_value *out)
{
  reading r = {0};
  return available(&type_available, &r, s, out);
}

sley_error *sley_stream_get_available_up_to(sley_stream *s, size_t n, sley_value *out)
{
  counted c = {.left = n};
  if (n > 0) return available(&type_available_up_to, &c.reading, s, out);
  sley_domain *d = sley__stream_enter(s, "sley_stream_get_available_up_to");
  *out = sley_unit();
  if (d != NULL && sley__collection_value(d, &c.reading.collected, out)) return NULL;
  return sley_error_nomem();
}

/* ---- parse ---- */

typedef struct parsing {
  sley_stream *stream; /* with a use */
  element *start;
} parsing;

static void parsing_end(void *ctx)
{
  sley_domain *d = sley__self();
  parsing *p = ctx;
  if (p->start != NULL) sley__element_leave(d, p->start);
  sley__object_unuse(d, p->stream, sizeof(sley_stream));
  sley__free(d, p, sizeof(*p));
}

static sley_promise *on_parse_failed(void *ctx, sley_error *e)
{
  parsing *p = ctx;
  sley_stream *s = p->stream;
  if (s->first != NULL) {
    element *now = s->first;
    s->first = p->start;
    p->start = NULL;
    sley__element_leave(sley__self(), now);
  }
  return sley_fail(sley_error_keep(e));
}

sley_promise *sley_stream_parse_at(const char *site, sley_stream *s, sley_parse_fn *parser,
                                   void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_parse");
  if (d == NULL) return sley__with_drop(sley__nomem_promise(), ctx, drop);
  if (s->source->kind == SOURCE_BOUNDED) {
    sley_error *e =
        sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                          "sley_stream_parse: a bounded stream cannot be put back; parse one that "
                          "sley_stream_new made");
    return sley__with_drop(sley_fail_at(site, e), ctx, drop);
  }
  parsing *p = sley__alloc(d, sizeof(*p));
  if (p == NULL) return sley__with_drop(sley__nomem_promise(), ctx, drop);
  p->stream = s;
  p->start = s->first;
  p->start->producers++;
  sley__object_use(s);
  sley_promise *result = parser(ctx, s);
  sley__returned(result, "sley_stream_parse", site);
  return sley__with_drop(sley__catch_vital(site, result, on_parse_failed, p, parsing_end), ctx,
                         drop);
}
