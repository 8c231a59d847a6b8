/* Calls and their answers as messages. The words:
 *
 *   PLAIN_CALL   envelope, function, argument (its level in the kind); no deadline, a plain value
 *   CALL         as PLAIN_CALL, with the argument's type and the deadline in a second message
 *   CANCEL       envelope
 *   REPLY        envelope, value, type
 *   FAILURE      envelope, error */
#include "domain/link/call.h"

void sley__call_stage(peer *p, const envelope *e, sley_call_fn *f, sley_time deadline,
                      const sley_value *arg)
{
  message_word function = {.call = f}, type = {.type = arg->type};
  unsigned level = e->level << MESSAGE_BITS;
  if (deadline == 0 && arg->type == NULL)
    sley__peer_stage(p, MESSAGE_PLAIN_CALL | level, (uintptr_t)e, function.word, arg->u);
  else
    sley__peer_stage_long(p, MESSAGE_CALL | level, (uintptr_t)e, function.word, arg->u, type.word,
                          (uint64_t)deadline);
}

static arrival call_read(peer *p, const struct sley__message *m)
{
  message_word call = {.word = (uintptr_t)m->word[0]}, f = {.word = (uintptr_t)m->word[1]};
  const struct sley__message *second =
      sley__message_number(m) == MESSAGE_CALL ? sley__ring_next(p->ring) : NULL;
  return (arrival){.call = call.envelope,
                   .f = f.call,
                   .deadline = second == NULL ? 0 : (sley_time)second->word[1],
                   .level = m->kind >> MESSAGE_BITS,
                   .arg = sley__message_value(m->word[2], second == NULL ? 0 : second->word[0])};
}

static void call_deliver(peer *p, const struct sley__message *m)
{
  arrival a = call_read(p, m);
  sley__call_arrived(p, &a);
}

static void call_lose(peer *p, const struct sley__message *m)
{
  arrival a = call_read(p, m);
  sley__call_lost(&a);
}

const message_kind sley__message_call = {"call", call_deliver, call_lose};

static envelope *envelope_of(const struct sley__message *m)
{
  message_word call = {.word = (uintptr_t)m->word[0]};
  return call.envelope;
}

static void cancel_deliver(peer *p, const struct sley__message *m)
{
  (void)p;
  sley__cancel_arrived(envelope_of(m));
}

static void cancel_lose(peer *p, const struct sley__message *m)
{
  (void)p;
  sley__envelope_release(envelope_of(m));
}

const message_kind sley__message_cancel = {"cancel message", cancel_deliver, cancel_lose};

static void reply_deliver(peer *p, const struct sley__message *m)
{
  (void)p;
  sley__reply_arrived(envelope_of(m), sley__message_value(m->word[1], m->word[2]), NULL);
}

static void reply_lose(peer *p, const struct sley__message *m)
{
  (void)p;
  sley__reply_lost(envelope_of(m), sley__message_value(m->word[1], m->word[2]), NULL);
}

const message_kind sley__message_reply = {"reply", reply_deliver, reply_lose};

static sley_error *error_of(const struct sley__message *m)
{
  message_word error = {.word = (uintptr_t)m->word[1]};
  return error.error;
}

static void failure_deliver(peer *p, const struct sley__message *m)
{
  (void)p;
  sley__reply_arrived(envelope_of(m), sley_unit(), error_of(m));
}

static void failure_lose(peer *p, const struct sley__message *m)
{
  (void)p;
  sley__reply_lost(envelope_of(m), sley_unit(), error_of(m));
}

const message_kind sley__message_failure = {"failure", failure_deliver, failure_lose};
