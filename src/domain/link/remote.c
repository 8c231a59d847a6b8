/* Remote resolvers: tickets with the handle as their only other holder. */
#include <sley/remote.h>

#include "domain/link/ticket.h"

struct sley_remote {
  ticket ticket;
  bool unwanted; /* any thread, __atomic */
  bool answered; /* already sent home; any thread, __atomic */
  sley_value out;
  sley_error *error;
};

static sley_remote *remote_of(ticket *t) { return SLEY__CONTAINER(t, sley_remote, ticket); }

static bool remote_withdraw(ticket *t)
{
  __atomic_store_n(&remote_of(t)->unwanted, true, __ATOMIC_RELEASE);
  return false; /* the handle still sends it */
}

static bool remote_arrived(ticket *t)
{
  sley_remote *r = remote_of(t);
  sley_resolver *resolver = sley__ticket_end(t);
  if (r->error == sley_error_abandoned()) sley_resolver_drop(&resolver);
  else if (r->error != NULL) sley_reject(&resolver, r->error);
  else sley__operation_fulfill(&resolver, r->out);
  return true;
}

static void remote_lost(ticket *t)
{
  sley_value_drop(&remote_of(t)->out);
  sley_error_drop(remote_of(t)->error);
}

static const ticket_type remote_type = {.operation = {"remote", sley__ticket_cancel},
                                        .size = sizeof(sley_remote),
                                        .withdraw = remote_withdraw,
                                        .arrived = remote_arrived,
                                        .lost = remote_lost};

sley_promise *sley_remote_new_at(const char *site, sley_remote **r)
{
  SLEY__NEEDS_AT(site, r);
  sley_promise *p, *failed;
  ticket *t = sley__ticket_new(site, &remote_type, &p, &failed);
  *r = t == NULL ? NULL : remote_of(t);
  return t == NULL ? failed : p;
}

static void remote_answer(const char *function, sley_remote **handle, sley_value v, sley_error *e)
{
  sley_remote *r = *handle;
  const seat *home = r->ticket.home;
  sley__refuse_elsewhere_in(function, "", home->origin, "a remote resolver of domain", home->name);
  /* A best effort: once home, the ticket can already be freed. */
  if (__atomic_exchange_n(&r->answered, true, __ATOMIC_RELAXED))
    sley__abort(
        "a remote resolver made at %s was answered twice: its handle was copied; pass it on with "
        "sley_remote_to_value, or keep it in one place",
        r->ticket.site[0] != '\0' ? r->ticket.site : "an unknown place");
  *handle = NULL;
  if (e != NULL) sley__error_share(e);
  r->out = v;
  r->error = e;
  sley__ticket_send(&r->ticket);
}

int sley_remote_fulfill(sley_remote **r, sley_value v)
{
  SLEY__NEEDS(r);
  if (*r == NULL) {
    sley_value_drop(&v);
    return 0;
  }
  int code = sley__value_send(&v);
  sley_error *e = NULL;
  if (code != 0) {
    e = sley__send_error((*r)->ticket.site, &v, "sley_remote_fulfill: the answer");
    sley_value_drop(&v);
  }
  remote_answer(__func__, r, v, e);
  return code;
}

void sley_remote_reject(sley_remote **r, sley_error *e)
{
  SLEY__NEEDS(r);
  SLEY__NEEDS(e);
  if (*r == NULL) sley_error_drop(e);
  else remote_answer(__func__, r, sley_unit(), e);
}

void sley_remote_drop(sley_remote **r)
{
  SLEY__NEEDS(r);
  if (*r != NULL) remote_answer(__func__, r, sley_unit(), sley_error_abandoned());
}

bool sley_remote_is_wanted(const sley_remote *r)
{
  SLEY__NEEDS(r);
  return !__atomic_load_n(&r->unwanted, __ATOMIC_ACQUIRE);
}

static void remote_value_drop(void *ptr)
{
  sley_remote *r = ptr;
  sley_remote_drop(&r);
}

static const sley_type remote_value_type = {.size = sizeof(sley_type),
                                            .name = "remote resolver",
                                            .drop = remote_value_drop,
                                            .send = sley_send_plain};

sley_value sley_remote_to_value(sley_remote **r)
{
  SLEY__NEEDS(r);
  sley_remote *handle = *r;
  *r = NULL;
  return handle == NULL ? sley_unit() : sley_own(handle, &remote_value_type);
}

bool sley_remote_is_in(const sley_value *v) { return sley__value_is(v, &remote_value_type); }

sley_remote *sley_remote_take(sley_value *v)
{
  sley_remote *r = sley_value_ptr(v, &remote_value_type);
  *v = sley_unit();
  return r;
}
