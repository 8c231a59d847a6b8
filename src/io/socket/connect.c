/* Connecting to a name, an address or a Unix socket: finds the addresses and starts the race between them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <sley/list.h>

#include "io/socket/escape.h"
#include "io/socket/host.h"
#include "io/socket/port.h"
#include "io/socket/question.h"
#include "io/socket/race.h"
#include "io/socket/socket_state.h"

enum { ADDRESSES_MOST = 16, TARGET = 2 * sizeof(sley__said) + 8, NAME_MOST = 254 /* bytes */ };

static void connect_cancel(void *data)
{
  struct sley__race *r = *(struct sley__race **)data;
  sley_resolver *resolver = r->resolver;
  sley__race_hold(r);
  r->resolver = NULL;
  sley__race_stop(r);
  sley_resolver_drop(&resolver);
  sley__race_release(r);
}

static const sley__operation_type connect_type = {"connect", connect_cancel};

/* ---- options ---- */

/* What is wrong with the options; NULL: nothing. */
static const char *fault_of(const sley_connect_options *o)
{
  if (!(o->timeout >= 0)) return "timeout";
  if (isnan(o->attempt_delay)) return "attempt_delay";
  if (!(o->keep_alive >= 0)) return "keep_alive";
  if (!(o->user_timeout >= 0)) return "user_timeout";
  if (o->from != NULL && sley_address_family_get(o->from) == SLEY_ADDRESS_FAMILY_NONE)
    return "from";
  return NULL;
}

static sley_time delay_from(double seconds)
{
  if (seconds == 0) return 250 * SLEY_MILLISECOND;
  if (seconds < 0) return -1;
  sley_time delay = sley_seconds(seconds);
  if (delay < 10 * SLEY_MILLISECOND) return 10 * SLEY_MILLISECOND;
  return delay < 2 * SLEY_SECOND ? delay : 2 * SLEY_SECOND;
}

static void options_drop(const sley_connect_options *o)
{
  if (o->allow_drop != NULL) o->allow_drop(o->allow_ctx);
  if (o->prepare_drop != NULL) o->prepare_drop(o->prepare_ctx);
}

/* NULL and *failed, if nothing starts. */
static struct sley__race *race_new(const char *site, const char *function,
                                   const sley_connect_options *options, const char *target,
                                   sley_promise **failed)
{
  static const sley_connect_options none = {.size = sizeof(none)};
  const sley_connect_options *o = options != NULL ? options : &none;
  SLEY__OPTIONS_READ(o, sley_connect_options, function);
  if (o->channels != NULL) {
    *failed = sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                "%s: the option channels is for sley_with_connection", function));
    options_drop(o);
    return NULL;
  }
  const char *fault = fault_of(o);
  size_t bytes = sizeof(struct sley__race) + strlen(target) + 1;
  struct sley__race *r = fault == NULL ? sley__alloc(sley__self(), bytes) : NULL;
  if (r == NULL) {
    *failed = fault == NULL
                  ? sley__nomem_promise()
                  : sley_fail_at(site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                                         "%s: the option %s is %s", function, fault,
                                                         strcmp(fault, "from") == 0
                                                             ? "no address"
                                                             : "negative or no number"));
    options_drop(o);
    return NULL;
  }
  memset(r, 0, sizeof(*r));
  r->holders = 1;
  r->site = site;
  r->options = *o;
  r->delay = delay_from(o->attempt_delay);
  r->path.folder = -1;
  r->bytes = bytes;
  if (o->from != NULL) {
    r->from = *o->from;
    r->options.from = &r->from;
  }
  memcpy(r->target, target, strlen(target) + 1);
  return r;
}

/* The promise of the result; NULL: out of memory. */
static sley_promise *race_promise(struct sley__race *r)
{
  void *data;
  sley_promise *p =
      sley__operation_new(r->site, &connect_type, sizeof(struct sley__race *), &data, &r->resolver);
  if (p != NULL) *(struct sley__race **)data = r;
  return p;
}

/* ---- the addresses ---- */

static bool fits_from(const struct sley__race *r, const sley_address *address)
{
  return r->options.from == NULL ||
         sley_address_family_get(r->options.from) == sley_address_family_get(address);
}

/* Room for the attempts; false: out of memory. */
static bool attempts_new(struct sley__race *r, size_t n)
{
  r->attempts = sley__alloc(sley__self(), n * sizeof(*r->attempts));
  if (r->attempts == NULL) return false;
  memset(r->attempts, 0, n * sizeof(*r->attempts));
  r->count = n;
  for (size_t i = 0; i < n; i++) {
    r->attempts[i].race = r;
    r->attempts[i].fd = -1;
  }
  return true;
}

/* Starts with the first of these addresses that fit. */
static void race_start(struct sley__race *r, const sley_address *const *addresses, size_t n)
{
  const sley_address *fitting[ADDRESSES_MOST];
  size_t count = 0;
  for (size_t i = 0; i < n && count < ADDRESSES_MOST; i++)
    if (fits_from(r, addresses[i])) fitting[count++] = addresses[i];
  if (count == 0) {
    sley__race_reject(r, sley_error_new_at(r->site, &sley_kind_errno, EAFNOSUPPORT,
                                           "connecting to %s: it has no address of the family of "
                                           "the option from",
                                           r->target));
  } else if (!attempts_new(r, count)) {
    sley__race_reject(r, sley_error_nomem());
  } else {
    for (size_t i = 0; i < count; i++) r->attempts[i].address = *fitting[i];
    sley__race_go(r);
  }
}

static void connect_found(void *ctx, sley_value *v)
{
  struct sley__race *r = ctx;
  if (r->looking == NULL) return;
  sley_drop(r->looking);
  r->looking = NULL;
  const sley_list *list = sley_list_in(v);
  /* Twice as many as are tried: some can be of another family than from. */
  const sley_address *addresses[4 * ADDRESSES_MOST];
  size_t n = 0;
  while (n < sley_list_count(list) && n < sizeof(addresses) / sizeof(addresses[0])) {
    addresses[n] = sley_address_in(sley_list_item(list, n));
    n++;
  }
  race_start(r, addresses, n);
}

static void connect_not_found(void *ctx, sley_error *e)
{
  struct sley__race *r = ctx;
  if (r->looking != NULL) sley__race_reject(r, sley_error_keep(e));
}

static void race_look(struct sley__race *r, sley_promise *addresses)
{
  r->is_by_name = true;
  r->looking = sley_keep(addresses);
  sley_on_any(addresses, connect_found, connect_not_found, sley__race_hold(r), sley__race_release);
  sley_drop(addresses);
}

/* ---- the time of all ---- */

static void connect_too_late(void *ctx, sley_value *v)
{
  struct sley__race *r = ctx;
  (void)v;
  if (r->limit == NULL) return;
  sley__race_reject(r, sley_error_new_at(r->site, &sley_kind_sley, SLEY_ETIMEOUT,
                                         "connecting to %s: no %s within %g s", r->target,
                                         r->count == 0 ? "answer of the resolver" : "answer",
                                         r->options.timeout));
}

static void connect_unlimited(void *ctx, sley_error *e)
{
  struct sley__race *r = ctx;
  if (r->limit != NULL) sley__race_reject(r, sley_error_keep(e));
}

static void race_limit(struct sley__race *r)
{
  if (r->options.timeout == 0) return;
  sley_promise *p = sley_sleep_at(r->site, r->options.timeout);
  r->limit = sley_keep(p);
  sley_on_any(p, connect_too_late, connect_unlimited, sley__race_hold(r), sley__race_release);
  sley_drop(p);
}

/* ---- connecting ---- */

/* Gives up a race that has not begun. Consumes e. */
static sley_promise *race_refuse(struct sley__race *r, sley_error *e)
{
  const char *site = r->site;
  sley__race_release(r);
  return sley_fail_at(site, e);
}

static sley_promise *race_run(struct sley__race *r, const sley_address *const *addresses, size_t n,
                              const char *host, const char *port)
{
  struct sley__socket_state *state;
  int code = sley__socket_state_open(&state);
  sley_promise *p = code == 0 ? race_promise(r) : NULL;
  if (p == NULL) return race_refuse(r, sley__error_of_code(code == 0 ? -SLEY_ENOMEM : code));
  sley__dlist_append(&state->races, &r->place);
  race_limit(r);
  if (r->resolver != NULL && n > 0) race_start(r, addresses, n);
  else if (r->resolver != NULL) race_look(r, sley_resolve_at(r->site, host, port));
  sley__race_release(r);
  return p;
}

static sley_promise *connect_unix(const char *site, const sley_connect_options *options,
                                  const char *text)
{
  sley_promise *failed = NULL;
  struct sley__race *r = race_new(site, "sley_connect", options, sley__say(text).text, &failed);
  if (r == NULL) return failed;
  sley_error *e = sley__unix_path_open(site, "sley_connect", text, &r->path);
  const sley_address *address = &r->path.address;
  return e != NULL ? race_refuse(r, e) : race_run(r, &address, 1, NULL, NULL);
}

static sley_promise *connect_host(const char *site, const sley_connect_options *options,
                                  const char *host, const char *port)
{
  unsigned number;
  sley_address address;
  char target[TARGET];
  const sley_address *only = &address;
  sley_promise *failed = NULL;
  snprintf(target, sizeof(target), "%s port %s", sley__say(host).text, sley__say(port).text);
  struct sley__race *r = race_new(site, "sley_connect", options, target, &failed);
  if (r == NULL) return failed;
  sley__host_form host_form = sley__host_parse(host, &address);
  sley__port_form form = sley__port_parse(port, &number);
  if (host_form == HOST_INVALID || host_form == HOST_INTERFACE)
    return race_refuse(r, sley__host_error(site, "sley_connect", host));
  if (form == PORT_INVALID) return race_refuse(r, sley__port_error(site, "sley_connect", port));
  r->remembers = host_form == HOST_NAME;
  if (form != PORT_NUMBER || host_form != HOST_NUMBER) return race_run(r, NULL, 0, host, port);
  sley__address_set_port(&address, number);
  return race_run(r, &only, 1, NULL, NULL);
}

/* The port is in the text. */
static sley_promise *connect_text(const char *site, const sley_connect_options *options,
                                  const char *text)
{
  char host[NAME_MOST + 2];
  const char *port = sley__port_split(text, host, sizeof(host));
  if (port != NULL) return connect_host(site, options, host, port);
  sley_promise *failed = NULL;
  struct sley__race *r = race_new(site, "sley_connect", options, sley__say(text).text, &failed);
  if (r == NULL) return failed;
  return race_refuse(r, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                          "sley_connect: \"%s\" has no port, which is in the text "
                                          "where the argument port is NULL: HOST:PORT, "
                                          "[IPV6]:PORT and unix:PATH",
                                          sley__say(text).text));
}

sley_promise *sley_connect_at(const char *site, const sley_connect_options *options,
                              const char *host, const char *port)
{
  SLEY__NEEDS_AT(site, host);
  if (port != NULL) return connect_host(site, options, host, port);
  return sley__is_unix(host) ? connect_unix(site, options, host)
                             : connect_text(site, options, host);
}

sley_promise *sley_connect_to_at(const char *site, const sley_connect_options *options,
                                 const sley_address *addresses, size_t n)
{
  SLEY__NEEDS_AT(site, addresses);
  char target[SLEY_ADDRESS_TEXT] = "no address";
  if (n == 1) sley_address_text(&addresses[0], target, sizeof(target));
  if (n > 1) snprintf(target, sizeof(target), "one of %zu addresses", n);
  sley_promise *failed = NULL;
  struct sley__race *r = race_new(site, "sley_connect_to", options, target, &failed);
  if (r == NULL) return failed;
  const sley_address *all[4 * ADDRESSES_MOST];
  size_t count = 0;
  bool is_good = n > 0;
  for (size_t i = 0; i < n && is_good; i++) {
    is_good = sley_address_family_get(&addresses[i]) != SLEY_ADDRESS_FAMILY_NONE;
    if (count < sizeof(all) / sizeof(all[0])) all[count++] = &addresses[i];
  }
  if (!is_good)
    return race_refuse(
        r, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL, "sley_connect_to was given %s",
                             n == 0 ? "no address" : "a sley_address of zeros"));
  return race_run(r, all, count, NULL, NULL);
}
