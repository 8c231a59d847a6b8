/* New contexts: what sley__context_switch finds on a stack that has not run yet; and all of switching
 * by ucontext. See fiber_switch.h. */
#include "promise/fiber_switch.h"

#include <string.h>

#ifdef SLEY_UCONTEXT

/* makecontext passes ints only. */
static void begin(unsigned entry_high, unsigned entry_low, unsigned high, unsigned low)
{
  uint64_t entry = (uint64_t)entry_high << 32 | entry_low;
  uint64_t argument = (uint64_t)high << 32 | low;
  ((void (*)(void *))(uintptr_t)entry)((void *)(uintptr_t)argument);
}

void sley__context_make(sley__context *context, char *low, char *top, void (*entry)(void *),
                        void *argument)
{
  getcontext(context);
  context->uc_stack.ss_sp = low;
  context->uc_stack.ss_size = (size_t)(top - low);
  context->uc_link = NULL;
  uint64_t e = (uintptr_t)entry, a = (uintptr_t)argument;
  makecontext(context, (void (*)(void))(uintptr_t)begin, 4, (unsigned)(e >> 32), (unsigned)e,
              (unsigned)(a >> 32), (unsigned)a);
}

void sley__context_switch(sley__context *from, sley__context *to) { swapcontext(from, to); }

#else

/* Where a new stack begins: takes the argument and the function off it. Backtraces end here. A jump,
 * for the function never returns: see sley__context_balance. */
void sley__fiber_begin(void);

#ifdef __x86_64__
__asm__(
    ".pushsection .text\n"
    ".hidden sley__fiber_begin\n"
    ".globl sley__fiber_begin\n"
    ".type sley__fiber_begin, @function\n"
    "sley__fiber_begin:\n"
    ".cfi_startproc\n"
    ".cfi_undefined rip\n"
    "xorl %ebp, %ebp\n"
    "popq %rdi\n"
    "popq %rax\n"
    "leaq 1f(%rip), %rcx\n"
    "pushq %rcx\n"
    "jmpq *%rax\n"
    "1:\n"
    "ud2\n"
    ".cfi_endproc\n"
    ".size sley__fiber_begin, . - sley__fiber_begin\n"
    ".popsection\n");
enum { SLOT_WORDS = 4, SLOT_BEGIN = 1, SLOT_ARGUMENT = 2, SLOT_ENTRY = 3 };
static void modes_save(void **sp)
{
  uint32_t mxcsr;
  uint16_t x87;
  __asm__("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
  memcpy(sp, &mxcsr, sizeof(mxcsr));
  memcpy((char *)sp + 4, &x87, sizeof(x87));
}
#else
#ifdef __APPLE__
#define BEGIN_SYMBOL "_sley__fiber_begin"
#define BEGIN_HEAD ".private_extern _sley__fiber_begin\n"
#else
#define BEGIN_SYMBOL "sley__fiber_begin"
#define BEGIN_HEAD ".hidden sley__fiber_begin\n.type sley__fiber_begin, %function\n"
#endif
__asm__(".text\n.p2align 4\n" BEGIN_HEAD ".globl " BEGIN_SYMBOL "\n" BEGIN_SYMBOL
        ":\n"
        ".cfi_startproc\n"
        ".cfi_undefined x30\n"
        "hint #38\n" /* bti jc */
        "ldp x0, x9, [sp]\n"
        "mov x29, xzr\n"
        "adr x30, 1f\n"
        "br x9\n"
        "1:\n"
        "brk #0\n"
        ".cfi_endproc\n");
/* The first 20 words are what the switch takes off. */
enum { SLOT_WORDS = 22, SLOT_BEGIN = 1, SLOT_MODES = 2, SLOT_ARGUMENT = 20, SLOT_ENTRY = 21 };
static void modes_save(void **sp)
{
  uint64_t fpcr;
  __asm__("mrs %0, fpcr" : "=r"(fpcr));
  memcpy(&sp[SLOT_MODES], &fpcr, sizeof(fpcr));
}
#endif

void sley__context_make(sley__context *context, char *low, char *top, void (*entry)(void *),
                        void *argument)
{
  (void)low;
  void **sp = (void **)(void *)((uintptr_t)top & ~(uintptr_t)15) - SLOT_WORDS;
  modes_save(sp);
  sp[SLOT_BEGIN] = (void *)(uintptr_t)sley__fiber_begin;
  sp[SLOT_ARGUMENT] = argument;
  sp[SLOT_ENTRY] = (void *)(uintptr_t)entry;
  context->sp = sp;
}

#endif
