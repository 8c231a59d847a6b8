/* The state of one program. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

machine *current_machine;

/* ---- errors */
const sley_error_kind kind_vectors = {sizeof kind_vectors, "vectors", NULL};

sley_error *error_make(int code) { return sley_error_new(&kind_vectors, code, "E%d", code); }

const char *error_name(const sley_error *e)
{
  static const char *const plain[] = {"E0", "E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9"};
  int code = sley_error_code(e);
  if (sley_error_is_canceled(e)) return "CANCELED";
  if (sley_error_kind_get(e) == &kind_vectors) {
    if (code == CODE_INVALID) return "INVALID";
    return code == CODE_OFF ? "OFF" : plain[code % 10];
  }
  if (sley_error_kind_get(e) == &sley_kind_sley) {
    switch (code) {
      case SLEY_EEMPTY:
      case SLEY_EINVAL: return "INVALID";
      case SLEY_ECLOSED: return "CLOSED";
      case SLEY_EAGAIN: return "FULL";
      case SLEY_EEOF: return "EMPTY";
      case SLEY_ENOTFOUND: return "NOTFOUND";
      default: break;
    }
  }
  return sley_error_message(e); /* never in a trace of Lwt: shows what went wrong */
}

/* ---- values: scalars, or heap objects with --owned; options with a value are always heap objects */
static void box_drop(void *box)
{
  current_machine->values--;
  free(box);
}
static const sley_type type_box = {sizeof type_box, "box", box_drop, NULL, NULL};
static const sley_type type_option = {sizeof type_option, "option", box_drop, NULL, NULL};

static sley_value box_value(machine *m, number n, const sley_type *type)
{
  number *box = must_alloc(sizeof *box);
  *box = n;
  m->values++;
  return sley_own(box, type);
}

int64_t scalar(number n) { return n.shape == NONE ? -1 : n.n; }

sley_value value_make(machine *m, number n)
{
  /* Predicates return scalars: a number that can be a truth value is never boxed. */
  if (!m->options.owned || scalar(n) == 0 || scalar(n) == 1) return sley_int(scalar(n));
  return box_value(m, (number){NUMBER, scalar(n)}, &type_box);
}

sley_value value_make_option(machine *m, number n)
{
  if (n.shape == NONE) return sley_none();
  n.shape = SOME;
  return box_value(m, n, &type_option);
}

/* Returns the number in a value of a p or o register. */
static number value_open(machine *m, const sley_value *v)
{
  if (v->type == NULL) return (number){NUMBER, v->i};
  if (sley_is_none(v)) return (number){NONE, 0};
  if (v->type == &type_box || v->type == &type_option) return *(const number *)v->ptr;
  machine_break(m, "a value of type %s where a number should be", v->type->name);
  return (number){NUMBER, 0};
}

static int64_t list_number(machine *m, const sley_list *list, size_t at)
{
  return scalar(value_open(m, sley_list_item(list, at)));
}

int64_t value_scalar(machine *m, char type, const sley_value *v)
{
  switch (type) {
    case 'l': return (int64_t)sley_list_count(sley_list_in(v));
    case 'q': return list_number(m, sley_list_in(v), 0);
    case 'y': return (int64_t)sley_list_count(sley_list_in(sley_list_item(sley_list_in(v), 0)));
    case 'z': return (int64_t)sley_list_count(sley_split_values(sley_split_in(v)));
    default: return scalar(value_open(m, v));
  }
}

/* The number that $ refers to. */
number value_number(machine *m, const argument *a)
{
  if (a->what != VALUE_ARGUMENT) return (number){NUMBER, 0};
  if (a->type == 'o') return value_open(m, a->value);
  return (number){NUMBER, value_scalar(m, a->type, a->value)};
}

static void list_show(machine *m, text *out, const sley_list *list)
{
  size_t count = sley_list_count(list);
  text_line(out, "[");
  for (size_t i = 0; i < count; i++)
    text_line(out, i > 0 ? ",%" PRId64 : "%" PRId64, list_number(m, list, i));
  text_line(out, "]");
}

/* Two operands can have become one promise since; the list then has both, in its own order. */
static const char *name_of(machine *m, const names *known, const sley_promise *p, bool *used)
{
  size_t count = known != NULL ? known->count : 0;
  for (size_t k = 0; k < count; k++) {
    size_t i = known->reversed ? count - 1 - k : k;
    if (used[i] || known->entries[i].promise == NULL) continue;
    if (!sley_is_same(known->entries[i].promise, p)) continue;
    used[i] = true;
    return known->entries[i].name;
  }
  machine_break(m, "nchoose_split gives a promise that was no operand");
  return "?";
}

static void split_show(machine *m, text *out, const sley_split *split, const names *known)
{
  bool used[MAX_TOKENS] = {false};
  list_show(m, out, sley_split_values(split));
  text_line(out, "[");
  for (size_t i = 0; i < sley_split_pending_count(split); i++)
    text_line(out, i > 0 ? ",%s" : "%s", name_of(m, known, sley_split_pending(split, i), used));
  text_line(out, "]");
}

void value_show(machine *m, text *out, char type, const sley_value *v, const names *known)
{
  switch (type) {
    case 'o': {
      number n = value_open(m, v);
      if (n.shape == NONE) text_line(out, "none");
      else text_line(out, "some:%" PRId64, n.n);
      break;
    }
    case 'l': list_show(m, out, sley_list_in(v)); break;
    case 'q':
      text_line(out, "(%" PRId64 ",%" PRId64 ")", list_number(m, sley_list_in(v), 0),
                list_number(m, sley_list_in(v), 1));
      break;
    case 'y':
      list_show(m, out, sley_list_in(sley_list_item(sley_list_in(v), 0)));
      list_show(m, out, sley_list_in(sley_list_item(sley_list_in(v), 1)));
      break;
    case 'z': split_show(m, out, sley_split_in(v), known); break;
    default: text_line(out, "%" PRId64, scalar(value_open(m, v)));
  }
}

void state_show(machine *m, text *out, const promise_register *r)
{
  switch (sley_state(r->promise)) {
    case SLEY_PROMISE_STATE_PENDING: text_line(out, "pending"); break;
    case SLEY_PROMISE_STATE_FULFILLED:
      text_line(out, "value ");
      value_show(m, out, r->name[0], sley_promise_value(r->promise), r->names);
      break;
    case SLEY_PROMISE_STATE_REJECTED:
      text_line(out, "error %s", error_name(sley_promise_error(r->promise)));
      break;
  }
}

/* ---- registers */
names *names_keep(names *n)
{
  if (n != NULL) n->refs++;
  return n;
}

static void names_release(names *n)
{
  for (size_t i = 0; i < n->count; i++) {
    sley_promise *p = n->entries[i].promise;
    n->entries[i].promise = NULL;
    sley_drop(p);
  }
}

void names_drop(names *n)
{
  if (n == NULL || --n->refs > 0) return;
  names_release(n);
}

bool is_promise_name(const char *token)
{
  return token[0] != '\0' && strchr("ploqzy", token[0]) != NULL && isdigit((unsigned char)token[1]);
}

static promise_register *promise_slot(machine *m, const char *name)
{
  for (size_t i = 0; i < m->promise_count; i++)
    if (strcmp(m->promises[i].name, name) == 0) return &m->promises[i];
  return NULL;
}

promise_register *promise_find(machine *m, const char *name)
{
  promise_register *r = promise_slot(m, name);
  return r != NULL && r->promise != NULL ? r : NULL;
}

void promise_set(machine *m, const char *name, sley_promise *p, names *known)
{
  promise_register *r = promise_slot(m, name);
  if (r == NULL) {
    if (m->promise_count == m->promise_capacity) {
      m->promise_capacity = m->promise_capacity * 2 + 16;
      m->promises = must_grow(m->promises, m->promise_capacity * sizeof *m->promises);
    }
    r = &m->promises[m->promise_count++];
    *r = (promise_register){0};
    snprintf(r->name, sizeof r->name, "%s", name);
  }
  sley_promise *old = r->promise;
  names *old_names = r->names;
  r->promise = p;
  r->names = known;
  sley_drop(old);
  names_drop(old_names);
}

static void promise_forget(promise_register *r)
{
  sley_promise *p = r->promise;
  names *known = r->names;
  r->promise = NULL;
  r->names = NULL;
  sley_drop(p);
  names_drop(known);
}

/* ---- callback contexts */
closure *closure_new(machine *m, block *first, block *second, char type, names *known)
{
  closure *c = must_alloc(sizeof *c);
  *c = (closure){m, first, second, type, false, names_keep(known), m->closures, &m->closures};
  if (m->closures != NULL) m->closures->link = &c->next;
  m->closures = c;
  if (first != NULL) first->holds++;
  if (second != NULL) second->holds++;
  return c;
}

void closure_drop(void *ctx)
{
  closure *c = ctx;
  *c->link = c->next;
  if (c->next != NULL) c->next->link = c->link;
  if (c->first != NULL) c->first->holds--;
  if (c->second != NULL) c->second->holds--;
  names_drop(c->names);
  free(c);
}

/* ---- early dropping: a register is dropped once no operation that can still run reads it */
static void mark_block(machine *m, block *b);

static void mark_op(machine *m, const op *o)
{
  for (int i = operation_has_target(o->tokens[0]) ? 2 : 1; i < o->count; i++) {
    if (is_promise_name(o->tokens[i])) {
      promise_register *r = promise_slot(m, o->tokens[i]);
      if (r != NULL) r->live = true;
    }
    block *b = program_block(m->program, o->tokens[i]);
    if (b != NULL) mark_block(m, b);
  }
}

static void mark_ops(machine *m, const segment *s, size_t from)
{
  for (size_t i = from; i < s->count; i++) mark_op(m, &s->ops[i]);
}

static void mark_block(machine *m, block *b)
{
  if (b->live) return;
  b->live = true;
  size_t from = b->calls < b->count ? b->calls : b->count - 1;
  for (size_t s = from; s < b->count; s++) mark_ops(m, &b->segments[s], 0);
}

void machine_sweep(machine *m)
{
  if (!m->options.early || m->finished) return;
  for (size_t i = 0; i < m->promise_count; i++) m->promises[i].live = false;
  for (size_t i = 0; i < m->program->block_count; i++) m->program->blocks[i].live = false;
  for (frame *f = m->frames; f != NULL; f = f->below) mark_ops(m, f->segment, f->at);
  for (size_t i = 0; i < m->program->block_count; i++)
    if (m->program->blocks[i].holds > 0) mark_block(m, &m->program->blocks[i]);
  if (m->notifier != NULL) mark_block(m, m->notifier);
  for (size_t i = 0; i < m->promise_count; i++)
    if (!m->promises[i].live && m->promises[i].promise != NULL) promise_forget(&m->promises[i]);
}

/* ---- the run */
void machine_break(machine *m, const char *format, ...)
{
  if (m->broken != NULL) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(m->broken_text, sizeof m->broken_text, format, arguments);
  va_end(arguments);
  m->broken = m->broken_text;
}

static void async_hook(void *ctx, sley_error *e, const char *site)
{
  machine *m = ctx;
  (void)site;
  if (!m->finished) text_line(&m->trace, "hook %s\n", error_name(e));
}

static void unhandled_hook(void *ctx, sley_error *e, const char *site)
{
  (void)ctx;
  (void)e;
  (void)site;
}

void machine_start(machine *m, program *p, run_options o)
{
  *m = (machine){.program = p, .options = o, .budget = 600};
  for (size_t i = 0; i < p->block_count; i++) p->blocks[i].calls = p->blocks[i].holds = 0;
  current_machine = m;
}

static int by_name(const void *a, const void *b)
{
  const char *x = ((const promise_register *)a)->name, *y = ((const promise_register *)b)->name;
  const char *kinds = "ploqzy";
  if (x[0] != y[0]) return strchr(kinds, x[0]) < strchr(kinds, y[0]) ? -1 : 1;
  int n = atoi(x + 1), k = atoi(y + 1);
  return (n > k) - (n < k);
}

static void machine_begin(machine *m)
{
  sley_set_async_hook(async_hook, m);
  sley_set_unhandled_hook(unhandled_hook, m);
  if (m->options.shallow) sley_set_stack_limit(1);
  m->top = (frame){&m->program->top, 0, NULL};
  m->frames = &m->top;
}

static bool has_more(const machine *m)
{
  return m->top.at < m->top.segment->count && !m->exhausted && m->broken == NULL;
}

static void run_one(machine *m)
{
  static const argument nothing = {0};
  const environment env = {&nothing, NULL};
  outcome out = {0};
  text_line(&m->trace, "step %zu\n", m->top.at + 1);
  if (execute(m, TOP, &env, &m->top.segment->ops[m->top.at], &out) == RAISING) {
    text_line(&m->trace, "RAISED %s\n", error_name(out.error));
    sley_error_drop(out.error);
  }
  m->top.at++;
  machine_sweep(m);
}

static void machine_complete(machine *m)
{
  m->frames = NULL;
  if (m->promise_count > 0) qsort(m->promises, m->promise_count, sizeof *m->promises, by_name);
  for (size_t i = 0; i < m->promise_count; i++) {
    if (m->promises[i].promise == NULL) continue;
    text_line(&m->trace, "final %s ", m->promises[i].name);
    state_show(m, &m->trace, &m->promises[i]);
    text_line(&m->trace, "\n");
    m->promises[i].shown = true;
  }
  objects_show(m);
  m->finished = true;
}

void machine_run(machine *m)
{
  machine_begin(m);
  while (has_more(m)) run_one(m);
  machine_complete(m);
}

void machine_unit(machine *m, bool whole)
{
  if (m->finished) return;
  if (m->frames == NULL) machine_begin(m);
  do {
    if (has_more(m)) run_one(m);
  } while (whole && has_more(m));
  if (!has_more(m)) machine_complete(m);
}

static void drop_resolvers(machine *m)
{
  for (resolver_register *r = m->resolvers; r != NULL; r = r->next) {
    sley_resolver_drop(&r->resolver);
    sley_drop(r->watched);
    r->watched = NULL;
  }
}

void machine_stop(machine *m)
{
  m->finished = true;
  /* A callback's context can hold the names of the promises it waits for: a reference cycle made by this program. */
  for (names *n = m->names; n != NULL; n = n->next) names_release(n);
  if (m->options.resolvers_first) drop_resolvers(m);
  for (size_t i = 0; i < m->promise_count; i++)
    if (m->promises[i].promise != NULL) promise_forget(&m->promises[i]);
  if (!m->options.resolvers_first) drop_resolvers(m);
  objects_drop(m);
  sley_abandon_paused();
}

void machine_free(machine *m)
{
  for (closure *c = m->closures, *next; c != NULL; c = next) {
    next = c->next;
    if (!c->borrowed) machine_break(m, "the context of a callback was never dropped");
    free(c);
  }
  if (m->values != 0) machine_break(m, "%zu values were never dropped", m->values);
  free(m->promises);
  while (m->names != NULL) {
    names *n = m->names;
    m->names = n->next;
    free(n);
  }
  while (m->resolvers != NULL) {
    resolver_register *r = m->resolvers;
    m->resolvers = r->next;
    free(r);
  }
  while (m->keys != NULL) {
    key_register *k = m->keys;
    m->keys = k->next;
    free(k);
  }
  free(m->trace.bytes);
  free(m->verdicts);
  current_machine = NULL;
}
