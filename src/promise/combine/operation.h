/* Operations: a cancelable promise and the state of the work behind it, in one allocation. */
#ifndef SLEY_COMBINE_OPERATION_H
#define SLEY_COMBINE_OPERATION_H

#include "promise/combine/floor.h"
#include "promise/core/core.h"

typedef struct operation {
  sley_promise cell;
  node cancel_node;
  const sley__operation_type *type;
  size_t bytes;
} operation;
enum { OPERATION_HEAD = (sizeof(operation) + 15) & ~(size_t)15 };
/* For the usual case, data that is a place in a queue; others have FLAG_SIZED. */
enum { OPERATION_BYTES = OPERATION_HEAD + sizeof(struct sley__dlist) };
#define OPERATION_DATA(op) ((void *)((char *)(op) + OPERATION_HEAD))

/* Call before answering op: clears the cancel list if op's own node is the only one on it. */
static inline void sley__operation_listens_no_more(operation *op)
{
  node *own = &op->cancel_node;
  if (SLEY__UNLIKELY(op->cell.state != STATE_PENDING || op->cell.cancel_nodes != own ||
                     own->next != own))
    return;
  op->cell.cancel_nodes = NULL;
  own->source = NULL;
  op->cell.flags =
      (uint16_t)((op->cell.flags | FLAG_ANSWERED) & ~FLAG_LOADED); /* nothing left to release */
}

/* Initializes an operation in new memory. */
void sley__operation_start(sley_domain *d, operation *op, const char *site,
                           const sley__operation_type *type, size_t bytes);

#endif
