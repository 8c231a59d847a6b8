/* What exists once per process: locks, forks, checkers, and the origin of objects. Any thread. */
#ifndef SLEY_BASE_PROCESS_H
#define SLEY_BASE_PROCESS_H

#include "promise/base/abort.h"
#include "promise/base/copy.h"

/* Objects for any thread store sley__origin at creation: aborts in the child of a fork, and if another copy of the
 * library made the object. what: "pool"; name: "" if it has none. */
_Noreturn void sley__of_elsewhere(uintptr_t origin, const char *function, const char *site,
                                  const char *what, const char *name);
/* function: the public one that was called, if a helper checks on its behalf. */
#define sley__refuse_elsewhere_in(function, site, origin, what, name) \
  do {                                                                \
    if (SLEY__UNLIKELY((origin) != sley__origin))                     \
      sley__of_elsewhere(origin, function, site, what, name);         \
  } while (0)
/* For use in public functions. */
#define sley__refuse_elsewhere_at(site, origin, what, name) \
  sley__refuse_elsewhere_in(__func__, site, origin, what, name)
#define sley__refuse_elsewhere(origin, what, name) sley__refuse_elsewhere_at("", origin, what, name)

/* checker.c: whether a checker detects uses of freed memory itself, and keeps it. */
bool sley__has_checker(void);

/* pin.c: call it before a thread is started or a signal handler is installed: dlclose no longer unmaps the module
 * that holds this copy of the library. Any thread. */
void sley__pin(void);

/* The locks that belong to no object, free in the child of a fork (lock.c). Held for a few instructions. */
enum sley__process_lock {
  SLEY__LOCK_PROCESS, /* the default runtime and domain */
  SLEY__LOCK_DOMAINS, /* every runtime's list of domains */
  SLEY__LOCK_SIGNALS, /* waiters by signal */
  SLEY__LOCK_SEATS,   /* every runtime's list of seats */
  SLEY__LOCK_NAMES,   /* of teams */
  SLEY__LOCK_ENDED,   /* domains whose requester has ended */
  SLEY__LOCK_POOLS,   /* every runtime's list of pools */
  SLEY__LOCK_SLOTS,   /* counts of domains with state of a library's slot */
  SLEY__LOCK_FAULTS,  /* whether the fault handler is installed, and for how many */
  SLEY__LOCKS
};
void sley__process_lock(enum sley__process_lock which);   /* any thread */
void sley__process_unlock(enum sley__process_lock which); /* any thread */
/* Called with the lock held, which is released meanwhile: waits for a wakeup. The other wakes all waiters. */
void sley__process_wait(enum sley__process_lock which);
void sley__process_tell(enum sley__process_lock which);
/* in_child runs in the child of each later fork, perhaps more than once. registered: the caller's own, for this
 * function. Any thread. */
void sley__fork_child_calls(bool *registered, void (*in_child)(void));

/* From now on sley__origin counts the forks between this process and the first one. */
void sley__forks_count(void);
void sley__process_locks_free(void); /* in the child of a fork */
/* Whether a fork made this process, and the parent has the domain with that number. Any thread. */
bool sley__is_parents(uint32_t number);
/* Record that sley_finish, called from caller, ended the default domain with that number; and describe that end. The
 * latter returns false if that domain is not the last one that ended. Any thread. */
void sley__finish_note(uint32_t number, size_t left, const void *caller);
bool sley__finish_says(uint32_t number, char *text, size_t size);

#endif
