/* Hosts and ports: what is a number needs nobody, what cannot be a host is refused with a sentence that is safe to print, and
 * everything else is asked once, of whoever answers. What libFuzzer looks for a counterexample to: a host, a NUL, a
 * port. scripts/fuzz. */
#include <ctype.h>
#include <sley/dns.h>
#include <sley/list.h>
#include <sley/loop.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
  unsigned count;
  char host[512];
} asked;

static void must(bool is_true)
{
  if (!is_true) abort();
}

static sley_promise *resolve(void *ctx, const char *host)
{
  sley_address a;
  sley_value v, list = sley_unit();
  (void)ctx;
  asked.count++;
  must(strlen(host) < sizeof(asked.host));
  strcpy(asked.host, host);
  must(sley_address_parse("192.0.2.1:9", &a) == NULL);
  must(sley_address_to_value(&a, &v) == NULL && sley_list_new(&v, 1, &list) == NULL);
  return sley_return(list);
}

/* A number, as a port is written; -1: none. */
static long number_of(const char *port)
{
  long n = 0;
  if (*port == '\0') return -1;
  for (; *port != '\0'; port++) {
    if (!isdigit((unsigned char)*port)) return -1;
    if (n <= 65535) n = n * 10 + (*port - '0');
  }
  return n <= 65535 ? n : -1;
}

/* It would be looked for among the system's services, by a thread. */
static bool may_be_a_service(const char *port)
{
  bool has_letter = false;
  for (; *port != '\0'; port++)
    has_letter |= !isdigit((unsigned char)*port) && isprint((unsigned char)*port);
  return has_letter;
}

static void refused(const sley_error *e)
{
  bool is_ours = sley_error_is(e, &sley_kind_sley, SLEY_EINVAL);
  must(is_ours || sley_error_kind_get(e) == &sley_kind_errno ||
       sley_error_kind_get(e) == &sley_kind_dns);
  for (const char *c = sley_error_message(e); *c != '\0'; c++) must(*c >= 0x20 && *c <= 0x7e);
}

static void found(const sley_value *v, const char *host, long port)
{
  sley_address numeric;
  const sley_list *list = sley_list_in(v);
  size_t n = sley_list_count(list);
  must(port >= 0 && n > 0);
  sley_error *e = sley_address_from_host(host, (unsigned)port, &numeric);
  for (size_t i = 0; i < n; i++) {
    const sley_address *a = sley_address_in(sley_list_item(list, i));
    must(sley_address_port(a) == (unsigned)port);
    if (e == NULL) must(n == 1 && sley_address_is_equal(a, &numeric));
    else if (asked.count == 0) must(sley_address_is_loopback(a)); /* localhost */
  }
  if (e == NULL) must(asked.count == 0);
  if (asked.count > 0)
    for (const char *c = asked.host; *c != '\0'; c++)
      must((unsigned char)*c > 0x20 && *c != 0x7f && *c != ':');
  must(strlen(host) > 0 && (asked.count == 0 || strlen(asked.host) <= 254));
  sley_error_drop(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const sley_dns_source source = {
      .size = sizeof(source), .name = "fuzz", .resolve = resolve};
  char *text = malloc(size + 2);
  must(text != NULL);
  memcpy(text, data, size);
  text[size] = text[size + 1] = '\0';
  const char *host = text, *port = text + strlen(text) + 1;
  if (port > text + size || may_be_a_service(port)) port = "80";
  asked.count = 0;
  sley_dns_set_source(&source);
  sley_value v;
  sley_error *e = sley_run(sley_resolve(host, port), &v);
  must(asked.count <= 1);
  if (e != NULL) {
    refused(e);
    must(asked.count == 0);
  } else {
    found(&v, host, number_of(port));
    sley_value_drop(&v);
  }
  sley_error_drop(e);
  sley_dns_set_source(NULL);
  free(text);
  return 0;
}
