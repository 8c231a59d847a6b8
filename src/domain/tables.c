/* The one file that sees every folder of the domain floor: the messages of the rings, and the parts of a seat's
 * life. Each entry is defined with its subject. */
#include "domain/life/life.h"
#include "domain/link/link.h"
#include "domain/shared/shared.h"

const message_kind *const sley__message_kinds[MESSAGES] = {
    [MESSAGE_PLAIN_CALL] = &sley__message_call, [MESSAGE_CALL] = &sley__message_call,
    [MESSAGE_CANCEL] = &sley__message_cancel,   [MESSAGE_REPLY] = &sley__message_reply,
    [MESSAGE_FAILURE] = &sley__message_failure, [MESSAGE_POST] = &sley__message_post,
};

/* In this order. */
const seat_part *const sley__seat_parts[4] = {&sley__seats_part, &sley__collect_part,
                                              &sley__held_mutexes_part, NULL};
