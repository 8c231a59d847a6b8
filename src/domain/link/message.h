/* What travels through the rings between domains: a message has a kind and three words. A kind's entry is defined
 * where its words are used (post.c, call_message.c); src/domain/tables.c lists the entries. */
#ifndef SLEY_DOMAIN_MESSAGE_H
#define SLEY_DOMAIN_MESSAGE_H

#include <sley/call.h>
#include <sley/domain.h>

#include "queue/queue_floor.h"

typedef struct peer peer;

enum {
  MESSAGE_PLAIN_CALL,
  MESSAGE_CALL,
  MESSAGE_CANCEL,
  MESSAGE_REPLY,
  MESSAGE_FAILURE,
  MESSAGE_POST,
  MESSAGES,
  MESSAGE_SECOND = MESSAGES /* the rest of a call, read together with its first message */
};
/* The bits of a message's kind that select the entry; the higher bits are the kind's own. */
enum { MESSAGE_BITS = 8 };

typedef struct message_kind {
  const char *name;
  /* On p->to's thread, in a turn of its loop, even after the gate has closed (p->to->gated: its shutdown has begun):
   * posts are then dropped, calls refused; each kind decides. */
  void (*deliver)(peer *p, const struct sley__message *m);
  /* p->to has ended without reading the message. On p->from's thread, in its next flush; may send to other domains. */
  void (*lose)(peer *p, const struct sley__message *m);
} message_kind;

extern const message_kind *const sley__message_kinds[MESSAGES];
extern const message_kind sley__message_call, sley__message_cancel, sley__message_reply,
    sley__message_failure, sley__message_post;

/* A message word that holds an address. */
typedef union message_word {
  uintptr_t word;
  struct envelope *envelope;
  sley_error *error;
  sley_call_fn *call;
  sley_post_fn *post;
  const sley_type *type;
} message_word;

static inline unsigned sley__message_number(const struct sley__message *m)
{
  return m->kind & ((1 << MESSAGE_BITS) - 1);
}

static inline sley_value sley__message_value(uint64_t word, uint64_t type)
{
  message_word t = {.word = (uintptr_t)type};
  return (sley_value){.u = word, .type = t.type};
}

#endif
