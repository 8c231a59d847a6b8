/* Names of hosts to addresses, and back. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sley/list.h>

#include "io/socket/escape.h"
#include "io/socket/host.h"
#include "io/socket/port.h"
#include "io/socket/question.h"

/* A host whose port is still a name: behind the site, host and what messages begin with. */
typedef struct waiting_host {
  const char *site;
  char *doing;
  size_t bytes;
  char host[];
} waiting_host;

enum { DOING = 2 * sizeof(sley__said) + 32 };

static sley_promise *addresses_at(const char *site, const sley_address *addresses, size_t n)
{
  sley_value values[2], out;
  size_t made = 0;
  sley_error *e = NULL;
  while (e == NULL && made < n) {
    e = sley_address_to_value(&addresses[made], &values[made]);
    made += e == NULL;
  }
  if (e == NULL) e = sley_list_new(values, made, &out);
  else
    while (made > 0) sley_value_drop(&values[--made]);
  return e == NULL ? sley_return_at(site, out) : sley_fail_at(site, e);
}

static sley_promise *loopback_at(const char *site, unsigned port)
{
  sley_address both[2];
  bool no_interface;
  sley__address_of_number("::1", port, &both[0], &no_interface);
  sley__address_of_number("127.0.0.1", port, &both[1], &no_interface);
  return addresses_at(site, both, 2);
}

static sley_promise *resolve_host(const char *site, const char *host, unsigned port,
                                  const char *doing)
{
  sley_address address;
  switch (sley__host_parse(host, &address)) {
    case HOST_NUMBER:
      sley__address_set_port(&address, port);
      return addresses_at(site, &address, 1);
    case HOST_LOOPBACK: return loopback_at(site, port);
    case HOST_NAME: return sley__ask(site, QUESTION_HOST, host, port, doing);
    case HOST_INTERFACE:
    case HOST_INVALID: break;
  }
  return sley_fail_at(site, sley__host_error(site, "sley_resolve", host));
}

static sley_promise *port_found(void *ctx, sley_value *v)
{
  const waiting_host *w = ctx;
  return resolve_host(w->site, w->host, (unsigned)sley_value_int(v), w->doing);
}

static void waiting_drop(void *ctx)
{
  waiting_host *w = ctx;
  sley__free(sley__self(), w, w->bytes);
}

static sley_promise *resolve_port(const char *site, const char *host, const char *port,
                                  const char *doing)
{
  size_t host_bytes = strlen(host) + 1, doing_bytes = strlen(doing) + 1;
  size_t bytes = sizeof(waiting_host) + host_bytes + doing_bytes;
  waiting_host *w = sley__alloc(sley__self(), bytes);
  if (w == NULL) return sley__nomem_promise();
  *w = (waiting_host){.site = site, .bytes = bytes};
  memcpy(w->host, host, host_bytes);
  w->doing = memcpy(w->host + host_bytes, doing, doing_bytes);
  return sley_bind_at(site, sley__ask(site, QUESTION_SERVICE, port, 0, doing), port_found, w,
                      waiting_drop);
}

sley_promise *sley_resolve_at(const char *site, const char *host, const char *port)
{
  SLEY__NEEDS_AT(site, host);
  SLEY__NEEDS_AT(site, port);
  unsigned number;
  sley_address address;
  sley__host_form host_form = sley__host_parse(host, &address);
  sley__port_form form = sley__port_parse(port, &number);
  if (host_form == HOST_INVALID || host_form == HOST_INTERFACE)
    return sley_fail_at(site, sley__host_error(site, "sley_resolve", host));
  if (form == PORT_INVALID) return sley_fail_at(site, sley__port_error(site, "sley_resolve", port));
  char doing[DOING];
  snprintf(doing, sizeof(doing), "resolving %s port %s", sley__say(host).text,
           sley__say(port).text);
  return form == PORT_NUMBER ? resolve_host(site, host, number, doing)
                             : resolve_port(site, host, port, doing);
}

/* ---- back ---- */

typedef struct reverse {
  const char *site;
  char text[SLEY_ADDRESS_TEXT];
} reverse;

/* A name from outside is not believed to be one. */
static sley_promise *name_found(void *ctx, sley_value *v)
{
  const reverse *r = ctx;
  sley_value taken;
  sley_address address;
  const char *name = sley_value_ptr(v, &sley_type_text);
  if (sley__host_parse(name, &address) != HOST_NAME &&
      sley__host_parse(name, &address) != HOST_LOOPBACK)
    return sley_fail_at(
        r->site, sley_error_new_at(r->site, &sley_kind_dns, EAI_FAIL,
                                   "resolving %s: the answer \"%s\" is no name of a host", r->text,
                                   sley__say(name).text));
  int code = sley_take(v, &taken);
  return code == 0 ? sley_return_at(r->site, taken)
                   : sley_fail_at(r->site, sley__error_of_code(code));
}

static sley_promise *name_missing(void *ctx, sley_error *e)
{
  const reverse *r = ctx;
  return sley_fail_at(r->site, sley_error_wrap_at(r->site, sley_error_keep(e), "resolving %s: %s",
                                                  r->text, sley_error_message(e)));
}

static void reverse_drop(void *ctx) { sley__free(sley__self(), ctx, sizeof(reverse)); }

sley_promise *sley_resolve_name_at(const char *site, const sley_address *address)
{
  SLEY__NEEDS_AT(site, address);
  sley_domain *d = sley__self();
  sley_address_family family = sley_address_family_get(address);
  reverse *r = sley__alloc(d, sizeof(*r));
  if (r == NULL) return sley__nomem_promise();
  r->site = site;
  sley_address_text(address, r->text, sizeof(r->text));
  if (family != SLEY_ADDRESS_FAMILY_IPV4 && family != SLEY_ADDRESS_FAMILY_IPV6) {
    sley_error *e = sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                      "sley_resolve_name: %s is neither IPv4 nor IPv6", r->text);
    reverse_drop(r);
    return sley_fail_at(site, e);
  }
  const sley_dns_source *source = d->dns_source;
  bool is_asked = source != NULL && source->resolve_name != NULL;
  sley_promise *p = is_asked ? sley__returned(source->resolve_name(source->ctx, address),
                                              "sley_resolve_name", site)
                             : sley__look_up_name(site, address);
  return sley_try_bind_at(site, p, name_found, name_missing, r, reverse_drop);
}
