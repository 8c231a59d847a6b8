/* The switch in assembly, contexts for new stacks, and the ucontext version: see fiber_switch.h. */
#include "promise/fiber/fiber_switch.h"

#include <string.h>

#ifdef SLEY_UCONTEXT

/* makecontext passes only ints. */
static void begin(unsigned entry_high, unsigned entry_low, unsigned high, unsigned low,
                  unsigned top_high, unsigned top_low)
{
  uint64_t entry = (uint64_t)entry_high << 32 | entry_low;
  uint64_t argument = (uint64_t)high << 32 | low;
  uint64_t top = (uint64_t)top_high << 32 | top_low;
  void *given = ((void *(*)(void *))(uintptr_t)entry)((void *)(uintptr_t)argument);
  sley__fiber_returned(given, (void *)(uintptr_t)top);
}

void sley__context_make(sley__context *context, char *low, char *top, void *(*entry)(void *),
                        void *argument)
{
  getcontext(context);
  context->uc_stack.ss_sp = low;
  context->uc_stack.ss_size = (size_t)(top - low);
  context->uc_link = NULL;
  uint64_t e = (uintptr_t)entry, a = (uintptr_t)argument, t = (uintptr_t)top;
  makecontext(context, (void (*)(void))(uintptr_t)begin, 6, (unsigned)(e >> 32), (unsigned)e,
              (unsigned)(a >> 32), (unsigned)a, (unsigned)(t >> 32), (unsigned)t);
}

void sley__context_switch(sley__context *from, sley__context *to) { swapcontext(from, to); }

#else

/* A private copy, whose one file is all that calls them, has no symbols for linkers (docs/embedding.md). */
#ifdef SLEY__ONE_FILE
#define SCOPE(name) ""
#else
#define SCOPE(name) ".hidden " name "\n.globl " name "\n"
#endif

#ifdef __x86_64__

#define FUNCTION(name) \
  SCOPE(name) ".type " name ", @function\n.p2align 4\n" name ":\n.cfi_startproc\n"
#define END(name) ".cfi_endproc\n.size " name ", . - " name "\n"
#define PUSH(r) "pushq %" r "\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset " r ", 0\n"
#define POP(r) "popq %" r "\n.cfi_adjust_cfa_offset -8\n.cfi_restore " r "\n"

/* A suspended stack, from its pointer up: MXCSR and x87 control word; r15, r14, r13, r12, rbx, rbp; the resume
 * address. The lower six bits of MXCSR, flags of past events, are not compared. */
#define SAVE \
  PUSH("rbp") PUSH("rbx") PUSH("r12") PUSH("r13") PUSH("r14") PUSH("r15")                 \
  "subq $8, %rsp\n.cfi_adjust_cfa_offset 8\n"                                             \
  "stmxcsr (%rsp)\n"                                                                      \
  "fnstcw 4(%rsp)\n"
#define LOAD                                                                               \
  "xorl (%rsp), %eax\n"                                                                    \
  "testl $0xffc0, %eax\n"                                                                  \
  "je 1f\n"                                                                                \
  "ldmxcsr (%rsp)\n"                                                                       \
  "1:\n"                                                                                   \
  "cmpw %r8w, 4(%rsp)\n"                                                                   \
  "je 2f\n"                                                                                \
  "fldcw 4(%rsp)\n"                                                                        \
  "2:\n"                                                                                   \
  "addq $8, %rsp\n.cfi_adjust_cfa_offset -8\n" POP("r15") POP("r14") POP("r13") POP("r12") \
      POP("rbx") POP("rbp")
#define SWITCH                  \
  SAVE "movl (%rsp), %eax\n"    \
       "movzwl 4(%rsp), %r8d\n" \
       "movq %rsp, (%rdi)\n"    \
       "movq %rsi, %rsp\n" LOAD

/* clang-format off */
__asm__(
    ".pushsection .text\n"
    /* After the call, by rbx: the end of the visit, or that of a fiber whose top is rbx. */
    FUNCTION("sley__context_visit")
    PUSH("rbx")
    "xorl %ebx, %ebx\n"
    "callq *%rcx\n"
    ".Lvisited: testq %rbx, %rbx\n"
    "jne 3f\n.cfi_remember_state\n"
    POP("rbx")
    "ret\n.cfi_restore_state\n"
    "3: movq %rax, %rdi\n"
    "movq %rbx, %rsi\n"
    "call sley__fiber_returned\n"
    "movq %rax, %rcx\n"
    "stmxcsr -8(%rsp)\n"
    "fnstcw -4(%rsp)\n"
    "movl -8(%rsp), %eax\n"
    "movzwl -4(%rsp), %r8d\n"
    "movq %rdx, %rsp\n.cfi_def_cfa rsp, 64\n"
    LOAD
    "movq %rcx, %rax\n"
    "popq %rcx\n.cfi_adjust_cfa_offset -8\n.cfi_register rip, rcx\n"
    "jmpq *%rcx\n"
    END("sley__context_visit")

    /* The new stack begins here, as if by a visit, and backtraces end here. */
    FUNCTION("sley__context_start")
    SAVE
    "movq %rsp, (%rdi)\n"
    "movq %rsi, %rsp\n.cfi_def_cfa rsp, 8\n.cfi_undefined rip\n"
    "movq %rsi, %rbx\n"
    "movq %rcx, %rdi\n"
    "xorl %ebp, %ebp\n"
    "leaq 3f(%rip), %rax\n"
    "pushq %rax\n"
    "pushq %rbp\n"
    "leaq .Lvisited(%rip), %rax\n"
    "pushq %rax\n"
    "jmpq *%rdx\n"
    "3: ud2\n"
    END("sley__context_start")
    ".popsection\n");

__asm__( /* separate: C guarantees strings only up to 4,095 bytes */
    ".pushsection .text\n"
    FUNCTION("sley__context_switch")
    SWITCH
    "movq %rdx, %rax\n"
    "popq %rcx\n.cfi_adjust_cfa_offset -8\n.cfi_register rip, rcx\n"
    "jmpq *%rcx\n"
    END("sley__context_switch")

    /* Pops its own caller's entry off the return address predictor; the entries below are right. */
    FUNCTION("sley__context_switch_back")
    SWITCH
    "movq %rdx, %rax\n"
    "leaq 3f(%rip), %rcx\n"
    "pushq %rcx\n.cfi_adjust_cfa_offset 8\n"
    "ret\n.cfi_adjust_cfa_offset -8\n"
    "3:\n"
    "ret\n"
    END("sley__context_switch_back")

    FUNCTION("sley__context_switch_then")
    SWITCH
    "movq %rcx, %rdi\n"
    "subq $8, %rsp\n.cfi_adjust_cfa_offset 8\n"
    "callq *%rdx\n"
    "addq $8, %rsp\n.cfi_adjust_cfa_offset -8\n"
    "popq %rcx\n.cfi_adjust_cfa_offset -8\n.cfi_register rip, rcx\n"
    "jmpq *%rcx\n"
    END("sley__context_switch_then")
    ".popsection\n");
/* clang-format on */

#else /* AArch64 */

#ifdef __APPLE__
#define FUNCTION(name) \
  ".private_extern _" name "\n.globl _" name "\n.p2align 4\n_" name ":\n.cfi_startproc\n"
#define END(name) ".cfi_endproc\n"
#define NAME(name) "_" name
#define PLACE(name) ".private_extern _" name "\n.alt_entry _" name "\n_" name ":\n"
#define ADDRESS(r, name) "adrp " r ", _" name "@PAGE\nadd " r ", " r ", _" name "@PAGEOFF\n"
#else
#define FUNCTION(name) \
  SCOPE(name) ".type " name ", %function\n.p2align 4\n" name ":\n.cfi_startproc\n"
#define END(name) ".cfi_endproc\n.size " name ", . - " name "\n"
#define NAME(name) name
#define PLACE(name) ".L" name ":\n"
#define ADDRESS(r, name) "adr " r ", .L" name "\n"
#endif

/* A suspended stack, from its pointer up: x19 to x30, d8 to d15, FPCR; 176 bytes. x30: the resume address. */
#define SAVE                                       \
  "hint #34\n" /* bti c */                         \
  "sub sp, sp, #176\n.cfi_adjust_cfa_offset 176\n" \
  "stp x19, x20, [sp, #0]\n"                       \
  "stp x21, x22, [sp, #16]\n"                      \
  "stp x23, x24, [sp, #32]\n"                      \
  "stp x25, x26, [sp, #48]\n"                      \
  "stp x27, x28, [sp, #64]\n"                      \
  "stp x29, x30, [sp, #80]\n"                      \
  "stp d8, d9, [sp, #96]\n"                        \
  "stp d10, d11, [sp, #112]\n"                     \
  "stp d12, d13, [sp, #128]\n"                     \
  "stp d14, d15, [sp, #144]\n"                     \
  "mrs x9, fpcr\n"                                 \
  "str x9, [sp, #160]\n"                           \
  "mov x10, sp\n"                                  \
  "str x10, [x0]\n"
#define LOAD                   \
  "ldr x10, [sp, #160]\n"      \
  "cmp x9, x10\n"              \
  "b.eq 1f\n"                  \
  "msr fpcr, x10\n"            \
  "1:\n"                       \
  "ldp d14, d15, [sp, #144]\n" \
  "ldp d12, d13, [sp, #128]\n" \
  "ldp d10, d11, [sp, #112]\n" \
  "ldp d8, d9, [sp, #96]\n"    \
  "ldp x29, x30, [sp, #80]\n"  \
  "ldp x27, x28, [sp, #64]\n"  \
  "ldp x25, x26, [sp, #48]\n"  \
  "ldp x23, x24, [sp, #32]\n"  \
  "ldp x21, x22, [sp, #16]\n"  \
  "ldp x19, x20, [sp, #0]\n"   \
  "add sp, sp, #176\n.cfi_adjust_cfa_offset -176\n"
#define SWITCH SAVE "mov sp, x1\n" LOAD

/* clang-format off */
__asm__(
    ".text\n"
    FUNCTION("sley__context_switch")
    SWITCH
    "mov x0, x2\n"
    "br x30\n"
    END("sley__context_switch")

    FUNCTION("sley__context_switch_back")
    SWITCH
    "mov x0, x2\n"
    "adr x10, 2f\n"
    "ret x10\n"
    "2:\n"
    "ret\n"
    END("sley__context_switch_back")

    FUNCTION("sley__context_switch_then")
    SWITCH
    "str x30, [sp, #-16]!\n.cfi_adjust_cfa_offset 16\n.cfi_rel_offset x30, 0\n"
    "mov x0, x3\n"
    "blr x2\n"
    "ldr x30, [sp], #16\n.cfi_adjust_cfa_offset -16\n.cfi_restore x30\n"
    "br x30\n"
    END("sley__context_switch_then"));

__asm__(
    ".text\n"
    /* After the call, by x19: the end of the visit, or that of a fiber whose top is x19. */
    FUNCTION("sley__context_visit")
    "hint #34\n" /* bti c */
    "stp x19, x30, [sp, #-16]!\n.cfi_adjust_cfa_offset 16\n"
    ".cfi_rel_offset x19, 0\n.cfi_rel_offset x30, 8\n"
    "mov x19, xzr\n"
    "blr x3\n"
    PLACE("sley__context_visited")
    "cbnz x19, 3f\n"
    "ldp x19, x30, [sp], #16\n.cfi_remember_state\n.cfi_adjust_cfa_offset -16\n"
    ".cfi_restore x19\n.cfi_restore x30\n"
    "ret\n.cfi_restore_state\n"
    "3: mov x1, x19\n"
    "bl " NAME("sley__fiber_returned") "\n"
    "mov x2, x0\n"
    "mrs x9, fpcr\n"
    "mov sp, x1\n.cfi_def_cfa sp, 176\n"
    LOAD
    "mov x0, x2\n"
    "br x30\n"
    END("sley__context_visit")

    /* The new stack begins here, as if by a visit, and backtraces end here. Branch target checks count a branch
     * through x16 as a call. */
    FUNCTION("sley__context_start")
    SAVE
    "mov sp, x1\n.cfi_def_cfa sp, 0\n.cfi_undefined x30\n"
    "mov x19, x1\n"
    "mov x0, x3\n"
    "mov x29, xzr\n"
    "adr x10, 3f\n"
    "stp xzr, x10, [sp, #-16]!\n"
    ADDRESS("x30", "sley__context_visited")
    "mov x16, x2\n"
    "br x16\n"
    "3: brk #0\n"
    END("sley__context_start"));
/* clang-format on */

#endif

#endif
