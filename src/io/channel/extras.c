/* What few channels have beside their halves. */
#include "io/channel/channel.h"

struct sley__extras *sley__extras_open(sley_io *io)
{
  sley__channel *channel = sley__channel_of(io);
  if (channel->extras != NULL) return channel->extras;
  struct sley__extras *x = sley__alloc(sley__self(), sizeof(*x));
  if (x != NULL) *x = (struct sley__extras){0};
  channel->extras = x;
  return x;
}

void sley__extras_free(sley_io *io)
{
  struct sley__extras *x = sley__channel_of(io)->extras;
  sley__channel_of(io)->extras = NULL;
  if (x == NULL) return;
  sley_drop(x->in);
  sley_drop(x->out);
  sley__free(sley__self(), x, sizeof(*x));
}
