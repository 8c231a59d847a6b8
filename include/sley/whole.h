/* sley/whole.h: included by the headers of what libsley-promise does not have: loops, time, descriptors, domains, workers. */
#ifndef SLEY_WHOLE_H
#define SLEY_WHOLE_H

/* SLEY_PROMISE_ONLY means that the program is linked with libsley-promise, which has promises alone;
 * sley::promise and the flags of sley-promise.pc define it. <sley.h> then declares nothing else, so
 * that the compiler tells what is missing, and not the linker. */
#if defined(SLEY_PROMISE_ONLY)
#error \
    "this header of sley needs the whole library: sley::sley or sley.pc in place of sley::promise or sley-promise.pc"
#endif

#endif
