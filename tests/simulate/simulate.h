/* Simulated domains: every thread of a program is a stack of its own on one real thread, and a seed
 * decides at each shared load and store which one goes on. What a program sees of threads, locks and
 * clocks is replaced when it is linked (threads.c), what a loop sees of the kernel by engine.c; the
 * program's text and the library's are the same as ever.
 *
 * Reading guide: schedule.c, who runs; threads.c, what stands for pthreads; engine.c; points.h, where
 * the other atomic operations get their yield points; run.c, seeds; life.c and others, programs. */
#ifndef SIMULATE_H
#define SIMULATE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

typedef int64_t simulate_time; /* nanoseconds on the virtual clock */
enum { FOREVER = -1 };

typedef struct simulate_thread simulate_thread;
typedef void *simulate_start(void *arg);

/* schedule.c */
void simulate_begin(uint64_t seed, bool verbose); /* the caller becomes thread 0 */
uint64_t simulate_end(void); /* all other threads must have ended; the hash of what happened */
bool simulate_running(void);
uint64_t simulate_steps(void);
/* Any other thread may go on here. Also what YIELD_POINT means in src/queue. */
void simulate_point(const char *file, int line);
simulate_thread *simulate_self(void);
simulate_thread *simulate_spawn(simulate_start *start, void *arg,
                                const char *name); /* NULL: no memory */
void simulate_name(const char *name);
void *simulate_join(simulate_thread *thread);
bool simulate_has_ended(const simulate_thread *thread);
/* Until object is woken, or the clock is at deadline. False: the deadline came first. */
bool simulate_block(const void *object, simulate_time deadline, const char *what);
void simulate_wake(const void *object,
                   bool all); /* one of those blocked on it, chosen by the seed */
simulate_time simulate_clock(void);
/* Says what is wrong, which seed shows it and how to see it again; ends the process. */
_Noreturn void simulate_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a program defines. */
extern const char simulate_program[]; /* its name */
void simulate_run(uint64_t seed);     /* one run; ends with nothing left */

#endif
