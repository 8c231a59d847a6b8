/* Simulated domains: every thread of a program is a separate stack on one real thread, and a seed decides at each
 * shared load and store which one continues. The program's view of threads, locks and clocks is replaced at link
 * time (threads.c), the loop's view of the kernel by engine.c; the text of the program and the library is unchanged.
 *
 * Reading guide: schedule.c, the scheduler; threads.c, the replacement for pthreads; engine.c; points.h, yield
 * points for the other atomic operations; run.c, seeds; life.c and others, programs. */
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
uint64_t simulate_end(void); /* all other threads must have ended; returns a hash of the run */
bool simulate_running(void);
uint64_t simulate_steps(void);
/* Any other thread can continue here. Also the meaning of YIELD_POINT in src/queue. */
void simulate_point(const char *file, int line);
simulate_thread *simulate_self(void);
simulate_thread *simulate_spawn(simulate_start *start, void *arg,
                                const char *name); /* NULL: out of memory */
void simulate_name(const char *name);
void *simulate_join(simulate_thread *thread);
bool simulate_has_ended(const simulate_thread *thread);
/* Blocks until object is woken or the clock reaches deadline; false if the deadline came first. */
bool simulate_block(const void *object, simulate_time deadline, const char *what);
void simulate_wake(const void *object,
                   bool all); /* one of those blocked on it, chosen by the seed */
simulate_time simulate_clock(void);
/* Prints what is wrong, which seed shows it and how to reproduce it; ends the process. */
_Noreturn void simulate_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each program defines these. */
extern const char simulate_program[]; /* its name */
void simulate_run(uint64_t seed);     /* one run; must leave nothing */

#endif
