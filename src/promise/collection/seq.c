/* Lazy sequences: making them, and freeing chains of stages. */
#include "promise/collection/seq.h"

static sley_seq empty = {.refs = 1, .kind = SEQ_EMPTY};
static sley_seq no_memory = {.refs = 1, .kind = SEQ_NO_MEMORY};

/* These two are shared by all threads and never written. */
static bool is_static(const sley_seq *seq) { return seq == &empty || seq == &no_memory; }

sley_seq *sley_seq_keep(sley_seq *seq)
{
  SLEY__NEEDS(seq);
  if (!is_static(seq)) seq->refs++;
  return seq;
}

static void lose(sley_seq *seq, sley_seq **dead)
{
  if (seq == NULL || is_static(seq) || --seq->refs > 0) return;
  seq->next_to_free = *dead;
  *dead = seq;
}

static void items_drop(sley_domain *d, seq_items *items)
{
  if (items == NULL || --items->refs > 0) return;
  sley__list_drop(d, items->list);
  sley__free(d, items, sizeof(*items));
}

static void context_drop(sley_domain *d, seq_context *c)
{
  if (c == NULL || --c->refs > 0) return;
  c->drop(c->ctx);
  sley__free(d, c, sizeof(*c));
}

void sley_seq_drop(sley_seq *seq)
{
  sley_domain *d = sley__self();
  sley_seq *dead = NULL;
  lose(seq, &dead);
  while ((seq = dead) != NULL) {
    dead = seq->next_to_free;
    lose(seq->source, &dead);
    lose(seq->second, &dead);
    if (seq->drop != NULL) seq->drop(seq->ctx);
    sley_value_drop(&seq->value);
    sley__ref_drop(d, seq->promise);
    items_drop(d, seq->items);
    context_drop(d, seq->context);
    sley__free(d, seq, sizeof(*seq));
  }
  sley__settle_down(d);
}

sley_seq *sley__seq_make(int kind, sley_seq *source, sley_seq *second, sley_seq **made)
{
  sley_seq *seq = sley__alloc(sley__self(), sizeof(*seq));
  *made = seq;
  if (seq == NULL) {
    sley_seq_drop(source);
    sley_seq_drop(second);
    return &no_memory;
  }
  *seq = (sley_seq){.refs = 1, .kind = (uint8_t)kind, .source = source, .second = second};
  return seq;
}

sley_seq *sley__seq_stage(int kind, sley_seq *source, sley_seq *second, union seq_call call,
                          void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  seq_context *c = drop != NULL ? sley__alloc(d, sizeof(*c)) : NULL;
  sley_seq *made,
      *seq = drop != NULL && c == NULL ? &no_memory : sley__seq_make(kind, source, second, &made);
  if (seq == &no_memory) {
    if (drop != NULL) drop(ctx);
    if (c != NULL) sley__free(d, c, sizeof(*c));
    else if (drop != NULL) {
      sley_seq_drop(source);
      sley_seq_drop(second);
    }
    return seq;
  }
  if (c != NULL) *c = (seq_context){1, ctx, drop};
  made->call = call;
  made->ctx = ctx;
  made->context = c;
  return seq;
}

sley_seq *sley__seq_rest(const sley_seq *stage, int kind, sley_seq *source, sley_seq *second)
{
  sley_seq *made, *rest = sley__seq_make(kind, source, second, &made);
  if (made == NULL) return rest;
  made->call = stage->call;
  made->ctx = stage->ctx;
  made->context = stage->context;
  if (made->context != NULL) made->context->refs++;
  return rest;
}

int sley__seq_value_again(sley_value *v, sley_value *out)
{
  int code = sley_value_dup(v, out);
  if (code != -SLEY_EINVAL) return code;
  *out = *v;
  *v = (sley_value){.type = &sley_type_moved};
  return 0;
}

/* ---- nodes */

static void cons_drop(void *ptr)
{
  cons *c = ptr;
  if (--c->refs > 0) return;
  sley__object_end(sley__self(), c, OBJECT_CONS);
}

void sley__cons_end(sley_domain *d, void *ptr)
{
  cons *c = ptr;
  sley_value_drop(&c->head);
  sley_seq_drop(c->tail);
  sley__free(d, c, sizeof(*c));
}

static void *cons_dup(void *ptr)
{
  ((cons *)ptr)->refs++;
  return ptr;
}

const sley_type sley_type_cons = {
    .size = sizeof(sley_type), .name = "cons of sley_seq", .drop = cons_drop, .dup = cons_dup};

sley_error *sley_seq_new_cons(sley_value head, sley_seq *tail, sley_value *out)
{
  SLEY__NEEDS(tail);
  SLEY__NEEDS(out);
  cons *c = sley__alloc(sley__self(), sizeof(*c));
  *out = sley_unit();
  if (c == NULL) {
    sley_value_drop(&head);
    sley_seq_drop(tail);
    return sley_error_nomem();
  }
  *c = (cons){.refs = 1, .head = head, .tail = tail};
  *out = sley_own(c, &sley_type_cons);
  return NULL;
}

sley_value *sley_seq_head(const sley_value *v)
{
  return &((cons *)sley_value_ptr(v, &sley_type_cons))->head;
}

sley_seq *sley_seq_tail(const sley_value *v)
{
  return ((cons *)sley_value_ptr(v, &sley_type_cons))->tail;
}

int sley__seq_head_take(sley_domain *d, cons *c, sley_promise *source, uint32_t held,
                        sley_value *out)
{
  if (c->refs > 1) return sley__seq_value_again(&c->head, out);
  struct sley__lent lent = {&c->head, source, held, d->lent};
  d->lent = &lent;
  int code = sley_take(&c->head, out);
  d->lent = lent.outer;
  return code;
}

/* ---- sources */

sley_seq *sley_seq_empty(void) { return &empty; }

sley_seq *(sley_seq_new)(sley_start_fn *next, void *ctx, sley_drop_fn *drop)
{
  sley_seq *made, *seq = sley__seq_make(SEQ_OWN, NULL, NULL, &made);
  if (made == NULL) {
    if (drop != NULL) drop(ctx);
    return seq;
  }
  made->call.start = next;
  made->ctx = ctx;
  made->drop = drop;
  return seq;
}

sley_seq *sley_seq_cons(sley_value v, sley_seq *rest)
{
  sley_seq *made, *seq = sley__seq_make(SEQ_CONS, rest, NULL, &made);
  if (made != NULL) made->value = v;
  else sley_value_drop(&v);
  return seq;
}

sley_seq *sley_seq_return(sley_value v) { return sley_seq_cons(v, &empty); }

sley_seq *sley_seq_cons_promise(sley_promise *p, sley_seq *rest)
{
  sley_seq *made, *seq = sley__seq_make(SEQ_CONS_PROMISE, rest, NULL, &made);
  sley__check(sley__self(), p, "sley_seq_cons_promise");
  if (made != NULL) made->promise = p;
  else sley_drop(p);
  return seq;
}

sley_seq *sley_seq_return_promise(sley_promise *p) { return sley_seq_cons_promise(p, &empty); }

static sley_seq *items_from(seq_items *items, size_t at)
{
  sley_seq *made, *seq = sley__seq_make(SEQ_ITEMS, NULL, NULL, &made);
  if (made == NULL) return seq;
  items->refs++;
  made->items = items;
  made->at = at;
  return seq;
}

sley_seq *sley_seq_from_values(const sley_value *values, size_t n)
{
  if (n > 0) SLEY__NEEDS(values);
  sley_domain *d = sley__self();
  sley_value list;
  if (sley_list_new(values, n, &list) != NULL) return &no_memory;
  seq_items *items = sley__alloc(d, sizeof(*items));
  if (items == NULL) {
    sley_value_drop(&list);
    return &no_memory;
  }
  *items = (seq_items){1, list.ptr};
  sley_seq *seq = items_from(items, 0);
  items_drop(d, items);
  return seq;
}

static sley_seq *with_state(sley_seq *seq, sley_value state)
{
  if (seq == &no_memory) sley_value_drop(&state);
  else seq->value = state;
  return seq;
}

sley_seq *(sley_seq_unfold)(sley_value state, sley_unfold_fn *f, void *ctx, sley_drop_fn *drop)
{
  union seq_call call = {.unfold = f};
  return with_state(sley__seq_stage(SEQ_UNFOLD, NULL, NULL, call, ctx, drop), state);
}

sley_seq *(sley_seq_unfold_promise)(sley_value state, sley_bind_fn *f, void *ctx,
                                    sley_drop_fn *drop)
{
  union seq_call call = {.bind = f};
  return with_state(sley__seq_stage(SEQ_UNFOLD_PROMISE, NULL, NULL, call, ctx, drop), state);
}

/* ---- asking a source */

static sley_promise *code_fails(int code)
{
  return code == -SLEY_ENOMEM ? sley__nomem_promise() : sley_fail(sley__error_of_code(code));
}

static sley_promise *give_node(sley_value head, sley_seq *tail)
{
  sley_value v;
  if (sley_seq_new_cons(head, tail, &v) != NULL) return sley__nomem_promise();
  return sley_return(v);
}

static sley_promise *node_again(sley_value *head, sley_seq *tail)
{
  sley_value v;
  int code = sley__seq_value_again(head, &v);
  if (code == 0) return give_node(v, tail);
  sley_seq_drop(tail);
  return code_fails(code);
}

static sley_error *promised_node(void *ctx, sley_value *in, sley_value *out)
{
  sley_value v;
  int code = sley_take(in, &v);
  return code == 0 ? sley_seq_new_cons(v, sley_seq_keep(ctx), out) : sley__error_of_code(code);
}

static void seq_drop(void *seq) { sley_seq_drop(seq); }

static sley_promise *unfold_node(sley_seq *seq)
{
  sley_value element = sley_none(), next = sley_unit();
  sley_error *e = seq->call.unfold(seq->ctx, &seq->value, &element, &next);
  if (e == NULL && !sley_is_none(&element))
    return give_node(element, with_state(sley__seq_rest(seq, SEQ_UNFOLD, NULL, NULL), next));
  sley_value_drop(&element);
  sley_value_drop(&next);
  return e != NULL ? sley_fail(e) : sley_return(sley_none());
}

static sley_error *unfolded_node(void *ctx, sley_value *in, sley_value *out)
{
  sley_seq *seq = ctx;
  sley_value element, next;
  if (sley_is_none(in)) {
    *out = sley_none();
    return NULL;
  }
  sley_list *pair = sley_list_in(in);
  int code = sley_list_take_item(pair, 0, &element);
  if (code == 0) {
    code = sley_list_take_item(pair, 1, &next);
    if (code != 0) sley_value_drop(&element);
  }
  if (code != 0) return sley__error_of_code(code);
  sley_seq *rest = with_state(sley__seq_rest(seq, SEQ_UNFOLD_PROMISE, NULL, NULL), next);
  return sley_seq_new_cons(element, rest, out);
}

sley_promise *sley_seq_next(sley_seq *seq)
{
  SLEY__NEEDS(seq);
  switch (seq->kind) {
    case SEQ_EMPTY: return sley_return(sley_none());
    case SEQ_NO_MEMORY: return sley__nomem_promise();
    case SEQ_OWN: {
      sley_promise *p = seq->call.start(seq->ctx);
      sley__returned(p, "sley_seq_new", "");
      return p;
    }
    case SEQ_CONS: return node_again(&seq->value, sley_seq_keep(seq->source));
    case SEQ_CONS_PROMISE:
      return sley_map(sley_keep(seq->promise), promised_node, sley_seq_keep(seq->source), seq_drop);
    case SEQ_ITEMS: {
      sley_list *list = seq->items->list;
      if (seq->at == list->count) return sley_return(sley_none());
      return node_again(&list->entries[seq->at].value, items_from(seq->items, seq->at + 1));
    }
    case SEQ_UNFOLD: return unfold_node(seq);
    case SEQ_UNFOLD_PROMISE: {
      sley_promise *p = seq->call.bind(seq->ctx, &seq->value);
      sley__returned(p, "sley_seq_unfold_promise", "");
      return sley_map(p, unfolded_node, sley_seq_keep(seq), seq_drop);
    }
    default: return sley__seq_stage_next(seq);
  }
}

sley_promise *sley__seq_ask(sley_seq *seq, sley_promise **first)
{
  sley_promise *q = *first;
  *first = NULL;
  return q != NULL ? q : sley_seq_next(seq);
}
