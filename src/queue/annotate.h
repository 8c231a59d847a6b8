/* Tells the thread checker about hand-overs that it cannot see, and marks where a simulator may switch. */
#ifndef SLEY_QUEUE_ANNOTATE_H
#define SLEY_QUEUE_ANNOTATE_H

#ifdef SLEY_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define HAND_OVER(address) __tsan_release(address)
#define TAKE_OVER(address) __tsan_acquire(address)
#else
#define HAND_OVER(address) ((void)(address))
#define TAKE_OVER(address) ((void)(address))
#endif

/* Before every shared load and store. */
#ifndef YIELD_POINT
#define YIELD_POINT() ((void)0)
#endif

#endif
