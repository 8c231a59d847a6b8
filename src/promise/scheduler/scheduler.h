/* Runtimes and domains: made, entered, turned, ended. */
#ifndef SLEY_SCHEDULER_SCHEDULER_H
#define SLEY_SCHEDULER_SCHEDULER_H

#include "promise/combine/combine.h"
#include "promise/scheduler/floor.h"

/* NULL, or an error that says what is wrong. */
sley_error *sley__runtime_options_check(const sley_runtime_options *o, const char *function);
void sley__runtime_end(sley_runtime *runtime, const char *function);
/* Ending or leaving a domain must not run on top of its own callbacks: aborts if it would. */
void sley__refuse_inside(const sley_domain *d, const char *function);
bool sley__uses_malloc(const sley_domain *d);    /* not a custom allocator */
void sley__report_write(const sley_domain *d);   /* to stderr: live promises, one line per site */
extern const struct sley__part sley__slots_part; /* of every domain: slot.c */
void sley__forks_expect(void);                   /* from now on, a child of a fork has no domain */
/* Ends the current domain, writes what is left to stderr, and returns the number of promises left. */
size_t sley__domain_end(sley_domain *d);

/* Keeps a page of promises, from malloc, that was left at the default domain's end. */
void sley__page_keep(struct sley__page *page);

#endif
