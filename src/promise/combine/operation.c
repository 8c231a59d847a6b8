/* Operations: a cancelable promise and the state of the work behind it, in one allocation that lives until both have
 * ended. Floors above use them for reads, timers, jobs and calls. */
#include "promise/combine/combine.h"

void sley__operation_start(sley_domain *d, operation *op, const char *site,
                           const sley__operation_type *type, size_t bytes)
{
  sley__cell_init(d, &op->cell, KIND_OPERATION, site);
  op->cell.producers = 1;
  op->cell.flags = bytes == OPERATION_BYTES ? FLAG_LOADED : FLAG_LOADED | FLAG_SIZED;
  op->type = type;
  op->bytes = bytes;
  op->cancel_node.kind = NODE_OPERATION_CANCEL;
  op->cancel_node.source = NULL;
  sley__node_listen_cancel(&op->cell, &op->cancel_node);
  sley__trace_created(d, &op->cell);
}

const char *sley__resolver_site(const sley_resolver *r)
{
  return ((const sley_promise *)(const void *)r)->site;
}

sley_promise *sley__operation_new(const char *site, const sley__operation_type *type, size_t bytes,
                                  void **data, sley_resolver **resolver)
{
  sley_domain *d = sley__self();
  *resolver = NULL;
  *data = NULL;
  if (bytes > SIZE_MAX - OPERATION_HEAD) return NULL;
  operation *op = sley__cell_alloc(d, OPERATION_HEAD + bytes);
  if (SLEY__UNLIKELY(op == NULL)) return NULL;
  sley__operation_start(d, op, site, type, OPERATION_HEAD + bytes);
  op->cancel_node.kind = NODE_OPERATION_LEAVE;
  *data = OPERATION_DATA(op);
  *resolver = (sley_resolver *)(void *)op;
  return &op->cell;
}

sley_resolver *sley__operation_resolver(void *data)
{
  return (sley_resolver *)(void *)((char *)data - OPERATION_HEAD);
}

void *sley__operation_alone(const sley_promise *p, const sley__operation_type *type)
{
  const operation *op = (const operation *)(const void *)p;
  if (p->kind != KIND_OPERATION || p->state != STATE_PENDING || op->type != type) return NULL;
  bool is_alone = p->refs == 1 && p->callbacks == NULL && p->cancel_nodes == &op->cancel_node &&
                  op->cancel_node.next == &op->cancel_node && !(p->flags & FLAG_NAMED);
  return is_alone ? OPERATION_DATA((uintptr_t)op) : NULL;
}

static void canceled(sley_domain *d, node *n)
{
  operation *op = SLEY__CONTAINER(n, operation, cancel_node);
  (void)d;
  if (!(op->cell.flags & FLAG_ANSWERED) && op->type->cancel != NULL)
    op->type->cancel(OPERATION_DATA(op));
}

/* Its own node among the cancel callbacks is all that an operation owns. */
static void discard(sley_domain *d, node *n)
{
  (void)d;
  SLEY__CONTAINER(n, operation, cancel_node)->cell.flags &= (uint16_t)~FLAG_LOADED;
}

static size_t bytes_of(const sley_promise *cell)
{
  return ((const operation *)(const void *)cell)->bytes;
}

static void release(sley_domain *d, sley_promise *cell)
{
  node *own = &((operation *)(void *)cell)->cancel_node;
  (void)d;
  if (own->source != NULL) sley__node_unlink_from(&own->source->cancel_nodes, own);
}

const struct sley__kind sley__kind_operation = {.name = "operation",
                                                .properties = IS_ROOT | NEEDS_ALL,
                                                .cancel_node_at = offsetof(operation, cancel_node),
                                                .cancel = sley__cancel_root,
                                                .bytes = bytes_of,
                                                .release = release};
const struct sley__node_kind sley__node_operation = {.canceled = canceled, .discard = discard};

void sley__operation_fulfill(sley_resolver **r, sley_value v)
{
  if (*r != NULL) sley__operation_listens_no_more((operation *)(void *)*r);
  sley_fulfill(r, v);
}

void sley__operation_fulfill_now(sley_resolver **r, sley_value v)
{
  if (*r != NULL) sley__operation_listens_no_more((operation *)(void *)*r);
  sley_fulfill_now(r, v);
}
