/* Switching between stacks: our own assembly for x86-64 and AArch64, ucontext elsewhere or where
 * SLEY_UCONTEXT is defined. A context is a suspended stack.
 *
 * The assembly (fiber_switch.c) saves what a function must keep, the modes of the floating-point unit
 * too, which are loaded only where they differ. It is made to be called in tail position: then the
 * suspended stack goes on right behind the call of sley_await or sley_spawn, by an indirect jump, with
 * what was handed over as the call's result. Every return on one stack to what was called on another is
 * mispredicted, at 5 to 10 ns; made so, a fiber that waits costs one such return, not five. Nor does its end
 * cost one if it awaited in its own function: a fiber is resumed in a visit, and at the bottom of its stack
 * lies the address to which that visit's call returns. A program with shadow stacks cannot use it; build
 * that with SLEY_UCONTEXT. */
#ifndef SLEY_PROMISE_FIBER_SWITCH_H
#define SLEY_PROMISE_FIBER_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#if !defined(SLEY_UCONTEXT) && !(defined(__x86_64__) && defined(__LP64__) && defined(__ELF__)) && \
    !(defined(__aarch64__) && defined(__LP64__))
#define SLEY_UCONTEXT 1
#endif

#ifdef SLEY_UCONTEXT

#include <ucontext.h>
typedef ucontext_t sley__context;
void sley__context_switch(sley__context *from, sley__context *to);
static inline void sley__context_visit(void *d, void *s, void *source,
                                       void (*run)(void *, void *, void *))
{
  run(d, s, source);
}

#else

typedef struct sley__context {
  void *sp; /* what lies there: see fiber_switch.c */
} sley__context;

/* Calls run(d, s, source), which resumes a fiber in tail position. */
void sley__context_visit(void *d, void *s, void *source, void (*run)(void *, void *, void *));
/* Suspends the running stack into *save and calls entry(argument) on the one that ends at top, a multiple
 * of 16; what that returns is given to sley__fiber_returned there. */
void *sley__context_start(void **save, void *top, void *(*entry)(void *), void *argument);
/* Suspends the running stack into *save and goes on with the one at sp, whose call of one of these
 * functions returns handed. The second one is for a stack that was begun or resumed by the one it goes
 * back to: its callers' returns are then predicted again. */
void *sley__context_switch(void **save, void *sp, void *handed);
void *sley__context_switch_back(void **save, void *sp, void *handed);
/* As the first one, but first calls then(argument) on the other stack, and returns what that does. */
void *sley__context_switch_then(void **save, void *sp, void *(*then)(void *), void *argument);

#endif

#ifdef SLEY_UCONTEXT
/* Makes a context that will call entry(argument) on the stack [low, top), as sley__context_start. */
void sley__context_make(sley__context *context, char *low, char *top, void *(*entry)(void *),
                        void *argument);
#endif

/* fiber.c: a fiber's function has returned given. Tells where the stack behind lies and what it is
 * handed; where the switch is not made in tail position it does not return. */
typedef struct sley__context_end {
  void *handed, *sp;
} sley__context_end;
sley__context_end sley__fiber_returned(void *given, void *top);

#endif
