/* Questions to resolvers. Equal ones of a domain are asked once: each that asks gets a list of its own, a cancel
 * leaves the others, and the last cancel abandons the question. */
#include "io/socket/question.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <sley/list.h>
#include <sley/loop.h>

#include "io/socket/socket_state.h"
#include "reactor/reactor_floor.h"

enum { MOST_QUESTIONS = 1024 };
#define FAMILY_KEPT (600 * SLEY_SECOND)

typedef struct question {
  struct sley__dlist place; /* among the domain's, as long as an equal one can join */
  struct sley__dlist askers;
  struct sley__socket_state *state;
  sley_promise *answer; /* one reference; NULL: answered or abandoned */
  const sley_dns_source *source;
  sley__question_kind kind;
  size_t bytes;
  char text[]; /* in lower case */
} question;

/* Who waits for an answer: the data of an operation. */
typedef struct asker {
  struct sley__dlist place;
  question *question;
  sley_resolver *resolver;
  unsigned port;
  char doing[];
} asker;

/* ---- the domain's ---- */

const sley_dns_source *sley_dns_set_source(const sley_dns_source *source)
{
  sley_domain *d = sley__self();
  const sley_dns_source *former = d->dns_source;
  if (source != NULL) {
    SLEY__OPTIONS_CHECK(source, sley_dns_source, "sley_dns_set_source");
    SLEY__NEEDS(source->resolve);
    SLEY__NEEDS(source->name);
  }
  d->dns_source = source;
  return former;
}

static sley_address_family winner_of(const struct sley__socket_state *state)
{
  return state != NULL && sley_now() - state->won < FAMILY_KEPT ? state->winner
                                                                : SLEY_ADDRESS_FAMILY_NONE;
}

void sley__family_won(sley_address_family family)
{
  struct sley__socket_state *state = sley__self()->sockets;
  if (state == NULL) return;
  state->winner = family;
  state->won = sley_now();
}

void sley__family_lost(sley_address_family family)
{
  struct sley__socket_state *state = sley__self()->sockets;
  if (state != NULL && state->winner == family) state->winner = SLEY_ADDRESS_FAMILY_NONE;
}

/* ---- answers ---- */

/* An owned error if a list has another element than an IPv4 or IPv6 address, or none at all. */
static sley_error *list_check(const question *q, const sley_list *list)
{
  size_t n = sley_list_count(list);
  for (size_t i = 0; i < n; i++) {
    const sley_value *v = sley_list_item(list, i);
    sley_address_family family = sley_address_is_in(v) ? sley_address_family_get(sley_address_in(v))
                                                       : SLEY_ADDRESS_FAMILY_NONE;
    if (family != SLEY_ADDRESS_FAMILY_IPV4 && family != SLEY_ADDRESS_FAMILY_IPV6)
      return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                            "the source %s gave a list with something else than IPv4 and IPv6 "
                            "addresses",
                            q->source != NULL ? q->source->name : "of the system");
  }
  return n > 0 ? NULL : sley_error_new(&sley_kind_dns, EAI_NONAME, "it has no address");
}

static void question_leave(question *q)
{
  if (!sley__dlist_is_on(&q->place)) return;
  sley__dlist_remove(&q->place);
  q->state->question_count--;
}

static void question_is_over(question *q)
{
  question_leave(q);
  sley_drop(q->answer);
  q->answer = NULL;
}

static asker *asker_pop(question *q)
{
  return SLEY__CONTAINER(sley__dlist_pop(&q->askers), asker, place);
}

/* Each asker leaves before it is answered, whose callbacks can cancel others. */
static void question_failed(void *ctx, sley_error *e)
{
  question *q = ctx;
  question_is_over(q);
  while (!sley__dlist_is_empty(&q->askers)) {
    asker *a = asker_pop(q);
    sley_resolver *r = a->resolver;
    sley_reject(&r, sley_error_wrap_at(sley__resolver_site(r), sley_error_keep(e), "%s: %s",
                                       a->doing, sley_error_message(e)));
  }
}

static void question_answered(void *ctx, sley_value *v)
{
  question *q = ctx;
  const sley_list *list = q->kind == QUESTION_HOST ? sley_list_in(v) : NULL;
  sley_address_family first = winner_of(q->state);
  sley_error *e = list == NULL ? NULL : list_check(q, list);
  if (e != NULL) {
    question_failed(q, e);
    sley_error_drop(e);
    return;
  }
  question_is_over(q);
  while (!sley__dlist_is_empty(&q->askers)) {
    asker *a = asker_pop(q);
    sley_resolver *r = a->resolver;
    sley_value out = list == NULL ? *v : sley_unit();
    e = list == NULL ? NULL : sley__addresses_ordered(list, a->port, first, &out);
    if (e == NULL) sley_fulfill(&r, out);
    else sley_reject(&r, e);
  }
}

static void question_drop(void *ctx)
{
  question *q = ctx;
  question_leave(q);
  sley__free(sley__self(), q, q->bytes);
}

/* ---- asking ---- */

static void asker_cancel(void *data)
{
  asker *a = data;
  question *q = a->question;
  sley__dlist_leave(&a->place);
  sley_resolver_drop(&a->resolver);
  if (!sley__dlist_is_empty(&q->askers) || q->answer == NULL) return;
  sley_promise *p = q->answer;
  question_leave(q);
  q->answer = NULL;
  sley_cancel(p);
  sley_drop(p);
}

static const sley__operation_type asker_type = {"resolve", asker_cancel};

void sley__questions_end(struct sley__socket_state *state)
{
  while (!sley__dlist_is_empty(&state->questions)) {
    question *q = SLEY__CONTAINER(state->questions.next, question, place);
    sley_promise *p = q->answer;
    question_leave(q);
    q->answer = NULL;
    q->state = NULL;
    while (!sley__dlist_is_empty(&q->askers)) {
      asker *a = asker_pop(q);
      sley_resolver_drop(&a->resolver);
    }
    sley_cancel(p);
    sley_drop(p);
  }
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool is_equal(const question *q, const char *text)
{
  const char *own = q->text;
  while (*own != '\0' && *own == lower(*text)) {
    own++;
    text++;
  }
  return *own == *text;
}

static question *question_find(const struct sley__socket_state *state, sley__question_kind kind,
                               const sley_dns_source *source, const char *text)
{
  for (struct sley__dlist *at = state->questions.next; at != &state->questions; at = at->next) {
    question *q = SLEY__CONTAINER(at, question, place);
    if (q->kind == kind && q->source == source && is_equal(q, text)) return q;
  }
  return NULL;
}

static question *question_new(struct sley__socket_state *state, sley__question_kind kind,
                              const sley_dns_source *source, const char *text)
{
  size_t bytes = sizeof(question) + strlen(text) + 1;
  question *q = sley__alloc(sley__self(), bytes);
  if (q == NULL) return NULL;
  *q = (question){.state = state, .source = source, .kind = kind, .bytes = bytes};
  for (char *to = q->text; (*to = lower(*text)) != '\0'; to++) text++;
  sley__dlist_init(&q->askers);
  sley__dlist_append(&state->questions, &q->place);
  state->question_count++;
  return q;
}

/* The resolver can answer at once. text: as it was given, since some care for its case. */
static void question_start(const char *site, question *q, const char *text)
{
  sley_promise *p = q->kind == QUESTION_SERVICE ? sley__look_up_service(site, text)
                    : q->source == NULL         ? sley__look_up_host(site, text)
                                                : q->source->resolve(q->source->ctx, text);
  if (q->source != NULL) p = sley__returned(p, "sley_resolve", site);
  q->answer = sley_keep(p);
  sley_on_any(p, question_answered, question_failed, q, question_drop);
  sley_drop(p);
}

static sley_promise *join(const char *site, question *q, unsigned port, const char *doing)
{
  size_t bytes = strlen(doing) + 1;
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &asker_type, sizeof(asker) + bytes, &data, &r);
  if (p == NULL) return NULL;
  asker *a = data;
  *a = (asker){.question = q, .resolver = r, .port = port};
  memcpy(a->doing, doing, bytes);
  sley__dlist_append(&q->askers, &a->place);
  return p;
}

sley_promise *sley__ask(const char *site, sley__question_kind kind, const char *text, unsigned port,
                        const char *doing)
{
  struct sley__socket_state *state;
  int code = sley__socket_state_open(&state);
  if (code != 0) return sley_fail_at(site, sley__error_of_code(code));
  const sley_dns_source *source = kind == QUESTION_HOST ? sley__self()->dns_source : NULL;
  question *q = question_find(state, kind, source, text);
  bool is_new = q == NULL;
  if (is_new && state->question_count == MOST_QUESTIONS)
    return sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_dns, EAI_AGAIN,
                                "%s: %d other questions are under way in this domain: try again",
                                doing, MOST_QUESTIONS));
  if (is_new) q = question_new(state, kind, source, text);
  sley_promise *p = q == NULL ? NULL : join(site, q, port, doing);
  if (p == NULL && is_new && q != NULL) question_drop(q);
  if (p == NULL) return sley__nomem_promise();
  if (is_new) question_start(site, q, text);
  return p;
}
