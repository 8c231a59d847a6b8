/* Operations: a cancelable promise and the state of the work behind it, in one allocation that lives
 * until both are over. What floors above use for reads, timers, jobs and calls. */
#include "promise/promise_internal.h"

sley_promise *sley__operation_new(const char *site, const sley__operation_type *type, size_t bytes,
                                  void **data, sley_resolver **resolver)
{
  sley_domain *d = sley__self();
  size_t head = (sizeof(operation) + 15) & ~(size_t)15;
  *resolver = NULL;
  *data = NULL;
  if (bytes > SIZE_MAX - head) return NULL;
  operation *op = cell_alloc(d, head + bytes);
  if (SLEY__UNLIKELY(op == NULL)) return NULL;
  cell_init(d, &op->cell, KIND_OPERATION, site);
  op->cell.makers = 1;
  op->cell.flags = FLAG_LOADED | FLAG_SIZED;
  op->type = type;
  op->bytes = head + bytes;
  op->cancel_node.kind = NODE_OPERATION_CANCEL;
  op->cancel_node.source = NULL;
  node_listen_cancel(&op->cell, &op->cancel_node);
  TRACE(d, created, &op->cell);
  *data = OPERATION_DATA(op);
  *resolver = (sley_resolver *)(void *)op;
  return &op->cell;
}
