/* Servers: handles, figures, addresses. */
#include "io/server/server.h"

/* ---- handles ---- */

sley_server *sley_server_keep(sley_server *server)
{
  SLEY__NEEDS(server);
  __atomic_add_fetch(&server->holders, 1, __ATOMIC_RELAXED);
  return server;
}

size_t sley__server_bytes(size_t count) { return sizeof(sley_server) + count * sizeof(member); }

size_t sley__acceptors_bytes(const sley_server *s)
{
  return (s->count + 1) * s->listens * sizeof(acceptor);
}

static void place_end(sley_runtime *runtime, place *p)
{
  if (p->copy != NULL) sley__runtime_free(runtime, p->copy, strlen(p->copy) + 1);
  if (p->prepare_drop != NULL) p->prepare_drop(p->options.prepare_ctx);
}

void sley_server_drop(sley_server *server)
{
  if (server == NULL || __atomic_sub_fetch(&server->holders, 1, __ATOMIC_ACQ_REL) != 0) return;
  sley_runtime *runtime = server->runtime;
  for (size_t i = 0; i < server->count; i++) sley_domain_drop(server->members[i].domain);
  sley_domain_drop(server->home);
  sley_value_drop(&server->options.context);
  if (server->places != NULL) {
    for (size_t i = 0; i < server->listens; i++) place_end(runtime, &server->places[i]);
    sley__runtime_free(runtime, server->places, server->listens * sizeof(place));
  }
  sley__peers_free(server->peers);
  if (server->acceptors != NULL)
    sley__runtime_free(runtime, server->acceptors, sley__acceptors_bytes(server));
  sley__runtime_free(runtime, server, sley__server_bytes(server->count));
}

void sley__server_release(void *ctx) { sley_server_drop(ctx); }

static void *server_dup(void *ptr) { return sley_server_keep(ptr); }

const sley_type sley_type_server = {.size = sizeof(sley_type),
                                    .name = "server",
                                    .drop = sley__server_release,
                                    .dup = server_dup,
                                    .send = sley_send_plain};

SLEY__HANDLE(server)

unsigned sley_server_port(const sley_server *server)
{
  SLEY__NEEDS(server);
  unsigned port = 0;
  for (size_t i = 0; i < server->listens && port == 0; i++)
    port = sley_address_port(&server->places[i].address);
  return port;
}

void sley_server_address(const sley_server *server, size_t index, sley_address *out)
{
  SLEY__NEEDS(server);
  SLEY__NEEDS(out);
  *out = index < server->listens ? server->places[index].address : (sley_address){0};
}

bool sley_server_is_ready(const sley_server *server)
{
  SLEY__NEEDS(server);
  return __atomic_load_n(&server->is_ready, __ATOMIC_RELAXED);
}

void sley__server_tell(const sley_server *s, sley_error *e, const char *doing, const char *what)
{
  /* With the place of the error: the hook hears that of the server beside it. */
  sley_error *told = sley_error_wrap_at(sley_error_site(e), sley_error_keep(e), "%s %s: %s", doing,
                                        what, sley_error_message(e));
  if (told == sley_error_nomem()) told = sley_error_keep(e);
  sley__async_report(sley__self(), told, s->site, "", "; server started at ");
}

static uint64_t counter_load(const uint64_t *counter)
{
  return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void counters_add(sley_server_counters *to, const member *m)
{
  to->accepted += counter_load(&m->accepted);
  to->open += counter_load(&m->open);
  to->failed += counter_load(&m->failed);
  to->lost += counter_load(&m->lost);
  to->refused += counter_load(&m->refused);
  to->timed_out += counter_load(&m->timed_out);
  to->aged += counter_load(&m->aged);
  to->canceled += counter_load(&m->canceled);
  to->dropped += counter_load(&m->dropped);
  to->gone += counter_load(&m->gone);
  to->detached += counter_load(&m->detached);
  to->answered += counter_load(&m->answered);
}

void sley_server_counters_get(const sley_server *server, size_t index, sley_server_counters *out)
{
  SLEY__NEEDS(server);
  sley_server_counters now = {
      .size = SLEY__FIGURES_CHECK(out, sley_server_counters, "sley_server_counters_get")};
  if (index < server->count) counters_add(&now, &server->members[index]);
  memcpy(out, &now, now.size);
}

void sley_server_counters_sum(const sley_server *server, sley_server_counters *out)
{
  SLEY__NEEDS(server);
  sley_server_counters now = {
      .size = SLEY__FIGURES_CHECK(out, sley_server_counters, "sley_server_counters_sum")};
  for (size_t i = 0; i < server->count; i++) counters_add(&now, &server->members[i]);
  memcpy(out, &now, now.size);
}

/* ---- addresses ---- */

bool sley__place_is_shared(const sley_server *s, size_t index)
{
  const char *address = s->places[index].options.address;
  return s->options.mode == SLEY_SERVER_MODE_KERNEL &&
         (address == NULL || strncmp(address, "unix:", 5) != 0);
}

sley_error *sley__server_listen(sley_server *s, size_t index, bool shares, bool first,
                                sley_listener **out)
{
  place *p = &s->places[index];
  sley_listen_options o = p->options;
  o.share_port = shares;
  if (!first) {
    o.address = p->port_text;
    o.port = 0;
  }
  sley_error *e = sley_listen_at(s->site, &o, out);
  if (e != NULL || !first) return e;
  sley_listener_address(*out, &p->address);
  sley_address_text(&p->address, p->port_text, sizeof(p->port_text));
  return NULL;
}
