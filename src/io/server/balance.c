/* Servers over several domains: their start and end. Reading guide: this file and balance_each.c; accept.c, which
 * domain gets a connection; serve.c, the domain that has it. */
#include "io/server/balance.h"

#include <stdio.h>

/* ---- handles ---- */

sley_balance *sley_balance_keep(sley_balance *balance)
{
  SLEY__NEEDS(balance);
  __atomic_add_fetch(&balance->holders, 1, __ATOMIC_RELAXED);
  return balance;
}

static size_t balance_bytes(size_t count) { return sizeof(sley_balance) + count * sizeof(member); }

void sley_balance_drop(sley_balance *balance)
{
  if (balance == NULL || __atomic_sub_fetch(&balance->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  for (size_t i = 0; i < balance->count; i++) sley_domain_drop(balance->members[i].domain);
  sley_value_drop(&balance->context);
  if (balance->prepare_drop != NULL) balance->prepare_drop(balance->listen.prepare_ctx);
  sley__runtime_free(balance->runtime, balance, balance_bytes(balance->count));
}

static void balance_release(void *ctx) { sley_balance_drop(ctx); }

static void *balance_dup(void *ptr) { return sley_balance_keep(ptr); }

const sley_type sley_type_balance = {.size = sizeof(sley_type),
                                     .name = "balance",
                                     .drop = balance_release,
                                     .dup = balance_dup,
                                     .send = sley_send_plain};

SLEY__HANDLE(balance)

unsigned sley_balance_port(const sley_balance *balance)
{
  SLEY__NEEDS(balance);
  return balance->port;
}

void sley__balance_tell(const sley_balance *b, sley_error *e, const char *doing, const char *what)
{
  sley_error *told = sley_error_wrap_at(b->site, sley_error_keep(e), "%s %s: %s", doing, what,
                                        sley_error_message(e));
  if (told == sley_error_nomem()) told = sley_error_keep(e);
  sley__async_error(sley__self(), told, b->site);
}

static uint64_t counter_load(const uint64_t *counter)
{
  return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void sley_balance_counters_get(const sley_balance *balance, size_t index,
                               sley_balance_counters *out)
{
  sley_balance_counters now = {0};
  size_t size = SLEY__FIGURES_CHECK(out, sley_balance_counters, "sley_balance_counters_get");
  if (index < balance->count) {
    const member *m = &balance->members[index];
    now.accepted = counter_load(&m->accepted);
    now.open = counter_load(&m->open);
    now.failed = counter_load(&m->failed);
    now.lost = counter_load(&m->lost);
  }
  now.size = size;
  memcpy(out, &now, size);
}

static sley_error *options_check(const char *site, const sley_balance_options *o)
{
  SLEY__OPTIONS_CHECK(o, sley_balance_options, "sley_balance_start");
  SLEY__OPTIONS_CHECK(&o->listen, sley_listen_options, "sley_balance_start");
  if (o->listen.address != NULL && strlen(o->listen.address) >= SLEY_ADDRESS_TEXT)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_balance_start: the address has more than %d bytes",
                             SLEY_ADDRESS_TEXT - 1);
  bool good = o->count > 0 && o->serve != NULL && o->mode <= SLEY_BALANCE_MODE_KERNEL &&
              (o->key != NULL) == (o->mode == SLEY_BALANCE_MODE_KEY);
  if (good) return NULL;
  const char *wrong = o->serve == NULL                     ? "serve is NULL"
                      : o->count == 0                      ? "there is no domain to serve"
                      : o->mode > SLEY_BALANCE_MODE_KERNEL ? "there is no such mode"
                      : o->mode == SLEY_BALANCE_MODE_KEY
                          ? "the mode SLEY_BALANCE_MODE_KEY needs a key"
                          : "a key is for the mode SLEY_BALANCE_MODE_KEY";
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                           "sley_balance_start: %s (%zu domain%s, mode %d)", wrong, o->count,
                           o->count == 1 ? "" : "s", (int)o->mode);
}

static sley_balance *balance_new(const char *site, const sley_balance_options *o)
{
  sley_runtime *runtime = sley__self()->runtime;
  if (o->count > SIZE_MAX / 4096) return NULL; /* would not fit in memory in any case */
  sley_balance *b = sley__runtime_alloc(runtime, balance_bytes(o->count));
  if (b == NULL) return NULL;
  memset(b, 0, balance_bytes(o->count));
  b->runtime = runtime;
  b->site = site;
  b->holders = 1;
  b->mode = o->mode;
  b->serve = o->serve;
  b->key = o->key;
  b->listen = o->listen;
  b->prepare_drop = o->listen.prepare_drop; /* each listener prepares */
  b->listen.prepare_drop = NULL;
  if (o->listen.address != NULL) {
    snprintf(b->address, sizeof(b->address), "%s", o->listen.address);
    b->listen.address = b->address;
  }
  b->count = o->count;
  for (size_t i = 0; i < o->count; i++) {
    b->members[i].balance = b;
    b->members[i].domain = sley_domain_keep(o->domains[i]);
  }
  return b;
}

static sley_promise *balance_start(const char *site, sley_balance *b)
{
  if (b->mode == SLEY_BALANCE_MODE_KERNEL) return sley__balance_listen_each(site, b);
  b->listen.share_port = false;
  sley_promise *result = sley_return_at(site, sley_own(sley_balance_keep(b), &sley_type_balance));
  if (sley_state(result) != SLEY_PROMISE_STATE_FULFILLED) return result;
  sley_error *e = sley_listen(&b->listen, &b->listener);
  if (e != NULL) {
    sley_drop(result);
    return sley_fail_at(site, e);
  }
  b->port = sley_listener_port(b->listener);
  sley__accept_next(b);
  return result;
}

sley_promise *sley_balance_start_at(const char *site, const sley_balance_options *options)
{
  SLEY__NEEDS_AT(site, options);
  sley_value context = options->context;
  sley_error *e = options_check(site, options);
  if (e == NULL && sley__value_send(&context) != 0)
    e = sley__send_error(site, &context, "sley_balance_start: the context");
  sley_balance *b = e == NULL ? balance_new(site, options) : NULL;
  if (b == NULL) {
    sley_value_drop(&context);
    if (options->listen.prepare_drop != NULL)
      options->listen.prepare_drop(options->listen.prepare_ctx);
    return sley_fail_at(site, e != NULL ? e : sley_error_nomem());
  }
  b->context = context;
  sley_promise *p = balance_start(site, b);
  sley_balance_drop(b);
  return p;
}

/* ---- stopping ---- */

static sley_promise *gone_has_stopped(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) return sley_return(sley_unit());
  return sley_fail(sley_error_keep(e));
}

sley_promise *sley_balance_stop_at(const char *site, sley_balance *balance, double seconds)
{
  SLEY__NEEDS_AT(site, balance);
  sley__accept_end(balance);
  return sley_catch_at(site, sley__balance_stop_each(site, balance, seconds), gone_has_stopped,
                       NULL, NULL);
}
