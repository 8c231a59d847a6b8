/* Switching between stacks: our own assembly for x86-64 and AArch64; ucontext elsewhere or if SLEY_UCONTEXT is
 * defined. A context is a suspended stack.
 *
 * The assembly (fiber_switch.c) saves the callee-saved registers, and the modes of the floating-point unit, which
 * it loads only if they differ. It is meant to be called in tail position: the suspended stack then continues right
 * after the call of sley_await or sley_spawn, by an indirect jump, with what was handed over as the call's result.
 * Every return on one stack to a call made on another is mispredicted, at 5 to 10 ns. This way, a fiber that waits
 * costs one such return instead of five. Its end costs none if it awaited in its own function: a fiber is resumed in
 * a visit, and the bottom of its stack holds the return address of that visit's call. Programs with shadow stacks
 * cannot use this; build them with SLEY_UCONTEXT. */
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
  void *sp; /* its contents: see fiber_switch.c */
} sley__context;

/* Calls run(d, s, source), which resumes a fiber in tail position. */
void sley__context_visit(void *d, void *s, void *source, void (*run)(void *, void *, void *));
/* Suspends the running stack into *save and calls entry(argument) on the stack that ends at top, a multiple of 16;
 * the result is passed to sley__fiber_returned there. */
void *sley__context_start(void **save, void *top, void *(*entry)(void *), void *argument);
/* Suspends the running stack into *save and continues the one at sp, whose call of one of these functions returns
 * handed. Use the second one to go back to the stack that began or resumed this one: its callers' returns are then
 * predicted again. */
void *sley__context_switch(void **save, void *sp, void *handed);
void *sley__context_switch_back(void **save, void *sp, void *handed);
/* Like sley__context_switch, but first calls then(argument) on the other stack and hands over its result. */
void *sley__context_switch_then(void **save, void *sp, void *(*then)(void *), void *argument);

#endif

#ifdef SLEY_UCONTEXT
/* Makes a context that will call entry(argument) on the stack [low, top), like sley__context_start. */
void sley__context_make(sley__context *context, char *low, char *top, void *(*entry)(void *),
                        void *argument);
#endif

/* fiber.c: a fiber's function has returned given. Returns the stack behind and what to hand to it; if the switch is
 * not made in tail position it does not return. */
typedef struct sley__context_end {
  void *handed, *sp;
} sley__context_end;
sley__context_end sley__fiber_returned(void *given, void *top);

#endif
