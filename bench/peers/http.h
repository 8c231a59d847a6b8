/* What the HTTP servers that are compared answer, and how they read: the same parser, the same answers. A server has an http
 * for each connection and gives one function, http_send. */
#ifndef BENCH_PEERS_HTTP_H
#define BENCH_PEERS_HTTP_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct http {
  http_parser parser; /* first: its callbacks find the rest; data: the server's connection */
  bool keep, is_root;
} http;

/* Puts an answer behind those that are to be sent. false: there is no room. */
static bool http_send(http *h, const char *text, size_t size);

static const char http_ok[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n"
    "Hello, World!";
static const char http_not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

static int http_on_message_begin(http_parser *parser)
{
  ((http *)parser)->is_root = false;
  return 0;
}

static int http_on_url(http_parser *parser, const char *at, size_t size)
{
  ((http *)parser)->is_root = size == 1 && at[0] == '/';
  return 0;
}

static int http_on_message_complete(http_parser *parser)
{
  http *h = (http *)parser;
  h->keep = http_should_keep_alive(parser) != 0;
  bool sent = h->is_root ? http_send(h, http_ok, sizeof(http_ok) - 1)
                         : http_send(h, http_not_found, sizeof(http_not_found) - 1);
  return sent ? 0 : -1;
}

static const http_parser_settings http_settings = {.on_message_begin = http_on_message_begin,
                                                   .on_url = http_on_url,
                                                   .on_message_complete = http_on_message_complete};

static void http_begin(http *h, void *connection)
{
  h->keep = true;
  http_parser_init(&h->parser, HTTP_REQUEST);
  h->parser.data = connection;
}

/* Answers all that size bytes ask for. false: they are no HTTP, or there was no room. */
static bool http_read(http *h, const char *at, size_t size)
{
  return http_parser_execute(&h->parser, &http_settings, at, size) == size;
}

#endif
