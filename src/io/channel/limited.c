/* The limits of channels. Those with the same limits share them; over one of them, what waits is rejected, and the channel
 * stays as it is. */
#include "io/channel/channel.h"
#include "io/channel/limits.h"

/* What channels of a domain have in common. */
typedef struct shared {
  sley__limits limits; /* the first member */
  struct sley__dlist place;
  size_t users;
  double idle, deadline, least_over;
  size_t least;
} shared;

struct sley__channel_limits {
  sley__limited limited; /* the first member */
  sley__limited_rate rate;
  shared *shared;
  sley_io *io;
  uint32_t position; /* of the input, at the last look */
};

/* ---- looking ---- */

static bool input_waits(const sley_input *in)
{
  const sley__work *first = sley__half_first(&in->half);
  return first != NULL && !first->type->may_when_closed && !in->half.is_hungry;
}

static bool has_waiting(const sley_output *out)
{
  const sley__work *w = out->waiting;
  while (w != NULL && w->type->may_when_closed) w = w->next; /* a watch of the library's own */
  return w != NULL;
}

static bool output_waits(const sley_output *out)
{
  const sley__work *first = sley__half_first(&out->half);
  bool has_line = first != NULL && !first->is_running && !first->type->may_when_closed;
  return out->half.is_blocked && !sley__output_starves(out) && (has_line || has_waiting(out));
}

static bool has_work(const sley__half *half)
{
  return half->depth > 0 || half->top.line.last != NULL;
}

/* A body that is called again and again waits for something new. */
static bool is_between(const sley_input *in)
{
  const sley__work *first = sley__half_first(&in->half);
  return first->type->has_body && in->half.depth == 0 && in->unread == 0;
}

/* Counts the looks that found it waiting. Whether it has waited too long. */
static bool work_count(sley__work *w, uint32_t most, bool begins)
{
  w->looks = begins && w->type->has_body ? 0 : w->looks + 1;
  return w->looks > most && !w->type->may_when_closed;
}

static bool works_count(const sley__line *line, uint32_t most, bool begins)
{
  bool late = false;
  for (sley__work *w = NULL; (w = sley__line_next(line, w)) != NULL;)
    if (work_count(w, most, begins)) late = true;
  return late;
}

static bool channel_look(sley__limited *limited, sley__activity *found)
{
  struct sley__channel_limits *l = (struct sley__channel_limits *)(void *)limited;
  sley__channel *channel = sley__channel_of(l->io);
  sley_input *in = &channel->in;
  sley_output *out = &channel->out;
  bool reads = input_waits(in), writes = output_waits(out);
  uint32_t position = (uint32_t)in->half.position, most = l->shared->limits.deadline_looks;
  *found = (sley__activity){
      .moved = position + (uint32_t)(in->unread + out->half.position - out->unsent),
      .waits = reads || writes,
      .begun = writes || (reads && !is_between(in))};
  if (most > 0 && reads)
    found->late =
        works_count(sley__half_line(&in->half), most, is_between(in) || position != l->position);
  if (most > 0 && writes) {
    if (works_count(sley__half_line(&out->half), most, false)) found->late = true;
    for (sley__work *w = out->waiting; w != NULL; w = w->next)
      if (work_count(w, most, false)) found->late = true;
  }
  l->position = position;
  return has_work(&in->half) || has_work(&out->half) || out->waiting != NULL;
}

static sley__limited_rate *channel_rate(sley__limited *limited)
{
  return &((struct sley__channel_limits *)(void *)limited)->rate;
}

/* ---- over ---- */

static sley_error *limit_error(const struct sley__channel_limits *l, sley__limit which)
{
  char peer[SLEY__PEER_TEXT];
  const shared *s = l->shared;
  sley__io_name(l->io, NULL, peer, sizeof(peer));
  switch (which) {
    case SLEY__LIMIT_IDLE:
      return sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT,
                            "no byte came from %s or went to it for %g seconds", peer, s->idle);
    case SLEY__LIMIT_DEADLINE:
      return sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT, "waited for %s for %g seconds", peer,
                            s->deadline);
    case SLEY__LIMIT_LEAST: break;
  }
  return sley_error_new(&sley_kind_sley, SLEY_ETIMEOUT,
                        "fewer than %zu bytes came from %s or went to it within %g seconds",
                        s->least, peer, s->least_over);
}

static void work_mark(sley__work *w, bool all, uint32_t most)
{
  bool is_over = (all || w->looks > most) && !w->is_running && !w->type->may_when_closed;
  if (is_over) w->looks = SLEY__LOOKS_OVER;
}

static void works_mark(const sley__line *line, bool all, uint32_t most)
{
  for (sley__work *w = NULL; (w = sley__line_next(line, w)) != NULL;) work_mark(w, all, most);
}

static void channel_over(sley__limited *limited, sley__limit which)
{
  const struct sley__channel_limits *l = (struct sley__channel_limits *)(void *)limited;
  sley_io *io = l->io;
  sley__channel *channel = sley__channel_of(io);
  bool all = which != SLEY__LIMIT_DEADLINE;
  uint32_t most = l->shared->limits.deadline_looks;
  sley_error *e = limit_error(l, which);
  if (input_waits(&channel->in)) works_mark(sley__half_line(&channel->in.half), all, most);
  if (output_waits(&channel->out)) {
    works_mark(sley__half_line(&channel->out.half), all, most);
    for (sley__work *w = channel->out.waiting; w != NULL; w = w->next) work_mark(w, all, most);
  }
  sley__io_hold(io);
  sley__half_reject_marked(&channel->in.half, e);
  sley__half_reject_marked(&channel->out.half, e);
  sley_error_drop(e);
  sley_io_drop(io);
}

/* ---- shared ---- */

static void shared_hold(sley__limits *limits) { ((shared *)(void *)limits)->users++; }

static void shared_release(sley__limits *limits)
{
  shared *s = (shared *)(void *)limits;
  if (--s->users > 0) return;
  sley__dlist_leave(&s->place);
  sley__free(sley__self(), s, sizeof(*s));
}

static const sley__limits_type channel_limits = {.look = channel_look,
                                                 .rate = channel_rate,
                                                 .over = channel_over,
                                                 .hold = shared_hold,
                                                 .release = shared_release};

static bool is_same(const shared *s, const sley_channel_options *o)
{
  return !(s->idle < o->idle || s->idle > o->idle) &&
         !(s->deadline < o->deadline || s->deadline > o->deadline) &&
         !(s->least_over < o->least_over || s->least_over > o->least_over) && s->least == o->least;
}

/* One more user. NULL: out of memory. */
static shared *shared_find(struct sley__io_state *state, const sley_channel_options *o)
{
  for (struct sley__dlist *p = state->limits.next; p != &state->limits; p = p->next) {
    shared *s = SLEY__CONTAINER(p, shared, place);
    if (!is_same(s, o)) continue;
    s->users++;
    return s;
  }
  shared *s = sley__alloc(sley__self(), sizeof(*s));
  if (s == NULL) return NULL;
  *s = (shared){.users = 1,
                .idle = o->idle,
                .deadline = o->deadline,
                .least_over = o->least_over,
                .least = o->least};
  sley__limits_init(&s->limits, &channel_limits, o->idle, o->deadline, o->least, o->least_over);
  sley__dlist_append(&state->limits, &s->place);
  return s;
}

sley_error *sley__channel_limits_begin(sley_io *io, const sley_channel_options *o)
{
  struct sley__extras *x = sley__channel_of(io)->extras;
  struct sley__channel_limits *l = sley__alloc(sley__self(), sizeof(*l));
  if (l == NULL) return sley_error_nomem();
  shared *s = shared_find(sley__io_state_of(io), o);
  sley_error *e = s != NULL ? sley__limits_begin(&s->limits, "") : sley_error_nomem();
  if (e != NULL) {
    if (s != NULL) shared_release(&s->limits);
    sley__free(sley__self(), l, sizeof(*l));
    return e;
  }
  *l = (struct sley__channel_limits){.shared = s, .io = io};
  sley__limited_join(&s->limits, &l->limited);
  x->limits = l;
  x->waking = &s->limits;
  return NULL;
}

void sley__channel_limits_end(struct sley__extras *x)
{
  struct sley__channel_limits *l = x->limits;
  x->limits = NULL;
  x->waking = NULL;
  if (l == NULL) return;
  shared *s = l->shared;
  sley__dlist_remove(&l->limited.place);
  sley__free(sley__self(), l, sizeof(*l));
  if (sley__dlist_is_empty(&s->limits.all)) sley__limits_end(&s->limits);
  shared_release(&s->limits);
}
