#include "answers.h"

static int on_message_complete(http_parser *parser)
{
  answers *a = parser->data;
  a->complete++;
  if (parser->status_code < 200 || parser->status_code > 299) {
    a->status = parser->status_code;
    a->wrong = "an answer that is not 2xx";
    return 1;
  }
  if (!http_should_keep_alive(parser)) {
    a->wrong = "an answer that ends its connection (no keep-alive)";
    return 1;
  }
  return 0;
}

static const http_parser_settings settings = {.on_message_complete = on_message_complete};

void answers_init(answers *a, protocol kind, uint32_t expected)
{
  *a = (answers){.protocol = kind, .expected = expected};
  http_parser_init(&a->parser, HTTP_RESPONSE);
  a->parser.data = a;
}

static void feed_http(answers *a, const char *bytes, size_t size)
{
  size_t used = http_parser_execute(&a->parser, &settings, bytes, size);
  if (a->wrong != NULL) return;
  if (a->parser.upgrade) a->wrong = "a switch to another protocol";
  else if (HTTP_PARSER_ERRNO(&a->parser) != HPE_OK || used != size)
    a->wrong = http_errno_description(HTTP_PARSER_ERRNO(&a->parser));
}

static void feed_echo(answers *a, const char *bytes, size_t size)
{
  while (size > 0) {
    if (a->seen < 4) {
      a->length = a->length << 8 | (uint8_t)*bytes++;
      size--;
      if (++a->seen == 4 && a->length != a->expected) {
        a->wrong = "a frame whose length is not the one sent";
        return;
      }
    }
    if (a->seen < 4) continue;
    uint64_t left = (uint64_t)a->length + 4 - a->seen;
    size_t now = size < left ? size : (size_t)left;
    bytes += now;
    size -= now;
    a->seen += (uint32_t)now;
    if (now < left) continue;
    a->complete++;
    a->seen = a->length = 0;
  }
}

int answers_feed(answers *a, const char *bytes, size_t size)
{
  a->complete = 0;
  if (a->wrong != NULL) return -1;
  if (size == 0) return 0; /* which the parser would take as */
  if (a->protocol == PROTOCOL_HTTP) feed_http(a, bytes, size);
  else feed_echo(a, bytes, size);
  return a->wrong == NULL ? (int)a->complete : -1;
}
