/* What a domain has under way: questions to resolvers, and connects. */
#ifndef SLEY_IO_SOCKET_STATE_H
#define SLEY_IO_SOCKET_STATE_H

#include <sley/address.h>

#include "promise/promise_floor.h"

struct sley__socket_state {
  struct sley__dlist questions; /* question.c */
  size_t question_count;
  sley_address_family winner; /* whose address answered last when several families were tried */
  sley_time won;
  struct sley__dlist races; /* race.c */
};

/* The current domain's, made on first use. 0, -SLEY_ENOMEM, or -SLEY_EGONE: the domain is ending. */
int sley__socket_state_open(struct sley__socket_state **out);

/* The end of the domain: nobody is asked any more, and nothing connects. */
void sley__questions_end(struct sley__socket_state *state);
void sley__races_end(struct sley__socket_state *state);

#endif
