/* resolve [--server ADDRESS:PORT] [--times N] HOST...: the addresses of each host, one a line, or "error: " and a sentence.
 * resolve --name ADDRESS...: the names of addresses. Without --server the system's resolver answers; with it a source of
 * names of this file, which asks that server by datagrams (RFC 1035). --times asks each question so often at once. */
#include <arpa/inet.h>
#include <netdb.h>
#include <sley.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 12
#define MOST_ADDRESSES 200
static const unsigned kinds[] = {1, 28}; /* A, AAAA */

typedef struct question {
  sley_datagram *to_server;
  char text[2][300]; /* both, as they are sent */
  size_t size;
  int tries, answered; /* of both */
  bool have[2];
  int code; /* the server's, of the last answer */
  sley_value found[MOST_ADDRESSES];
  size_t count;
} question;

static void question_free(void *ctx)
{
  question *q = ctx;
  for (size_t i = 0; i < q->count; i++) sley_value_drop(&q->found[i]);
  sley_datagram_drop(q->to_server);
  free(q);
}

static unsigned two(const unsigned char *at) { return (unsigned)at[0] << 8 | at[1]; }

/* Behind a name, or NULL if it ends beyond the packet. */
static const unsigned char *behind_name(const unsigned char *at, const unsigned char *end)
{
  while (at < end && *at != 0) {
    if (*at >= 0xc0) return at + 2 <= end ? at + 2 : NULL;
    at += *at + 1;
  }
  return at < end ? at + 1 : NULL;
}

static bool keeps(question *q, unsigned kind, const unsigned char *data, unsigned size)
{
  char host[INET6_ADDRSTRLEN];
  sley_address a;
  if (q->count == MOST_ADDRESSES || (kind == 1 ? size != 4 : size != 16)) return false;
  inet_ntop(kind == 1 ? AF_INET : AF_INET6, data, host, sizeof(host));
  return sley_address_from_host(host, 0, &a) == NULL &&
         sley_address_to_value(&a, &q->found[q->count]) == NULL && ++q->count > 0;
}

/* Whether it answers one of the two questions, and is whole. */
static bool reads_answer(question *q, const sley_packet *p)
{
  const unsigned char *at = (const unsigned char *)p->at, *end = at + p->size;
  if (p->size < HEADER || !(at[2] & 0x80) || two(at) > 1 || q->have[two(at)]) return false;
  unsigned which = two(at), answers = two(at + 6);
  q->code = at[3] & 15;
  const unsigned char *next = behind_name(at + HEADER, end);
  if (next == NULL || (next += 4) > end) return false;
  for (unsigned i = 0; i < answers; i++) {
    next = behind_name(next, end);
    if (next == NULL || next + 10 > end || next + 10 + two(next + 8) > end) return false;
    if (two(next) == kinds[which] && !keeps(q, kinds[which], next + 10, two(next + 8)))
      return false;
    next += 10 + two(next + 8);
  }
  q->have[which] = true;
  q->answered++;
  return true;
}

static sley_promise *asks(question *q);

static sley_promise *heard(void *ctx, sley_value *v)
{
  question *q = ctx;
  sley_packet *p = sley_packet_take(v);
  if (p != NULL) (void)reads_answer(q, p);
  sley_packet_drop(p);
  if (q->answered < 2) return sley_bind(sley_datagram_receive(q->to_server), heard, q);
  if (q->count == 0)
    return sley_fail(sley_error_new(&sley_kind_dns, q->code == 3 ? EAI_NONAME : EAI_FAIL,
                                    "the server answers with code %d and no address", q->code));
  sley_value list;
  sley_error *e = sley_list_new(q->found, q->count, &list);
  q->count = 0;
  return e == NULL ? sley_return(list) : sley_fail(e);
}

static sley_promise *asks_again(void *ctx, sley_error *e)
{
  question *q = ctx;
  if (!sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT)) return sley_fail(sley_error_keep(e));
  if (q->tries == 3)
    return sley_fail(sley_error_new(&sley_kind_dns, EAI_AGAIN, "the server does not answer"));
  return asks(q);
}

static sley_promise *asks(question *q)
{
  q->tries++;
  for (int i = 0; i < 2; i++) {
    sley_packet p = {.at = q->text[i], .size = q->size};
    if (!q->have[i] && sley_datagram_send(q->to_server, &p) != 0)
      return sley_fail(sley_error_nomem());
  }
  sley_promise *answer = sley_bind(sley_datagram_receive(q->to_server), heard, q);
  return sley_catch(sley_with_timeout(answer, 0.3), asks_again, q);
}

static sley_promise *asks_server(void *server, const char *host)
{
  sley_datagram_options o = {.size = sizeof(o), .peer = server};
  question *q = calloc(1, sizeof(*q));
  if (q == NULL) return sley_fail(sley_error_nomem());
  unsigned char name[260], *at = name;
  for (const char *part = host; *part != '\0';) {
    size_t length = strcspn(part, ".");
    if (length == 0 || length > 63 || at + length + 2 > name + 255) {
      free(q);
      return sley_fail(sley_error_new(&sley_kind_dns, EAI_NONAME, "no name of a host"));
    }
    *at++ = (unsigned char)length;
    memcpy(at, part, length);
    at += length;
    part += length + (part[length] == '.');
  }
  *at++ = 0;
  for (unsigned i = 0; i < 2; i++) {
    char *text = q->text[i];
    const unsigned char head[HEADER] = {0, (unsigned char)i, 1, 0, 0, 1};
    const unsigned char tail[] = {0, (unsigned char)kinds[i], 0, 1};
    q->size = HEADER + (size_t)(at - name) + sizeof(tail);
    memcpy(text, head, HEADER);
    memcpy(text + HEADER, name, (size_t)(at - name));
    memcpy(text + q->size - sizeof(tail), tail, sizeof(tail));
  }
  sley_error *e = sley_datagram_open(&o, &q->to_server);
  if (e != NULL) {
    free(q);
    return sley_fail(e);
  }
  sley_promise *p = asks(q);
  return sley_attach(p, q, question_free);
}

static void print_error(sley_error *e)
{
  char text[500];
  sley_error_format(e, text, sizeof(text));
  printf("error: %s\n", text);
  sley_error_drop(e);
}

static void print_answer(const sley_value *v)
{
  char text[SLEY_ADDRESS_TEXT];
  if (v->type == &sley_type_text) {
    printf("%s\n", (const char *)v->ptr);
    return;
  }
  sley_list *list = sley_list_in(v);
  for (size_t i = 0; i < sley_list_count(list); i++) {
    sley_address_text(sley_address_in(sley_list_item(list, i)), text, sizeof(text));
    printf("%s\n", text);
  }
}

static sley_promise *question_of(const char *host, bool name)
{
  sley_address a;
  if (!name) return sley_resolve(host, "7");
  sley_error *e = sley_address_from_host(host, 0, &a);
  return e == NULL ? sley_resolve_name(&a) : sley_fail(e);
}

int main(int argc, char **argv)
{
  enum { MOST = 100 };
  sley_dns_source source = {.size = sizeof(source), .name = "the server", .resolve = asks_server};
  int i = 1, times = 1;
  bool names = argc > 1 && strcmp(argv[1], "--name") == 0;
  if (names) i++;
  for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
    if (strcmp(argv[i], "--server") == 0) {
      source.ctx = argv[i + 1];
      sley_dns_set_source(&source);
    } else times = atoi(argv[i + 1]);
  }
  if (i >= argc || times < 1 || times > MOST) {
    fprintf(stderr,
            "usage: resolve [--server ADDRESS:PORT] [--times N] HOST... | --name ADDRESS...\n");
    return 2;
  }
  for (; i < argc; i++) {
    sley_promise *ps[MOST];
    for (int n = 0; n < times; n++) ps[n] = question_of(argv[i], names);
    for (int n = 0; n < times; n++) {
      sley_value v;
      sley_error *e = sley_run(ps[n], &v);
      if (e != NULL) {
        print_error(e);
        continue;
      }
      print_answer(&v);
      sley_value_drop(&v);
    }
  }
  size_t left = sley_finish();
  if (left != 0) fprintf(stderr, "%zu promises are left\n", left);
  return left == 0 ? 0 : 1;
}
