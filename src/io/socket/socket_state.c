/* What a domain has under way, and its end. */
#include "io/socket/socket_state.h"

static void socket_state_end(sley_domain *d)
{
  struct sley__socket_state *state = d->sockets;
  sley__races_end(state);
  sley__questions_end(state);
  d->sockets = NULL;
  d->dns_source = NULL;
  sley__free(d, state, sizeof(*state));
}

static const struct sley__part socket_part = {.end = socket_state_end};

int sley__socket_state_open(struct sley__socket_state **out)
{
  sley_domain *d = sley__self();
  struct sley__socket_state *state = *out = d->sockets;
  if (state != NULL) return 0;
  if (d->ending) return -SLEY_EGONE;
  state = *out = sley__alloc(d, sizeof(*state));
  if (state == NULL) return -SLEY_ENOMEM;
  *state = (struct sley__socket_state){.winner = SLEY_ADDRESS_FAMILY_NONE};
  sley__dlist_init(&state->questions);
  sley__dlist_init(&state->races);
  d->sockets = state;
  d->parts[SLEY__PART_SOCKETS] = &socket_part;
  return 0;
}
