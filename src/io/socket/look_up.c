/* The system's resolver, in jobs of the pool for names. */
#ifdef __linux__
#define _GNU_SOURCE /* EAI_NODATA, EAI_ADDRFAMILY */
#endif
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "io/socket/question.h"
#include "preempt/preempt_floor.h"
#include "reactor/reactor_floor.h"

/* The frame of a job. */
typedef struct look_up {
  const char *site;
  sley_address *found;
  size_t count;
  char text[]; /* a host or service */
} look_up;

typedef struct name_look_up {
  const char *site;
  sley_address address;
  char name[NI_MAXHOST];
} name_look_up;

static sley_error *code_error(const char *site, int code, int system)
{
  if (code == EAI_SYSTEM) return sley_error_new_at(site, &sley_kind_errno, system, NULL);
  if (code == EAI_MEMORY) return sley_error_nomem();
  return sley_error_new_at(site, &sley_kind_dns, code, "%s",
                           code == EAI_SERVICE ? "no service has this name" : gai_strerror(code));
}

static bool has_no_address(int code)
{
#ifdef EAI_NODATA
  if (code == EAI_NODATA) return true;
#endif
#ifdef EAI_ADDRFAMILY
  if (code == EAI_ADDRFAMILY) return true;
#endif
  return code == EAI_NONAME;
}

static int ask_system(const char *host, int flags, struct addrinfo **out)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
  return sley__sys_getaddrinfo(host, NULL, &hints, out);
}

/* AI_ADDRCONFIG drops addresses of families that the machine cannot use, but ignores the loopback addresses: a name
 * can still have one of those. */
static int ask_usable(const char *host, struct addrinfo **out)
{
  int code = ask_system(host, AI_ADDRCONFIG, out);
  return has_no_address(code) ? ask_system(host, 0, out) : code;
}

static int keep_all(look_up *l, const struct addrinfo *found)
{
  size_t n = 0;
  for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) n++;
  l->found = malloc((n > 0 ? n : 1) * sizeof(*l->found));
  if (l->found == NULL) return EAI_MEMORY;
  for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
    l->count +=
        sley__address_of_sockaddr(a->ai_addr, (size_t)a->ai_addrlen, &l->found[l->count]) ? 1 : 0;
  return l->count > 0 ? 0 : EAI_NONAME;
}

/* On a worker. */
static sley_error *look_up_host(void *data, sley_value *out)
{
  look_up *l = data;
  struct addrinfo *found;
  int code = ask_usable(l->text, &found), system = errno;
  (void)out;
  if (code == 0) {
    code = keep_all(l, found);
    freeaddrinfo(found);
  }
  return code == 0 ? NULL : code_error(l->site, code, system);
}

/* On a worker. getservbyname is not for several threads. */
static sley_error *look_up_service(void *data, sley_value *out)
{
  look_up *l = data;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
  int code = sley__sys_getaddrinfo(NULL, l->text, &hints, &found), system = errno;
  (void)out;
  if (code == 0) {
    code = keep_all(l, found);
    freeaddrinfo(found);
  }
  if (code == EAI_NONAME) code = EAI_SERVICE; /* as some systems say it */
  return code == 0 ? NULL : code_error(l->site, code, system);
}

/* On a worker. */
static sley_error *look_up_name(void *data, sley_value *out)
{
  name_look_up *l = data;
  int code = getnameinfo(sley__sockaddr(&l->address), (socklen_t)l->address.length, l->name,
                         sizeof(l->name), NULL, 0, NI_NAMEREQD);
  (void)out;
  return code == 0 ? NULL : code_error(l->site, code, errno);
}

static sley_error *host_finish(void *data, sley_value *out)
{
  const look_up *l = data;
  sley_value *values = malloc(l->count * sizeof(*values));
  size_t made = 0;
  sley_error *e = values == NULL ? sley_error_nomem() : NULL;
  while (e == NULL && made < l->count) {
    e = sley_address_to_value(&l->found[made], &values[made]);
    made += e == NULL;
  }
  if (e == NULL) e = sley_list_new(values, made, out);
  else
    while (made > 0) sley_value_drop(&values[--made]);
  free(values);
  return e;
}

static sley_error *service_finish(void *data, sley_value *out)
{
  *out = sley_int(sley_address_port(((look_up *)data)->found));
  return NULL;
}

static sley_error *name_finish(void *data, sley_value *out)
{
  return sley_text(((name_look_up *)data)->name, out);
}

static void look_up_drop(void *data) { free(((look_up *)data)->found); }

static const sley_job_type host_type = {.size = sizeof(sley_job_type),
                                        .name = "getaddrinfo",
                                        .work = look_up_host,
                                        .finish = host_finish,
                                        .drop = look_up_drop},
                           service_type = {.size = sizeof(sley_job_type),
                                           .name = "getaddrinfo of a service",
                                           .work = look_up_service,
                                           .finish = service_finish,
                                           .drop = look_up_drop},
                           name_type = {.size = sizeof(sley_job_type),
                                        .name = "getnameinfo",
                                        .work = look_up_name,
                                        .finish = name_finish};

static sley_promise *start(const char *site, void *data)
{
  sley__job_may_be_left(data);
  return sley_job_start_at(site, sley_workers_default(SLEY_WORKERS_PURPOSE_DNS),
                           SLEY_PRIORITY_NORMAL, data);
}

static sley_promise *start_text(const char *site, const sley_job_type *type, const char *text)
{
  size_t bytes = strlen(text) + 1;
  look_up *l = sley_job_new(type, sizeof(*l) + bytes);
  if (l == NULL) return sley__nomem_promise();
  l->site = site;
  memcpy(l->text, text, bytes);
  return start(site, l);
}

sley_promise *sley__look_up_host(const char *site, const char *host)
{
  return start_text(site, &host_type, host);
}

sley_promise *sley__look_up_service(const char *site, const char *service)
{
  return start_text(site, &service_type, service);
}

sley_promise *sley__look_up_name(const char *site, const sley_address *address)
{
  name_look_up *l = sley_job_new(&name_type, sizeof(*l));
  if (l == NULL) return sley__nomem_promise();
  l->site = site;
  l->address = *address;
  return start(site, l);
}
