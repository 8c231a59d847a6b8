/* sley/dump.h: what waits for what. The tree of pending promises, with the places that made them,
 * their names and ages; from the domain itself, from another thread, and, if the domain is stuck in
 * a callback, what it published last. */
#ifndef SLEY_DUMP_H
#define SLEY_DUMP_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* Gives p a name for dumps and reports. text is copied, at most 63 bytes; NULL removes the name.
 * Owns    borrows p.
 * Fails   keeps the name as it is if out of memory.
 * Cost    one allocation; promises without a name cost nothing.
 * Since   0.1 */
SLEY_API void sley_promise_set_name(sley_promise *p, const char *text);
/* Returns the name of p, or NULL.
 * Owns    the name is lent until it changes or p is dropped.
 * Since   0.1 */
SLEY_API const char *sley_promise_name(const sley_promise *p);

/* How a dump is written. SLEY_DUMP_FORMAT_TEXT: a tree. Its roots are the promises that no other
 * promise waits for; under each promise is what it waits for. "orphan": nothing can settle it any
 * more. "cycle": it waits for itself.
 *
 *     domain main: 4 pending promises, 1 settled, turn 812
 *     pick at server.c:40 "request 7", 2.103 s
 *     |- bind at server.c:38, 2.103 s
 *     |  '- read at conn.c:22, 2.103 s
 *     '- timeout at server.c:40, 2.103 s
 *
 * SLEY_DUMP_FORMAT_JSON: one object, {"domain", "id", "turn", "settled", "promises": [{"id",
 * "kind", "site", "name", "turns", "seconds", "references", "makers", "orphan", "cycle",
 * "waits_for": [id, ...]}]}. kind is the function that made the promise, or what an operation does
 * ("read", "sleep"). turns and seconds are its age, null if unknown. */
typedef enum sley_dump_format {
  SLEY_DUMP_FORMAT_TEXT = 0,
  SLEY_DUMP_FORMAT_JSON = 1
} sley_dump_format;

/* Receives the dump piece by piece. text is not terminated. It must not call the library. */
typedef void sley_write_fn(void *ctx, const char *text, size_t size);

/* Writes the current domain's pending promises.
 * Fails   returns an error if out of memory, when nothing was written; otherwise NULL.
 * Cost    O(live promises); allocates while it runs.
 * Since   0.1 */
SLEY_API sley_error *sley_dump(sley_dump_format format, sley_write_fn *write, void *ctx);

/* A sley_write_fn that writes to the stdio stream ctx, a FILE *.
 * Since   0.1 */
SLEY_API void sley_write_file(void *ctx, const char *text, size_t size);

/* Makes domain write a dump as text to stderr, at the end of its next turn.
 * Thread  any, and signal handlers; the caller must keep the domain from ending.
 * Since   0.1 */
SLEY_API void sley_dump_request(sley_domain *domain);

/* What a domain published last, for when it does not answer: which callback it is in. Members are
 * read with relaxed loads, so they can belong to different moments. */
typedef struct sley_published {
  size_t size;         /* in: sizeof(sley_published) as the caller knows it                      */
  const char *running; /* site of the promise whose callback was started last in this turn; NULL:
                          none, it waits for events                                              */
  sley_time since;     /* start of the turn under way or last done, on the clock of sley_now     */
  uint64_t turn;       /* number of that turn                                                    */
  uint64_t live;       /* promises at the end of the turn before                                 */
  uint64_t created;    /* promises made until then                                               */
} sley_published;
/* Reads what domain published last.
 * Thread  any, and signal handlers; the caller must keep the domain from ending.
 * Since   0.1 */
SLEY_API void sley_published_get(const sley_domain *domain, sley_published *out);

SLEY_EXTERN_C_END

#endif
