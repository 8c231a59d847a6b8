/* A library that uses sley inside, for programs that do not: blocking calls for any thread. */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>

typedef struct guest guest;

/* NULL: out of memory, or no thread can be started. */
guest *guest_start(void);
/* Sends question and a newline to host, and waits for a line, which goes to answer. Any thread, many at a time. In a
 * callback of sley it works, too, but that domain's loop waits as well: for ever, if the answer comes from there. In
 * the child of a fork it aborts with a sentence. 0, or -1: answer has the reason. */
int guest_ask(guest *g, const char *host, const char *port, const char *question, char *answer,
              size_t room);
/* Cancels what is under way, whose callers get -1 as do those that come meanwhile, waits for them, and ends the thread.
 * Once; nobody may call afterwards. */
void guest_stop(guest *g);

#endif
