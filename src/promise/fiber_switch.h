/* Switching between stacks: our own assembly for x86-64 and AArch64, ucontext elsewhere or where
 * SLEY_UCONTEXT is defined. A context is a suspended stack.
 *
 * The assembly stands inside the function that switches and ends in an indirect jump. A switch that is
 * a function of its own leaves an entry on the processor's stack of return addresses at every call,
 * or takes another stack's off with its return: either way the returns of all callers are then
 * mispredicted, 5 ns each. The compiler saves what it needs (everything is clobbered); the assembly
 * saves the frame pointer and the modes of the floating-point unit, which are loaded only where they
 * differ. A program with shadow stacks cannot use it; build that with SLEY_UCONTEXT. */
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
#else
typedef struct sley__context {
  void *sp; /* what lies there: see sley__context_switch */
} sley__context;
#endif

/* Makes a context that will call entry(argument) on the stack [low, top); entry never returns. */
void sley__context_make(sley__context *context, char *low, char *top, void (*entry)(void *),
                        void *argument);

/* Suspends the running stack into from and goes on with to. */
#if defined(SLEY_UCONTEXT)

void sley__context_switch(sley__context *from, sley__context *to);
static inline void sley__context_balance(void) {}

#elif defined(__x86_64__)

#ifdef __AVX512F__
#define SLEY__MORE_REGISTERS                                                                    \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",   \
      "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", \
      "k7"
#else
#define SLEY__MORE_REGISTERS
#endif

/* At sp: MXCSR and x87 control word, where to go on, frame pointer; above it the 128 bytes that a
 * function may use below its stack pointer. */
static inline __attribute__((always_inline)) void sley__context_switch(sley__context *from,
                                                                       sley__context *to)
{
  void **save = &from->sp;
  void *sp = to->sp;
  __asm__ volatile(
      "leaq -128(%%rsp), %%rsp\n\t"
      "pushq %%rbp\n\t"
      "leaq 3f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "pushq %%rax\n\t"
      "stmxcsr (%%rsp)\n\t"
      "fnstcw 4(%%rsp)\n\t"
      "movl (%%rsp), %%eax\n\t"
      "movzwl 4(%%rsp), %%edx\n\t"
      "movq %%rsp, (%0)\n\t"
      "movq %1, %%rsp\n\t"
      "xorl (%%rsp), %%eax\n\t"
      "testl $0xffc0, %%eax\n\t" /* not the flags of what happened */
      "je 1f\n\t"
      "ldmxcsr (%%rsp)\n"
      "1:\n\t"
      "cmpw %%dx, 4(%%rsp)\n\t"
      "je 2f\n\t"
      "fldcw 4(%%rsp)\n"
      "2:\n\t"
      "popq %%rax\n\t"
      "popq %%rax\n\t"
      "jmpq *%%rax\n"
      "3:\n\t"
      "popq %%rbp\n\t"
      "leaq 128(%%rsp), %%rsp"
      : "+D"(save), "+S"(sp)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15" SLEY__MORE_REGISTERS, "cc", "memory");
}

/* Where a fiber that has been parked ends: since it was resumed it has returned twice from what it had
 * called before. Two calls to nowhere put the processor's stack of return addresses right again for
 * the callers of whoever resumed it. */
static inline __attribute__((always_inline)) void sley__context_balance(void)
{
  __asm__ volatile(
      "leaq -128(%%rsp), %%rsp\n\t"
      "call 1f\n"
      "1:\n\t"
      "call 2f\n"
      "2:\n\t"
      "leaq 144(%%rsp), %%rsp"
      :
      :
      : "cc", "memory");
}

#else /* AArch64 */

#if defined(__APPLE__) || defined(__ANDROID__)
#define SLEY__MORE_REGISTERS
#else
#define SLEY__MORE_REGISTERS , "x18"
#endif

static inline __attribute__((always_inline)) void sley__context_balance(void)
{
  __asm__ volatile("bl 1f\n1:\n\tbl 2f\n2:" : : : "x30");
}

/* At sp: frame pointer, where to go on, FPCR; above it the 128 bytes that Apple's functions may use. */
static inline __attribute__((always_inline)) void sley__context_switch(sley__context *from,
                                                                       sley__context *to)
{
  register void **save __asm__("x0") = &from->sp;
  register void *sp __asm__("x1") = to->sp;
  __asm__ volatile(
      "sub sp, sp, #160\n\t"
      "adr x9, 2f\n\t"
      "mrs x11, fpcr\n\t"
      "stp x29, x9, [sp]\n\t"
      "str x11, [sp, #16]\n\t"
      "mov x10, sp\n\t"
      "str x10, [%0]\n\t"
      "mov sp, %1\n\t"
      "ldr x10, [sp, #16]\n\t"
      "ldp x29, x9, [sp]\n\t"
      "cmp x10, x11\n\t"
      "b.eq 1f\n\t"
      "msr fpcr, x10\n"
      "1:\n\t"
      "add sp, sp, #160\n\t"
      "br x9\n"
      "2:\n\t"
      "hint #36" /* bti j */
      : "+r"(save), "+r"(sp)
      :
      : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
        "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30",
        "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
        "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
        "v27", "v28", "v29", "v30", "v31" SLEY__MORE_REGISTERS, "cc", "memory");
}

#endif

#endif
