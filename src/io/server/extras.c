/* What few connections have: a scope, a watch, somebody who gets them. */
#include "io/server/server.h"

connection_extras *sley__connection_extras(sley_connection *c)
{
  if (c->extras != NULL) return c->extras;
  connection_extras *x = sley__alloc(sley__self(), sizeof(*x));
  if (x != NULL) *x = (connection_extras){0};
  c->extras = x;
  return x;
}

void sley__taker_drop(connection_extras *x)
{
  sley_drop_fn *drop = x->taker_drop;
  void *ctx = x->taker_ctx;
  x->taker = NULL;
  x->taker_drop = NULL;
  if (drop != NULL) drop(ctx);
}

/* Its scope has been left, and its watch is over. */
void sley__connection_extras_free(sley_connection *c)
{
  connection_extras *x = c->extras;
  if (x == NULL) return;
  sley__taker_drop(x);
  c->extras = NULL;
  sley_scope_drop(x->scope);
  sley_drop(x->ending);
  sley_resolver_drop(&x->end);
  sley_drop(x->result);
  sley__free(sley__self(), x, sizeof(*x));
}
