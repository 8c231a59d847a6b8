/* What few channels have beside their halves. */
#include "io/channel/channel.h"

struct sley__extras *sley__extras_open(sley_io *io)
{
  sley_input *in = &sley__channel_of(io)->in;
  if (in->extras != NULL) return in->extras;
  struct sley__extras *x = sley__alloc(sley__self(), sizeof(*x));
  if (x != NULL) *x = (struct sley__extras){0};
  in->extras = x;
  return x;
}

void sley__extras_free(sley_io *io)
{
  sley_input *in = &sley__channel_of(io)->in;
  struct sley__extras *x = in->extras;
  in->extras = NULL;
  if (x == NULL) return;
  sley__channel_limits_end(x);
  sley__watches_free(x);
  sley_drop(x->in);
  sley_drop(x->out);
  sley__free(sley__self(), x, sizeof(*x));
}
