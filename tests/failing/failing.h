/* System calls that fail on purpose. Programs of this folder are linked with a library in which every call of
 * src/reactor/system.h asks here first. What fails, and how, follows from a seed, on each thread. */
#ifndef TESTS_FAILING_FAILING_H
#define TESTS_FAILING_FAILING_H

#include <stdbool.h>
#include <stdint.h>

typedef enum failing_how {
  FAILING_NOT,
  FAILING_GENTLY, /* only what a program must not notice: EINTR, EAGAIN, short counts, connections that failed in the
                     queue, no memory for a moment as one is accepted */
  FAILING_HARD /* also ENOBUFS, ENOMEM and EMFILE where they are errors */
} failing_how;

/* One in `every` calls fails from now on; an EINTR comes up to eight times in a row. */
void failing_begin(failing_how how, uint64_t seed, unsigned every);
void failing_end(void);
/* Whether code is one that this draws. */
bool failing_draws(int code);
/* How often each call has failed since the program began, for those asked at all: "recv 17 of 243, ...". */
const char *failing_text(void);
/* How many of the calls that were asked often have never failed. */
unsigned failing_spared(void);

#endif
