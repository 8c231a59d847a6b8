/* The start of a server: its options, its memory, its listeners. */
#include "io/server/server.h"

/* ---- options ---- */

/* What is wrong with the options; NULL: nothing. */
static const char *fault_of(const sley_server_options *o, size_t count)
{
  int serving = (o->burst != NULL) + (o->serve != NULL) + (o->bare != NULL);
  if (serving == 0) return "none of burst, serve and bare is set";
  if (serving > 1) return "more than one of burst, serve and bare are set";
  if (o->listen == NULL || o->listens == 0) return "there is nothing to listen on";
  if (count == 0) return "there is no domain to serve";
  if (o->mode > SLEY_SERVER_MODE_KERNEL) return "there is no such mode";
  if (o->mode == SLEY_SERVER_MODE_KEY && o->key == NULL)
    return "the mode SLEY_SERVER_MODE_KEY needs a key";
  if (o->mode != SLEY_SERVER_MODE_KEY && o->key != NULL)
    return "a key is for the mode SLEY_SERVER_MODE_KEY";
  if (o->bare != NULL &&
      (o->in_fiber || o->channels != NULL || o->idle > 0 || o->least > 0 || o->cancel_gone))
    return "in_fiber, channels, idle, least and cancel_gone are for burst and serve";
  if (o->bare != NULL && o->data_size > 0) return "data_size is for burst and serve";
  if (o->data_drop != NULL && o->data_size == 0) return "data_drop is for data_size";
  if (o->wrap == NULL && (o->wrap_time != 0 || o->wrap_most != 0))
    return "wrap_time and wrap_most are for wrap";
  if (o->life_grace != 0 && o->life == 0) return "life_grace is for life";
  if ((o->least > 0) != (o->least_over > 0)) return "least and least_over belong together";
  if (o->idle != o->idle || o->wrap_time != o->wrap_time || !(o->ready >= 0) || !(o->life >= 0) ||
      !(o->life_grace >= 0) || !(o->least_over >= 0))
    return "a time is negative or no number";
  return NULL;
}

static sley_error *options_check(const char *site, const sley_server_options *o, size_t count)
{
  const char *wrong = fault_of(o, count);
  if (wrong != NULL)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_server_start: %s (%zu domain%s, mode %d)", wrong, count,
                             count == 1 ? "" : "s", (int)o->mode);
  for (size_t i = 0; i < o->listens && o->bare == NULL && o->wrap == NULL; i++)
    if (o->listen[i]->kind == SLEY_SOCKET_KIND_SEQPACKET)
      return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                               "sley_server_start: messages of a socket of kind seqpacket (%s) are "
                               "no stream: use bare",
                               o->listen[i]->address != NULL ? o->listen[i]->address : "");
  if (o->channels != NULL)
    SLEY__OPTIONS_CHECK(o->channels, sley_channel_options, "sley_server_start");
  if (o->channels != NULL && o->channels->unread.size > 0)
    return sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                             "sley_server_start: unread is of one connection, not of all");
  return NULL;
}

/* ---- made ---- */

static bool place_make(sley_runtime *runtime, const sley_listen_options *o, place *p)
{
  SLEY__OPTIONS_COPY(&p->options, o, sley_listen_options);
  p->options.prepare_drop = NULL;
  if (o->address == NULL) return true;
  size_t size = strlen(o->address) + 1;
  p->copy = sley__runtime_alloc(runtime, size);
  if (p->copy == NULL) return false;
  memcpy(p->copy, o->address, size);
  p->options.address = p->copy;
  return true;
}

static bool server_fill(sley_server *s, const sley_server_options *o)
{
  s->places = sley__runtime_alloc(s->runtime, s->listens * sizeof(place));
  s->acceptors = sley__runtime_alloc(s->runtime, sley__acceptors_bytes(s));
  if (s->places != NULL) memset(s->places, 0, s->listens * sizeof(place));
  if (s->places == NULL || s->acceptors == NULL) return false;
  if (o->most_per_peer > 0) s->peers = sley__peers_new(s->runtime);
  if (o->most_per_peer > 0 && s->peers == NULL) return false;
  memset(s->acceptors, 0, sley__acceptors_bytes(s));
  acceptor *a = s->acceptors;
  for (size_t row = 0; row <= s->count; row++) {
    member *m = row > 0 ? &s->members[row - 1] : NULL;
    if (m != NULL) m->acceptors = a;
    for (size_t i = 0; i < s->listens; i++) *a++ = (acceptor){.server = s, .member = m, .index = i};
  }
  for (size_t i = 0; i < s->listens; i++)
    if (!place_make(s->runtime, o->listen[i], &s->places[i])) return false;
  /* The drops are the server's when it exists. */
  for (size_t i = 0; i < s->listens; i++) s->places[i].prepare_drop = o->listen[i]->prepare_drop;
  return true;
}

/* Its context is not the options' yet. */
static sley_server *server_new(const char *site, const sley_server_options *o, size_t listens,
                               sley_domain *const *domains, size_t count)
{
  sley_runtime *runtime = sley__self()->runtime;
  /* would not fit in memory in any case */
  if (count > SIZE_MAX / 4096 || listens > SIZE_MAX / 4096 / (count + 1)) return NULL;
  sley_server *s = sley__runtime_alloc(runtime, sley__server_bytes(count));
  if (s == NULL) return NULL;
  memset(s, 0, sley__server_bytes(count));
  s->runtime = runtime;
  s->site = site;
  s->holders = 1;
  s->is_ready = true;
  s->count = count;
  s->listens = listens;
  s->home = sley_domain_keep(sley__self());
  for (size_t i = 0; i < count; i++) {
    s->members[i].server = s;
    s->members[i].domain = sley_domain_keep(domains[i]);
  }
  if (!server_fill(s, o)) {
    sley_server_drop(s);
    return NULL;
  }
  s->options = *o;
  s->options.context = sley_unit();
  s->options.listen = NULL;
  s->options.domains = NULL;
  if (o->idle == 0 && o->bare == NULL) s->options.idle = 60;
  if (o->wrap_time == 0) s->options.wrap_time = 10;
  if (o->life_grace == 0) s->options.life_grace = 10;
  sley__looks_set(s);
  s->channels = (sley_channel_options){.size = sizeof(s->channels)};
  if (o->channels != NULL) SLEY__OPTIONS_COPY(&s->channels, o->channels, sley_channel_options);
  return s;
}

/* ---- starting ---- */

static sley_promise *server_begin(const char *site, sley_server *s)
{
  sley_promise *result = sley_return_at(site, sley_own(sley_server_keep(s), &sley_type_server));
  if (sley_state(result) != SLEY_PROMISE_STATE_FULFILLED) return result;
  sley_error *e = NULL;
  for (size_t i = 0; i < s->listens && e == NULL; i++)
    if (!sley__place_is_shared(s, i)) e = sley__accept_open(&s->acceptors[i], true);
  if (e != NULL) {
    sley__accept_undo(s, NULL);
    sley_drop(result);
    return sley_fail_at(site, e);
  }
  if (s->options.mode == SLEY_SERVER_MODE_KERNEL) {
    sley_drop(result);
    return sley__server_listen_each(site, s);
  }
  for (size_t i = 0; i < s->listens; i++) sley__accept_next(&s->acceptors[i]);
  return result;
}

void sley__server_options_drop(const sley_server_options *o)
{
  sley_value context = o->context;
  for (size_t i = 0; o->listen != NULL && i < o->listens; i++)
    if (o->listen[i]->prepare_drop != NULL) o->listen[i]->prepare_drop(o->listen[i]->prepare_ctx);
  sley_value_drop(&context);
}

sley_promise *sley_server_start_at(const char *site, const sley_server_options *options)
{
  SLEY__NEEDS_AT(site, options);
  SLEY__OPTIONS_READ(options, sley_server_options, "sley_server_start");
  sley_value context = options->context;
  sley_domain *here = sley__self(); /* made now, if the program has none yet */
  size_t listens = options->listen != NULL ? options->listens : 0;
  for (size_t i = 0; i < listens; i++)
    SLEY__OPTIONS_CHECK(options->listen[i], sley_listen_options, "sley_server_start");
  bool is_here = options->domains == NULL && options->count == 0;
  size_t count = is_here ? 1 : options->count;
  sley_error *e = options_check(site, options, options->domains == NULL && !is_here ? 0 : count);
  if (e == NULL && sley__value_send(&context) != 0)
    e = sley__send_error(site, &context, "sley_server_start: the context");
  sley_server *s =
      e == NULL ? server_new(site, options, listens, is_here ? &here : options->domains, count)
                : NULL;
  if (s == NULL) {
    sley_server_options unused = *options;
    unused.context = context;
    sley__server_options_drop(&unused);
    return sley_fail_at(site, e != NULL ? e : sley_error_nomem());
  }
  s->options.context = context;
  sley_promise *p = server_begin(site, s);
  sley_server_drop(s);
  return p;
}
